"""What a renewal takes: only what is asked for again, never less than the program says."""

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.safe_use.certification import (
    CertificationFacts,
    Certified,
    certified_period,
    newest,
    next_certification,
    renewal_opens_on,
)
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.program import Notice, Party, RenewalBegins, Step, StepKind
from etasu.safe_use.renewal import Renewal, Why, complete_on, is_to_do, reminders, renewal
from tests.safe_use.building import days


def step(code, kind, **named):
    return Step(code=code, source="invented", name=code, kind=kind, **named)


NAME = step("named", StepKind.DESIGNATE, renews=False)
LEARN = step("learned", StepKind.REVIEW, renews=False)
STATE = step("stated", StepKind.ATTEST, renews=False)
SIGN = step("signed", StepKind.SIGN)
PARTY = Party(
    code="facility",
    source="invented",
    name="Facility",
    steps=(NAME, LEARN, STATE, SIGN),
    renew_every=Span(2, Unit.YEARS),
    remind_before=(days(30), days(90), days(60)),
    has_representative=True,
    representative_grace=days(10),
)
BEGAN, LAST = date(2025, 3, 1), date(2027, 2, 28)
OPENS = LAST - timedelta(days=90)
DONE = dict.fromkeys(("named", "learned", "stated", "signed"), BEGAN)
FACTS = CertificationFacts(DONE, [Certified(BEGAN, LAST)])


def left(on, facts=FACTS, party=PARTY):
    found = renewal(party, facts, on)
    return found.why, [each.code for each in found.left]


def signed(on, facts=FACTS, *codes):
    done = dict.fromkeys(codes or ("signed",), on)
    return facts._replace(steps_done={**facts.steps_done, **done})


def test_before_its_time_there_is_nothing_to_renew():
    assert left(OPENS - timedelta(days=1)) == (None, ["signed"])
    assert left(OPENS) == (Why.ENDS_SOON, ["signed"])
    assert left(LAST) == (Why.ENDS_SOON, ["signed"])
    assert left(LAST + timedelta(days=1)) == (Why.LAPSED, ["signed"])
    assert not renewal(PARTY, FACTS, OPENS - timedelta(days=1)).is_open
    assert renewal(PARTY, FACTS, OPENS).is_open


def test_a_renewal_says_when_it_opens_and_ends_and_what_it_takes():
    assert renewal(PARTY, FACTS, OPENS) == Renewal(Why.ENDS_SOON, OPENS, LAST, (SIGN,), (SIGN,))


def test_a_renewal_opens_on_the_very_day_of_the_earliest_reminder():
    for count in (1, 30, 31):
        party = dataclasses.replace(PARTY, remind_before=(days(count),))
        assert renewal_opens_on(party, LAST) == LAST - timedelta(days=count)


def test_a_form_signed_before_the_renewal_is_open_is_one_all_the_same():
    early = OPENS - timedelta(days=30)
    assert complete_on(PARTY, signed(early)) == early


def test_who_was_never_certified_or_lost_it_renews_nothing():
    assert renewal(PARTY, CertificationFacts(DONE), LAST) is None
    decertified = FACTS._replace(decertified_on=LAST)
    assert renewal(PARTY, decertified, LAST) is None
    assert renewal(PARTY, decertified, LAST - timedelta(days=1)) is not None


def test_a_certification_without_an_end_is_never_open_to_renewal():
    facts = CertificationFacts(DONE, [Certified(BEGAN)])
    assert renewal(PARTY, facts, date(2099, 1, 1)).why is None


def test_a_renewal_takes_the_renewing_steps_alone():
    assert complete_on(PARTY, FACTS) is None
    assert complete_on(PARTY, signed(OPENS)) == OPENS


def test_nothing_certifies_from_the_day_of_the_decertification():
    for days_after, expected in ((-1, OPENS - timedelta(days=1)), (0, None), (1, None)):
        done_on = OPENS + timedelta(days=days_after)
        assert complete_on(PARTY, signed(done_on)._replace(decertified_on=OPENS)) == expected


def test_a_first_certification_takes_every_step():
    for missing in DONE:
        done = {code: day for code, day in DONE.items() if code != missing}
        assert complete_on(PARTY, CertificationFacts(done)) is None
    assert complete_on(PARTY, CertificationFacts(DONE)) == BEGAN


