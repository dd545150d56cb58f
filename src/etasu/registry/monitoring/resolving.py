"""What people do about items that wait: say what a code means, who it is about, or what it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.again import (
    WITH,
    items_behind,
    let_count_again,
    take_again,
    waiting,
    was_settled,
)
from etasu.registry.monitoring.going_on import go_on, go_on_where_known
from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection, LabSender
from etasu.registry.monitoring.lab_rows import (
    ItemResolution,
    LabItemRow,
    LabMessageRow,
    Reconciliation,
)
from etasu.registry.monitoring.matching import Asked, counted
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.reasons import REJECTED_BY_HAND
from etasu.registry.monitoring.rebuilding import ENTERED, REFUSED, report_said, sender_of
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.retaking import begin_retaking, of_code
from etasu.registry.monitoring.sent_by import sent_under
from etasu.registry.monitoring.whose import asked_together
from etasu.registry.patients.identifiers import add_identifier, is_taken
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for


class NotWaiting(ValueError):
    """It was resolved meanwhile."""


class NoReason(ValueError):
    """Whoever decides says what it rests on."""


class OtherProgram(ValueError):
    """The patient is in another program than the sender's connection."""


def map_code(
    connection: LabConnection | None,
    program: str,
    system: str,
    code: str,
    test: str | None,
    *,
    unit: str = "",
    said: str = "",
    by: Actor,
    at: datetime,
) -> CodeMapping:
    """Say what a code of a sender means, None for nothing that counts; what waited for it goes on.

    What is on record under the code is judged again: at once, or the rest of it by the clock.
    Without a connection it is said for every sender of the program. `unit` is the one meant where
    none is sent.
    """
    with transaction.atomic():
        known = CodeMapping.objects.select_for_update().filter(
            program=program, connection=connection, system=system, code=code, ended_at__isnull=True
        )
        former = known.first()
        if former is not None and (former.test, former.unit) == (test, unit):
            return former
        known.update(ended_at=at, ended_by=by.number)
        mapping = CodeMapping.objects.create(
            program=program, connection=connection, system=system, code=code, test=test, unit=unit,
            said=said, began_at=at, began_by=by.number,
        )  # fmt: skip
        subject = ("lab_connection", connection.number if connection else program)
        detail = {"system": system, "code": code, "test": test, "unit": unit}
        if former is not None:
            detail |= {"before": former.test, "unit_before": former.unit}
        audit.record("lab_code.mapped", subject=subject, by=by, at=at, detail=detail)
        go_on(of_code(mapping), "code mapped", by=by, at=at)
        begin_retaking(mapping, by=by, at=at)
    return mapping


def register_sender(connection: LabConnection, name: str, *, by: Actor, at: datetime) -> LabSender:
    """Say that messages under this name are the connection's; what came under it goes on."""
    with transaction.atomic():
        sender = LabSender.objects.create(
            connection=connection, name=name, added_at=at, added_by=by.number
        )
        subject = ("lab_connection", connection.number)
        audit.record("lab_sender.registered", subject=subject, by=by, at=at)
        unregistered = Q(report__message__connection__isnull=True)
        go_on(unregistered & sent_under(name), "sender registered", by=by, at=at)
    return sender


def choose_patient(
    task: Reconciliation,
    patient: Patient,
    reason: str,
    *,
    remember: bool = False,
    by: Actor,
    at: datetime,
) -> dict[Kept, int]:
    """Say whom the reports of a patient as sent are about, and what that rests on; they go on.

    With `remember`, the identifiers that were sent are the patient's from now on, save those that
    are somebody else's, and other reports that waited for one of them go on as well. What is
    counted is what waited of these reports. Raises NotWaiting, NoReason or OtherProgram.
    """
    if not reason.strip():
        raise NoReason
    patient = answered_for(patient)
    with transaction.atomic():
        if patient.program != task.program:
            raise OtherProgram
        reports = _decide(task, patient, reason, by=by, at=at)
        subject = ("patient", patient.number)
        detail = {
            "reconciliation": task.number,
            "reports": len(reports),
            "remembered": remember,
        }
        audit.record("lab_report.patient_chosen", subject=subject, by=by, at=at, detail=detail)
        counts = go_on(Q(report__in=reports), "patient chosen", by=by, at=at)
        if remember:
            _remember(task, patient, by=by, at=at)
    return counts


def _decide(
    task: Reconciliation, patient: Patient | None, reason: str, *, by: Actor, at: datetime
) -> list[int]:
    """Note whom all reports of the patient as sent are about, or that it is nobody; their ids."""
    ids = list(asked_together(task).values_list("pk", flat=True))
    waits = Reconciliation.objects.filter(pk__in=ids, decided_at__isnull=True)
    locked = list(waits.select_for_update(no_key=True).order_by("pk"))
    if task.pk not in {each.pk for each in locked}:
        raise NotWaiting
    for each in locked:
        each.patient, each.reason = patient, reason.strip()
        each.decided_at, each.decided_by = at, by.number
    Reconciliation.objects.bulk_update(locked, ["patient", "reason", "decided_at", "decided_by"])
    return [each.report_id for each in locked]


