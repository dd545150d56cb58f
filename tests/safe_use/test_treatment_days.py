"""The requirement kinds about courses, infusion days and authorizations already given."""

from datetime import date

import pytest

from etasu.safe_use.findings import Check, Outcome
from etasu.safe_use.requirements import (
    AuthorizedBy,
    Consecutive,
    DaysLeft,
    MonthsSince,
    NotAlreadyAuthorized,
    spent_days,
)
from tests.safe_use.building import PLANS, check, days, facts, months

MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
NO_PATIENT = Check(UNKNOWN, "We do not know the patient.")
NO_COURSE = Check(UNKNOWN, "We do not know which course this is.")
PATIENT = {"id": "A1"}


def given(**courses):
    return [
        {"course": int(course.removeprefix("c")), "given_on": day}
        for course, days_given in courses.items()
        for day in days_given
    ]


@pytest.mark.parametrize("course", [None, 1])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (MonthsSince, {"at_least": months(12)}),
        (AuthorizedBy, {"gate": "authorize"}),
        (AuthorizedBy, {"gate": "authorize", "for_course": True}),
        (NotAlreadyAuthorized, {"gate": "authorize"}),
        (DaysLeft, {"gate": "infuse", "plans": PLANS}),
        (Consecutive, {}),
    ],
)
def test_nothing_is_known_about_an_unknown_patient(kind, fields, course):
    assert check(kind, {"course": course}, **fields) == NO_PATIENT


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (MonthsSince, {"at_least": months(12)}),
        (AuthorizedBy, {"gate": "authorize", "for_course": True}),
        (NotAlreadyAuthorized, {"gate": "authorize", "for_course": True}),
        (DaysLeft, {"gate": "infuse", "plans": PLANS}),
        (Consecutive, {}),
    ],
)
def test_nothing_is_known_about_an_unknown_course(kind, fields):
    assert check(kind, {"patient": PATIENT}, **fields) == NO_COURSE


def interval(course, infusions, *, on="2025-01-05", at_least=None):
    record = {"on": on, "patient": PATIENT, "course": course, "infusions": infusions}
    return check(MonthsSince, record, at_least=at_least or months(12))


LAST = "The last infusion of the course before was January 5, 2024."


@pytest.mark.parametrize(
    ("on", "outcome"),
    [("2025-01-05", MET), ("2025-01-04", NOT_MET), ("2025-06-01", MET), ("2024-01-05", NOT_MET)],
)
def test_a_course_begins_twelve_months_after_the_last_infusion_before(on, outcome):
    infusions = given(c1=["2024-01-05", "2024-01-01"])
    expected = Check(outcome, LAST, None, date(2025, 1, 5))
    assert interval(2, infusions, on=on) == expected


def test_the_first_infusion_of_a_running_course_is_the_one_that_counts():
    infusions = given(c1=["2024-01-05"], c2=["2025-01-04", "2025-01-05"])
    assert interval(2, infusions, on="2025-01-06").outcome is NOT_MET
    infusions = given(c1=["2024-01-05"], c2=["2025-01-05"])
    assert interval(2, infusions, on="2025-01-06").outcome is MET


def test_the_newest_day_of_all_courses_before_counts():
    infusions = given(c1=["2024-06-01"], c2=["2024-01-05"])
    expected = Check(
        NOT_MET,
        "The last infusion of the course before was June 1, 2024.",
        None,
        date(2025, 6, 1),
    )
    assert interval(3, infusions) == expected


@pytest.mark.parametrize(
    ("course", "infusions", "expected"),
    [
        (1, [], Check(MET, "This is the first course.")),
        (1, given(c1=["2025-01-04"]), Check(MET, "This is the first course.")),
        (2, [], Check(UNKNOWN, "No infusion of course 1 is recorded.")),
        (3, given(c1=["2024-01-05"]), Check(UNKNOWN, "No infusion of course 2 is recorded.")),
        (0, [], Check(UNKNOWN, "No infusion of course -1 is recorded.")),
        (-4, [], Check(UNKNOWN, "No infusion of course -5 is recorded.")),
        (10**9, [], Check(UNKNOWN, "No infusion of course 999999999 is recorded.")),
    ],
)
def test_the_interval_needs_the_course_before(course, infusions, expected):
    assert interval(course, infusions) == expected


