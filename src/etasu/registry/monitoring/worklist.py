"""Whom to turn to first, and why: what fell due, and what a result asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, cast

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)

from etasu.programs import library
from etasu.registry.monitoring.models import SignalRow, Watch
from etasu.registry.monitoring.signal_facts import IS_ASKED, most_urgent_first
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.visibility import patients_seen_by
from etasu.registry.patients.models import Patient
from etasu.safe_use.monitoring_plan import Lateness, Urgency
from etasu.safe_use.obligations import Status, status_of


class Rank(IntEnum):
    """Why a patient stands where they stand; the lower, the sooner."""

    EMERGENCY_SYMPTOM = 1
    EMERGENCY_SIGNAL = 2
    UNANSWERED_SIGNAL = 3
    URGENT_SIGNAL = 4
    SYMPTOM = 5
    ESCALATED = 6
    ROUTINE_SIGNAL = 7
    OVERDUE = 8
    DUE = 9
    SOON = 10


class Order(StrEnum):
    """What a worklist begins with: the most pressing, the longest due, or the first name."""

    WHY = "why"
    DUE = "due"
    NAME = "name"


class Wanted(NamedTuple):
    """Which part of a worklist: only these ranks, only one rule, only one prescriber's patients.

    `told` are the patients, by id, who told of a symptom; no rule asks for that.
    """

    ranks: frozenset[Rank] = frozenset(set(Rank) - {Rank.SOON})
    rule: str = ""
    prescriber: int | None = None
    soon_days: int = 7
    order: Order = Order.WHY
    told: Mapping[Rank, Collection[int]] = {}


class OpenRule(NamedTuple):
    """A rule with something to be done, since when, and how it stands."""

    code: str
    subject: str
    due_on: date
    status: Status


class Line(NamedTuple):
    """One patient of a worklist, with everything that puts them there, the most pressing first."""

    patient: Patient
    rank: Rank
    rules: tuple[OpenRule, ...]
    signals: tuple[SignalRow, ...]


def worklist(
    asker: Asker, wanted: Wanted, *, on: date, at: datetime, start: int = 0, most: int = 50
) -> list[Line]:
    """The patients the asker sees with something to be done, the most pressing first."""
    late = _lateness(asker.program, on)
    found = list(_ranked(asker, wanted, late, on, at)[start : start + most])
    ids = [patient.pk for patient in found]
    rules, signals = open_rules(ids, on, late, wanted.soon_days), open_signals(ids)
    return [
        Line(
            patient,
            Rank(cast(Any, patient).rank),
            tuple(rules.get(patient.pk, ())),
            tuple(signals.get(patient.pk, ())),
        )
        for patient in found
    ]


def how_many(asker: Asker, wanted: Wanted, *, on: date, at: datetime) -> dict[Rank, int]:
    """How many patients there are of each rank."""
    late = _lateness(asker.program, on)
    ranked: Any = _ranked(asker, wanted, late, on, at)
    counted = ranked.order_by().values_list("rank").annotate(Count("pk"))
    return {Rank(rank): count for rank, count in counted}


def open_rules(
    patients: Collection[int], on: date, late: Lateness | None, soon_days: int = 0
) -> dict[int, list[OpenRule]]:
    """What each of the patients has to do by that day, the longest due first, by patient id.

    Nothing falls due for whoever left.
    """
    by_patient: dict[int, list[OpenRule]] = defaultdict(list)
    until = on + timedelta(days=soon_days)
    rows = Watch.objects.filter(_takes_part(on, "patient__"), patient__in=patients)
    rows = rows.filter(open_due_on__lte=until)
    for row in rows.order_by("open_due_on", "code"):
        if row.open_due_on is not None and late is not None:
            status = status_of(row.open_due_on, late, on)
            by_patient[row.patient_id].append(
                OpenRule(row.code, row.subject, row.open_due_on, status)
            )
    return dict(by_patient)


def open_signals(patients: Collection[int]) -> dict[int, list[SignalRow]]:
    """The signals that wait for an answer, the most urgent and then the oldest first."""
    by_patient: dict[int, list[SignalRow]] = defaultdict(list)
    about = Q(patient__in=patients) | Q(patient__merged_into__in=patients)
    for row in most_urgent_first(SignalRow.objects.filter(about, IS_ASKED)):
        by_patient[row.patient.merged_into_id or row.patient_id].append(row)
    return dict(by_patient)


_OLDEST = F("oldest").asc(nulls_last=True)
_ORDERED: Mapping[Order, tuple[Any, ...]] = {
    Order.WHY: ("rank", _OLDEST, "full_name", "pk"),
    Order.DUE: (_OLDEST, "rank", "full_name", "pk"),
    Order.NAME: ("full_name", "pk"),
}


def _ranked(asker: Asker, wanted: Wanted, late: Lateness | None, on: date, at: datetime) -> Any:
    watches = Watch.objects.filter(patient=OuterRef("pk"), open_due_on__isnull=False)
    signals = SignalRow.objects.filter(
        Q(patient=OuterRef("pk")) | Q(patient__merged_into=OuterRef("pk")), IS_ASKED
    )
    if wanted.rule:
        watches = watches.filter(code=wanted.rule)
        signals = signals.filter(result__test__in=_tests_of(asker.program, wanted.rule))
    seen: Any = Patient.objects.filter(patients_seen_by(asker), merged_into__isnull=True)
    # What their blood said still asks for an answer, of whoever left.
    has_told = Q(pk__in=[] if wanted.rule else {pk for ids in wanted.told.values() for pk in ids})
    seen = seen.filter(_takes_part(on) | Exists(signals) | has_told)
    if wanted.prescriber is not None:
        seen = seen.filter(prescriber=wanted.prescriber)
    ranked = seen.annotate(
        oldest=Case(
            When(
                _takes_part(on),
                then=Subquery(watches.order_by("open_due_on").values("open_due_on")[:1]),
            ),
            output_field=DateField(),
        ),
        emergency=Exists(signals.filter(urgency=Urgency.EMERGENCY)),
        unanswered=Exists(signals.filter(answer_until__lt=at)),
        urgent=Exists(signals.filter(urgency=Urgency.URGENT)),
        routine=Exists(signals.filter(urgency__in=[Urgency.ROUTINE, Urgency.INFORMATION])),
    ).annotate(rank=Case(*_ranks(wanted, late, on), output_field=IntegerField()))
    return (
        ranked.filter(rank__in=sorted(wanted.ranks))
        .select_related("prescriber")
        .order_by(*_ORDERED[wanted.order])
    )


def _takes_part(on: date, whose: str = "") -> Q:
    """Whoever has not left by that day."""
    return Q(**{f"{whose}ended_on__isnull": True}) | Q(**{f"{whose}ended_on__gt": on})


def _ranks(wanted: Wanted, late: Lateness | None, on: date) -> Sequence[When]:
    """Conditions in the order of the ranks: the first that holds decides."""
    days = (late.escalated_after_days, late.overdue_after_days) if late else (0, 0)
    told = {} if wanted.rule else wanted.told
    conditions: list[tuple[Q, Rank]] = [
        (Q(pk__in=told.get(Rank.EMERGENCY_SYMPTOM, ())), Rank.EMERGENCY_SYMPTOM),
        (Q(emergency=True), Rank.EMERGENCY_SIGNAL),
        (Q(unanswered=True), Rank.UNANSWERED_SIGNAL),
        (Q(urgent=True), Rank.URGENT_SIGNAL),
        (Q(pk__in=told.get(Rank.SYMPTOM, ())), Rank.SYMPTOM),
        (Q(oldest__lte=on - timedelta(days=days[0])), Rank.ESCALATED),
        (Q(routine=True), Rank.ROUTINE_SIGNAL),
        (Q(oldest__lte=on - timedelta(days=days[1])), Rank.OVERDUE),
        (Q(oldest__lte=on), Rank.DUE),
        (Q(oldest__lte=on + timedelta(days=wanted.soon_days)), Rank.SOON),
    ]
    return [When(condition, then=Value(rank.value)) for condition, rank in conditions]


def _tests_of(program: str, rule: str) -> set[str]:
    """The tests a rule asks for with all their parts, in whichever version of the program."""
    found: set[str] = set()
    for version in library.current().programs[program].versions:
        asked = [version.schedules[rule].test] if rule in version.schedules else []
        while asked:
            test = asked.pop()
            found.add(test)
            asked += [each for each in version.tests[test].needs if each not in found]
    return found


def _lateness(program: str, on: date) -> Lateness | None:
    version = library.current().effective(program, on)
    return version.lateness if version else None
