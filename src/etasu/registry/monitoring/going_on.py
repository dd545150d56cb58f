"""What waited goes on by itself, once what it waited for is mended."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Q

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.again import WITH, take_again, waiting
from etasu.registry.monitoring.lab_rows import LabItemRow, Reconciliation
from etasu.registry.monitoring.matching import Asked, Person, match_all
from etasu.registry.monitoring.rebuilding import report_said, sender_of
from etasu.registry.monitoring.received import Kept

# As many items as are held in memory at once.
AT_ONCE = 500
KNOWN_BY_NOW = "An identifier that was sent is this patient's by now."


def go_on(about: Q, how: str, *, by: Actor, at: datetime) -> dict[Kept, int]:
    """Take in again what waits of this; how many came to what. Call it in a transaction."""
    counts: Counter[Kept] = Counter()
    after = 0
    while ids := _next(about, after):
        list(LabItemRow.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk"))
        rows = waiting().filter(pk__in=ids).select_related(*WITH).order_by("pk")
        counts.update(take_again(list(rows), how, by=by, at=at))
        after = ids[-1]
    return dict(counts)


def _next(about: Q, after: int) -> list[int]:
    found = waiting().filter(about, pk__gt=after).order_by("pk")
    return list(found.values_list("pk", flat=True)[:AT_ONCE])


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


def _close(task: Reconciliation, person: Person, by: Actor, at: datetime) -> int:
    """Say whom the report is about; the report's id."""
    task.patient_id, task.reason = person.id, KNOWN_BY_NOW
    task.decided_at, task.decided_by = at, by.number
    task.save(update_fields=["patient", "reason", "decided_at", "decided_by"])
    subject = ("patient", person.number)
    detail = {"reconciliation": task.number, "known": True}
    audit.record("lab_report.patient_chosen", subject=subject, by=by, at=at, detail=detail)
    return task.report_id
