"""Which questions are asked, what is missing or wrong, the text that is signed, and by whom."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.form_text import SignatureFact, hash_of, meaning_for
from etasu.safe_use.form_words import LAYOUTS
from etasu.safe_use.forms import (
    COURSE_AS,
    DAYS_AS,
    FIXED_AS,
    KNOWN_AS,
    PREFILLED_AS,
    FieldProblem,
    gate_answers,
    is_asked,
    is_complete,
    is_fixed,
    kept_answers,
    next_signer,
    prefilled,
    problems,
    problems_of,
    questions,
    shown_fields,
    shown_sections,
    text_of,
)
from etasu.safe_use.program import FieldType
from tests.safe_use.forms_built import (
    FULL,
    ON,
    PATIENT,
    PRESCRIBER,
    RIGHT,
    VERSION,
    asking,
    field,
    form,
    section,
    signed,
)

KEYS = [key for key, _field, _row in questions(FULL)]


def codes(answers, definition=FULL):
    """What is wrong, as key and code."""
    return [(each.field, each.code) for each in problems(definition, answers, ON)]


def test_questions_come_in_order_and_rows_one_after_the_other():
    assert KEYS[-6:] == ["day.1", "started.1", "note.1", "day.2", "started.2", "note.2"]
    assert KEYS[:3] == ["name", "born", "street"]


def test_a_form_filled_in_right_has_no_problem():
    assert problems(FULL, RIGHT, ON) == []


def test_an_empty_form_misses_every_required_answer_in_order():
    missing = ["name", "born", "street", "state", "zip", "smokes", "agrees", "color"]
    wanted = [(key, Wrong.MISSING) for key in missing]
    assert codes({}) == [*wanted, ("consent.sharing", Wrong.NEEDS_CONSENT)]


def test_a_question_that_hangs_on_an_answer_is_asked_only_then():
    keys = [each.key for each in shown_fields(FULL, RIGHT)]
    assert "how-many" not in keys and "note.1" not in keys
    assert codes(RIGHT | {"smokes": "yes"}) == [("how-many", Wrong.MISSING)]
    assert codes(RIGHT | {"smokes": "yes", "how-many": "3"}) == []


def test_the_answer_to_a_hidden_question_brings_up_nothing_and_is_dropped():
    stale = RIGHT | {"smokes": "no", "how-many": "99", "why": "because"}
    assert codes(stale) == []
    kept = kept_answers(FULL, stale)
    assert "how-many" not in kept and "why" not in kept
    assert "why" in kept_answers(FULL, stale | {"smokes": "yes"})


def test_a_section_in_which_nothing_is_asked_is_left_out():
    hidden = form(
        section("a", field("a", FieldType.YES_NO)), section("b", field("b", shown_when="a=yes"))
    )
    titles = [part.title for part, _asked in shown_sections(hidden, {"a": "no"})]
    assert titles == ["Part a"]
    assert "Part b" not in text_of(hidden, VERSION, {"a": "no"})
    assert "Part b\nB\n  (no answer)" in text_of(hidden, VERSION, {"a": "yes"})


def test_what_is_wrong_with_a_hidden_answer_does_not_matter():
    assert codes(RIGHT | {"how-many": "a lot"}) == []
    assert codes(RIGHT | {"how-many": "a lot", "smokes": "yes"}) == [
        ("how-many", Wrong.NOT_A_NUMBER)
    ]


def test_a_row_is_asked_for_once_somebody_began_it():
    begun = RIGHT | {"started.2": "10:00"}
    assert codes(begun) == [("day.2", Wrong.MISSING), ("note.2", Wrong.MISSING)]
    assert codes(RIGHT | {"started.2": "11:00"}) == [("day.2", Wrong.MISSING)]
    assert codes(RIGHT | {"day.1": "2025-05-01", "started.1": "10:00", "note.1": "well"}) == []


def test_a_row_looks_at_its_own_answers():
    shown = [each.key for each in shown_fields(FULL, RIGHT | {"started.1": "10:00"})]
    assert "note.1" in shown and "note.2" not in shown


def test_a_repeated_question_can_hang_on_one_asked_once():
    both = asking(field("given", FieldType.YES_NO), field("day", repeat=2, shown_when="given=yes"))
    assert [each.key for each in shown_fields(both, {"given": "yes"})] == [
        "given",
        "day.1",
        "day.2",
    ]
    assert [each.key for each in shown_fields(both, {"given": "no"})] == ["given"]


def test_questions_asked_once_between_rows_stand_where_they_are():
    mixed = asking(field("a", repeat=2), field("b"), field("c", repeat=1))
    assert [key for key, _field, _row in questions(mixed)] == ["a.1", "a.2", "b", "c.1"]


def test_is_asked_reads_answers_however_they_are_typed():
    hanging = field("more", shown_when="kind=a = b")
    assert is_asked(hanging, {"kind": " a = b "})
    assert not is_asked(hanging, {"kind": "a"})
    assert not is_asked(hanging, {"kind": 3})
    assert not is_asked(hanging, ["kind"])
    assert is_asked(field("free"), {})
    assert is_asked(hanging, {"kind.2": "a = b"}, 2)
    assert not is_asked(hanging, {"kind.2": "a = b"})


def test_a_zip_code_must_lie_in_the_state_before_it():
    assert problems(FULL, RIGHT | {"zip": "90210"}, ON) == [
        FieldProblem("zip", Wrong.ZIP_ELSEWHERE, "NY")
    ]
    assert codes(RIGHT | {"zip": "10001"}) == []
    assert codes(RIGHT | {"state": "XX", "zip": "90210"}) == [("state", Wrong.NOT_STATE)]
    assert codes(RIGHT | {"state": "", "zip": "90210"}) == [("state", Wrong.MISSING)]
    assert codes(RIGHT | {"zip": "9"}) == [("zip", Wrong.NOT_ZIP)]
    assert codes(RIGHT | {"zip": ""}) == [("zip", Wrong.MISSING)]


def test_a_zip_code_of_another_section_has_its_own_state():
    two = form(
        section("a", field("state", FieldType.STATE)), section("b", field("zip", FieldType.ZIP))
    )
    assert problems(two, {"state": "NY", "zip": "90210"}, ON) == []


def test_a_zip_code_in_a_row_has_the_state_of_its_row():
    rows = asking(field("state", FieldType.STATE, repeat=2), field("zip", FieldType.ZIP, repeat=2))
    said = {"state.1": "NY", "zip.1": "10001", "state.2": "CA", "zip.2": "10001"}
    assert problems(rows, said, ON) == [FieldProblem("zip.2", Wrong.ZIP_ELSEWHERE, "CA")]
    assert problems(rows, said | {"zip.2": "90210"}, ON) == []


def test_a_needed_consent_must_be_given_and_another_may_be():
    assert codes(RIGHT | {"consent.sharing": "no"}) == [("consent.sharing", Wrong.NEEDS_CONSENT)]
    assert codes(RIGHT | {"consent.sharing": ""}) == [("consent.sharing", Wrong.NEEDS_CONSENT)]
    for said in ("yes", "no", ""):
        assert codes(RIGHT | {"consent.news": said}) == []
    assert problems(FULL, RIGHT | {"consent.news": "maybe"}, ON) == [
        FieldProblem("consent.news", Wrong.NOT_OFFERED, "yes, no")
    ]
    assert codes(RIGHT | {"consent.news": True}) == [("consent.news", Wrong.NOT_OFFERED)]


def test_answers_to_questions_nobody_asked_are_named_last():
    strange = RIGHT | {"zzz": "x", "aaa": "y", "consent.other": "yes", "day.3": "2025-05-01"}
    unknown = ["aaa", "consent.other", "day.3", "zzz"]
    assert codes(strange) == [(key, Wrong.UNKNOWN_QUESTION) for key in unknown]
    assert codes(strange | {"name": ""})[0] == ("name", Wrong.MISSING)
    assert codes(RIGHT | {"emptied": ""}) == []
    assert codes(RIGHT | {"x" * 200: "y"}) == [("x" * 100, Wrong.UNKNOWN_QUESTION)]


def test_answers_without_names_say_nothing():
    found = problems(FULL, ["yes"], ON)
    assert found[-1] == FieldProblem("", Wrong.NOT_TEXT, "list")
    assert found[:-1] == problems(FULL, {}, ON)


def test_the_problems_of_one_page_are_those_of_its_answers():
    found = problems_of(FULL, {}, ON, {"born", "name", "phone"})
    assert [each.field for each in found] == ["name", "born"]
    assert problems_of(FULL, RIGHT, ON, {"born", "name", "phone"}) == []


def test_what_is_kept_is_cleaned_and_in_order():
    said = dict(reversed((RIGHT | {"name": "  Mara\r\n", "consent.news": "no"}).items()))
    kept = kept_answers(FULL, said)
    assert kept["name"] == "Mara"
    assert list(kept) == [key for key in [*KEYS, "consent.sharing", "consent.news"] if key in kept]
    assert kept_answers(FULL, None) == {}


def test_the_gates_read_the_answers_marked_for_them_and_only_when_asked():
    assert gate_answers(FULL, RIGHT) == {"smokes": "no"}
    hidden = asking(
        field("a", FieldType.YES_NO), field("b", FieldType.YES_NO, gate=True, shown_when="a=yes")
    )
    assert gate_answers(hidden, {"a": "no", "b": "yes"}) == {}
    assert gate_answers(hidden, {"a": "yes", "b": "yes"}) == {"b": "yes"}
    assert gate_answers(hidden, {"a": "yes"}) == {}


def test_what_the_platform_knows_is_filled_in_where_it_fits():
    asked = asking(
        field("npi", FieldType.NPI, known_as="prescriber_npi"),
        field("course", FieldType.NUMBER, known_as="course"),
        field("first", FieldType.YES_NO, known_as="first_course"),
        field("later", FieldType.YES_NO, known_as="today"),
        field("day", FieldType.DATE, known_as="planned_on"),
        field("phone", FieldType.PHONE, known_as="facility_phone"),
        field("city", known_as="participant_city"),
        field("free"),
        field("rows", repeat=2, known_as="own_email"),
        field("odd", known_as="unheard_of"),
    )
    known = {
        "prescriber_npi": "1234567893",
        "course": 2,
        "first_course": False,
        "today": True,
        "planned_on": date(2025, 6, 1),
        "facility_phone": "12",
        "participant_city": None,
        "own_email": "x",
        "unheard_of": "x",
        None: "x",
    }
    assert prefilled(asked, known, ON) == {
        "npi": "1234567893",
        "course": "2",
        "first": "no",
        "later": "yes",
        "day": "2025-06-01",
    }
    assert prefilled(asked, "known", ON) == {}


def test_only_what_the_platform_is_sure_of_is_fixed():
    assert is_fixed(field("a", known_as="patient_number"))
    assert not is_fixed(field("a", known_as="participant_phone"))
    assert not is_fixed(field("a"))
    assert FIXED_AS.isdisjoint(PREFILLED_AS)
    kinds = (FIXED_AS, PREFILLED_AS, COURSE_AS, DAYS_AS)
    assert sum(map(len, kinds)) == len(KNOWN_AS)
    assert KNOWN_AS == FIXED_AS | PREFILLED_AS | COURSE_AS | DAYS_AS


def test_what_is_known_of_each_day_fills_its_own_row():
    asked = asking(
        field("dose", repeat=3, known_as="day_dose"), field("once", known_as="course_outcome")
    )
    known = {"day_dose": ["12", "", "10"], "course_outcome": ["not for one answer"]}
    assert prefilled(asked, known, ON) == {"dose.1": "12", "dose.3": "10"}
    assert prefilled(asked, {"day_dose": "12", "course_outcome": "completed"}, ON) == {
        "once": "completed"
    }
    assert prefilled(asked, {"day_dose": ("1", "2", "3", "4")}, ON).keys() == {
        "dose.1", "dose.2", "dose.3",
    }  # fmt: skip


TEXT = """\
Invented
A form
Program version: January 1, 2020

