"""Copies of reminders for care partners who want them: that there is one, and where to read more.

A copy follows what the trail says became of the patient's own reminder, so it keeps the patient's
quiet hours and is never one more than they got. Whom nobody could reach is reminded through whoever
helps; whoever wants no reminders is not.
"""

from __future__ import annotations

from datetime import datetime

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
from etasu.safe_use.sharing import Slice

EVENT = "care_partner_reminded"
FOLLOWED = ("reminder.handed_over", "reminder.failed")


def tell_care_partners(*, by: Actor, at: datetime) -> int:
    """Queue a copy of each reminder that went out, or reached nobody; how many are new."""

    def deal(entry: Followed) -> int:
        found = Reminder.objects.filter(number=entry.subject).first()
        return _copy(found, by, at) if found is not None else 0

    return follow("care-partners", FOLLOWED, deal, at=at)


def is_in_vain(notice: Notice, *, at: datetime) -> bool:
    """Whether it is a copy for somebody who by now wants none, or may not have one any more."""
    if notice.code != EVENT:
        return False
    found = helping_by_number(notice.subject, at)
    return found is None or not (_wants_copies(found) and found.may_see(Slice.REMINDERS))


def _copy(reminder: Reminder, by: Actor, at: datetime) -> int:
    found = Patient.objects.filter(number=reminder.person).select_related("merged_into").first()
    if found is None:
        return 0
    helpers = helpers_with(answered_for(found), Slice.REMINDERS, at)
    return sum(_tell(each, reminder, by, at) for each in helpers if _wants_copies(each))


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
    user = helping.partner.user
    return user is not None and queue(message, user, by=by, at=at) is not None
