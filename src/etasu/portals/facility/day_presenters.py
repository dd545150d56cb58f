"""What the page of an infusion day shows, made from what was noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components import dates
from etasu.portals.components.day_words import (
    CAUTIONS,
    EVENTS,
    STEPS,
    StageWords,
    detail_words,
    sign_name,
    stage_words,
)
from etasu.portals.components.records import TimelineEntry
from etasu.portals.facility.day_forms import DayForm
from etasu.safe_use.infusion_day import DayEvent, DayStanding, Stage
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.treatment_plan import unlikely_values

# How far ahead of its recording something may be before somebody is asked about it.
SOON = timedelta(minutes=5)

# What is likely to be noted next, stage by stage; the others are one step further away.
NEXT: Mapping[Stage, Sequence[DayEvent]] = {
    Stage.EXPECTED: (DayEvent.ARRIVED, DayEvent.PREMEDICATED, DayEvent.VITALS, DayEvent.STARTED),
    Stage.ARRIVED: (DayEvent.PREMEDICATED, DayEvent.VITALS, DayEvent.STARTED),
    Stage.PREPARED: (DayEvent.STARTED, DayEvent.VITALS),
    Stage.RUNNING: (
        *(DayEvent.VITALS, DayEvent.REACTION, DayEvent.FINISHED, DayEvent.PAUSED, DayEvent.STOPPED),
    ),
    Stage.PAUSED: (DayEvent.PAUSED, DayEvent.VITALS, DayEvent.REACTION, DayEvent.STOPPED),
    Stage.OBSERVATION: (*(DayEvent.VITALS, DayEvent.REACTION, DayEvent.OBSERVED, DayEvent.LONGER),),
    Stage.MAY_LEAVE: (DayEvent.OBSERVED, DayEvent.VITALS, DayEvent.REACTION),
    Stage.DONE: (DayEvent.REACTION,),
}


class Act(NamedTuple):
    """One large button with its form behind it. `is_open` when the form has a mistake."""

    name: str
    label: str
    form: DayForm
    is_next: bool
    is_open: bool


class Doubt(NamedTuple):
    """An entry somebody should look at once more, and what is odd about it."""

    number: str
    what: str
    said: list[str]


class DayPage(NamedTuple):
    """How the day stands, in words; `next_change` is when the patient may leave."""

    stage: StageWords
    steps: list[str]
    missing: list[str]
    cautions: list[str]
    next_change: datetime | None


def day_page(standing: DayStanding, zone: str) -> DayPage:
    """The day in words; what is missing is said once, as missing."""
    return DayPage(
        stage=stage_words(standing, zone),
        steps=[str(STEPS[each]) for each in standing.steps_left if each not in standing.missing],
        missing=[str(STEPS[each]) for each in standing.missing],
        cautions=[str(CAUTIONS[each]) for each in standing.cautions],
        next_change=standing.leaves_from,
    )


def acts(
    forms: Mapping[DayEvent, DayForm], stage: Stage, sent: DayEvent | None
) -> tuple[list[Act], list[Act]]:
    """What is likely next, in order, and everything else."""
    first = NEXT[stage]
    found = [_act(each, forms[each], True, each is sent) for each in first if each in forms]
    others = [event for event in forms if event not in first]
    return found, [_act(each, forms[each], False, each is sent) for each in others]


def entry_lines(
    entries: Sequence[Any], version: ProgramVersion, zone: str, names: Mapping[str, str]
) -> list[TimelineEntry]:
    """What was noted, newest first; what was struck says so, with why."""
    return [
        TimelineEntry(
            at=each.moment,
            what=_what(each, version, zone),
            who=_who(each, names, zone),
            detail=_struck(each),
            url="" if each.struck_at else reverse("facility:entry", args=[each.number]),
        )
        for each in sorted(entries, key=lambda each: (each.moment, each.pk), reverse=True)
    ]


def doubts(entries: Sequence[Any], version: ProgramVersion, zone: str) -> list[Doubt]:
    """The entries that look like a slip and that nobody has confirmed."""
    found = []
    for each in entries:
        if each.struck_at is None and each.confirmed_at is None:
            said = unlikely(each, version, zone)
            if said:
                found.append(Doubt(each.number, str(EVENTS[DayEvent(each.event)]), said))
    return found


def unlikely(entry: Any, version: ProgramVersion, zone: str) -> list[str]:
    """What is odd about an entry, in words; empty for an ordinary one."""
    values = {code: Decimal(value) for code, value in entry.detail.get("values", {}).items()}
    said = [
        f"{sign_name(version, code)} {values[code]}"
        for code in unlikely_values(version.vital_signs, values)
    ]
    if entry.moment > entry.recorded_at + SOON:
        said.append(_("%(clock)s was still to come") % {"clock": dates.moment(entry.moment, zone)})
    elif dates.local_day(entry.moment, zone) != entry.given_on:
        said.append(_("%(clock)s is another day") % {"clock": dates.moment(entry.moment, zone)})
    return said


def _act(event: DayEvent, form: DayForm, is_next: bool, is_open: bool) -> Act:
    label = _("Change the infusion") if event is DayEvent.PAUSED else EVENTS[event]
    return Act(event.value, str(label), form, is_next, is_open)


def _what(entry: Any, version: ProgramVersion, zone: str) -> str:
    more = detail_words(entry.detail, version, zone)
    what = str(EVENTS[DayEvent(entry.event)])
    return f"{what}: {more}" if more else what


def _who(entry: Any, names: Mapping[str, str], zone: str) -> str:
    said = names.get(entry.recorded_by, "")
    late: datetime = entry.recorded_at
    if abs(late - entry.moment) > SOON:
        noted = _("noted %(moment)s") % {"moment": dates.moment(late, zone)}
        return f"{said}, {noted}" if said else noted
    return said


def _struck(entry: Any) -> str:
    if entry.struck_at is None:
        return ""
    return _("Taken back: %(reason)s") % {"reason": entry.struck_reason}