Part who
Name
    Mara
Born
    February 28, 1990
Street
    1 Pebble Lane
State
    NY
Zip
    00100
Phone
  (no answer)
Email
  (no answer)

Part more
Smokes
    No
Agrees
    Ticked
Color
    Red

Sharing (January 1, 2025)
    My records may be shared.
    With the program.
    It ends: when the program ends
    Taking it back: nothing more is shared
I allow this.

News (January 1, 2025)
    My records may be shared.
    With the program.
    It ends: when the program ends
    Taking it back: nothing more is shared
I do not allow this.

Signatures, in this order
1. Patient: I want this.
   or legal representative: I want this for them.
2. Prescriber: I agree.
"""
# How the first layout said the same: whoever signed it then signed this, byte by byte.
FIRST_TEXT = """\
Invented
A form
Form a-form, program version 2020-01-01

Part who
Name
    Mara
Born
    February 28, 1990
Street
    1 Pebble Lane
State
    NY
Zip
    00100
Phone
  (no answer)
Email
  (no answer)

Part more
Smokes
    No
Agrees
    Ticked
Color
    red

Sharing, text of 2025-01-01
    My records may be shared.
    With the program.
    It ends: when the program ends
    Taking it back: nothing more is shared
This is given.

News, text of 2025-01-01
    My records may be shared.
    With the program.
    It ends: when the program ends
    Taking it back: nothing more is shared
