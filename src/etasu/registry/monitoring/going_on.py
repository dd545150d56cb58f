"""What waited goes on by itself, once what it waited for is mended."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Q

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.again import report_said, take_again, waiting
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.lab_rows import LabItemRow, LabReportRow, Reconciliation
from etasu.registry.monitoring.matching import Asked, Person, match_all
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.sending import registered

WITH = ("report__message__connection", "report__reconciliation")
KNOWN_BY_NOW = "An identifier that was sent is this patient's by now."


def go_on(about: Q, how: str, *, unit: str = "", by: Actor, at: datetime) -> dict[Kept, int]:
    """Take in again what waits of this; how many came to what. Call it in a transaction."""
    rows = waiting().filter(about).select_related(*WITH).order_by("pk")
    locked = LabItemRow.objects.filter(pk__in=[row.pk for row in rows]).select_for_update(
        no_key=True
    )
    list(locked.order_by("pk").values_list("pk"))
    bare = [row for row in rows if unit and not row.unit and row.value]
    counts = Counter(take_again(bare, how, entered={"unit": unit}, by=by, at=at))
    counts.update(take_again([row for row in rows if row not in bare], how, by=by, at=at))
    return dict(counts)


def go_on_where_known(program: str, *, by: Actor, at: datetime) -> dict[Kept, int]:
    """Take in what waited for a patient who is known by now; the question who it is is closed.

    Call it in a transaction, when identifiers were added or more of those sent count. A question
    somebody else is answering this moment is left to them.
    """
    tasks = (
        Reconciliation.objects.filter(program=program, decided_at__isnull=True)
        .select_related("report__message__connection")
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .order_by("pk")
    )
    asked = [(task, sender_of(task.report)) for task in tasks]
    asking = [
        (task, Asked(program, sender.authorities, report_said(task.report).patient))
        for task, sender in asked
        if sender is not None
    ]
    matches = match_all([each for _task, each in asking])
    known = [
        _close(task, match.person, by, at)
        for (task, _asked), match in zip(asking, matches, strict=True)
        if match.person is not None
    ]
    return go_on(Q(report__in=known), "patient known", by=by, at=at) if known else {}


def sender_of(report: LabReportRow) -> LabConnection | None:
    """Whose report it is, though its sender was registered only after it came."""
    return report.message.connection or registered(report.message.sender)


def _close(task: Reconciliation, person: Person, by: Actor, at: datetime) -> int:
    """Say whom the report is about; the report's id."""
    task.patient_id, task.reason = person.id, KNOWN_BY_NOW
    task.decided_at, task.decided_by = at, by.number
    task.save(update_fields=["patient", "reason", "decided_at", "decided_by"])
    subject = ("patient", person.number)
    detail = {"reconciliation": task.number, "known": True}
    audit.record("lab_report.patient_chosen", subject=subject, by=by, at=at, detail=detail)
    return task.report_id