def test_a_course_number_cannot_be_gone_back_to():
    infusions = given(c1=["2019-01-05"], c2=["2020-01-05"], c3=["2021-01-05"])
    expected = Check(NOT_MET, "An infusion of course 3 is already recorded.")
    assert interval(1, infusions) == expected
    assert interval(2, infusions) == expected
    assert interval(0, infusions) == expected
    assert interval(3, infusions).outcome is MET


def permit(gate="authorize", number="N1", **more):
    shape = {"state": "live", "valid_from": "2025-04-20", "valid_until": "2025-05-10", "course": 1}
    return {"gate": gate, "number": number} | shape | more


def authorized(authorizations, *, course=1, infusions=(), on="2025-05-01", parties=None, **fields):
    record = {
        "on": on,
        "patient": PATIENT,
        "course": course,
        "authorizations": authorizations,
        "infusions": infusions,
        "parties": parties,
    }
    return check(AuthorizedBy, record, gate="authorize", **fields)


GONE = Check(NOT_MET, "There is no such authorization.")
VALID = "is valid from April 20, 2025 through May 10, 2025."


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], GONE),
        ([permit("infuse")], GONE),
        ([permit(state="used")], GONE),
        ([permit(state="expired")], GONE),
        ([permit(course=2)], GONE),
        ([permit(course=None)], GONE),
        ([permit()], Check(MET, "Authorized as N1.", date(2025, 5, 10))),
        ([permit(valid_until="2025-05-01")], Check(MET, "Authorized as N1.", date(2025, 5, 1))),
        (
            [permit(valid_until="2025-04-30")],
            Check(NOT_MET, "N1 is valid from April 20, 2025 through April 30, 2025."),
        ),
        ([permit(valid_from="2025-05-01")], Check(MET, "Authorized as N1.", date(2025, 5, 10))),
        (
            [permit(valid_from="2025-05-02")],
            Check(NOT_MET, "N1 is valid from May 2, 2025 through May 10, 2025."),
        ),
        (
            [permit(valid_until="2025-04-30"), permit(number="N2")],
            Check(MET, "Authorized as N2.", date(2025, 5, 10)),
        ),
        (
            [permit(valid_until="2025-05-11"), permit(number="N2")],
            Check(MET, "Authorized as N1.", date(2025, 5, 11)),
        ),
    ],
)
def test_a_live_authorization_for_the_course_must_cover_the_day(known, expected):
    assert authorized(known, for_course=True) == expected
    assert authorized(known[::-1], for_course=True) == expected


def test_without_a_course_any_live_authorization_of_the_gate_counts():
    assert authorized([permit(course=7)]).outcome is MET
    assert authorized([permit(course=7)], course=None).outcome is MET
    begun = given(c1=["2025-05-10"])
    assert authorized([permit()], infusions=begun, on="2025-05-11").outcome is NOT_MET


def test_a_course_begun_in_time_goes_on_after_the_authorization_ends():
    begun = given(c1=["2025-05-10"])
    assert authorized([permit()], infusions=begun, on="2025-05-11", for_course=True) == Check(
        MET, "Authorized as N1."
    )
    assert authorized([permit()], infusions=begun, on="2025-06-09", for_course=True).outcome is MET


def test_a_course_begun_before_or_after_the_authorization_does_not_go_on():
    early = given(c1=["2025-04-19"])
    late = given(c1=["2025-05-11"])
    for begun, on in ((early, "2025-04-20"), (late, "2025-05-12"), (late, "2025-05-11")):
        found = authorized([permit()], infusions=begun, on=on, for_course=True)
        assert found == Check(NOT_MET, f"N1 {VALID}")


def test_a_course_taken_up_again_after_a_month_needs_a_new_authorization():
    begun = given(c1=["2025-05-10"])
    found = authorized([permit()], infusions=begun, on="2025-06-10", for_course=True)
    assert found == Check(NOT_MET, f"N1 {VALID}")