def _remember(task: Reconciliation, patient: Patient, *, by: Actor, at: datetime) -> None:
    connection = sender_of(task.report)
    if connection is None:
        return
    asked = Asked(task.program, connection.authorities, report_said(task.report).patient)
    for authority, value in counted(asked):
        if not is_taken(task.program, authority, value):
            add_identifier(patient, authority, value, by=by, at=at)
    go_on_where_known(task.program, by=by, at=at)


def take_message_again(message: LabMessageRow, *, by: Actor, at: datetime) -> dict[Kept, int]:
    """Take what waits of a message in again, after something was mended; how many came to what."""
    with transaction.atomic():
        return go_on(Q(report__message=message), "taken again", by=by, at=at)


def set_aside(task: Reconciliation, reason: str, *, by: Actor, at: datetime) -> int:
    """Say that the reports of a patient as sent are about nobody here: what waits is rejected."""
    if not reason.strip():
        raise NoReason
    with transaction.atomic():
        reports = _decide(task, None, reason, by=by, at=at)
        found = list(waiting().filter(report__in=reports).order_by("pk"))
        for each in found:
            reject_item(each, reason, by=by, at=at)
    return len(found)


def enter(
    item: LabItemRow, entered: Mapping[str, str], *, by: Actor, at: datetime
) -> dict[Kept, int]:
    """Add what an item that waits lacks: its `unit`, `value` or `collected_on`; it goes on.

    Raises NotWaiting.
    """
    _check_entered(entered)
    with transaction.atomic():
        found = _lock_waiting(item)
        return take_again([found], "entered", entered=entered, by=by, at=at)


def enter_unit(result: Result, unit: str, *, by: Actor, at: datetime) -> dict[Kept, int]:
    """Say in which unit a result was sent that is kept without a known one; a new one replaces it.

    Raises NotWaiting when it no longer stands, or was not sent by a laboratory.
    """
    _check_entered({"unit": unit})
    return _revise(result, "unit entered", {"unit": unit}, by=by, at=at)


def refuse_result(result: Result, reason: str, *, by: Actor, at: datetime) -> dict[Kept, int]:
    """Say that a result a laboratory sent is not to be kept as one, and why. It stays on record.

    Raises NoReason, and NotWaiting as `enter_unit` does.
    """
    if not reason.strip():
        raise NoReason
    return _revise(result, "refused", {REFUSED: reason.strip()}, by=by, at=at)


def _revise(
    result: Result, how: str, entered: Mapping[str, str], *, by: Actor, at: datetime
) -> dict[Kept, int]:
    with transaction.atomic():
        locked = Result.objects.select_for_update().get(pk=result.pk)
        item = items_behind([locked.pk]).first()
        if item is None or locked.replaced_at is not None:
            raise NotWaiting
        replacing = {item.pk: locked}
        return take_again([item], how, entered=entered, replacing=replacing, by=by, at=at)


def confirm_result(result: Result, *, by: Actor, at: datetime) -> Result:
    """Note that somebody has looked at a result that was kept for review, and it is right."""
    with transaction.atomic():
        locked = Result.objects.select_for_update().get(pk=result.pk)
        if locked.reviewed_at is None:
            locked.reviewed_at, locked.reviewed_by = at, by.number
            locked.save(update_fields=["reviewed_at", "reviewed_by"])
            subject = ("patient", locked.patient.number)
            detail = {"result": locked.pk, "review": locked.review}
            audit.record("result.reviewed", subject=subject, by=by, at=at, detail=detail)
    return locked


def reject_item(
    item: LabItemRow, reason: str, *, earlier_stands: bool = False, by: Actor, at: datetime
) -> ItemResolution:
    """Say that an item that waits is not to be kept as a result, and why. It stays on record.

    With `earlier_stands`, what it seemed to correct was right, and counts again.
    """
    if not reason.strip():
        raise NoReason
    with transaction.atomic():
        found = _lock_waiting(item)
        resolution = ItemResolution.objects.create(
            item=found, how="rejected", outcome=Kept.REJECTED, reason=REJECTED_BY_HAND,
            said=reason.strip(), revises=was_settled(found), resolved_at=at, resolved_by=by.number,
        )  # fmt: skip
        subject = ("lab_message", found.report.message.number)
        detail = {"place": found.place, "earlier_stands": earlier_stands}
        audit.record("lab_item.rejected", subject=subject, by=by, at=at, detail=detail)
        if earlier_stands:
            let_count_again(list(found.takes_away.all()), by=by, at=at)
    return resolution


def _check_entered(entered: Mapping[str, Any]) -> None:
    if not entered or not entered.keys() <= ENTERED or not all(entered.values()):
        raise NoReason


def _lock_waiting(item: LabItemRow) -> LabItemRow:
    LabItemRow.objects.select_for_update(no_key=True).get(pk=item.pk)
    found = waiting().filter(pk=item.pk).select_related(*WITH).first()
    if found is None:
        raise NotWaiting
    return found
