"""What a patient does first: the steps that wait for them now, the most pressing one first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.self_checks import ToldLine, told_lines
from etasu.portals.patient.here import Holder
from etasu.registry.patient_support.facts import NotOffered
from etasu.registry.patient_support.lab_facts import all_ahead
from etasu.registry.patient_support.self_check_facts import (
    next_check_on,
    open_check_of,
    plan_of,
    symptoms_of,
)
from etasu.registry.patients.wishing import wishes_of_patients
from etasu.registry.reactions.lab_appointment_facts import lab_tests_due
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.program import ProgramVersion

# An emergency is on the page for so long, across midnight.
SHOWN_FOR = timedelta(hours=24)


class CheckNow(NamedTuple):
    """The day of the next self-check, whether it is due, and whether one was begun."""

    next_on: date
    is_due: bool
    is_open: bool


class NextStep(NamedTuple):
    """Something to do now: why, what its button says, and where it is done."""

    why: str
    label: str
    address: str


def check_now(held: Holder, version: ProgramVersion, *, is_treated: bool) -> CheckNow | None:
    """How the self-check stands; None where the program has none."""
    if version.self_check is None:
        return None
    next_on = next_check_on(held.patient, version.self_check, held.on)
    is_open = open_check_of(held.patient, held.on) is not None
    return CheckNow(next_on, is_treated and next_on <= held.on, is_open)


def next_steps(held: Holder, check: CheckNow | None) -> list[NextStep]:
    """What waits for the patient now, and nothing that does not."""
    found = [_check(check), _appointment(held), _reminders(held)]
    return [each for each in found if each is not None]


def emergency_told(held: Holder) -> list[ToldLine]:
    """What was told in the last hours that cannot wait, in whichever self-check.

    It stays until a clinician has looked after it, or the patient takes it back.
    """
    found = symptoms_of(held.patient).filter(
        urgency=Urgency.EMERGENCY,
        taken_back_at__isnull=True,
        told_at__gt=held.at - SHOWN_FOR,
    )
    # Told in two checks, it is said once.
    told = {(each.code, each.is_unsure): each for each in found}
    return [line for each in told.values() for line in told_lines(plan_of(each.check_of), [each])]


def _check(check: CheckNow | None) -> NextStep | None:
    there = reverse("patient:self-check")
    if check is not None and check.is_open:
        return NextStep("", _("Go on with your check"), there)
    if check is not None and check.is_due:
        why = _("It is time to look at yourself. It takes a few minutes.")
        return NextStep(why, _("Check how you are"), there)
    return None


def _appointment(held: Holder) -> NextStep | None:
    """An appointment for the tests that fall due, unless one is on its way."""
    try:
        is_due = bool(lab_tests_due(held.patient, held.on))
    except NotOffered:
        return None
    if not is_due or all_ahead(held.patient, held.on).exists():
        return None
    why = _("Your blood and urine tests are due. We find you a place.")
    return NextStep(why, _("Ask for an appointment"), reverse("patient:lab-ask", args=["way"]))


def _reminders(held: Holder) -> NextStep | None:
    """Asked of whoever never said how they want to be reminded."""
    if wishes_of_patients([held.patient]):
        return None
    why = _("So that you never have to keep the days in mind.")
    return NextStep(why, _("Choose how we remind you"), reverse("patient:reminders"))
