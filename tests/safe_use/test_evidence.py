"""The requirement kinds that forms, statements and results speak for."""

from datetime import date
from decimal import Decimal

import pytest

from etasu.safe_use.findings import Check, Outcome
from etasu.safe_use.requirements import (
    Acknowledged,
    CourseClosed,
    FormKeptUp,
    FormSigned,
    ResultWithin,
    ValueWithin,
)
from tests.safe_use.building import check, days, months

MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
NO_PATIENT = Check(UNKNOWN, "We do not know the patient.")
NO_COURSE = Check(UNKNOWN, "We do not know which course this is.")
PATIENT = {"id": "A1"}


def form(signed_on, course=None, kind="consent", **answers):
    return {"form": kind, "signed_on": signed_on, "course": course, "answers": answers}


def signed(forms, *, asked_on=None, course=None, **fields):
    record = {"patient": PATIENT, "forms": forms, "asked_on": asked_on, "course": course}
    return check(FormSigned, record, form="consent", **fields)


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ([], Check(NOT_MET, "No signed form is on file.")),
        ([form("2025-05-01", kind="other")], Check(NOT_MET, "No signed form is on file.")),
        ([form("2025-05-02")], Check(NOT_MET, "No signed form is on file.")),
        ([form("2025-05-01")], Check(MET, "Signed on May 1, 2025.")),
        ([form("2019-05-01"), form("2018-01-01")], Check(MET, "Signed on May 1, 2019.")),
        ([form("2025-04-01", course=3)], Check(MET, "Signed on April 1, 2025.")),
    ],
)
def test_a_form_must_be_signed_by_the_day(forms, expected):
    assert signed(forms) == expected


def test_a_form_signed_after_the_question_does_not_count():
    assert signed([form("2025-04-30")], asked_on="2025-04-29").outcome is NOT_MET
    assert signed([form("2025-04-29")], asked_on="2025-04-29").outcome is MET


def test_without_a_patient_or_a_course_a_form_is_unknown():
    assert check(FormSigned, {"forms": [form("2025-05-01")]}, form="consent") == NO_PATIENT
    assert signed([form("2025-05-01")], for_course=True) == NO_COURSE


@pytest.mark.parametrize(
    ("course", "outcome"), [(None, NOT_MET), (1, NOT_MET), (2, MET), (3, NOT_MET)]
)
def test_a_form_for_another_course_or_none_does_not_count(course, outcome):
    assert signed([form("2025-05-01", course)], course=2, for_course=True).outcome is outcome


def test_a_newer_form_for_another_course_does_not_hide_the_one_for_this_course():
    forms = [form("2025-04-01", 2), form("2025-05-01", 3)]
    expected = Check(MET, "Signed on April 1, 2025.")
    assert signed(forms, course=2, for_course=True) == expected


@pytest.mark.parametrize(
    ("signed_on", "expected"),
    [
        ("2025-04-24", Check(MET, "Signed on April 24, 2025.", date(2025, 5, 1))),
        ("2025-04-23", Check(NOT_MET, "Signed on April 23, 2025, 8 days before.")),
        ("2025-05-01", Check(MET, "Signed on May 1, 2025.", date(2025, 5, 8))),
    ],
)
def test_a_form_counts_for_its_window(signed_on, expected):
    assert signed([form(signed_on)], within_days=7) == expected


@pytest.mark.parametrize(
    ("signed_on", "expected"),
    [
        ("2025-02-01", Check(MET, "Signed on February 1, 2025.", date(2025, 5, 1))),
        ("2025-01-31", Check(NOT_MET, "Signed on January 31, 2025, 90 days before.")),
    ],
)
def test_a_window_may_be_counted_in_months(signed_on, expected):
    assert signed([form(signed_on)], within=months(3)) == expected


def test_a_form_that_counts_the_same_speaks_when_it_is_newer():
    old, new = form("2025-04-01", decision="yes"), form("2025-05-01", kind="update", decision="no")
    asked = {"question": "decision", "answer": "yes"}
    assert signed([old, new], **asked).outcome is MET
    assert signed([old, new], also=("update",), **asked).outcome is NOT_MET
    assert signed([new], also=("letter", "update")) == Check(MET, "Signed on May 1, 2025.")


