"""The watches of patients as they follow from the record, and from what was said of them before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

from etasu.programs import library
from etasu.registry.monitoring.histories import known_of
from etasu.registry.monitoring.models import Watch
from etasu.registry.patients.models import Patient
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.monitoring import Watch as Kept
from etasu.safe_use.monitoring import watch
from etasu.safe_use.monitoring_plan import Lateness
from etasu.safe_use.obligations import (
    Rule,
    next_change,
    open_due_day,
    rules_of,
    standing,
    unsaid_since,
)
from etasu.safe_use.program import ProgramVersion

# What is kept now, by patient and rule.
Before = Mapping[tuple[int, str], Watch]
A_DAY = timedelta(days=1)


def derived(patients: Collection[int], on: date, before: Before | None = None) -> list[Watch]:
    """The watches as they follow from what is on record; nothing is kept.

    With `before`, what was not said of them yet is still to be said; without it, everything was.
    """
    found = list(Patient.objects.filter(pk__in=list(patients), merged_into__isnull=True))
    rows: list[Watch] = []
    for program in sorted({patient.program for patient in found}):
        version = library.current().effective(program, on)
        if version is not None and version.horizon is not None and version.lateness is not None:
            here = [patient for patient in found if patient.program == program]
            rows += _derived(here, version, on, before)
    return rows


def kept_now(patients: Collection[int]) -> Before:
    """The watches of these patients as they are kept."""
    found = Watch.objects.filter(patient__in=list(patients))
    return {(each.patient_id, each.code): each for each in found}


def rhythm(every: Span) -> tuple[int, int]:
    """How many months and how many days long a period is; one of them is 0."""
    if every.unit is Unit.DAYS:
        return 0, every.count
    return (every.count * 12 if every.unit is Unit.YEARS else every.count), 0


def _derived(
    patients: Sequence[Patient], version: ProgramVersion, on: date, before: Before | None
) -> Iterator[Watch]:
    assert version.horizon is not None and version.lateness is not None
    known = known_of(patients, rules_of(version, {}))
    for patient in patients:
        for rule in rules_of(version, patient.attributes):
            history = known[patient.pk].under(rule)
            kept = watch(rule.code, rule.every, version.horizon, history)
            if kept is None:
                continue
            said = on
            if before is not None:
                said = _said_through(kept, before.get((patient.pk, rule.code)), rule, on)
            yield _row(patient, rule, kept, version.lateness, on, said)


def _said_through(now: Kept, before: Watch | None, rule: Rule, on: date) -> date:
    """The day through which everything was said of what is owed now.

    A look says nothing: what was to be said by the day and waits for the night goes on waiting.
    """
    goes_on = before is not None and (before.months, before.days) == rhythm(rule.every)
    unsaid = unsaid_since(now, _as_owed(before) if before and goes_on else None, rule, on)
    said = on
    if before is not None:
        waits = before.next_change_on is not None and before.next_change_on <= on
        said = before.as_of if waits else max(before.as_of, on)
    return said if unsaid is None else min(said, unsaid - A_DAY)


def _row(
    patient: Patient, rule: Rule, kept: Kept, lateness: Lateness, on: date, said: date
) -> Watch:
    months, days = rhythm(rule.every)
    return Watch(
        patient=patient,
        code=rule.code,
        subject=rule.subject,
        is_form=rule.is_form,
        months=months,
        days=days,
        anchor=kept.anchor,
        through=kept.through,
        last=kept.last,
        met=_bits(kept.met, kept.last),
        waived=_bits(kept.waived, kept.last),
        open_due_on=open_due_day(kept, rule.every),
        status=standing(kept, rule.every, lateness, on).value,
        next_change_on=next_change(kept, rule, lateness, said),
        as_of=said,
    )


def _as_owed(row: Watch) -> Kept:
    met, waived = _periods(row.met), _periods(row.waived)
    return Kept(row.code, row.anchor, row.through, row.last, met, waived)


def _bits(periods: int, last: int) -> str:
    """Period 1 first, as the database keeps them."""
    return f"{periods:0{last}b}"[::-1]


def _periods(bits: str) -> int:
    return int(str(bits)[::-1], 2)
