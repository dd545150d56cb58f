"""What falls due again and again, until when, and which of it was done.

A pure function of what was given, what was found, and what a prescriber decided: the same facts
give the same obligations, in whatever order they became known, on whatever server.

The first of a rule falls due one rhythm after its *anchor*, the first infusion, and each next one a
rhythm later, always counted from the anchor, so that the day of the month never drifts. The last
one is the first that falls due on or after the *horizon*. Treatment after all of that is over
starts anew, with an anchor of its own. Where a prescriber extends monitoring after all of it is
over, it goes on in the same rhythm, and nothing was owed in between.

A day on which something was done belongs to the due day nearest to it, and keeps up exactly that
one obligation; what comes after the last due day belongs to the last.

Source: domain rules M-1 to M-6 and END.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.monitoring_plan import Horizon

# No decision reaches further: a day beyond it is a slip, and nobody could take it back.
LONGEST_EXTENSION = Span(50, Unit.YEARS)


class Extension(NamedTuple):
    """Monitoring goes on through that day, a prescriber decided on `decided_on`."""

    through: date
    decided_on: date

    @property
    def counts_through(self) -> date:
        """The day through which it counts, whatever day was written down."""
        return min(self.through, farthest_extension(self.decided_on))


class Spell(NamedTuple):
    """A stretch of unbroken monitoring under one rule: periods 1 through `last`.

    `through` is the horizon: the day from which nothing more needs to fall due. The periods of
    `not_owed` fell due after monitoring had ended and before it was decided that it goes on.
    """

    anchor: date
    through: date
    last: int
    not_owed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a rule is applied to, each oldest first: infusion days, days done, days waived."""

    infusions: tuple[date, ...]
    done: tuple[date, ...] = ()
    waived: frozenset[date] = frozenset()
    extensions: tuple[Extension, ...] = ()


def farthest_extension(decided_on: date) -> date:
    """The last day through which somebody may decide on that day that monitoring goes on."""
    return LONGEST_EXTENSION.after(decided_on)


def due_day(every: Span, anchor: date, period: int) -> date:
    """When the period's obligation falls due; period 0 is the anchor itself.

    Counted from the anchor each time: a day that does not exist becomes the month's last, and the
    next period is not moved by it (January 31 is followed by February 28 and March 31).
    """
    return Span(every.count * period, every.unit).after(anchor)


def opening_day(every: Span, anchor: date, period: int) -> date:
    """The first day that belongs to the period: half a rhythm before its due day."""
    due = due_day(every, anchor, period)
    rhythm = (due - due_day(every, anchor, period - 1)).days
    return due - timedelta(days=rhythm // 2)


def period_of(every: Span, anchor: date, day: date) -> int:
    """The period the day belongs to, the one whose due day is nearest; 0 around the anchor."""
    rhythm = (due_day(every, anchor, 12) - anchor).days / 12
    period = max(0, round((day - anchor).days / rhythm))
    while period and day < opening_day(every, anchor, period):
        period -= 1
    while day >= opening_day(every, anchor, period + 1):
        period += 1
    return period


def first_due_after(every: Span, anchor: date, day: date) -> int:
    """The first period, from 1 on, that falls due after the day."""
    period = max(1, period_of(every, anchor, day))
    return period if due_day(every, anchor, period) > day else period + 1


def last_period(every: Span, anchor: date, through: date) -> int:
    """The first period that falls due on or after that day, and at least 1."""
    period = max(1, period_of(every, anchor, through))
    return period if due_day(every, anchor, period) >= through else period + 1


def spells(
    every: Span,
    horizon: Horizon,
    infusions: Sequence[date],
    extensions: Sequence[Extension] = (),
) -> tuple[Spell, ...]:
    """The stretches of monitoring under a rule, oldest first; empty before any infusion.

    An infusion while the rule still runs moves the horizon and keeps the anchor. An extension
    counts for the newest stretch begun by the day it was decided on, and never shortens it.
    """
    found: list[Spell] = []
    days, decisions = sorted(set(infusions)), sorted(extensions, key=lambda each: each.decided_on)
    for index, day in enumerate(days):
        after = days[index + 1] if index + 1 < len(days) else date.max
        through = horizon.length.after(day)
        if found and day <= due_day(every, found[-1].anchor, found[-1].last):
            spell = _longer(every, found.pop(), through, day)
        else:
            spell = Spell(day, through, last_period(every, day, through))
        for each in decisions:
            if day <= each.decided_on < after:
                spell = _longer(every, spell, each.counts_through, each.decided_on)
        found.append(spell)
    return tuple(found)


def _longer(every: Span, spell: Spell, through: date, since: date) -> Spell:
    """The stretch going on through that day at least, as somebody decided on the day `since`."""
    through = max(spell.through, through)
    last = last_period(every, spell.anchor, through)
    more = range(spell.last + 1, last + 1)
    between = {period for period in more if due_day(every, spell.anchor, period) < since}
    return Spell(spell.anchor, through, last, spell.not_owed | between)


def days_met(every: Span, spell: Spell, done: Sequence[date], until: date) -> dict[int, date]:
    """The first day each period of the spell was met, by period; days from `until` on are not its.

    What was done before the first period opens was done for the treatment itself.
    """
    met: dict[int, date] = {}
    ends_on = due_day(every, spell.anchor, spell.last)
    for day in sorted(done):
        if spell.anchor <= day < until:
            period = spell.last if day >= ends_on else period_of(every, spell.anchor, day)
            if period:
                met.setdefault(period, day)
    return met


class Watch(NamedTuple):
    """One rule kept up by one patient, as short as it can be kept: what is maintained, not derived.

    `met` and `waived` are bit sets of periods (bit 0 is period 1) of the newest spell; what was
    never owed is among what is waived.
    """

    code: str
    anchor: date
    through: date
    last: int
    met: int
    waived: int

    @property
    def open_period(self) -> int | None:
        """The period that is to be kept up next: the first after the newest one met, unless waived.

        None when nothing more falls due.
        """
        period = self.met.bit_length() + 1
        while period <= self.last and self.waived >> (period - 1) & 1:
            period += 1
        return period if period <= self.last else None


def watch(code: str, every: Span, horizon: Horizon, history: History) -> Watch | None:
    """The newest spell of a rule as it is maintained; None before any infusion."""
    found = spells(every, horizon, history.infusions, history.extensions)
    if not found:
        return None
    spell = found[-1]
    met = waived = 0
    for period in days_met(every, spell, history.done, date.max):
        met |= 1 << (period - 1)
    for period in range(1, spell.last + 1) if history.waived or spell.not_owed else ():
        is_waived = due_day(every, spell.anchor, period) in history.waived
        if is_waived or period in spell.not_owed:
            waived |= 1 << (period - 1)
    return Watch(code, spell.anchor, spell.through, spell.last, met, waived)


def horizon_of(
    horizon: Horizon,
    rhythms: Iterable[Span],
    infusions: Sequence[date],
    extensions: Sequence[Extension] = (),
) -> date | None:
    """The day monitoring in these rhythms may end: the latest horizon of their newest stretches.

    The horizon after the newest infusion where there is no rhythm; None before any infusion.
    """
    if not infusions:
        return None
    newest = (spells(every, horizon, infusions, extensions)[-1].through for every in set(rhythms))
    return max(newest, default=horizon.length.after(max(infusions)))