def test_a_form_with_no_window_at_all_must_be_signed_the_same_day():
    expected = Check(NOT_MET, "Signed on April 30, 2025, 1 day before.")
    assert signed([form("2025-04-30")], within_days=0) == expected


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ([form("2025-05-01", decision="yes")], Check(MET, "Signed on May 1, 2025.")),
        (
            [form("2025-05-01", decision="no")],
            Check(NOT_MET, "Signed on May 1, 2025, with the answer: no."),
        ),
        (
            [form("2025-05-01")],
            Check(NOT_MET, "Signed on May 1, 2025, with the answer: not answered."),
        ),
        (
            [form("2025-05-01", decision="")],
            Check(NOT_MET, "Signed on May 1, 2025, with the answer: not answered."),
        ),
        (
            [form("2025-04-30", decision="yes"), form("2025-05-01", decision="no")],
            Check(NOT_MET, "Signed on May 1, 2025, with the answer: no."),
        ),
        (
            [form("2025-04-30", decision="no"), form("2025-05-01", decision="yes")],
            Check(MET, "Signed on May 1, 2025."),
        ),
        (
            [form("2025-05-01", decision="no"), form("2025-05-01", decision="yes")],
            Check(NOT_MET, "Signed on May 1, 2025, with the answer: no."),
        ),
    ],
)
def test_the_newest_form_must_give_the_answer(forms, expected):
    assert signed(forms, question="decision", answer="yes") == expected


def test_a_question_without_an_answer_to_give_is_never_met():
    for answers in ({}, {"decision": "yes"}, {"decision": None}):
        outcome = signed([form("2025-05-01", **answers)], question="decision").outcome
        assert outcome is NOT_MET


def test_a_window_and_an_answer_are_both_needed():
    asked = {"within_days": 7, "question": "decision", "answer": "yes"}
    expected = Check(MET, "Signed on April 25, 2025.", date(2025, 5, 2))
    assert signed([form("2025-04-25", decision="yes")], **asked) == expected
    assert signed([form("2025-04-25", decision="no")], **asked).outcome is NOT_MET
    assert signed([form("2025-04-20", decision="yes")], **asked).outcome is NOT_MET


def kept_up(infusions, forms=(), *, on="2025-05-01", asked_on=None, grace=30):
    record = {
        "on": on,
        "asked_on": asked_on,
        "patient": PATIENT,
        "forms": [form(day, kind="status") for day in forms],
        "infusions": [{"course": course, "given_on": day} for course, day in infusions],
    }
    return check(
        FormKeptUp,
        record,
        form="status",
        every=months(6),
        grace_days=grace,
        until_after_last=months(48),
    )


@pytest.mark.parametrize(
    ("infusions", "forms", "expected"),
    [
        ([], [], Check(MET, "No infusion is recorded, so none is due.")),
        (
            [(1, "2025-04-01")],
            [],
            Check(MET, "The next is due on October 1, 2025.", date(2025, 10, 31)),
        ),
        (
            [(1, "2024-10-01")],
            [],
            Check(MET, "The next is due on April 1, 2025.", date(2025, 5, 1)),
        ),
        ([(1, "2024-09-30")], [], Check(NOT_MET, "One was due on March 30, 2025.")),
        (
            [(1, "2024-01-01")],
            ["2024-12-01"],
            Check(MET, "The next is due on June 1, 2025.", date(2025, 7, 1)),
        ),
        (
            [(1, "2024-01-01")],
            ["2024-12-01", "2024-07-01"],
            Check(MET, "The next is due on June 1, 2025.", date(2025, 7, 1)),
        ),
        (
            [(1, "2024-09-01")],
            ["2024-08-01"],
            Check(NOT_MET, "One was due on March 1, 2025."),
        ),
        (
            [(2, "2024-11-01"), (1, "2024-09-01")],
            [],
            Check(NOT_MET, "One was due on March 1, 2025."),
        ),
        ([(1, "2020-11-01")], ["2024-04-02"], Check(NOT_MET, "One was due on October 2, 2024.")),
    ],
)
def test_a_periodic_form_may_not_be_overdue_beyond_its_grace(infusions, forms, expected):
    assert kept_up(infusions, forms) == expected


