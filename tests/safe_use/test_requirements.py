"""The requirement kinds about participants and patients: met, not met, unknown, and the words."""

from datetime import date

import pytest

from etasu.safe_use.findings import Check, Outcome
from etasu.safe_use.requirements import (
    EVERYONE,
    KINDS,
    AgeAtLeast,
    AppliesTo,
    Certified,
    Enrolled,
    NoOpenHold,
    OverrideByForm,
    Requirement,
    SettingIs,
    SupplyAtMost,
)
from tests.safe_use.building import check, facts, requirement

MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
NO_PATIENT = Check(UNKNOWN, "We do not know the patient.")


def test_the_kinds_are_a_closed_set():
    assert sorted(KINDS) == [
        "acknowledged",
        "age_at_least",
        "authorized_by",
        "certified",
        "consecutive",
        "course_closed",
        "days_left",
        "enrolled",
        "form_kept_up",
        "form_signed",
        "months_since",
        "no_open_hold",
        "not_already_authorized",
        "result_within",
        "setting_is",
        "supply_at_most",
        "value_within",
    ]
    assert all(issubclass(kind, Requirement) for kind in KINDS.values())
    assert all(kind.kind == name for name, kind in KINDS.items())


def test_a_requirement_without_a_question_cannot_be_examined():
    with pytest.raises(NotImplementedError):
        requirement(Requirement).check(facts())


CERTIFIED = {"id": "F1", "certified_from": "2024-05-02"}


@pytest.mark.parametrize(
    ("party", "asked_on", "expected"),
    [
        (None, None, Check(UNKNOWN, "No facility is named.")),
        ({"id": "F1"}, None, Check(NOT_MET, "Not certified.")),
        ({"id": "F1", "certified_from": "2025-05-02"}, None, Check(NOT_MET, "Not certified.")),
        (
            {"id": "F1", "certified_from": "2025-05-01"},
            None,
            Check(MET, "Certified since May 1, 2025."),
        ),
        (
            {"id": "F1", "certified_from": "2025-05-01"},
            "2025-04-30",
            Check(NOT_MET, "Not certified."),
        ),
        (CERTIFIED, None, Check(MET, "Certified since May 2, 2024.")),
        (
            CERTIFIED | {"certified_until": "2025-05-01"},
            None,
            Check(MET, "Certified through May 1, 2025.", date(2025, 5, 1)),
        ),
        (
            CERTIFIED | {"certified_until": "2025-04-30"},
            None,
            Check(NOT_MET, "Certification ended on April 30, 2025."),
        ),
        (
            CERTIFIED | {"certified_until": "2025-04-30"},
            "2025-04-29",
            Check(NOT_MET, "Certification ended on April 30, 2025."),
        ),
        (
            CERTIFIED | {"decertified_on": "2025-05-01"},
            None,
            Check(NOT_MET, "Decertified on May 1, 2025."),
        ),
        (
            CERTIFIED | {"decertified_on": "2025-05-02"},
            None,
            Check(MET, "Certified since May 2, 2024.", date(2025, 5, 1)),
        ),
        (
            CERTIFIED | {"certified_until": "2025-05-10", "decertified_on": "2025-05-08"},
            None,
            Check(MET, "Certified through May 10, 2025.", date(2025, 5, 7)),
        ),
        (
            CERTIFIED | {"certified_until": "2025-05-10", "suspended_from": "2025-05-20"},
            None,
            Check(MET, "Certified through May 10, 2025.", date(2025, 5, 10)),
        ),
        (
            CERTIFIED | {"suspended_from": "2025-05-01"},
            None,
            Check(NOT_MET, "Suspended since May 1, 2025."),
        ),
        (
            CERTIFIED | {"suspended_from": "2025-05-02"},
            None,
            Check(MET, "Certified since May 2, 2024.", date(2025, 5, 1)),
        ),
        (
            CERTIFIED | {"suspended_from": "2025-04-01", "suspended_until": "2025-05-01"},
            None,
            Check(NOT_MET, "Suspended since April 1, 2025."),
        ),
        (
            CERTIFIED | {"suspended_from": "2025-04-01", "suspended_until": "2025-04-30"},
            None,
            Check(MET, "Certified since May 2, 2024."),
        ),
        (
            CERTIFIED | {"suspended_from": "2025-04-01", "suspended_until": "2025-04-30"},
            "2025-04-30",
            Check(NOT_MET, "Suspended since April 1, 2025."),
        ),
        (
            CERTIFIED | {"suspended_from": "2025-04-29", "decertified_on": "2025-04-30"},
            None,
            Check(NOT_MET, "Decertified on April 30, 2025."),
        ),
    ],
)
def test_a_participant_must_be_certified_then_and_now(party, asked_on, expected):
    record = {"parties": {"facility": party}, "asked_on": asked_on}
    assert check(Certified, record, party="facility") == expected


