"""Copies of reminders for care partners who want them: that there is one, and where to read more.

A copy follows what the trail says became of the patient's own reminder, so it keeps the patient's
quiet hours and is never one more than they got. Whom nobody could reach is reminded through whoever
helps; whoever wants no reminders is not.
"""

from __future__ import annotations

from datetime import datetime

from etasu.programs import library
from etasu.programs.messages import SHARING_ENDS as ENDS
from etasu.registry.accounts.access import CARE_PARTNER
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.following import Followed
from etasu.registry.notices.actions import EMAIL, PORTAL, Message, queue
from etasu.registry.notices.following import follow
from etasu.registry.notices.models import Notice, Reminder
from etasu.registry.patient_support.sharing_facts import (
    Helping,
    helpers_with,
    helping_by_number,
)
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.safe_use.sharing import SharingState, Slice

EVENT = "care_partner_reminded"
FOLLOWED = ("reminder.handed_over", "reminder.failed")


def tell_care_partners(*, by: Actor, at: datetime) -> int:
    """Queue a copy of each reminder that went out, or reached nobody; how many are new."""

    def deal(entry: Followed) -> int:
        found = Reminder.objects.filter(number=entry.subject).first()
        return _copy(found, by, at) if found is not None and _is_of_a_day(found) else 0

    return follow("care-partners", FOLLOWED, deal, at=at)


def is_in_vain(notice: Notice, *, at: datetime) -> bool:
    """Whether a care partner is not to have it: a copy not wanted now, an end that is none now."""
    if notice.event not in (EVENT, ENDS):
        return False
    found = helping_by_number(notice.subject, at)
    if found is None or found.state is not SharingState.OPEN:
        return True
    if notice.event == ENDS:
        return bool(notice.facts["until"] != found.sharing.ends_on.isoformat())
    return not (_wants_copies(found) and found.may_see(Slice.REMINDERS))


def tell_of_end(
    helping: Helping, version: str, offset_days: int, *, by: Actor, at: datetime
) -> bool:
    """Tell a care partner so many days before that what is shared with them ends, once."""
    until = helping.sharing.ends_on.isoformat()
    message = Message(
        helping.patient.program,
        version,
        ENDS,
        ENDS,
        CARE_PARTNER,
        ("care_partner", helping.number),
        f"{until} {offset_days}",
        (PORTAL, EMAIL),
        {"until": until},
    )
    return _queued(helping, message, by, at)


def _copy(reminder: Reminder, by: Actor, at: datetime) -> int:
    found = Patient.objects.filter(number=reminder.person).select_related("merged_into").first()
    if found is None:
        return 0
    helpers = helpers_with(answered_for(found), Slice.REMINDERS, at)
    return sum(_tell(each, reminder, by, at) for each in helpers if _wants_copies(each))


def _is_of_a_day(reminder: Reminder) -> bool:
    """Whether it is of a day to keep; care partners are told themselves of what is theirs."""
    version = library.current().version(reminder.program, reminder.program_version)
    notice = version.notices.get(reminder.code) if version is not None else None
    return notice is None or notice.event != ENDS


def _wants_copies(helping: Helping) -> bool:
    return helping.partner.copies_at is not None


def _tell(helping: Helping, reminder: Reminder, by: Actor, at: datetime) -> bool:
    """Whether it is told now; by several channels the same reminder is told once."""
    message = Message(
        reminder.program,
        reminder.program_version,
        EVENT,
        EVENT,
        CARE_PARTNER,
        ("care_partner", helping.number),
        f"{reminder.due_on} {reminder.offset_days}",
        (PORTAL, EMAIL),
    )
    return _queued(helping, message, by, at)


def _queued(helping: Helping, message: Message, by: Actor, at: datetime) -> bool:
    user = helping.partner.user
    return user is not None and queue(message, user, by=by, at=at) is not None