def test_no_periodic_form_is_due_after_the_last_period():
    infusions = [(1, "2020-10-31")]  # the last period ends on October 31, 2024
    assert kept_up(infusions, ["2024-05-01"]) == Check(MET, "No more are due.")
    expected = Check(NOT_MET, "One was due on October 30, 2024.")
    assert kept_up(infusions, ["2024-04-30"]) == expected
    # The one due on the last day of the last period is still due.
    assert kept_up([(1, "2020-10-30")], ["2024-04-30"]) == expected


def test_a_later_infusion_moves_the_last_period():
    infusions = [(1, "2020-01-01"), (2, "2021-01-01")]
    assert kept_up(infusions, ["2023-12-01"], on="2024-05-01").observed == (
        "The next is due on June 1, 2024."
    )
    assert kept_up(infusions[:1], ["2023-12-01"], on="2024-05-01").observed == "No more are due."


def test_a_periodic_form_signed_after_the_question_does_not_count():
    infusions = [(1, "2024-09-01")]
    assert kept_up(infusions, ["2025-04-20"], asked_on="2025-04-20").outcome is MET
    assert kept_up(infusions, ["2025-04-20"], asked_on="2025-04-19").outcome is NOT_MET


def test_nobody_knows_the_forms_of_an_unknown_patient():
    record = {"infusions": [{"course": 1, "given_on": "2025-04-01"}], "course": 2}
    fields = {"every": months(6), "grace_days": 30, "until_after_last": months(48)}
    assert check(FormKeptUp, record, form="status", **fields) == NO_PATIENT
    assert check(CourseClosed, record, form="status", within=days(5)) == NO_PATIENT
    assert check(ResultWithin, {}, test="cbc", days_before=30) == NO_PATIENT
    assert check(ValueWithin, {}, test="cbc", days_before=30, unit="g") == NO_PATIENT


def closed(forms=(), *, course=2, on="2025-05-01", asked_on=None, given=(1, "2025-04-26")):
    record = {
        "on": on,
        "asked_on": asked_on,
        "course": course,
        "patient": PATIENT,
        "forms": forms,
        "infusions": [
            {"course": given[0], "given_on": given[1]},
            {"course": given[0], "given_on": "2025-04-25"},
        ],
    }
    return check(CourseClosed, record, form="checklist", within=days(5))


def test_the_course_before_is_closed_by_its_form():
    done = form("2025-04-30", 1, "checklist")
    older = form("2025-04-29", 1, "checklist")
    assert closed([older, done]) == Check(MET, "Signed on April 30, 2025.")
    assert closed([done], on="2025-06-01") == Check(MET, "Signed on April 30, 2025.")


def test_a_course_without_its_form_is_open_once_the_form_is_due():
    assert closed() == Check(MET, "It is not due yet.", date(2025, 5, 1))
    expected = Check(NOT_MET, "None is on file; it was due on May 1, 2025.")
    assert closed(on="2025-05-02") == expected
    for wrong in (
        form("2025-04-30", 2, "checklist"),
        form("2025-04-30", None, "checklist"),
        form("2025-04-30", 1, "status"),
        form("2025-05-03", 1, "checklist"),
    ):
        assert closed([wrong], on="2025-05-02") == expected
    late = form("2025-05-02", 1, "checklist")
    assert closed([late], on="2025-05-03", asked_on="2025-05-01") == expected


def test_nothing_needs_closing_before_a_first_course():
    expected = Check(MET, "No course before this one is recorded.")
    assert closed(course=1, on="2025-06-01") == expected
    assert closed(course=3, on="2025-06-01") == expected
    assert closed(course=None) == NO_COURSE


