"""How what falls due stands on a day, and what is said about it when.

Source: domain rules M-1 to M-6, END, and the ladder of grace and overdue (design default).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.dates import Span
from etasu.safe_use.monitoring import (
    History,
    Spell,
    Watch,
    days_met,
    due_day,
    first_due_after,
    spells,
)
from etasu.safe_use.monitoring_plan import Horizon, Lateness
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.requirement_base import AppliesTo


class Status(StrEnum):
    """How an obligation stands. One is *missed* once a later one of its rule was met.

    What would have fallen due while monitoring had ended is *waived*: it was never owed.
    """

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    MET = "met"
    MISSED = "missed"
    WAIVED = "waived"


# What somebody has to do something about.
OPEN = frozenset({Status.DUE, Status.OVERDUE, Status.ESCALATED})


class Rule(NamedTuple):
    """Something that falls due again and again after the first infusion: a test, or a form.

    `remind_days` are counted from each due day, oldest first: -7 is a week before it.
    """

    code: str
    subject: str
    is_form: bool
    every: Span
    remind_days: tuple[int, ...] = ()


class Obligation(NamedTuple):
    """One thing to be done by its due day. `met_on` is the first day it was done."""

    code: str
    due_on: date
    status: Status
    met_on: date | None = None


def rules_of(version: ProgramVersion, attributes: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules a patient is under, those of tests first.

    A rule for a group is left out only for a patient known to be outside of it: where the
    attribute is not known, the test is owed.
    """
    tests = [
        Rule(each.code, each.test, False, each.every, each.remind_days)
        for each in version.schedules.values()
        if may_cover(each.applies_to, attributes)
    ]
    forms = [
        Rule(each.code, each.form, True, each.every, each.remind_days)
        for each in version.duties.values()
        if each.every is not None
    ]
    return (*tests, *forms)


def may_cover(group: AppliesTo, attributes: Mapping[str, str]) -> bool:
    """Whether a patient is, or may be, in the group."""
    known = attributes.get(group.attribute or "")
    return known is None or known == group.value


def status_of(due_on: date, lateness: Lateness, on: date) -> Status:
    """How something not done stands: due on its day, then overdue, then escalated."""
    late = (on - due_on).days
    if late < 0:
        return Status.UPCOMING
    if late < lateness.overdue_after_days:
        return Status.DUE
    return Status.OVERDUE if late < lateness.escalated_after_days else Status.ESCALATED


def open_due_day(kept: Watch, every: Span) -> date | None:
    """When the open period of a rule falls due; None when nothing more does."""
    period = kept.open_period
    return None if period is None else due_day(every, kept.anchor, period)


def standing(kept: Watch, every: Span, lateness: Lateness, on: date) -> Status:
    """How a rule stands: the status of its open period; met when nothing more falls due."""
    due_on = open_due_day(kept, every)
    return Status.MET if due_on is None else status_of(due_on, lateness, on)


def next_change(kept: Watch, rule: Rule, lateness: Lateness, on: date) -> date | None:
    """The next day after `on` on which the status changes or a reminder falls; None if never.

    Nothing has to be looked at again before that day, unless something is done or decided.
    """
    period = kept.open_period
    if period is None:
        return None
    steps = {0, lateness.overdue_after_days, lateness.escalated_after_days, *rule.remind_days}
    days = []
    for step in steps:
        after = on - timedelta(days=step)
        first = max(period, first_due_after(rule.every, kept.anchor, after))
        if first <= kept.last:
            days.append(due_day(rule.every, kept.anchor, first) + timedelta(days=step))
    return min(days, default=None)


def unsaid_since(now: Watch, before: Watch | None, rule: Rule, on: date) -> date | None:
    """The newest day through `on` on which something was to be said of what was not owed before.

    `before` is what was owed until now: of that everything was said in its time. Only the newest
    day counts, so that somebody hears once of what is owed again, however long it was not. None
    when nothing is owed that was not before, or its first reminder is still to come.
    """
    first, newest = now.open_period, None
    for step in rule.remind_days if first is not None else ():
        assert first is not None
        day = on - timedelta(days=step)
        period = min(now.last, first_due_after(rule.every, now.anchor, day) - 1)
        while period >= first and not _is_new(now, before, period):
            period -= 1
        if period >= first:
            said_on = due_day(rule.every, now.anchor, period) + timedelta(days=step)
            newest = said_on if newest is None else max(newest, said_on)
    return newest


def _is_new(now: Watch, before: Watch | None, period: int) -> bool:
    """Whether the period is to be brought up and was not before."""
    was_owed = before is not None and before.anchor == now.anchor and _is_owed(before, period)
    return _is_owed(now, period) and not was_owed


def _is_owed(kept: Watch, period: int) -> bool:
    first = kept.open_period
    is_open = first is not None and first <= period <= kept.last
    return is_open and not kept.waived >> (period - 1) & 1


def reminders_on(kept: Watch, rule: Rule, on: date) -> tuple[tuple[date, int], ...]:
    """What is to be said on the day: each due day and how many days after it this is.

    Only about what is open: a period before the newest one met is never brought up again.
    """
    period = kept.open_period
    if period is None:
        return ()
    said = []
    for step in rule.remind_days:
        due_on = on - timedelta(days=step)
        first = first_due_after(rule.every, kept.anchor, due_on - timedelta(days=1))
        is_due = due_day(rule.every, kept.anchor, first) == due_on
        is_waived = kept.waived >> (first - 1) & 1
        if is_due and period <= first <= kept.last and not is_waived:
            said.append((due_on, step))
    return tuple(said)


def obligations(
    rule: Rule, horizon: Horizon, lateness: Lateness, history: History, on: date
) -> tuple[Obligation, ...]:
    """Every obligation of one rule, oldest first, as it stands on the day.

    Only what was done through the day counts, so that an older day can be asked about as well.
    """
    known = [day for day in history.done if day <= on]
    found = spells(rule.every, horizon, history.infusions, history.extensions)
    ends = [*(spell.anchor for spell in found[1:]), date.max]
    return tuple(
        each
        for spell, end in zip(found, ends, strict=False)
        for each in _of_spell(rule, lateness, _Stretch(spell, end, history.waived), known, on)
    )


class _Stretch(NamedTuple):
    spell: Spell
    end: date
    waived: frozenset[date]


def _of_spell(
    rule: Rule, lateness: Lateness, within: _Stretch, known: Sequence[date], on: date
) -> Iterator[Obligation]:
    spell = within.spell
    met = days_met(rule.every, spell, known, within.end)
    newest = max(met, default=0)
    for period in range(1, spell.last + 1):
        due_on = due_day(rule.every, spell.anchor, period)
        if period in met:
            yield Obligation(rule.code, due_on, Status.MET, met[period])
        elif due_on in within.waived or period in spell.not_owed:
            yield Obligation(rule.code, due_on, Status.WAIVED)
        elif period < newest or within.end <= on:
            yield Obligation(rule.code, due_on, Status.MISSED)
        else:
            yield Obligation(rule.code, due_on, status_of(due_on, lateness, on))