def test_another_certified_participant_is_not_the_one():
    record = {"parties": {"pharmacy": CERTIFIED}}
    assert check(Certified, record, party="facility").outcome is UNKNOWN


@pytest.mark.parametrize(
    ("patient", "asked_on", "expected"),
    [
        (None, None, NO_PATIENT),
        ({"id": "A1"}, None, Check(NOT_MET, "The patient is not enrolled.")),
        (
            {"id": "A1", "enrolled_on": "2025-05-02"},
            None,
            Check(NOT_MET, "The patient is not enrolled."),
        ),
        (
            {"id": "A1", "enrolled_on": "2025-05-01"},
            None,
            Check(MET, "Enrolled since May 1, 2025."),
        ),
        (
            {"id": "A1", "enrolled_on": "2025-05-01"},
            "2025-04-30",
            Check(NOT_MET, "The patient is not enrolled."),
        ),
        (
            {"id": "A1", "enrolled_on": "2024-05-01", "ended_on": "2025-05-02"},
            None,
            Check(MET, "Enrolled through May 1, 2025.", date(2025, 5, 1)),
        ),
        (
            {"id": "A1", "enrolled_on": "2024-05-01", "ended_on": "2025-05-01"},
            None,
            Check(NOT_MET, "Enrollment ended on May 1, 2025."),
        ),
        (
            {
                "id": "A1",
                "enrolled_on": "2024-05-01",
                "ended_on": "2025-04-03",
                "end_reason": "died",
            },
            None,
            Check(NOT_MET, "Enrollment ended on April 3, 2025 (died)."),
        ),
    ],
)
def test_a_patient_must_be_enrolled_on_the_day(patient, asked_on, expected):
    assert check(Enrolled, {"patient": patient, "asked_on": asked_on}) == expected


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ([], Check(MET, "No hold is open.")),
        ([("infection", "2025-05-01")], Check(NOT_MET, "On hold: infection since May 1, 2025.")),
        (
            [("infection", "2025-05-03"), ("pregnancy", "2025-05-02")],
            Check(MET, "No hold is open.", date(2025, 5, 1)),
        ),
        (
            [("pregnancy", "2025-05-02"), ("infection", "2025-04-30"), ("allergy", "2025-04-29")],
            Check(
                NOT_MET, "On hold: allergy since April 29, 2025, infection since April 30, 2025."
            ),
        ),
    ],
)
def test_a_hold_that_has_opened_stops_treatment(holds, expected):
    opened = [{"code": code, "opened_on": day} for code, day in holds]
    assert check(NoOpenHold, {"patient": {"id": "A1", "holds": opened}}) == expected


def test_nobody_knows_the_holds_of_an_unknown_patient():
    assert check(NoOpenHold, {}) == NO_PATIENT


@pytest.mark.parametrize(
    ("on", "birth_date", "outcome", "age", "since"),
    [
        ("2025-05-01", "2007-05-01", MET, 18, date(2025, 5, 1)),
        ("2025-05-01", "2007-05-02", NOT_MET, 17, date(2025, 5, 2)),
        ("2025-05-01", "2007-04-30", MET, 18, date(2025, 4, 30)),
        ("2025-05-01", "2007-06-01", NOT_MET, 17, date(2025, 6, 1)),
        ("2025-05-01", "2006-05-02", MET, 18, date(2024, 5, 2)),
        ("2025-05-01", "2025-05-02", NOT_MET, -1, date(2043, 5, 2)),
        ("2026-02-28", "2008-02-29", NOT_MET, 17, date(2026, 3, 1)),
        ("2026-03-01", "2008-02-29", MET, 18, date(2026, 3, 1)),
        ("2028-02-29", "2010-02-28", MET, 18, date(2028, 2, 28)),
    ],
)
def test_a_patient_is_old_enough_from_the_birthday(on, birth_date, outcome, age, since):
    record = {"on": on, "patient": {"id": "A1", "birth_date": birth_date}}
    expected = Check(outcome, f"The patient is {age} years old.", None, since)
    assert check(AgeAtLeast, record, years=18) == expected


