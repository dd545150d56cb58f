"""A patient goes to another prescriber: asked for by a form, offered, and accepted or declined."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.facts import certification_facts
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient, Transfer
from etasu.registry.patients.revisions import lock_patient, note_change
from etasu.registry.patients.telling import tell_offered
from etasu.registry.submissions.models import SignedForm
from etasu.safe_use.certification import TAKES_PART, standing
from etasu.safe_use.leaving import Leaving, leaving_by
from etasu.safe_use.program import ProgramVersion


class NotCertified(ValueError):
    """Only a prescriber certified today takes a patient over."""


class TransferClosed(ValueError):
    """The transfer was accepted or declined already, or offered to somebody else."""


def leaving_said(form: SignedForm) -> tuple[Leaving, date] | None:
    """The way of leaving a signed form tells of, and from which day; None for other forms."""
    version = library.current().version(form.program, form.program_version)
    patient = version.patient if version else None
    found = leaving_by(patient.leaving, form.form, form.answers) if patient else None
    if found is None:
        return None
    return found, date.fromisoformat(form.answers.get(found.on) or form.signed_on.isoformat())


def ask_transfer(patient: Patient, form: str, *, on: date, by: Actor, at: datetime) -> Transfer:
    """A form says that another prescriber treats the patient from that day; asked for once."""
    with transaction.atomic():
        locked = lock_patient(patient)
        known = Transfer.objects.filter(patient=locked, closed_at__isnull=True).first()
        if known is not None:
            return known
        asked = {"asked_at": at, "asked_by": by.number, "effective_on": on}
        transfer = Transfer.objects.create(
            patient=locked, former=locked.prescriber, form=form, **asked
        )
        _note("patient.transfer_asked", transfer, by, at, {"number": form, "on": on.isoformat()})
    return transfer


def offer_transfer(
    transfer: Transfer, to: Participant, *, on: date, by: Actor, at: datetime
) -> Transfer:
    """Ask a prescriber who is certified to take the patient over. Raises NotCertified."""
    with transaction.atomic():
        locked = _open(transfer)
        version = _must_be_certified(to, on)
        locked.offered_to, locked.offered_at, locked.offered_by = to, at, by.number
        locked.save(update_fields=["offered_to", "offered_at", "offered_by"])
        _note("patient.transfer_offered", locked, by, at, {"to": to.number})
        tell_offered(locked, version.label, by=by, at=at)
    return locked


def accept_transfer(transfer: Transfer, *, on: date, by: Actor, at: datetime) -> Patient:
    """The prescriber it was offered to takes the patient over, from this moment.

    Everything on record stays with the patient. Raises NotCertified, or TransferClosed. Doors call
    the reaction `transfer_accepted`.
    """
    with transaction.atomic():
        locked = _open(transfer)
        if locked.offered_to is None:
            raise TransferClosed
        _must_be_certified(locked.offered_to, on)
        patient = lock_patient(locked.patient)
        before = patient.prescriber.number if patient.prescriber else None
        patient.prescriber = locked.offered_to
        patient.save(update_fields=["prescriber"])
        note_change(patient)
        _close(locked, "accepted", None, by, at)
        detail = {"from": before, "to": locked.offered_to.number}
        _note("patient.transferred", locked, by, at, detail)
    return patient


def decline_transfer(transfer: Transfer, *, reason: str, by: Actor, at: datetime) -> Transfer:
    """The prescriber does not take the patient over; it is asked for anew, and nobody is lost."""
    with transaction.atomic():
        locked = _open(transfer)
        if locked.offered_to is None:
            raise TransferClosed
        _close(locked, "declined", reason, by, at)
        _note("patient.transfer_declined", locked, by, at, {"reason": reason})
        return ask_transfer(locked.patient, locked.form, on=locked.effective_on, by=by, at=at)


def open_transfers(program: str) -> QuerySet[Transfer]:
    """Every patient on the way to another prescriber, oldest first."""
    found = Transfer.objects.filter(patient__program=program, closed_at__isnull=True)
    return found.select_related("patient", "former", "offered_to").order_by("asked_at", "id")


def transfers_offered_to(participant_id: int | None) -> QuerySet[Transfer]:
    """The patients a prescriber is asked to take over, oldest first."""
    found = Transfer.objects.filter(offered_to=participant_id or 0, closed_at__isnull=True)
    return found.select_related("patient", "former").order_by("asked_at", "id")


def transfer_by_number(number: str, program: str) -> Transfer | None:
    """The open transfer of that number, or None."""
    return open_transfers(program).filter(number=number).first()


def _must_be_certified(participant: Participant, on: date) -> ProgramVersion:
    version = library.current().effective(participant.program, on)
    if version is None or participant.kind != "prescriber":
        raise NotCertified
    party = version.parties[participant.kind]
    if standing(party, certification_facts(participant), on).state not in TAKES_PART:
        raise NotCertified
    return version


def _open(transfer: Transfer) -> Transfer:
    found = Transfer.objects.select_for_update(of=("self",)).filter(closed_at__isnull=True)
    locked = found.select_related("patient", "offered_to").filter(pk=transfer.pk).first()
    if locked is None:
        raise TransferClosed
    return locked


def _close(transfer: Transfer, outcome: str, reason: str | None, by: Actor, at: datetime) -> None:
    transfer.closed_at, transfer.closed_by = at, by.number
    transfer.outcome, transfer.reason = outcome, reason
    transfer.save(update_fields=["closed_at", "closed_by", "outcome", "reason"])


def _note(verb: str, transfer: Transfer, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    subject = ("patient", transfer.patient.number)
    said = {"transfer": transfer.number, **detail}
    audit.record(verb, subject=subject, by=by, at=at, detail=said)
