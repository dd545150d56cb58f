"""What is marked in a list of medicines, and until when pregnancy is to be avoided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.medicines import (
    Because,
    Concern,
    Flag,
    MedicineKind,
    MedicinePlan,
    PregnancyAdvice,
    Taken,
    WatchedMedicine,
    avoid_pregnancy_until,
    flags_of,
)
from etasu.safe_use.nurse_line import Line
from etasu.safe_use.requirement_base import AppliesTo

SAYS = (Line("en", "Ask your doctor."),)
WEAKENING = WatchedMedicine(
    code="weakening", concern=Concern.WEAKENS_DEFENSES, names=("prednisone", "Ocrevus"),
    says=SAYS, source="test",
)  # fmt: skip
LIVE = WatchedMedicine(
    code="live", concern=Concern.LIVE_VACCINE, names=("yellow fever", "FluMist"),
    says=SAYS, source="test",
)  # fmt: skip
PLAN = MedicinePlan(
    code="m", live_vaccine_before=Span(42, Unit.DAYS), watched=(WEAKENING, LIVE), source="test"
)
ON, COURSE = date(2026, 11, 20), date(2026, 6, 1)
PILL, VACCINE = MedicineKind.PRESCRIPTION, MedicineKind.VACCINE


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("Prednisone 10 mg", True),
        ("OCREVUS", True),
        ("prednisolone", False),
        ("vitamin D", False),
        ("", False),
    ],
)
def test_a_medicine_is_known_by_a_whole_word_of_its_name(name: str, is_found: bool) -> None:
    found = flags_of(PLAN, Taken(name, PILL), [], ON)
    assert found == ((Flag(WEAKENING, Because.IN_USE),) if is_found else ())


def test_what_is_no_longer_taken_is_not_marked() -> None:
    taken = Taken("prednisone", PILL, date(2026, 1, 1), ON)
    assert flags_of(PLAN, taken, [], ON) == ()
    assert flags_of(PLAN, taken, [], ON - timedelta(days=1)) != ()


def because(given_on: date | None, courses: list[date], on: date = ON) -> list[Flag]:
    return list(flags_of(PLAN, Taken("Yellow fever vaccine", VACCINE, given_on), courses, on))


def test_a_live_vaccine_waits_for_six_weeks_before_the_first_course() -> None:
    given = ON - timedelta(days=41)
    assert because(given, []) == [Flag(LIVE, Because.WAIT, ON + timedelta(days=1))]
    assert because(given - timedelta(days=1), []) == []
    assert because(None, []) == [Flag(LIVE, Because.WAIT)]


def test_a_course_too_soon_after_a_live_vaccine_is_marked_for_good() -> None:
    free = COURSE - timedelta(days=42)
    assert because(free, [COURSE]) == []
    after = free + timedelta(days=1)
    assert because(after, [COURSE]) == [
        Flag(LIVE, Because.BEFORE_COURSE, COURSE + timedelta(days=1))
    ]


def test_no_live_vaccine_is_right_after_a_course_whenever_it_is() -> None:
    for given in (COURSE, COURSE + timedelta(days=700)):
        assert because(given, [COURSE]) == [Flag(LIVE, Because.AFTER_COURSE)]
    assert because(None, [COURSE]) == [Flag(LIVE, Because.AFTER_COURSE)]
    # Between two courses both are true.
    again = COURSE + timedelta(days=365)
    assert [each.because for each in because(again - timedelta(days=9), [COURSE, again])] == [
        *(Because.AFTER_COURSE, Because.BEFORE_COURSE)
    ]


WOMEN = PregnancyAdvice(
    code="p", after_infusion=Span(4, Unit.MONTHS), says=SAYS, source="test",
    applies_to=AppliesTo(attribute="sex", value="female"),
)  # fmt: skip


@pytest.mark.parametrize("attributes", [{"sex": "female"}, {"sex": ""}, {}])
def test_pregnancy_is_avoided_through_four_months_after_the_newest_infusion(
    attributes: dict[str, str],
) -> None:
    """Whoever it may apply to is told, so also where nothing is known."""
    infusions = [date(2025, 6, 1), date(2026, 7, 31)]
    until = date(2026, 11, 30)
    assert avoid_pregnancy_until(WOMEN, attributes, infusions, until) == until
    assert avoid_pregnancy_until(WOMEN, attributes, infusions, until + timedelta(days=1)) is None
    assert avoid_pregnancy_until(WOMEN, attributes, [], ON) is None


def test_only_somebody_known_to_be_of_another_group_is_left_out() -> None:
    assert avoid_pregnancy_until(WOMEN, {"sex": "male"}, [ON], ON) is None
    everybody = replace(WOMEN, applies_to=AppliesTo())
    assert avoid_pregnancy_until(everybody, {"sex": "male"}, [ON], ON) == date(2027, 3, 20)
