"""A patient looks at themselves, region by region; what they tell waits for a clinician."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from etasu.registry.accounts.access import PRESCRIBER
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.models import RegionAnswer, SelfCheck, ToldSymptom
from etasu.registry.patient_support.self_check_facts import (
    NotOffered,
    open_check_of,
    outcome_of,
    plan_of,
    self_check_offered,
    unfinished_checks_of,
    version_of,
)
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.patients.today import day_of
from etasu.safe_use.monitoring_plan import answer_until
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.self_check import Noticed, Told, told_of

# Who can say that they have looked after it: whoever answers for the treatment, and nobody else.
CLINICIANS = frozenset({PRESCRIBER})


class NoSuchRegion(LookupError):
    """The self-check has no such region, or the region no such symptom."""


class IsFinished(ValueError):
    """A self-check that is finished or left takes no more answers; the next one does."""


class SomethingLeft(ValueError):
    """A self-check is finished once every region is answered."""


class NotAClinician(PermissionError):
    """Only a named clinician acknowledges what a patient told."""


class NothingSaid(ValueError):
    """An acknowledgment says what was done."""


def begin_self_check(patient: Patient, *, by: Actor, at: datetime) -> SelfCheck:
    """The self-check the patient is in that day, or a new one; raises NotOffered.

    One of another day is left as it was: what was said then says nothing of today.
    """
    on = day_of(patient, at)
    version, _ = self_check_offered(patient, on)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        begun = open_check_of(patient, on)
        if begun is not None:
            return begun
        _leave(unfinished_checks_of(patient).exclude(begun_on=on), by, at)
        made = SelfCheck.objects.create(
            patient=patient,
            program_version=version.label,
            begun_on=on,
            begun_at=at,
            begun_by=by.number,
        )
        _note("self_check.begun", made, by, at, {})
    return made


def answer_region(
    check: SelfCheck, region: str, noticed: Noticed, *, by: Actor, at: datetime
) -> list[ToldSymptom]:
    """Keep what was said of one region; the symptoms that nobody has been told of yet.

    The same said again changes nothing, unless somebody has looked after it meanwhile: then it is
    told anew. Raises IsFinished or NoSuchRegion.
    """
    version = version_of(check)
    asked = plan_of(check).region(region)
    if asked is None:
        raise NoSuchRegion(region)
    try:
        told = told_of(asked, noticed)
    except ValueError as strange:
        raise NoSuchRegion(str(strange)) from strange
    with transaction.atomic():
        locked = _locked(check)
        before = locked.answers.filter(region=region).order_by("-pk").first()
        codes = sorted(noticed.symptoms)
        is_same = before is not None and (before.noticed, before.is_unsure) == (
            *(codes, noticed.is_unsure),
        )
        if is_same and _all_wait(locked, told):
            return []
        RegionAnswer.objects.create(
            check_of=locked,
            region=region,
            noticed=codes,
            is_unsure=noticed.is_unsure,
            answered_at=at,
            answered_by=by.number,
        )
        _note("self_check.answered", locked, by, at, {"region": region, "told": len(told)})
        asked_codes = {asked.code, *(each.code for each in asked.symptoms)}
        _take_back(locked, asked_codes - {each.code for each in told}, by, at)
        return _keep(locked, told, version, by, at)


def finish_self_check(check: SelfCheck, *, by: Actor, at: datetime) -> SelfCheck:
    """Note that every region was answered; finished twice, the first time counts.

    Raises SomethingLeft.
    """
    with transaction.atomic():
        locked = SelfCheck.objects.select_for_update(no_key=True).get(pk=check.pk)
        if locked.finished_at is not None:
            return locked
        if locked.left_at is not None or outcome_of(locked).left:
            raise SomethingLeft
        locked.finished_at, locked.finished_by = at, by.number
        locked.save(update_fields=["finished_at", "finished_by"])
        _note("self_check.finished", locked, by, at, {})
    return locked


def acknowledge_symptoms(
    symptoms: Iterable[ToldSymptom], done: str, *, by: Actor, at: datetime
) -> list[ToldSymptom]:
    """Note on each that a clinician looked after it and how; each as it is now.

    The first time counts, so one may say what somebody else did. Raises
    NotAClinician or NothingSaid, and then notes nothing.
    """
    if by.role not in CLINICIANS:
        raise NotAClinician(by.role)
    if not done.strip():
        raise NothingSaid
    ids = [each.pk for each in symptoms]
    with transaction.atomic():
        found = ToldSymptom.objects.filter(pk__in=ids)
        locked = list(found.select_for_update(no_key=True, of=("self",)).order_by("pk"))
        for each in [row for row in locked if row.acknowledged_at is None]:
            each.acknowledged_at, each.acknowledged_by = at, by.number
            each.done = done.strip()
            each.save(update_fields=["acknowledged_at", "acknowledged_by", "done"])
            _note_symptom("symptom.acknowledged", each, by, at)
    return locked


def _leave(unfinished: Iterable[SelfCheck], by: Actor, at: datetime) -> None:
    for each in unfinished:
        each.left_at, each.left_by = at, by.number
        each.save(update_fields=["left_at", "left_by"])
        _note("self_check.left", each, by, at, {})


def _all_wait(check: SelfCheck, told: Iterable[Told]) -> bool:
    """Whether nobody has looked after any of it."""
    waiting = check.told.filter(acknowledged_at__isnull=True).values_list("code", flat=True)
    return {each.code for each in told} <= set(waiting)


def _keep(
    check: SelfCheck, told: Iterable[Told], version: ProgramVersion, by: Actor, at: datetime
) -> list[ToldSymptom]:
    owner = answered_for(check.patient).prescriber_id
    made = []
    for each in told:
        row, is_new = ToldSymptom.objects.get_or_create(
            check_of=check,
            code=each.code,
            acknowledged_at__isnull=True,
            defaults={
                "patient": check.patient,
                "owner_id": owner,
                "is_unsure": each.is_unsure,
                "urgency": each.urgency.value,
                "told_at": at,
                "told_by": by.number,
                "answer_until": answer_until(version.responses.values(), each.urgency, at),
            },
        )
        if is_new:
            made.append(row)
            _note_symptom("symptom.told", row, by, at)
        elif row.taken_back_at is not None:
            row.taken_back_at = row.taken_back_by = None
            row.save(update_fields=["taken_back_at", "taken_back_by"])
            _note_symptom("symptom.told_again", row, by, at)
    return made


def _take_back(check: SelfCheck, codes: Iterable[str], by: Actor, at: datetime) -> None:
    """Note that the patient says otherwise now; what was told still has to be looked after."""
    told = check.told.filter(code__in=list(codes)).order_by("code", "-pk").distinct("code")
    for row in [each for each in told if each.taken_back_at is None]:
        row.taken_back_at, row.taken_back_by = at, by.number
        row.save(update_fields=["taken_back_at", "taken_back_by"])
        _note_symptom("symptom.taken_back", row, by, at)


def _locked(check: SelfCheck) -> SelfCheck:
    found = SelfCheck.objects.select_related("patient__merged_into")
    locked = found.select_for_update(no_key=True, of=("self",)).get(pk=check.pk)
    if locked.finished_at is not None or locked.left_at is not None:
        raise IsFinished(check.number)
    return locked


def _note(verb: str, check: SelfCheck, by: Actor, at: datetime, detail: dict[str, object]) -> None:
    detail = {"self_check": check.number, **detail}
    audit.record(verb, subject=("patient", check.patient.number), by=by, at=at, detail=detail)


def _note_symptom(verb: str, symptom: ToldSymptom, by: Actor, at: datetime) -> None:
    detail = {"symptom": symptom.number, "urgency": symptom.urgency}
    audit.record(verb, subject=("patient", symptom.patient.number), by=by, at=at, detail=detail)


__all__ = [
    "CLINICIANS",
    "IsFinished",
    "NoSuchRegion",
    "NotAClinician",
    "NotOffered",
    "NothingSaid",
    "SomethingLeft",
    "acknowledge_symptoms",
    "answer_region",
    "begin_self_check",
    "finish_self_check",
]
