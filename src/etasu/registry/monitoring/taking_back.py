"""What people take back: a result, a refusal, and whom a report was said to be about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from etasu.registry.accounts.access import ADMINISTRATOR, DELEGATE, PRESCRIBER
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.again import WITH, items_behind, take_again, waiting
from etasu.registry.monitoring.going_on import go_on_where_known
from etasu.registry.monitoring.lab_rows import (
    ItemResolution,
    LabItemRow,
    LabReportRow,
    Reconciliation,
)
from etasu.registry.monitoring.matching import Asked, counted
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.reasons import REJECTED_BY_HAND
from etasu.registry.monitoring.rebuilding import (
    REFUSAL_TAKEN_BACK,
    report_said,
    resolutions_of,
    sender_of,
)
from etasu.registry.monitoring.received import TYPED, Kept
from etasu.registry.monitoring.replacing import lock_people
from etasu.registry.monitoring.resolving import NoReason, NotWaiting
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.identifiers import end_identifier
from etasu.registry.patients.models import Patient, PatientIdentifier
from etasu.registry.patients.records import answered_for, records_behind

TAKEN_BACK = "decision taken back"
# Whoever typed a result has the report it is from; any other is the program's to take back.
_THEIR_OWN = frozenset({PRESCRIBER, DELEGATE})


def may_take_back(asker: Asker, results: Collection[int]) -> frozenset[int]:
    """Those of these results that the asker may take back, as far as they came by a report."""
    found = Result.objects.filter(
        pk__in=results, replaced_at__isnull=True, report__isnull=False, derived_from__isnull=True
    )
    if asker.role in _THEIR_OWN:
        message = "report__message"
        own = {f"{message}__wire__in": TYPED, f"{message}__received_by": asker.user}
        found = found.filter(**own)
    elif asker.role != ADMINISTRATOR:
        return frozenset()
    return frozenset(found.values_list("pk", flat=True))


def result_to_take_back(asker: Asker, patient: Patient, result: int) -> Result | None:
    """The patient's result of that id, if the asker may take it back."""
    found = Result.objects.filter(pk=result, patient__in=records_behind(patient)).first()
    return found if found is not None and may_take_back(asker, [result]) else None