This is not given.

Signatures, in this order
1. patient: I want this.
   or legal representative: I want this for them.
2. prescriber: I agree.
"""


def test_the_text_is_exactly_this():
    assert text_of(FULL, VERSION, RIGHT) == TEXT
    assert text_of(FULL, VERSION, RIGHT, layout=1) == FIRST_TEXT
    assert len(LAYOUTS) == 2


def test_a_row_that_was_begun_is_in_the_text_with_its_number():
    text = text_of(FULL, VERSION, RIGHT | {"day.2": "2025-05-01"})
    assert "\nPart days\nDay (2)\n    May 1, 2025\nStarted (2)\n  (no answer)\n" in text
    assert "(1)" not in text
    assert "Smokes\n    Yes\n" in text_of(FULL, VERSION, RIGHT | {"smokes": "yes"})


def test_no_answer_can_pass_for_another_line_of_the_text():
    forged = RIGHT | {"smokes": "yes", "how-many": "99", "why": "x\nAgrees\n    Ticked"}
    assert "Why\n    x\n    Agrees\n        Ticked\nAgrees\n    Ticked\n" in text_of(
        FULL, VERSION, forged
    )
    typed = text_of(FULL, VERSION, RIGHT | {"phone": "(no answer)"})
    assert typed != text_of(FULL, VERSION, RIGHT)


def test_a_day_that_is_none_stands_in_the_text_as_it_was_typed():
    assert "Born\n    soon\n" in text_of(FULL, VERSION, RIGHT | {"born": "soon"})
    assert "Color\n    Yes\n" in text_of(FULL, VERSION, RIGHT | {"color": "yes"})
    said = text_of(FULL, VERSION, RIGHT | {"consent.news": "maybe", "consent.sharing": "no"})
    assert said.count("I do not allow this.") == 2


def test_only_a_question_about_a_day_is_answered_with_a_day():
    said = text_of(FULL, VERSION, RIGHT | {"name": "2025-05-01"})
    assert "Name\n    2025-05-01\n" in said
    assert "Smokes\n    maybe\n" in text_of(FULL, VERSION, RIGHT | {"smokes": "maybe"})


def test_a_role_is_said_without_its_underscores():
    signer = replace(PRESCRIBER, role="facility_representative")
    said = text_of(form(signers=(signer,)), VERSION, {})
    assert said.endswith("1. Facility representative: I agree.\n")


def test_the_hash_is_the_sha_256_of_the_text():
    assert hash_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert hash_of("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
    assert hash_of("\ud800") != hash_of("?")


def test_signers_come_one_after_the_other():
    both = signed(RIGHT)
    assert next_signer(FULL, []) is PATIENT
    assert next_signer(FULL, both[:1]) is PRESCRIBER
    assert next_signer(FULL, both) is None
    assert next_signer(FULL, both[1:]) is PATIENT
    assert next_signer(FULL, both[::-1]) is PATIENT
    assert next_signer(form(signers=()), []) is None


def test_a_form_is_complete_when_all_signed_this_text():
    assert is_complete(FULL, VERSION, RIGHT, signed(RIGHT), ON)
    assert is_complete(FULL, VERSION, RIGHT, signed(RIGHT, representative=True), ON)


def test_a_form_nobody_signs_is_never_complete():
    unsigned = replace(FULL, signers=())
    assert not is_complete(unsigned, VERSION, RIGHT, [], ON)


SPOILED = {
    "nobody signed": lambda both: [],
    "one signature is missing": lambda both: both[:1],
    "the other one is missing": lambda both: both[1:],
    "one too many": lambda both: [*both, both[1]],
    "in the wrong order": lambda both: both[::-1],
    "signed twice by one": lambda both: [both[0], both[0]],
    "in another role": lambda both: [both[0], both[1]._replace(role="delegate")],
    "over another text": lambda both: [both[0], both[1]._replace(text_hash=hash_of("x"))],
    "with another meaning": lambda both: [both[0]._replace(meaning="I do not."), both[1]],
    "without a name": lambda both: [both[0], both[1]._replace(printed_name=" ")],
    "for somebody who signs alone": lambda both: [both[0], both[1]._replace(on_behalf=True)],
    "for somebody, with their own meaning": lambda both: [
        both[0]._replace(on_behalf=True),
        both[1],
    ],
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_form_badly_signed_is_not_complete(spoil):
    assert not is_complete(FULL, VERSION, RIGHT, spoil(signed(RIGHT)), ON)


@pytest.mark.parametrize("key", ["name", "smokes", "agrees", "consent.sharing"])
def test_a_form_that_misses_an_answer_is_not_complete_whoever_signed(key):
    answers = {name: said for name, said in RIGHT.items() if name != key}
    assert not is_complete(FULL, VERSION, answers, signed(answers), ON)


def test_a_form_whose_answers_changed_after_signing_is_not_complete():
    assert not is_complete(FULL, VERSION, RIGHT | {"color": "blue"}, signed(RIGHT), ON)


def test_the_meaning_of_a_signature_says_in_whose_place_it_was_given():
    assert meaning_for(PATIENT) == "I want this."
    assert meaning_for(PATIENT, True) == "I want this for them."
    assert meaning_for(PRESCRIBER, True) is None
    assert meaning_for(PRESCRIBER) == "I agree."


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
SOME_KEY = st.sampled_from([*KEYS, "consent.sharing", "consent.news"]) | st.text() | st.none()
ANSWERS = st.dictionaries(SOME_KEY, ANYTHING | st.sampled_from(["yes", "no", "99"]), max_size=12)
FACTS = st.builds(
    SignatureFact,
    st.sampled_from(["patient", "prescriber", ""]),
    st.text(max_size=3),
    st.text(max_size=3),
    st.text(max_size=3),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(answers=ANSWERS | ANYTHING, signatures=st.lists(FACTS, max_size=3), on=st.dates())
def test_nothing_raises_whatever_the_answers_hold(answers, signatures, on):
    found = problems(FULL, answers, on)
    assert all(isinstance(each.field, str) and isinstance(each.code, Wrong) for each in found)
    assert hash_of(text_of(FULL, VERSION, answers))
    assert not is_complete(FULL, VERSION, answers, signatures, on)
    assert set(gate_answers(FULL, answers)) <= {"smokes"}
    assert next_signer(FULL, signatures) in (PATIENT, PRESCRIBER, None)
    assert set(prefilled(FULL, answers, on)) == set()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    one=st.fixed_dictionaries({}, optional={key: WORDS for key in ("name", "why", "phone")}),
    other=st.fixed_dictionaries({}, optional={key: WORDS for key in ("name", "why", "phone")}),
)
def test_other_answers_give_another_text(one, other):
    base = RIGHT | {"smokes": "yes", "how-many": "99"}
    first, second = kept_answers(FULL, base | one), kept_answers(FULL, base | other)
    same = text_of(FULL, VERSION, first) == text_of(FULL, VERSION, second)
    assert same == (first == second)
