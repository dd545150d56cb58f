"""Self-checks as the doors read them, and what patients told that nobody has looked after."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Case, IntegerField, Max, Min, Q, QuerySet, Value, When

from etasu.programs import library
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.visibility import patients_seen_by
from etasu.registry.patient_support.models import SelfCheck, ToldSymptom
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind, owners_of, records_behind
from etasu.registry.patients.today import day_of
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.self_check import (
    Noticed,
    Outcome,
    SelfCheckPlan,
    due_on,
    fell_due_on,
    outcome,
)
from etasu.safe_use.signals import weight

_PRESSING = Case(
    *(When(urgency=each, then=Value(weight(each))) for each in Urgency),
    default=Value(0),
    output_field=IntegerField(),
)


class NotOffered(ValueError):
    """The program in force has no self-check."""


class Said(NamedTuple):
    """A self-check, the plan it was made under, and what it came to."""

    check: SelfCheck
    plan: SelfCheckPlan
    answers: dict[str, Noticed]
    outcome: Outcome


def self_check_offered(patient: Patient, on: date) -> tuple[ProgramVersion, SelfCheckPlan]:
    """The version in force on the day and its self-check; raises NotOffered."""
    version = library.current().effective(patient.program, on)
    if version is None or version.self_check is None:
        raise NotOffered(patient.program)
    return version, version.self_check


def version_of(check: SelfCheck) -> ProgramVersion:
    """The version whose regions the self-check shows."""
    found = library.current().version(check.patient.program, check.program_version)
    if found is None or found.self_check is None:
        raise NotOffered(check.program_version)
    return found


def plan_of(check: SelfCheck) -> SelfCheckPlan:
    """The regions and symptoms of a self-check, as they were when it was begun."""
    plan = version_of(check).self_check
    if plan is None:
        raise NotOffered(check.program_version)
    return plan


def open_check_of(patient: Patient, on: date) -> SelfCheck | None:
    """The self-check the patient is in on that day; one begun on another day is none."""
    found = unfinished_checks_of(patient).filter(begun_on=on)
    return found.select_related("patient").order_by("-begun_at", "-pk").first()


def unfinished_checks_of(patient: Patient) -> QuerySet[SelfCheck]:
    """Those neither finished nor left unfinished, of whatever day."""
    return SelfCheck.objects.filter(
        patient__in=ids_behind(patient), finished_at__isnull=True, left_at__isnull=True
    )


def check_of(patient: Patient, number: str) -> SelfCheck | None:
    """The patient's self-check of that number."""
    found = SelfCheck.objects.filter(patient__in=ids_behind(patient), number=number)
    return found.select_related("patient").first()


def next_check_on(patient: Patient, plan: SelfCheckPlan, since: date) -> date:
    """The day of the patient's next self-check, `since` at the earliest."""
    finished = SelfCheck.objects.filter(patient__in=ids_behind(patient))
    newest = finished.aggregate(newest=Max("finished_at"))["newest"]
    return due_on(plan, day_of(patient, newest) if newest else None, since)


def days_fallen_due(patients: Collection[Patient], on: date) -> dict[int, date]:
    """The newest day a self-check fell due of each of these patients, by id.

    Counted from the last one, or from the first infusion; left out before that, and where the
    program in force has none.
    """
    owners = owners_of(patients)
    since: dict[int, date] = {}
    given = Infusion.objects.filter(patient__in=owners, struck_at__isnull=True)
    for pk, first in given.values_list("patient").annotate(first=Min("given_on")):
        since[owners[pk]] = min(since.get(owners[pk], first), first)
    zones = {each.pk: ZoneInfo(each.time_zone) for each in patients}
    finished = SelfCheck.objects.filter(patient__in=owners, finished_at__isnull=False)
    for pk, newest in finished.values_list("patient").annotate(newest=Max("finished_at")):
        mine = owners[pk]
        if mine in since:
            since[mine] = max(since[mine], newest.astimezone(zones[mine]).date())
    return {
        each.pk: day
        for each in patients
        if each.pk in since and (day := _fell_due(each.program, since[each.pk], on)) is not None
    }


def checks_to_come(persons: Collection[str], *, at: datetime) -> set[tuple[str, str]]:
    """The numbers of those of these patients whose self-check fell due, each with that day."""
    patients = Patient.objects.filter(number__in=persons, merged_into__isnull=True)
    found = {each.pk: each.number for each in patients}
    days = days_fallen_due(list(patients), at.date())
    return {(found[pk], day.isoformat()) for pk, day in days.items()}


def answers_of(check: SelfCheck) -> dict[str, Noticed]:
    """What was said of each region, the newest answer of each."""
    rows = sorted(check.answers.all(), key=lambda each: each.pk)
    return {each.region: Noticed(frozenset(each.noticed), each.is_unsure) for each in rows}


def outcome_of(check: SelfCheck) -> Outcome:
    """What a self-check comes to."""
    return outcome(plan_of(check), answers_of(check))


def said_in(check: SelfCheck) -> Said:
    """A self-check with everything that was said in it."""
    plan, answers = plan_of(check), answers_of(check)
    return Said(check, plan, answers, outcome(plan, answers))


def checks_of(patient: Patient) -> QuerySet[SelfCheck]:
    """Every self-check of the patient, the newest first."""
    found = SelfCheck.objects.filter(patient__in=records_behind(patient))
    found = found.select_related("patient").prefetch_related("told", "answers")
    return found.order_by("-begun_at", "-pk")


def symptoms_of(patient: Patient) -> QuerySet[ToldSymptom]:
    """Every symptom the patient told that nobody has looked after, the most pressing first."""
    return _first(_open().filter(patient__in=records_behind(patient)))


def open_symptoms_seen(asker: Asker) -> QuerySet[ToldSymptom]:
    """Those of every patient whom the asker may find listed."""
    return _first(_open().filter(_seen_by(asker)))


def check_seen(asker: Asker, number: str) -> SelfCheck | None:
    """The self-check of that number, if it is of a patient whom the asker may find listed."""
    seen = Patient.objects.filter(patients_seen_by(asker)).values("pk")
    found = SelfCheck.objects.filter(
        Q(patient__in=seen) | Q(patient__merged_into__in=seen),
        number=number,
        patient__program=asker.program,
    )
    return found.select_related("patient__merged_into").first()


def open_in(check: SelfCheck) -> list[ToldSymptom]:
    """What was told in a self-check and nobody has looked after."""
    return list(_first(_open().filter(check_of=check)))


def told_in(check: SelfCheck, numbers: Iterable[str]) -> list[ToldSymptom]:
    """Those of the numbers that were told in the self-check, looked after or not."""
    return list(check.told.filter(number__in=list(numbers)).order_by("pk"))


def _fell_due(program: str, since: date, on: date) -> date | None:
    version = library.current().effective(program, on)
    plan = version.self_check if version is not None else None
    return fell_due_on(plan, since, on) if plan is not None else None


def _open() -> QuerySet[ToldSymptom]:
    return ToldSymptom.objects.filter(acknowledged_at__isnull=True)


def _seen_by(asker: Asker) -> Q:
    seen = Patient.objects.filter(patients_seen_by(asker)).values("pk")
    about = Q(patient__in=seen) | Q(patient__merged_into__in=seen)
    return Q(patient__program=asker.program) & about


def _first(found: QuerySet[ToldSymptom]) -> QuerySet[ToldSymptom]:
    found = found.select_related("patient__merged_into", "check_of__patient", "owner")
    return found.order_by(_PRESSING.desc(), "told_at", "pk")