def take_decision_back(
    task: Reconciliation, reason: str, *, by: Actor, at: datetime
) -> tuple[list[int], int]:
    """Say that it was wrong whom reports were said to be about; they wait to be decided anew.

    Their results count no longer, nor do those that came later by numbers remembered with it: the
    numbers are the patient's no more. Answers with the items that were taken up, and how many
    results counted. Raises NoReason, and NotWaiting when nothing is decided.
    """
    if not reason.strip():
        raise NoReason
    with transaction.atomic():
        decided = _decided_with(task)
        about = Q(report__in=[each.report_id for each in decided])
        former = decided[0]
        if former.patient is not None:
            # Before any of the results, as whoever takes in a message does.
            lock_people({answered_for(former.patient).pk})
        rejected = _rejected_with(former, about)
        if former.patient is not None:
            about |= _by_ended_numbers(decided, former.patient, by=by, at=at)
        results = list(
            Result.objects.filter(about, replaced_at__isnull=True, derived_from__isnull=True)
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        Reconciliation.objects.filter(pk__in=[each.pk for each in decided]).update(
            patient=None, reason=None, decided_at=None, decided_by=None
        )
        _note(former, len(decided), reason.strip(), by=by, at=at)
        standing = {each.pk: each for each in results}
        stood_on = items_behind(list(standing)).values("pk")
        wanted = Q(pk__in=stood_on) | Q(pk__in=rejected) | about & Q(pk__in=waiting().values("pk"))
        ids = list(
            LabItemRow.objects.filter(wanted)
            .select_for_update(no_key=True, of=("self",))
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        rows = LabItemRow.objects.filter(pk__in=ids).select_related(*WITH).order_by("pk")
        found = list(rows.prefetch_related("resolutions"))
        replacing = {
            row.pk: standing[each] for row in found if (each := _result_of(row)) in standing
        }
        take_again(found, TAKEN_BACK, replacing=replacing, by=by, at=at)
        go_on_where_known(task.program, by=by, at=at)
    return ids, len(replacing)


def is_refused(item: LabItemRow) -> bool:
    """Whether somebody refused it, or what said the same before it.

    Not where the whole report was said to be about nobody: that decision is taken back instead.
    """
    before = resolutions_of(item)
    now = before[-1] if before else item
    decided = getattr(item.report, "reconciliation", None)
    is_nobodys = decided is not None and decided.is_about_nobody
    return now.reason == REJECTED_BY_HAND and not is_nobodys


def take_refusal_back(item: LabItemRow, reason: str, *, by: Actor, at: datetime) -> dict[Kept, int]:
    """Say that an item was refused wrongly: it counts as it was sent, or waits as it did before.

    What the laboratory has said since goes first, as always. Raises NoReason, and NotWaiting when
    it is not refused.
    """
    if not reason.strip():
        raise NoReason
    with transaction.atomic():
        LabItemRow.objects.select_for_update(no_key=True).get(pk=item.pk)
        found = LabItemRow.objects.select_related(*WITH).get(pk=item.pk)
        if not is_refused(found):
            raise NotWaiting
        subject = ("lab_message", found.report.message.number)
        detail = {"place": found.place, "reason": reason.strip()}
        audit.record("lab_item.refusal_taken_back", subject=subject, by=by, at=at, detail=detail)
        counts = take_again([found], REFUSAL_TAKEN_BACK, by=by, at=at)
        _take_later_again(found, by=by, at=at)
    return counts


def _take_later_again(item: LabItemRow, *, by: Actor, at: datetime) -> None:
    """What waits of the same report, and came later: it found nothing that it could be about."""
    key = item.report.report_key
    if key is None:
        return
    later = waiting().filter(report__report_key=key, pk__gt=item.pk).values("pk")
    locked = LabItemRow.objects.filter(pk__in=later).select_for_update(no_key=True).order_by("pk")
    rows = waiting().filter(pk__in=list(locked.values_list("pk", flat=True)))
    take_again(list(rows.select_related(*WITH).order_by("pk")), "taken again", by=by, at=at)


def _decided_with(task: Reconciliation) -> list[Reconciliation]:
    """Every report that was decided in the same moment about the same patient, locked."""
    now = Reconciliation.objects.get(pk=task.pk)
    same = Reconciliation.objects.filter(
        program=now.program, decided_at=now.decided_at, decided_by=now.decided_by,
        patient=now.patient, decided_at__isnull=False,
    )  # fmt: skip
    locked = list(same.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    if task.pk not in {each.pk for each in locked}:
        raise NotWaiting
    return locked


def _rejected_with(decided: Reconciliation, about: Q) -> list[int]:
    """The items that were rejected because the reports were said to be about nobody."""
    if decided.patient_id is not None or decided.decided_at is None:
        return []
    last = ItemResolution.objects.filter(
        outcome=Kept.REJECTED, resolved_at=decided.decided_at, resolved_by=decided.decided_by
    )
    items = LabItemRow.objects.filter(about, pk__in=last.values("item"))
    found = items.prefetch_related("resolutions")
    return [row.pk for row in found if resolutions_of(row)[-1].resolved_at == decided.decided_at]


def _by_ended_numbers(
    decided: Iterable[Reconciliation], patient: Patient, *, by: Actor, at: datetime
) -> Q:
    """End the numbers that were remembered with the decision; what came to the patient by them."""
    came = Q(pk__in=[])
    for each in decided:
        sender = sender_of(each.report)
        if sender is None or each.decided_at is None:
            continue
        asked = Asked(each.program, sender.authorities, report_said(each.report).patient)
        for authority, value in counted(asked):
            remembered = PatientIdentifier.objects.filter(
                patient=patient, authority=authority, value=value, added_at=each.decided_at,
                added_by=each.decided_by, ended_at__isnull=True,
            ).first()  # fmt: skip
            if remembered is not None:
                end_identifier(remembered, by=by, at=at)
                found = _came_by((authority, value), patient, since=remembered.added_at)
                came |= Q(report__in=[report.pk for report in found])
    return came


def _came_by(
    number: tuple[str, str], patient: Patient, *, since: datetime
) -> Iterator[LabReportRow]:
    """The reports that came to the patient since, with that number among those they name."""
    came = LabReportRow.objects.filter(
        patient__in=records_behind(patient), message__received_at__gte=since
    )
    for report in came.select_related("message__connection"):
        sender = sender_of(report)
        if sender is not None:
            whom = report_said(report).patient
            asked = Asked(sender.program, sender.authorities, whom)
            if number in set(counted(asked)):
                yield report


def _result_of(row: LabItemRow) -> int | None:
    before = resolutions_of(row)
    return before[-1].result_id if before else row.result_id


def _note(decided: Reconciliation, reports: int, reason: str, *, by: Actor, at: datetime) -> None:
    """In the trail of the patient it was said to be about, or of the message."""
    subject = ("lab_message", decided.report.message.number)
    if decided.patient is not None:
        subject = ("patient", decided.patient.number)
    detail = {"reconciliation": decided.number, "reports": reports, "reason": reason}
    audit.record("lab_report.decision_taken_back", subject=subject, by=by, at=at, detail=detail)