@pytest.mark.parametrize(
    ("names", "parties", "expected"),
    [
        ({"facility": "F1"}, {"facility": {"id": "F1"}}, MET),
        ({"facility": "F2"}, {"facility": {"id": "F1"}}, NOT_MET),
        ({}, {"facility": {"id": "F1"}}, NOT_MET),
        ({"pharmacy": "F1"}, {"facility": {"id": "F1"}}, NOT_MET),
        ({"facility": "F1"}, {"pharmacy": {"id": "F1"}}, UNKNOWN),
        ({"facility": "F1"}, {}, UNKNOWN),
    ],
)
def test_an_authorization_counts_only_where_it_names(names, parties, expected):
    found = authorized([permit(names=names)], parties=parties, names=("facility",))
    words = {
        MET: "Authorized as N1.",
        NOT_MET: "N1 names another facility.",
        UNKNOWN: "No facility is named.",
    }
    until = date(2025, 5, 10) if expected is MET else None
    assert found == Check(expected, words[expected], until)


def test_every_participant_an_authorization_must_name_is_compared():
    known = [permit(names={"facility": "F1", "pharmacy": "P1"})]
    parties = {"facility": {"id": "F1"}, "pharmacy": {"id": "P2"}}
    found = authorized(known, parties=parties, names=("facility", "pharmacy"))
    assert found == Check(NOT_MET, "N1 names another pharmacy.")


def free(authorizations, *, course=1, infusions=(), on="2025-05-01", for_course=True):
    record = {
        "on": on,
        "patient": PATIENT,
        "course": course,
        "authorizations": authorizations,
        "infusions": infusions,
    }
    return check(NotAlreadyAuthorized, record, gate="authorize", for_course=for_course)


TAKEN = Check(NOT_MET, "Already authorized as N1.")
FREE = Check(MET, "Not authorized before.")


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], FREE),
        ([permit("infuse")], FREE),
        ([permit()], TAKEN),
        ([permit(course=2)], FREE),
        ([permit(state="used")], TAKEN),
        ([permit(state="used", valid_until="2025-04-25")], TAKEN),
        ([permit(valid_until="2025-04-30")], FREE),
        ([permit(valid_until="2025-05-01")], TAKEN),
        ([permit(valid_from="2025-05-05")], TAKEN),
        ([permit("infuse", "N0"), permit()], TAKEN),
    ],
)
def test_a_course_is_authorized_once(known, expected):
    assert free(known) == expected


@pytest.mark.parametrize("state", ["live", "used"])
@pytest.mark.parametrize(("valid_until", "expected"), [("2025-05-01", TAKEN), ("2025-04-30", FREE)])
def test_a_used_fill_bars_another_until_its_window_is_over(state, valid_until, expected):
    known = permit(state=state, course=None, valid_until=valid_until)
    assert free([known], for_course=False) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [([permit(course=2)], TAKEN), ([permit(course=2, valid_until="2025-04-30")], FREE)],
)
def test_without_a_course_any_authorization_that_has_not_lapsed_counts(known, expected):
    assert free(known, for_course=False) == expected
    assert free(known, for_course=False, course=None) == expected


def test_an_authorization_under_which_the_course_began_has_not_lapsed():
    known = [permit(valid_until="2025-04-30")]
    assert free(known, infusions=given(c1=["2025-04-30"])) == TAKEN
    assert free(known, infusions=given(c1=["2025-04-30"]), on="2025-05-30") == TAKEN
    assert free(known, infusions=given(c1=["2025-04-30"]), on="2025-05-31") == FREE
    assert free(known, infusions=given(c1=["2025-05-01"])) == FREE
    assert free(known, infusions=given(c1=["2025-04-30"]), for_course=False) == FREE


@pytest.mark.parametrize("state", ["live", "used", "expired"])
@pytest.mark.parametrize("course", [1, 2])
def test_an_authorized_day_is_authorized_once_whatever_became_of_it(state, course):
    known = permit(
        day=1, state=state, course=course, valid_from="2025-05-01", valid_until="2025-05-01"
    )
    assert free([known]) == TAKEN
    assert free([known], on="2025-04-30") == FREE
    assert free([known], on="2025-05-02") == FREE


