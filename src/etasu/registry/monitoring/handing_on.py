"""What waits to be said to a record that was merged is said by the one that is answered for."""

from __future__ import annotations

from datetime import date, datetime

from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.reminding import Said, queue_said, said_anew
from etasu.registry.monitoring.watches import Due
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.reminders import State
from etasu.registry.patients.models import Patient


def hand_on_reminders(merged: Patient, survivor: Patient, *, by: Actor, at: datetime) -> int:
    """Queue what waits for the merged record for the surviving one, as wished; how many are new.

    What the survivor waits for as the same notice is said with it, as one. The merged record's own
    goes nowhere any more: whoever sends it sees that another record is answered for.
    """
    waiting = Reminder.objects.filter(state=State.WAITING)
    handed = 0
    for each in waiting.filter(person=merged.number).order_by("queued_at"):
        version = library.current().version(each.program, each.program_version)
        notice = version.notices.get(each.code) if version is not None else None
        if version is None or notice is None:
            continue
        offset, occasion = each.offset_days, each.occasion
        covered = [
            Due(survivor.pk, code, date.fromisoformat(day), offset) for code, day in each.covers
        ]
        lead = Due(survivor.pk, "", each.due_on, offset)
        said = {survivor.pk: Said(version, notice, covered, lead, occasion)}
        people = {survivor.pk: survivor}
        handed += queue_said(people, said_anew(people, said, at.date()), by=by, at=at)
    return handed