def test_a_step_the_program_asks_for_since_then_is_to_be_done_too():
    newer = dataclasses.replace(
        PARTY, steps=(*PARTY.steps, step("newly", StepKind.REVIEW, renews=False))
    )
    assert left(OPENS, party=newer) == (Why.ENDS_SOON, ["signed", "newly"])
    assert complete_on(newer, signed(OPENS)) is None
    assert complete_on(newer, signed(OPENS, FACTS, "signed", "newly")) == OPENS


def test_a_program_without_steps_certifies_nobody():
    assert complete_on(dataclasses.replace(PARTY, steps=()), FACTS) is None


GONE = date(2026, 1, 10)
ALONE = FACTS._replace(representative_left_on=GONE)
PERSONAL = ("named", "learned", "signed")


def test_the_next_representative_does_what_a_person_must_do_in_person():
    assert left(GONE, ALONE) == (Why.NEW_REPRESENTATIVE, list(PERSONAL))
    assert left(GONE - timedelta(days=1), ALONE)[0] is None
    # What the one before did since the last certification does not count for the next one.
    early = signed(GONE - timedelta(days=1), ALONE, *PERSONAL)
    assert left(GONE, early)[1] == list(PERSONAL)
    assert left(GONE, signed(GONE, ALONE, *PERSONAL))[1] == []


def test_signing_alone_does_not_replace_the_representative():
    assert complete_on(PARTY, signed(GONE + timedelta(days=30), ALONE)) is None


def test_who_takes_over_in_time_takes_the_certification_as_it_is():
    in_grace = GONE + timedelta(days=9)
    assert complete_on(PARTY, signed(in_grace, ALONE, *PERSONAL)) is None
    too_late = GONE + timedelta(days=10)
    assert complete_on(PARTY, signed(too_late, ALONE, *PERSONAL)) == too_late


def test_who_takes_over_when_the_renewal_is_open_renews():
    alone = FACTS._replace(representative_left_on=OPENS)
    on = OPENS + timedelta(days=3)
    assert complete_on(PARTY, signed(on, alone, *PERSONAL)) == on


def test_on_the_very_day_the_renewal_opens_the_next_representative_renews():
    alone = FACTS._replace(representative_left_on=OPENS - timedelta(days=3))
    assert complete_on(PARTY, signed(OPENS, alone, *PERSONAL)) == OPENS


def test_what_nobody_does_in_person_is_not_done_again_for_the_next_representative():
    kept = step("kept", StepKind.ATTEST)
    done = signed(GONE - timedelta(days=1), ALONE, "kept")
    assert not is_to_do(kept, PARTY, done)
    assert is_to_do(SIGN, PARTY, signed(GONE - timedelta(days=1), ALONE))


@pytest.mark.parametrize(
    ("begins", "signed_on", "expected"),
    [
        (RenewalBegins.ON_SIGNING, OPENS, Certified(OPENS, date(2028, 11, 29), BEGAN)),
        (RenewalBegins.AFTER_THE_OLD, OPENS, Certified(date(2027, 3, 1), date(2029, 2, 28), BEGAN)),
        (RenewalBegins.AFTER_THE_OLD, LAST, Certified(date(2027, 3, 1), date(2029, 2, 28), BEGAN)),
        # Before the renewal is open nothing is put on top of what there is.
        (
            RenewalBegins.AFTER_THE_OLD,
            OPENS - timedelta(days=1),
            Certified(date(2026, 11, 29), date(2028, 11, 28), BEGAN),
        ),
        # After the end there is a gap, and the time before it counts no more.
        (
            RenewalBegins.AFTER_THE_OLD,
            date(2027, 3, 1),
            Certified(date(2027, 3, 1), date(2029, 2, 28)),
        ),
        (
            RenewalBegins.ON_SIGNING,
            date(2027, 6, 1),
            Certified(date(2027, 6, 1), date(2029, 5, 31)),
        ),
    ],
)
def test_a_renewal_begins_where_the_program_says(begins, signed_on, expected):
    party = dataclasses.replace(PARTY, renewal_begins=begins)
    assert next_certification(party, FACTS, signed_on) == expected


def test_of_two_certifications_that_begin_together_the_first_on_record_counts():
    both = [Certified(BEGAN, LAST), Certified(BEGAN)]
    assert newest(both) is both[0]
    assert newest([Certified(date(2020, 1, 1)), both[0]]) is both[0]


