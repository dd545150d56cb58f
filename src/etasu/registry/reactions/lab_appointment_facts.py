"""How appointments for tests stand: with what falls due, and with the results that came in.

The lab program knows nothing of results, and monitoring nothing of appointments; here they meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from etasu.programs import library
from etasu.registry.monitoring.calendars import next_tests
from etasu.registry.monitoring.models import Result
from etasu.registry.patient_support.draw_sites import listed_now
from etasu.registry.patient_support.lab_facts import (
    appointments_of,
    lab_program_of,
    not_settled,
    visited,
)
from etasu.registry.patient_support.models import DrawSite, LabAppointment
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, owners_of
from etasu.safe_use.lab_program import (
    AHEAD,
    AppointmentStage,
    LabProgram,
    missing_tests,
    stage_of,
)

_TO_DO = (
    AppointmentStage.CANCELED,
    AppointmentStage.REQUESTED,
    AppointmentStage.MISSED,
    AppointmentStage.NO_RESULTS,
    AppointmentStage.CONFIRMED,
    AppointmentStage.AWAITING_RESULTS,
)
Results = dict[int, set[tuple[str, date]]]


class Appointment(NamedTuple):
    """An appointment as it stands today: whose it is, and the tests nothing came in of.

    `site` is its draw site as the laboratory lists it now, or as it did last.
    """

    row: LabAppointment
    patient: Patient
    stage: AppointmentStage
    missing: tuple[str, ...]
    site: DrawSite | None = None

    @property
    def is_at_closed_site(self) -> bool:
        """Whether it is ahead, at a site that its laboratory no longer lists."""
        is_gone = self.site is not None and self.site.removed_at is not None
        return self.stage in AHEAD and is_gone


def lab_tests_due(patient: Patient, on: date) -> list[str]:
    """The tests of the lab program that fall due soon, or have: what an appointment is for.

    Raises NotOffered where the program has no lab program.
    """
    _version, plan = lab_program_of(patient, on)
    last = on + timedelta(days=plan.due_within_days)
    due = {each.test for each in next_tests(patient, on) if each.due_on <= last}
    return [each for each in plan.tests if each in due]


def appointments_today(patient: Patient, on: date) -> list[Appointment]:
    """Everything the patient asked for as it stands on the day, the newest first."""
    return standing_of(appointments_of(patient), on)


def lab_worklist(program: str, on: date) -> list[Appointment]:
    """What there is to do about appointments: those called off that the laboratory must know of,
    requests, missed ones, and those without results.

    Each kind begins with what has waited longest; what only has to be waited for comes last.
    """
    found = standing_of(not_settled(program), on)
    open_now = (each for each in found if each.stage in _TO_DO)
    return sorted(open_now, key=lambda each: _TO_DO.index(each.stage))


def appointment_today(row: LabAppointment, on: date) -> Appointment:
    """One appointment as it stands on the day."""
    return standing_of([row], on)[0]


def standing_of(rows: Iterable[LabAppointment], on: date) -> list[Appointment]:
    """These appointments as they stand on the day, in their order."""
    known = list(rows)
    results, listed = _results_of(known), listed_now(each.site for each in known if each.site)
    found = []
    for row in known:
        patient = answered_for(row.patient)
        plan = _plan_of(patient, row)
        there = results.get(patient.pk, set())
        within = plan.results_within_days if plan is not None else 0
        said = visited(row)
        stage = stage_of(said, there, on=on, within_days=within)
        lacking = missing_tests(said, there, within)
        site = listed.get(row.site_id or 0, row.site)
        found.append(Appointment(row, patient, stage, lacking, site))
    return found


def _plan_of(patient: Patient, row: LabAppointment) -> LabProgram | None:
    version = library.current().version(patient.program, row.program_version)
    return version.lab_program if version is not None else None


def _results_of(rows: Collection[LabAppointment]) -> Results:
    """The results that stand of these patients, by patient, since the first of the days."""
    days = [day for row in rows if (day := visited(row).since) is not None]
    found: Results = defaultdict(set)
    if days:
        owners = owners_of([answered_for(row.patient) for row in rows])
        tests = {test for row in rows for test in row.tests}
        standing = Result.objects.filter(
            patient__in=owners,
            test__in=tests,
            collected_on__gte=min(days),
            replaced_at__isnull=True,
        )
        for patient, test, day in standing.values_list("patient_id", "test", "collected_on"):
            found[owners[patient]].add((test, day))
    return found
