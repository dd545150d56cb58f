"""Where somebody stands who works for the lab program, and the appointment they opened."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.http import Http404

from etasu.portals.components.dates import local_day
from etasu.portals.components.program_here import program_today
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import POLICIES
from etasu.registry.patient_support.lab_facts import appointment_by_number
from etasu.registry.reactions.lab_appointment_facts import Appointment, appointment_today
from etasu.safe_use.lab_program import LabProgram


class Here(NamedTuple):
    """The program somebody works for, the day where they are, and what its lab program offers."""

    program: str
    today: date
    plan: LabProgram
    may_change: bool


def here(request: PortalRequest) -> Here:
    """Where they stand; not found where there is no lab program."""
    today, version = program_today(request)
    if version.lab_program is None:
        raise Http404
    may_change = POLICIES["appointments:do"].allows(request.asker.role, "POST")
    return Here(request.asker.program, today, version.lab_program, may_change)


def appointment_here(request: PortalRequest, where: Here, number: str) -> Appointment:
    """The appointment as it stands today where the patient lives."""
    row = appointment_by_number(where.program, number)
    if row is None:
        raise Http404
    return appointment_today(row, local_day(request.at, row.patient.time_zone))
