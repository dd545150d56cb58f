"""Whom reports are about: one question for all reports of a patient as sent."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Mapping
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Case, Count, F, Min, Q, QuerySet, Value, When

from etasu.registry.monitoring.lab_rows import Reconciliation
from etasu.registry.monitoring.quarantine import open_tasks

_SAID = "report__said__"
# Who a report is about in the sender's words.
_WORDS = ("identifiers", "last_name", "first_name", "birth_date")
# A name alone is nobody: reports that say no more are asked about one by one.
_SAYS_ENOUGH = Q(**{f"{_SAID}identifiers__isnull": False}) | Q(
    **{f"{_SAID}last_name__isnull": False, f"{_SAID}birth_date__isnull": False}
)


class Unmatched(NamedTuple):
    """A patient as sent whom nobody knows: the first of the reports, and how many there are."""

    task: Reconciliation
    reports: int


def unmatched(program: str) -> list[Unmatched]:
    """The patients as sent whom nobody knows, the one that has waited longest first."""
    number = BigIntegerField()
    alone = Case(When(_SAYS_ENOUGH, then=Value(0)), default=F("pk"), output_field=number)
    groups = (
        open_tasks(program)
        .order_by()
        .values("report__message__sender", *(f"{_SAID}{word}" for word in _WORDS), alone=alone)
        .annotate(first=Min("pk"), reports=Count("pk"))
    )
    counts = dict(groups.values_list("first", "reports"))
    return [Unmatched(each, counts[each.pk]) for each in open_tasks(program).filter(pk__in=counts)]


def open_of(reports: Collection[int]) -> QuerySet[Reconciliation]:
    """The questions about these reports that wait."""
    found = Reconciliation.objects.filter(report__in=list(reports), decided_at__isnull=True)
    return found.select_related("report__message").defer("report__message__raw")


def as_sent(task: Reconciliation) -> Hashable:
    """What the question has in common with those that are answered together with it."""
    said = task.report.said
    if not _says_enough(said):
        return task.pk
    return task.report.message.sender, json.dumps([said.get(word) for word in _WORDS])


def _says_enough(said: Mapping[str, Any]) -> bool:
    return "identifiers" in said or ("last_name" in said and "birth_date" in said)


def asked_together(task: Reconciliation) -> QuerySet[Reconciliation]:
    """Every report of the same patient as sent: those that wait, or those decided with it."""
    said = task.report.said
    same = Q(program=task.program, report__message__sender=task.report.message.sender)
    for word in _WORDS:
        name = f"{_SAID}{word}"
        same &= Q(**({name: said[word]} if word in said else {f"{name}__isnull": True}))
    found = Reconciliation.objects.filter(
        same if _says_enough(said) else Q(pk=task.pk),
        decided_at=task.decided_at,
        decided_by=task.decided_by,
    )
    return found.select_related("report__message").order_by("pk")
