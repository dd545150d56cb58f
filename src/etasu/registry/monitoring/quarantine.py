"""What waits for somebody, and the proof that nothing was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from etasu.registry.monitoring.again import waiting
from etasu.registry.monitoring.correction_models import AwaitedCorrection
from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection
from etasu.registry.monitoring.lab_rows import (
    ItemResolution,
    LabItemRow,
    LabMessageRow,
    Reconciliation,
)
from etasu.registry.monitoring.matching import words_of
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.rebuilding import report_said
from etasu.registry.monitoring.received import Kept
from etasu.registry.patients.models import Patient, PatientIdentifier
from etasu.registry.patients.records import answered_for
from etasu.safe_use.lab_reports import PatientAsSent

__all__ = ["waiting"]
CODE_REASONS = frozenset({"code-unknown", "codes-disagree"})


class WaitingCode(NamedTuple):
    """A code that nobody has mapped yet, with how many items wait for it and since when."""

    connection: str | None
    system: str
    code: str
    text: str
    items: int
    since: date


class Candidate(NamedTuple):
    """A patient a report may be about, and what of it fits; nothing is decided by it."""

    patient: Patient
    same_identifier: bool
    same_birth_date: bool
    same_name: bool


def items_waiting(program: str) -> QuerySet[Any]:
    """The items that wait in a program, and those of unknown senders, oldest first.

    `why` of each is what it waits for now, which may be another thing than on the day it came; it
    `corrects` when results count no longer because of it.
    """
    mine = Q(report__message__connection__program=program)
    nobodys = Q(report__message__connection__isnull=True)
    found = waiting().filter(mine | nobodys).select_related("report__message__connection")
    newest = ItemResolution.objects.filter(item=OuterRef("pk")).order_by("-pk")
    why = Coalesce(Subquery(newest.values("reason")[:1]), F("reason"))
    corrects = Exists(AwaitedCorrection.objects.filter(item=OuterRef("pk")))
    return found.annotate(why=why, corrects=corrects).order_by("pk")


def codes_waiting(program: str) -> list[WaitingCode]:
    """The codes that items wait for, those of most items first."""
    found = (
        items_waiting(program)
        .filter(why__in=CODE_REASONS)
        .order_by()
        .values("report__message__connection__number", "code_system", "code", "code_text")
        .annotate(items=Count("pk"), since=Min("report__message__received_at"))
    )
    rows = [
        WaitingCode(
            row["report__message__connection__number"],
            row["code_system"],
            row["code"],
            row["code_text"],
            row["items"],
            row["since"].date(),
        )
        for row in found
    ]
    return sorted(rows, key=lambda each: (-each.items, each.system, each.code))


def results_to_review(program: str) -> QuerySet[Result]:
    """Results that stand and that somebody should look at, because of their unit or their size."""
    found = Result.objects.filter(
        patient__program=program, replaced_at__isnull=True, reviewed_at__isnull=True
    ).exclude(review="")
    return found.select_related("patient").order_by("pk")


def open_tasks(program: str) -> QuerySet[Reconciliation]:
    """Reports whose patient is not known exactly, oldest first."""
    found = Reconciliation.objects.filter(program=program, decided_at__isnull=True)
    return found.select_related("report__message__connection").order_by("opened_at", "pk")


def candidates(task: Reconciliation, limit: int = 10) -> list[Candidate]:
    """Whom a report may be about, to be shown side by side: what fits best first."""
    sent = report_said(task.report).patient
    values = [each.value.strip() for each in sent.identifiers if each.value.strip()]
    by_identifier = set(
        PatientIdentifier.objects.filter(
            program=task.program, value__in=values, ended_at__isnull=True
        ).values_list("patient", flat=True)
    ) | set(
        Patient.objects.filter(program=task.program, number__in=values).values_list("pk", flat=True)
    )
    known = Patient.objects.filter(program=task.program).select_related("merged_into")
    name = words_of(f"{sent.first_name} {sent.last_name}")
    found: dict[int, Candidate] = {}
    # Each way has room of its own, so that nobody who fits well is cut off by many who do not.
    for way in (Q(pk__in=by_identifier), *_alike(sent)):
        for each in known.filter(way).order_by("pk")[: limit * 20]:
            person = answered_for(each)
            fits = Candidate(
                person,
                each.pk in by_identifier,
                sent.birth_date is not None and person.birth_date == sent.birth_date,
                bool(name) and name == words_of(person.full_name),
            )
            found.setdefault(person.pk, fits)
    return sorted(found.values(), key=_fits_best)[:limit]


def _alike(sent: PatientAsSent) -> Iterator[Q]:
    """Whoever is born and called so, from what tells most on."""
    if sent.birth_date is not None:
        yield Q(birth_date=sent.birth_date)
    if sent.last_name.strip():
        called = Q(full_name__icontains=sent.last_name.strip())
        yield called & Q(full_name__icontains=sent.first_name.strip())
        yield called


def _fits_best(each: Candidate) -> tuple[int, int]:
    return -(4 * each.same_identifier + 2 * each.same_birth_date + each.same_name), each.patient.pk


def messages_of(connection: LabConnection | None, *, words: str = "") -> QuerySet[LabMessageRow]:
    """The message log of a connection, newest first, without what the messages say."""
    found = LabMessageRow.objects.filter(connection=connection).defer("raw")
    if words.strip():
        found = found.filter(Q(number__iexact=words.strip()) | Q(control_id=words.strip()))
    return found.order_by("-pk")


def mappings_of(program: str) -> QuerySet[CodeMapping]:
    """What codes mean in the program now, by sender and code."""
    found = CodeMapping.objects.filter(program=program, ended_at__isnull=True)
    return found.select_related("connection").order_by("connection__name", "system", "code")


class Conservation(NamedTuple):
    """What came in with a message, and what became of each part of it by now."""

    came_in: int
    stored: int
    quarantined: int
    rejected: int

    @property
    def holds(self) -> bool:
        """Whether everything is accounted for."""
        return self.came_in == self.stored + self.quarantined + self.rejected


def conservation(message: LabMessageRow) -> Conservation:
    """Counts the items themselves, and not what was noted when they came."""
    rows = LabItemRow.objects.filter(report__message=message)
    newest = ItemResolution.objects.filter(item=OuterRef("pk")).order_by("-pk")
    now = Coalesce(Subquery(newest.values("outcome")[:1]), F("outcome"))
    found = Counter(rows.annotate(now=now).values_list("now", flat=True))
    return Conservation(message.items, *(found[kept] for kept in Kept))
