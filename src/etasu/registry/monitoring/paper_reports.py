"""Reports of laboratories: sent in by the patient, typed by those who treat them, or sent back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from etasu.programs import library
from etasu.registry.accounts.access import DELEGATE, PRESCRIBER
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.by_hand import ByHand, enter_results
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.models import PaperReport
from etasu.registry.monitoring.received import BY_HAND, PATIENT, Outcome
from etasu.registry.notices import actions as notices
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.telling import people_in, program_people
from etasu.registry.participants.visibility import patients_seen_by
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, records_behind
from etasu.registry.patients.revisions import lock_patient
from etasu.registry.submissions.intake_files import look_at

SENT = "patient_sent_report"
# So many may wait at once; whoever sends more is asked to wait until they are looked at.
MOST_WAITING = 20


class Paper(NamedTuple):
    """A report as somebody has it: whose it is, of which day, and a picture of it if there is."""

    laboratory: str
    collected_on: date
    content: bytes | None = None


class TooManyWaiting(ValueError):
    """The patient sent so many that somebody has to look at them first."""


class Decided(ValueError):
    """Somebody typed it or sent it back meanwhile."""


def send_report(patient: Patient, paper: Paper, *, by: Actor, at: datetime) -> PaperReport:
    """Keep what a patient sent, for the office to look at; the same file again is the same report.

    Nothing is met by it. Raises Unreadable for a file we do not take, and TooManyWaiting.
    """
    fields = _file(paper)
    try:
        with transaction.atomic():
            locked = lock_patient(answered_for(patient))
            known = _sent_already(locked, fields["digest"])
            if known is not None:
                return known
            if reports_waiting_of(locked).count() >= MOST_WAITING:
                raise TooManyWaiting
            made = _keep(locked, paper, fields, is_from_patient=True, by=by, at=at)
            _note("paper_report.sent", made, by, at, {})
            _tell_office(made, locked, by=by, at=at)
    except IntegrityError:
        known = _sent_already(answered_for(patient), fields["digest"])
        if known is None:
            raise
        return known
    return made


def type_report(
    patient: Patient, paper: Paper, entered: Sequence[ByHand], *, by: Actor, at: datetime
) -> Outcome | None:
    """Keep what somebody typed from a report they have before them; None when nothing was new.

    Raises Unreadable for a picture we do not take.
    """
    fields = _file(paper)
    with transaction.atomic():
        locked = lock_patient(answered_for(patient))
        made = _keep(locked, paper, fields, is_from_patient=False, by=by, at=at)
        return _typed(made, paper.laboratory, entered, BY_HAND, by=by, at=at)


def accept_report(
    report: PaperReport, laboratory: str, entered: Sequence[ByHand], *, by: Actor, at: datetime
) -> Outcome | None:
    """Keep what somebody read off a report that the patient sent; None when nothing was new.

    `laboratory` is as whoever typed it reads it. Raises Decided.
    """
    with transaction.atomic():
        lock_patient(report.patient)
        return _typed(_waiting(report), laboratory, entered, PATIENT, by=by, at=at)


def send_back(report: PaperReport, reason: str, *, by: Actor, at: datetime) -> PaperReport:
    """Say why nothing can be typed from it; the patient reads that. Raises Decided."""
    with transaction.atomic():
        locked = _waiting(report)
        locked.sent_back_at, locked.sent_back_by = at, by.number
        locked.sent_back_reason = reason.strip()
        locked.save(update_fields=["sent_back_at", "sent_back_by", "sent_back_reason"])
        _note("paper_report.sent_back", locked, by, at, {"reason": locked.sent_back_reason})
    return locked


def reports_waiting(asker: Asker) -> QuerySet[PaperReport]:
    """What patients sent whom the asker may find listed and nobody looked at, oldest first."""
    seen = Patient.objects.filter(patients_seen_by(asker)).values("pk")
    mine = PaperReport.objects.filter(patient__in=seen) | PaperReport.objects.filter(
        patient__merged_into__in=seen
    )
    return _undecided(mine).select_related("patient").defer("content").order_by("received_at", "pk")


def reports_of(patient: Patient) -> QuerySet[PaperReport]:
    """Every report of the patient, newest first, without the pictures."""
    found = PaperReport.objects.filter(patient__in=records_behind(patient))
    return found.defer("content").order_by("-received_at", "-pk")


def reports_waiting_of(patient: Patient) -> QuerySet[PaperReport]:
    """What the patient sent and nobody looked at."""
    return _undecided(reports_of(patient))


def report_seen(asker: Asker, number: str) -> PaperReport | None:
    """The report of that number, if it is of a patient whom the asker may find listed."""
    seen = Patient.objects.filter(patients_seen_by(asker)).values("pk")
    found = PaperReport.objects.filter(number=number).select_related("patient__merged_into")
    mine = found.filter(patient__in=seen) | found.filter(patient__merged_into__in=seen)
    return mine.defer("content").first()


def picture_of(report: PaperReport) -> bytes:
    """The file exactly as it came; empty when there is none."""
    return bytes(report.content) if report.content is not None else b""


def _undecided(found: QuerySet[PaperReport]) -> QuerySet[PaperReport]:
    return found.filter(typed_at__isnull=True, sent_back_at__isnull=True)


def _file(paper: Paper) -> dict[str, Any]:
    if paper.content is None:
        return {"content": None, "media_type": "", "pages": None, "digest": ""}
    sheet = look_at(paper.content)
    digest = hashlib.sha256(paper.content).hexdigest()
    return {**sheet._asdict(), "content": paper.content, "digest": digest}


def _keep(
    patient: Patient,
    paper: Paper,
    fields: dict[str, Any],
    *,
    is_from_patient: bool,
    by: Actor,
    at: datetime,
) -> PaperReport:
    return PaperReport.objects.create(
        patient=patient,
        is_from_patient=is_from_patient,
        laboratory=paper.laboratory,
        collected_on=paper.collected_on,
        received_at=at,
        received_by=by.number,
        **fields,
    )


def _sent_already(patient: Patient, digest: str) -> PaperReport | None:
    same = reports_of(patient).filter(digest=digest, is_from_patient=True)
    return same.filter(sent_back_at__isnull=True).first()


def _typed(
    report: PaperReport,
    laboratory: str,
    entered: Sequence[ByHand],
    source: str,
    *,
    by: Actor,
    at: datetime,
) -> Outcome | None:
    outcome = None
    if entered:
        outcome = enter_results(
            report.patient, entered, source=source, laboratory=laboratory, by=by, at=at
        )
        report.message = LabMessageRow.objects.get(number=outcome.reference)
    report.typed_at, report.typed_by = at, by.number
    report.save(update_fields=["message", "typed_at", "typed_by"])
    message = report.message.number if report.message else None
    _note("paper_report.typed", report, by, at, {"message": message, "laboratory": laboratory})
    return outcome


def _waiting(report: PaperReport) -> PaperReport:
    locked = PaperReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if not locked.is_from_patient or locked.typed_at is not None or locked.sent_back_at is not None:
        raise Decided
    return locked


def _note(verb: str, report: PaperReport, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    detail = {"report": report.number, "hash": report.digest, **detail}
    audit.record(verb, subject=("patient", report.patient.number), by=by, at=at, detail=detail)


def _tell_office(report: PaperReport, patient: Patient, *, by: Actor, at: datetime) -> None:
    """Tell those who treat the patient; the program's own people when nobody acts there."""
    owner = patient.prescriber
    version = library.current().effective(patient.program, at.date())
    told = [
        (role, person)
        for role in (PRESCRIBER, DELEGATE)
        for person in (people_in(owner, role) if owner is not None else ())
    ]
    for role, person in told or [(PRESCRIBER, each) for each in program_people(patient.program)]:
        message = notices.Message(
            program=patient.program,
            program_version=version.label if version is not None else "",
            code="patient-sent-report",
            event=SENT,
            audience=role,
            subject=("patient", patient.number),
            occasion=f"report {report.number}",
            channels=(notices.PORTAL, notices.EMAIL),
            facts={"patient": patient.number},
        )
        notices.queue(message, person, by=by, at=at)
