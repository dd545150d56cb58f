"""Signals as worklists show them: the most urgent first, the oldest of those first."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from etasu.registry.monitoring.signal_models import CERTAINTIES, SignalRow
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.visibility import patients_seen_by
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import records_behind
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.signals import weight

_PRESSING = Case(
    *(When(urgency=each, then=Value(weight(each))) for each in Urgency),
    default=Value(0),
    output_field=IntegerField(),
)


def open_signals(program: str) -> QuerySet[SignalRow]:
    """The signals of the program that wait to be acknowledged, a limit once for a result."""
    found = SignalRow.objects.filter(IS_ASKED, program=program)
    return most_urgent_first(found)


def surer_of(certainty: str) -> tuple[str, ...]:
    """The certainties that are surer than this one."""
    return tuple(CERTAINTIES[: CERTAINTIES.index(certainty)])


def less_sure_than(certainty: str) -> tuple[str, ...]:
    """The certainties that are less sure than this one."""
    return tuple(CERTAINTIES[CERTAINTIES.index(certainty) + 1 :])


def surer_open(signals: Collection[SignalRow]) -> dict[int, list[SignalRow]]:
    """The open ones that speak for each of these signals as well, by its id."""
    standing = SignalRow.objects.filter(
        result__in={each.result_id for each in signals},
        acknowledged_at__isnull=True,
        result_replaced_at__isnull=True,
    )
    by_limit: dict[tuple[int, str], list[SignalRow]] = {}
    for each in standing:
        by_limit.setdefault((each.result_id, each.limit_code), []).append(each)
    return {
        each.pk: [
            other
            for other in by_limit.get((each.result_id, each.limit_code), ())
            if other.certainty in surer_of(each.certainty)
        ]
        for each in signals
    }


def _speaks(certainty: str) -> Q:
    surer = SignalRow.objects.filter(
        result=OuterRef("result"),
        limit_code=OuterRef("limit_code"),
        certainty__in=surer_of(certainty),
        acknowledged_at__isnull=True,
        result_replaced_at__isnull=True,
    )
    return Q(Exists(surer), certainty=certainty)


# It is open, and no surer one of the same result and limit is: that one speaks for both, and who
# answers it answers both.
IS_ASKED = Q(acknowledged_at__isnull=True) & ~(_speaks("perhaps") | _speaks("unassessed"))


def open_signals_seen(asker: Asker) -> QuerySet[SignalRow]:
    """The open signals of patients whom the asker may find listed."""
    seen = Patient.objects.filter(patients_seen_by(asker)).values("pk")
    return open_signals(asker.program).filter(
        Q(patient__in=seen) | Q(patient__merged_into__in=seen)
    )


def signals_of(patient: Patient) -> QuerySet[SignalRow]:
    """Every signal of the patient, open ones first, then the newest."""
    found = SignalRow.objects.filter(patient__in=records_behind(patient))
    return found.select_related("result").order_by(
        Case(When(acknowledged_at__isnull=True, then=Value(0)), default=Value(1)),
        "-raised_at",
        "-pk",
    )


def signal_seen(asker: Asker, number: str) -> SignalRow | None:
    """The signal of that number, if it is of a patient whom the asker may find listed."""
    seen = Patient.objects.filter(patients_seen_by(asker)).values("pk")
    found = SignalRow.objects.filter(
        Q(patient__in=seen) | Q(patient__merged_into__in=seen),
        number=number,
        program=asker.program,
    )
    return found.select_related("patient", "result", "owner").first()


def open_beside(signal: SignalRow) -> list[SignalRow]:
    """Every open signal of the same result, this one among them while it is open."""
    found = SignalRow.objects.filter(result=signal.result_id, acknowledged_at__isnull=True)
    return list(most_urgent_first(found))


def most_urgent_first(found: QuerySet[SignalRow]) -> QuerySet[SignalRow]:
    """These signals, the most urgent and then the oldest first."""
    return found.select_related("patient", "result", "owner").order_by(
        _PRESSING.desc(), "raised_at", "pk"
    )