@pytest.mark.parametrize("patient", [None, {"id": "A1"}])
def test_the_age_of_a_patient_without_a_birth_date_is_unknown(patient):
    expected = Check(UNKNOWN, "We do not know the birth date.")
    assert check(AgeAtLeast, {"patient": patient}, years=18) == expected


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (None, Check(UNKNOWN, "We do not know the setting of the facility.")),
        ({"id": "F1"}, Check(UNKNOWN, "We do not know the setting of the facility.")),
        ({"id": "F1", "setting": "hospital"}, Check(MET, "The setting is: hospital.")),
        ({"id": "F1", "setting": "home"}, Check(NOT_MET, "The setting is: home.")),
    ],
)
def test_the_setting_must_be_one_where_the_drug_may_be_given(party, expected):
    record = {"parties": {"facility": party}}
    assert check(SettingIs, record, party="facility", settings=("hospital",)) == expected


@pytest.mark.parametrize(
    ("supply", "expected"),
    [
        (None, Check(UNKNOWN, "The request does not say for how many days.")),
        (30, Check(MET, "30 days asked for.")),
        (1, Check(MET, "1 day asked for.")),
        (31, Check(NOT_MET, "31 days asked for.")),
        (0, Check(NOT_MET, "0 days asked for.")),
        (-1, Check(NOT_MET, "-1 days asked for.")),
    ],
)
def test_no_more_may_be_supplied_than_the_program_allows(supply, expected):
    assert check(SupplyAtMost, {"days_supply": supply}, days=30) == expected


@pytest.mark.parametrize(
    ("group", "record", "covers"),
    [
        (EVERYONE, {}, True),
        (AppliesTo("sex", "female"), {}, None),
        (AppliesTo("sex", "female"), {"patient": {"id": "A1"}}, None),
        (
            AppliesTo("sex", "female"),
            {"patient": {"id": "A1", "attributes": {"sex": "female"}}},
            True,
        ),
        (
            AppliesTo("sex", "female"),
            {"patient": {"id": "A1", "attributes": {"sex": "male"}}},
            False,
        ),
        (AppliesTo(course="first"), {}, None),
        (AppliesTo(course="first"), {"course": 1}, True),
        (AppliesTo(course="first"), {"course": 2}, False),
        (AppliesTo(course="later"), {"course": 1}, False),
        (AppliesTo(course="later"), {"course": 2}, True),
        (AppliesTo("sex", "female", "first"), {"course": 2}, False),
        (AppliesTo("sex", "female", "first"), {"course": 1}, None),
        (
            AppliesTo("sex", "female", "first"),
            {"patient": {"id": "A1", "attributes": {"sex": "male"}}},
            False,
        ),
    ],
)
def test_a_requirement_is_about_its_group_or_about_everyone(group, record, covers):
    assert group.covers(facts(**record)) is covers


OVERRIDE = OverrideByForm("waiver", "decision", "go-on", 7)


def waiver(signed_on, answer="go-on", course=None, form="waiver"):
    return {"form": form, "signed_on": signed_on, "course": course, "answers": {"decision": answer}}


@pytest.mark.parametrize(
    ("forms", "until"),
    [
        ([], None),
        ([waiver("2025-04-24")], date(2025, 5, 1)),
        ([waiver("2025-04-23")], None),
        ([waiver("2025-05-01")], date(2025, 5, 8)),
        ([waiver("2025-05-02")], None),
        ([waiver("2025-04-30", "stop")], None),
        ([waiver("2025-04-30", form="letter")], None),
        ([waiver("2025-04-30"), waiver("2025-05-01", "stop")], None),
        ([waiver("2025-04-30", "stop"), waiver("2025-05-01")], date(2025, 5, 8)),
        ([waiver("2025-05-01", "stop"), waiver("2025-05-01")], None),
        ([waiver("2025-05-01", course=2)], date(2025, 5, 8)),
        ([waiver("2025-05-01", course=1)], None),
        ([waiver("2025-05-01", "stop", course=1), waiver("2025-04-30")], date(2025, 5, 7)),
    ],
)
def test_a_recent_form_that_says_so_overrides(forms, until):
    assert OVERRIDE.until(facts(course=2, forms=forms)) == until


def test_a_form_signed_after_the_question_does_not_override():
    known = facts(asked_on="2025-04-29", forms=[waiver("2025-04-30")])
    assert OVERRIDE.until(known) is None