def test_only_what_is_stated_with_the_request_is_known():
    stated = Check(MET, "Stated with this request.", date(2025, 5, 1))
    silent = Check(UNKNOWN, "Not stated with this request.")
    assert check(Acknowledged, {"statements": ["a", "b"]}, statement="a") == stated
    assert check(Acknowledged, {"statements": ["b"]}, statement="a") == silent
    assert check(Acknowledged, {}, statement="a") == silent


def result(collected_on, value=None, unit=None, test="cbc"):
    return {"test": test, "collected_on": collected_on, "value": value, "unit": unit}


def within(results, *, given=(), on="2025-05-31", asked_on=None, word=None):
    record = {
        "on": on,
        "asked_on": asked_on,
        "course": 1,
        "patient": PATIENT,
        "results": results,
        "infusions": [{"course": 1, "given_on": day} for day in given],
    }
    return check(ResultWithin, record, test="cbc", days_before=30, result=word)


@pytest.mark.parametrize(
    ("collected_on", "expected"),
    [
        ("2025-05-01", Check(MET, "Collected on May 1, 2025.", date(2025, 5, 31))),
        ("2025-04-30", Check(NOT_MET, "Collected on April 30, 2025, 31 days before.")),
        ("2025-05-31", Check(MET, "Collected on May 31, 2025.", date(2025, 6, 30))),
        ("2025-06-01", Check(NOT_MET, "None was collected in the last 30 days.")),
    ],
)
def test_a_result_counts_for_thirty_days_before_the_first_infusion(collected_on, expected):
    assert within([result(collected_on)]) == expected


def test_no_result_and_the_result_of_another_test_do_not_count():
    expected = Check(NOT_MET, "None was collected in the last 30 days.")
    assert within([]) == expected
    assert within([result("2025-05-20", test="tsh")]) == expected


def test_the_newest_result_counts():
    results = [result("2025-04-01"), result("2025-05-20"), result("2025-05-10")]
    assert within(results) == Check(MET, "Collected on May 20, 2025.", date(2025, 6, 19))


def test_a_result_collected_after_the_question_does_not_count():
    assert within([result("2025-05-20")], asked_on="2025-05-20").outcome is MET
    assert within([result("2025-05-20")], asked_on="2025-05-19").outcome is NOT_MET


def test_a_result_collected_after_the_first_infusion_does_not_count_for_the_course():
    given = ["2025-05-29", "2025-05-30"]
    assert within([result("2025-05-29")], given=given).outcome is MET
    assert within([result("2025-05-30")], given=given).outcome is NOT_MET
    assert within([result("2025-04-29")], given=given) == Check(
        MET, "Collected on April 29, 2025.", date(2025, 5, 29)
    )
    assert within([result("2025-04-28")], given=given) == Check(
        NOT_MET, "Collected on April 28, 2025, 31 days before."
    )


def test_a_course_taken_up_again_after_a_month_needs_new_results():
    old = [result("2025-04-30")]
    assert within(old, given=["2025-05-01"]).outcome is MET
    assert within(old, given=["2025-05-01"], on="2025-06-01").outcome is NOT_MET


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (
            [result("2025-05-20", "negative")],
            Check(MET, "Collected on May 20, 2025.", date(2025, 6, 19)),
        ),
        (
            [result("2025-05-20", "positive")],
            Check(NOT_MET, "Collected on May 20, 2025, and reads: positive."),
        ),
        (
            [result("2025-05-20")],
            Check(NOT_MET, "Collected on May 20, 2025, and reads: no result."),
        ),
        (
            [result("2025-05-19", "negative"), result("2025-05-20", "positive")],
            Check(NOT_MET, "Collected on May 20, 2025, and reads: positive."),
        ),
        (
            [result("2025-05-19", "positive"), result("2025-05-20", "negative")],
            Check(MET, "Collected on May 20, 2025.", date(2025, 6, 19)),
        ),
        (
            [result("2025-05-20", "positive"), result("2025-05-20", "negative")],
            Check(NOT_MET, "Collected on May 20, 2025, and reads: positive."),
        ),
    ],
)
def test_the_newest_result_must_read_the_word(results, expected):
    assert within(results, word="negative") == expected
    assert within(results[::-1], word="negative") == expected