def left(*, course=1, on="2025-05-06", infusions=(), authorizations=()):
    record = {
        "on": on,
        "patient": PATIENT,
        "course": course,
        "infusions": infusions,
        "authorizations": authorizations,
    }
    return check(DaysLeft, record, gate="infuse", plans=PLANS)


@pytest.mark.parametrize("used", range(7))
def test_a_first_course_has_five_days(used):
    infusions = given(c1=[f"2025-04-{10 + n}" for n in range(used)])
    outcome = MET if used < 5 else NOT_MET
    assert left(infusions=infusions) == Check(outcome, f"{used} of 5 infusion days are used.")


@pytest.mark.parametrize("used", range(5))
def test_a_later_course_has_three_days(used):
    infusions = given(c2=[f"2025-04-{10 + n}" for n in range(used)])
    outcome = MET if used < 3 else NOT_MET
    expected = Check(outcome, f"{used} of 3 infusion days are used.")
    assert left(course=2, infusions=infusions) == expected


def test_a_day_recorded_today_in_any_course_leaves_none_for_today():
    expected = Check(NOT_MET, "An infusion on May 6, 2025 is already recorded.")
    assert left(infusions=given(c1=["2025-05-06"])) == expected
    assert left(course=2, infusions=given(c1=["2025-05-06"])) == expected
    assert left(infusions=given(c2=["2025-05-06"])) == expected


def test_a_course_no_plan_describes_has_unknown_days():
    expected = Check(UNKNOWN, "The program does not describe course 0.")
    assert left(course=0) == expected


def authorized_day(day, number="D1", **more):
    return permit("infuse", number, day=1, valid_from=day, valid_until=day, **more)


def test_an_authorized_day_that_was_never_recorded_is_spent():
    known = [authorized_day("2025-05-01", state="expired"), authorized_day("2025-05-02", "D2")]
    found = left(infusions=given(c1=["2025-05-02", "2025-05-03"]), authorizations=known)
    assert found.observed == "3 of 5 infusion days are used."


def test_only_days_of_this_course_and_this_gate_are_spent():
    known = facts(
        course=2,
        infusions=given(c1=["2024-01-01"], c2=["2025-04-29"]),
        authorizations=[
            authorized_day("2025-04-28", course=1),
            authorized_day("2025-04-27", course=2) | {"gate": "dispense"},
            authorized_day("2025-04-26", course=2) | {"day": None},
            authorized_day("2025-04-30", course=2),
        ],
    )
    assert spent_days(known, "infuse") == {date(2025, 4, 29), date(2025, 4, 30)}


def test_without_a_course_only_authorized_days_without_one_are_spent():
    known = facts(
        infusions=given(c1=["2025-04-29"]),
        authorizations=[authorized_day("2025-04-28", course=None)],
    )
    assert spent_days(known, "infuse") == {date(2025, 4, 28)}


@pytest.mark.parametrize(
    ("infusions", "expected"),
    [
        ([], Check(MET, "This is the first infusion of the course.")),
        (given(c2=["2025-04-30"]), Check(MET, "This is the first infusion of the course.")),
        (given(c1=["2025-05-01"]), Check(MET, "This is the first infusion of the course.")),
        (given(c1=["2025-05-02"]), Check(MET, "This is the first infusion of the course.")),
        (
            given(c1=["2025-04-29", "2025-04-30"]),
            Check(MET, "The infusion before was on April 30, 2025."),
        ),
        (
            given(c1=["2025-04-29"]),
            Check(NOT_MET, "The infusion before was on April 29, 2025."),
        ),
        (
            given(c1=["2025-04-28", "2025-04-29", "2025-05-02"]),
            Check(NOT_MET, "The infusion before was on April 29, 2025."),
        ),
    ],
)
def test_infusion_days_follow_each_other(infusions, expected):
    record = {"patient": PATIENT, "course": 1, "infusions": infusions}
    assert check(Consecutive, record) == expected


def test_an_interval_may_be_counted_in_days():
    infusions = given(c1=["2025-01-01"])
    assert interval(2, infusions, on="2025-01-31", at_least=days(30)).outcome is MET
    assert interval(2, infusions, on="2025-01-30", at_least=days(30)).outcome is NOT_MET
