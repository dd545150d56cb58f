"""Serious, expected, complete, in time: what is not known never makes a case less pressing."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.safe_use.program import FieldType, FormDefinition, FormField, FormSection, Signer
from etasu.safe_use.safety import (
    Because,
    CaseFacts,
    Expectedness,
    Missing,
    Said,
    Seriousness,
    expectedness,
    missing,
    named_in,
    names_of,
    seriousness,
    stated_events,
    time_left,
)
from etasu.safe_use.safety_plan import (
    CaseKind,
    Criterion,
    CriterionAnswer,
    Detail,
    DetailAnswer,
    EventAnswer,
    ExpectedReaction,
    ReportingClock,
    Severity,
)

ON = date(2025, 3, 1)
CLOCK = ReportingClock(code="c", source="s", days=15, follow_up_days=10, time_zone="UTC")
NONE_OF_THEM = dict.fromkeys(Criterion, Said.NO)
ALERT = (Seriousness.SERIOUS, Expectedness.UNEXPECTED)
CRITERIA = st.dictionaries(st.sampled_from(list(Criterion)), st.sampled_from(list(Said)))


def listed(code: str, how: Severity = Severity.NOT_SERIOUS, name: str = "") -> ExpectedReaction:
    """A reaction on the label."""
    return ExpectedReaction(code=code, source="s", name=name or code, listed_as=how)


LISTED = {
    each.code: each
    for each in (listed("rash"), listed("itp", Severity.SERIOUS), listed("bleed", Severity.FATAL))
}


@pytest.mark.parametrize("criterion", list(Criterion))
def test_any_one_criterion_makes_a_case_serious(criterion: Criterion) -> None:
    assert seriousness({criterion: Said.YES}) is Seriousness.SERIOUS
    assert seriousness({**NONE_OF_THEM, criterion: Said.YES}) is Seriousness.SERIOUS


@pytest.mark.parametrize("criterion", list(Criterion))
def test_a_case_is_not_serious_only_when_every_criterion_is_denied(criterion: Criterion) -> None:
    assert seriousness(NONE_OF_THEM) is Seriousness.NOT_SERIOUS
    assert seriousness({**NONE_OF_THEM, criterion: Said.UNKNOWN}) is Seriousness.UNKNOWN
    without = {each: said for each, said in NONE_OF_THEM.items() if each is not criterion}
    assert seriousness(without) is Seriousness.UNKNOWN


def test_nothing_known_is_neither_harmless_nor_expected() -> None:
    assert seriousness({}) is Seriousness.UNKNOWN
    assert expectedness([], Said.UNKNOWN, {}, {}) is Expectedness.UNKNOWN
    assert expectedness([], Said.NO, NONE_OF_THEM, LISTED) is Expectedness.UNKNOWN


HOSPITAL = {**NONE_OF_THEM, Criterion.HOSPITALIZATION: Said.YES}
DIED = {**NONE_OF_THEM, Criterion.DEATH: Said.YES}


@pytest.mark.parametrize(
    ("terms", "besides", "criteria", "found"),
    [
        (["rash"], Said.NO, NONE_OF_THEM, Expectedness.EXPECTED),
        (["rash"], Said.YES, NONE_OF_THEM, Expectedness.UNEXPECTED),
        (["rash"], Said.UNKNOWN, NONE_OF_THEM, Expectedness.UNKNOWN),
        # Worse than listed is unexpected.
        (["rash"], Said.NO, HOSPITAL, Expectedness.UNEXPECTED),
        (["itp"], Said.NO, HOSPITAL, Expectedness.EXPECTED),
        (["itp"], Said.NO, DIED, Expectedness.UNEXPECTED),
        (["bleed"], Said.NO, DIED, Expectedness.EXPECTED),
        # One of several is enough.
        (["bleed", "rash"], Said.NO, DIED, Expectedness.UNEXPECTED),
        # Perhaps worse than listed: nobody knows.
        (["rash"], Said.NO, {}, Expectedness.UNKNOWN),
        (["itp"], Said.NO, {**HOSPITAL, Criterion.DEATH: Said.UNKNOWN}, Expectedness.UNKNOWN),
        (["bleed"], Said.NO, {}, Expectedness.EXPECTED),
        # What the list no longer has.
        (["gone"], Said.NO, NONE_OF_THEM, Expectedness.UNKNOWN),
        (["rash", "gone"], Said.NO, HOSPITAL, Expectedness.UNEXPECTED),
    ],
)
def test_expected_is_what_is_listed_as_bad_as_it_was(
    terms: list[str], besides: Said, criteria: dict[Criterion, Said], found: Expectedness
) -> None:
    assert expectedness(terms, besides, criteria, LISTED) is found


@given(CRITERIA, st.lists(st.sampled_from([*LISTED, "gone"])), st.sampled_from(list(Said)))
def test_knowing_less_never_makes_a_case_harmless_or_expected(
    criteria: dict[Criterion, Said], terms: list[str], besides: Said
) -> None:
    for forgotten in Criterion:
        less = {**criteria, forgotten: Said.UNKNOWN}
        if seriousness(less) is Seriousness.NOT_SERIOUS:
            pytest.fail("a criterion nobody answered")
        if expectedness(terms, besides, less, LISTED) is Expectedness.EXPECTED:
            known = [
                expectedness(terms, besides, {**less, forgotten: said}, LISTED)
                for said in (Said.YES, Said.NO)
            ]
            assert known == [Expectedness.EXPECTED] * 2


def facts(**known: object) -> CaseFacts:
    """A case that lacks nothing, but for what is said here."""
    whole = {"is_on_record": True, "has_reporter": True, "product": "x", "words": "fell ill"}
    return CaseFacts(**{**whole, "details": {}, **known})  # type: ignore[arg-type]


def test_a_valid_case_has_a_patient_a_reporter_a_product_and_an_event() -> None:
    assert missing(facts()) == ()
    assert missing(facts(is_on_record=False)) == (Missing.PATIENT,)
    assert missing(facts(has_reporter=False)) == (Missing.REPORTER,)
    assert missing(facts(product=" ")) == (Missing.PRODUCT,)
    assert missing(facts(words=" … ?")) == (Missing.EVENT,)
    nothing = facts(is_on_record=False, has_reporter=False, product="", words="")
    assert missing(nothing) == tuple(Missing)


@pytest.mark.parametrize("detail", [Detail.PATIENT_INITIALS, Detail.AGE, Detail.SEX])
def test_initials_age_or_sex_identify_a_patient(detail: Detail) -> None:
    assert missing(facts(is_on_record=False, details={detail.value: "F"})) == ()
    assert missing(facts(is_on_record=False, details={detail.value: " "})) == (Missing.PATIENT,)


@pytest.mark.parametrize("detail", [Detail.REPORTER_NAME, Detail.REPORTER_CONTACT])
def test_a_name_or_a_number_identifies_a_reporter(detail: Detail) -> None:
    assert missing(facts(has_reporter=False, details={detail.value: "Nia"})) == ()


def test_fifteen_calendar_days_from_the_first_receipt_the_last_one_in_time() -> None:
    left = time_left(CLOCK, ON, is_follow_up=False, how=ALERT, on=ON)
    assert left == (date(2025, 3, 16), 15, Because.ALERT)
    on_the_day = time_left(CLOCK, ON, is_follow_up=False, how=ALERT, on=date(2025, 3, 16))
    assert (on_the_day.days_left, on_the_day.is_late) == (0, False)
    after = time_left(CLOCK, ON, is_follow_up=False, how=ALERT, on=date(2025, 3, 17))
    assert (after.days_left, after.is_late) == (-1, True)


def test_new_information_has_days_of_its_own() -> None:
    left = time_left(CLOCK, ON, is_follow_up=True, how=ALERT, on=ON)
    assert left == (date(2025, 3, 11), 10, Because.FOLLOW_UP)


@pytest.mark.parametrize("how", list(product(Seriousness, Expectedness)))
def test_only_what_is_known_to_be_harmless_or_expected_has_no_day(
    how: tuple[Seriousness, Expectedness],
) -> None:
    left = time_left(CLOCK, ON, is_follow_up=False, how=how, on=ON)
    is_known = Seriousness.NOT_SERIOUS in how or Expectedness.EXPECTED in how
    assert (left.due_on is None) == is_known
    expected = Because.PERIODIC if is_known else Because.ALERT if how == ALERT else None
    assert left.because is (expected or Because.NOT_KNOWN)
    assert not left.is_late


def test_without_a_clock_or_with_nothing_waiting_there_is_no_day() -> None:
    assert time_left(None, ON, is_follow_up=False, how=ALERT, on=ON).because is Because.NO_CLOCK
    done = time_left(CLOCK, None, is_follow_up=True, how=ALERT, on=ON + timedelta(days=99))
    assert (done.because, done.is_late) == (Because.NOTHING_WAITS, False)


def test_a_name_is_found_as_whole_words_in_any_case() -> None:
    known = [
        listed("fever", name="Fever (pyrexia)"),
        ExpectedReaction(code="hives", source="s", name="Hives", also_called=("ronchas rojas",)),
    ]
    assert names_of(known[0]) == ("Fever ", "pyrexia")
    assert named_in("High FEVER since Monday", known) == ("fever",)
    assert named_in("pyrexia, ronchas\nrojas", known) == ("fever", "hives")
    assert named_in("feverish", known) == ()
    assert named_in("", known) == ()


def question(code: str, **more: object) -> FormField:
    """A question of the form."""
    given = {"label": code.title(), "type": FieldType.TEXT, **more}
    return FormField(code=code, **given)  # type: ignore[arg-type]


FORM = FormDefinition(
    code="status",
    source="s",
    name="Status",
    filled_by="prescriber",
    sections=(
        FormSection(
            code="events",
            title="Events",
            fields=(
                question("stroke", type=FieldType.YES_NO),
                question("when", shown_when="stroke=yes"),
                question("day", repeat=2),
                question("reaction", repeat=2),
                question("led-to"),
            ),
        ),
    ),
    signers=(Signer(role="prescriber", meaning="m"),),
)
STROKE = EventAnswer(
    code="stroke",
    source="s",
    form="status",
    question="stroke",
    answer="yes",
    words=("led-to", "gone"),
    details=(DetailAnswer("when", Detail.BEGAN_ON), DetailAnswer("gone", Detail.LOT)),
    criteria=(Criterion.IMPORTANT_MEDICAL_EVENT,),
    criteria_answers=(
        CriterionAnswer("led-to", "hospital", Criterion.HOSPITALIZATION),
        CriterionAnswer("led-to", "death", Criterion.DEATH),
    ),
)
REACTION = EventAnswer(
    code="reaction",
    source="s",
    form="status",
    question="reaction",
    answer="yes",
    kind=CaseKind.PREGNANCY,
    words=("led-to",),
    of_day="day",
)


def test_an_answer_states_an_event_with_its_words_details_and_criteria() -> None:
    answers = {"stroke": "yes", "when": "2025-01-02", "led-to": "hospital"}
    (found,) = stated_events(FORM, answers, [STROKE, REACTION])
    assert found.words == "Stroke: yes; hospital"
    assert found.details == {"began_on": "2025-01-02"}
    assert found.criteria == (Criterion.IMPORTANT_MEDICAL_EVENT, Criterion.HOSPITALIZATION)
    assert (found.kind, found.of_day) == (CaseKind.ADVERSE_EVENT, "")


def test_each_row_of_a_repeated_question_is_about_its_day() -> None:
    answers = {"day.1": "2025-01-02", "day.2": "2025-01-03", "reaction.2": "yes", "led-to": "x"}
    (found,) = stated_events(FORM, answers, [STROKE, REACTION])
    assert (found.of_day, found.words) == ("2025-01-03", "Reaction: yes; x")


def test_nothing_is_stated_by_another_answer_another_form_or_a_question_not_asked() -> None:
    assert stated_events(FORM, {"stroke": "no", "when": "2025-01-02"}, [STROKE]) == ()
    elsewhere = EventAnswer(code="x", source="s", form="other", question="stroke", answer="yes")
    assert stated_events(FORM, {"stroke": "yes"}, [elsewhere]) == ()
    hidden = EventAnswer(code="x", source="s", form="status", question="when", answer="now")
    assert stated_events(FORM, {"stroke": "no", "when": "now"}, [hidden]) == ()