def test_a_result_during_the_course_can_stop_it():
    before = result("2025-05-20", "negative")
    given = ["2025-05-29"]
    during = result("2025-05-30", "positive")
    assert within([before, during], given=given, word="negative") == Check(
        NOT_MET, "Collected on May 30, 2025, and reads: positive."
    )
    again = result("2025-05-31", "negative")
    assert within([before, during, again], given=given, word="negative").outcome is MET
    later = result("2025-06-01", "positive")
    assert within([before, later], given=given, word="negative").outcome is MET


def valued(results, *, on="2025-05-31", asked_on=None, given=(), low="2", high="4"):
    record = {
        "on": on,
        "asked_on": asked_on,
        "course": 1,
        "patient": PATIENT,
        "results": results,
        "infusions": [{"course": 1, "given_on": day} for day in given],
    }
    limits = {
        "at_least": Decimal(low) if low else None,
        "at_most": Decimal(high) if high else None,
    }
    return check(ValueWithin, record, test="cbc", days_before=30, unit="g", **limits)


@pytest.mark.parametrize(
    ("value", "outcome"),
    [("2", MET), ("4", MET), ("3.00", MET), ("1.999", NOT_MET), ("4.001", NOT_MET)],
)
def test_a_value_must_lie_within_its_limits(value, outcome):
    expected = Check(outcome, f"{value} g on May 1, 2025.", date(2025, 5, 31))
    assert valued([result("2025-05-01", value, "g")]) == expected


@pytest.mark.parametrize(
    ("low", "high", "value", "outcome"),
    [
        ("2", None, "1000", MET),
        ("2", None, "1", NOT_MET),
        (None, "4", "-1000", MET),
        (None, "4", "5", NOT_MET),
        (None, None, "5", MET),
    ],
)
def test_a_limit_that_is_not_set_does_not_bind(low, high, value, outcome):
    assert valued([result("2025-05-20", value, "g")], low=low, high=high).outcome is outcome


@pytest.mark.parametrize(
    ("found", "observed"),
    [
        ([], "No result from the last 30 days."),
        ([result("2025-06-01", "3", "g")], "No result from the last 30 days."),
        ([result("2025-04-30", "3", "g")], "The newest reads 3 g, April 30, 2025."),
        ([result("2025-05-20", "3", "mg")], "The newest reads 3 mg, May 20, 2025."),
        ([result("2025-05-20", "3")], "The newest reads 3 (no unit), May 20, 2025."),
        ([result("2025-05-20", "high", "g")], "The newest reads high g, May 20, 2025."),
        ([result("2025-05-20", None, "g")], "The newest reads no result g, May 20, 2025."),
        (
            [result("2025-05-19", "3", "g"), result("2025-05-20", "NaN", "g")],
            "The newest reads NaN g, May 20, 2025.",
        ),
    ],
)
def test_a_value_that_cannot_be_read_is_unknown(found, observed):
    assert valued(found) == Check(UNKNOWN, observed)


def test_every_value_of_the_newest_day_must_lie_within_the_limits():
    good, bad = result("2025-05-20", "3", "g"), result("2025-05-20", "9", "g")
    for results in ([good, bad], [bad, good]):
        assert valued(results) == Check(NOT_MET, "9 g on May 20, 2025.", date(2025, 6, 19))
    assert valued([good, result("2025-05-20", "2", "g")]).observed == "3 g on May 20, 2025."


def test_a_value_found_while_the_course_runs_counts():
    before, during = result("2025-05-20", "3", "g"), result("2025-05-30", "9", "g")
    assert valued([before, during], given=["2025-05-29"]).outcome is NOT_MET
    assert valued([before, during], given=["2025-05-29"], on="2025-05-29").outcome is MET
    assert valued([before, during], asked_on="2025-05-29").outcome is MET
