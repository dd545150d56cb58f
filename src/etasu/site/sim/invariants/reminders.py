"""What is owed is brought up: nobody has to think of it themselves, whatever else was going on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models.functions import Coalesce

from etasu.programs import library
from etasu.programs.messages import is_reminder, says
from etasu.registry.monitoring.models import Touch, Watch
from etasu.registry.notices.models import Reminder
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patients.models import Patient
from etasu.safe_use.dates import add_months
from etasu.safe_use.program import ProgramVersion
from etasu.site.sim.invariants.look import Look

A_DAY = timedelta(days=1)


def everything_is_brought_up(look: Look) -> Iterator[str]:
    """I17: nothing waits to be said after its night, and the newest step of what is open was said.

    Worked out day by day from what is open, and from the reminders that were truly queued. What
    is followed between two nights waits for the second, so that it is looked at after a night.
    """
    through = look.world.day
    if look.world.night_was_on != through:
        return
    waiting = set(Touch.objects.values_list("patient_id", flat=True))
    people = {
        each.pk: each
        for each in Patient.objects.filter(pk__in=look.ids, merged_into=None, ended_on=None)
        if each.pk not in waiting
    }
    said = _said(people)
    for watch in Watch.objects.filter(patient__in=people, open_due_on__isnull=False):
        subject = look.subject(watch.patient_id)
        if watch.next_change_on is not None and watch.next_change_on <= through:
            yield f"{subject} {watch.code}: what was to be said on {watch.next_change_on} waits"
        version = library.current().effective(people[watch.patient_id].program, through)
        newest, steps = _newest(watch, version, through) if version else (None, [])
        for due_on in steps if newest is not None else ():
            heard = said.get((watch.patient_id, watch.code, due_on.isoformat()))
            if heard is None or newest is None or heard < newest:
                yield f"{subject} {watch.code} of {due_on}: not brought up on {newest}"


def _newest(watch: Watch, version: ProgramVersion, through: date) -> tuple[date | None, list[date]]:
    """The newest day through `through` on which the program reminds of the rule, and of which."""
    offsets = {
        offset
        for notice in version.notices.values()
        if is_reminder(notice)
        for offset in notice.offsets_days
        if says(notice, watch.code, offset, version)
    }
    asked = version.schedules.get(watch.code) or version.duties[watch.code]
    found: dict[date, list[date]] = {}
    for period in range(1, watch.last + 1):
        due_on = add_months(watch.anchor, watch.months * period) + period * watch.days * A_DAY
        is_waived = str(watch.waived)[period - 1] == "1"
        if watch.open_due_on is None or due_on < watch.open_due_on or is_waived:
            continue
        for offset in offsets & set(asked.remind_days):
            day = due_on + offset * A_DAY
            if day <= through:
                found.setdefault(day, []).append(due_on)
    newest = max(found, default=None)
    return newest, found[newest] if newest is not None else []


def _said(people: dict[int, Patient]) -> dict[tuple[int, str, str], date]:
    """The newest day on which each person was reminded of each obligation, in any record."""
    owners = dict(
        Patient.objects.annotate(owner=Coalesce("merged_into_id", "pk"))
        .filter(owner__in=people)
        .values_list("number", "owner")
    )
    found: dict[tuple[int, str, str], date] = {}
    for row in Reminder.objects.filter(person__in=owners):
        day = day_of_the_clock(row.queued_at)
        for code, due_on in row.covers:
            key = owners[row.person], code, due_on
            found[key] = max(day, found.get(key, day))
    return found