def test_a_certification_given_again_on_its_first_day_counts_from_that_day():
    assert next_certification(PARTY, FACTS, BEGAN) == Certified(BEGAN, LAST, BEGAN)


def test_after_the_grace_of_a_representative_who_left_there_is_a_gap():
    too_late = GONE + timedelta(days=10)
    assert next_certification(PARTY, ALONE, too_late).since is None
    assert next_certification(PARTY, ALONE, too_late - timedelta(days=1)).since == BEGAN


def test_a_renewal_in_time_leaves_no_day_without_certification():
    party = dataclasses.replace(PARTY, renewal_begins=RenewalBegins.AFTER_THE_OLD)
    again = next_certification(party, FACTS, OPENS)
    both = FACTS._replace(certifications=[Certified(BEGAN, LAST), again])
    assert certified_period(party, both) == (BEGAN, date(2029, 2, 28))


def test_a_certification_keeps_the_span_it_was_given_with():
    shorter = dataclasses.replace(PARTY, renew_every=Span(1, Unit.YEARS))
    assert certified_period(shorter, FACTS) == (BEGAN, LAST)
    assert next_certification(shorter, CertificationFacts({}), OPENS).ends == date(2027, 11, 29)


NOTICES = (
    Notice(code="ends", source="i", name="Ends", audience="boss", event="certification_ends",
           offsets_days=(-30, -90, 0)),
    Notice(code="over", source="i", name="Over", audience="boss", event="certification_lapsed"),
    Notice(code="left", source="i", name="Left", audience="boss", event="representative_left",
           offsets_days=(0, 7)),
    Notice(code="other", source="i", name="Other", audience="boss", event="patient_enrolled"),
    Notice(code="nurse", source="i", name="N", audience="nurse", event="certification_ends"),
)  # fmt: skip


def said(facts):
    return [(r.notice.code, r.due_on) for r in reminders(NOTICES, PARTY, facts, ["boss"])]


def test_reminders_are_counted_from_the_last_day_and_come_in_order():
    assert said(FACTS) == [
        ("ends", OPENS),
        ("ends", LAST - timedelta(days=30)),
        ("ends", LAST),
        ("over", LAST + timedelta(days=1)),
    ]


def test_a_reminder_says_what_it_is_about_and_how_far_from_it():
    first = reminders(NOTICES, PARTY, FACTS, ["boss"])[0]
    assert (first.event_on, first.offset) == (LAST, -90)


def test_reminders_of_one_day_come_by_their_code():
    one_day = (
        dataclasses.replace(NOTICES[0], code="b", offsets_days=(1,)),
        dataclasses.replace(NOTICES[1], code="a", offsets_days=(0,)),
        dataclasses.replace(NOTICES[0], code="a", offsets_days=(1,)),
    )
    found = reminders(one_day, PARTY, FACTS, ["boss"])
    assert [(each.notice.code, each.offset) for each in found] == [("a", 0), ("a", 1), ("b", 1)]


def test_a_representative_who_left_is_told_of_until_somebody_comes():
    expected = [("left", GONE), ("left", GONE + timedelta(days=7))]
    assert [each for each in said(ALONE) if each[0] == "left"] == expected
    # The end of the grace is now the end of the certification.
    assert ("ends", GONE + timedelta(days=9)) in said(ALONE)


def test_nobody_is_reminded_of_what_was_taken_away():
    assert said(FACTS._replace(decertified_on=BEGAN)) == []
    assert said(CertificationFacts({})) == []


@given(st.dates(date(2015, 1, 1), date(2060, 12, 31)), st.integers(0, 800))
def test_renewing_in_time_never_shortens_a_certification(begins, later):
    party = dataclasses.replace(PARTY, renewal_begins=RenewalBegins.AFTER_THE_OLD)
    first = next_certification(party, CertificationFacts({}), begins)
    facts = CertificationFacts({}, [first])
    on = begins + timedelta(days=later)
    again = next_certification(party, facts, on)
    # From February 29 two years end on the day on which two years from the 28th do.
    assert again.ends >= first.ends
    assert again.begins <= max(on, first.ends + timedelta(days=1))
    if on <= first.ends:
        assert again.counts_from == begins
    if renewal_opens_on(party, first.ends) <= on <= first.ends:
        assert again.begins == first.ends + timedelta(days=1)
