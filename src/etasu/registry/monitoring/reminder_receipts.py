"""What comes back about reminders: what a provider says became of one, and what people answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.reminder_checks import next_channel
from etasu.registry.monitoring.reminding import addresses_of
from etasu.registry.notices import reminders
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.provider_codes import OPTED_OUT as SAID_STOP
from etasu.registry.notices.provider_codes import WRONG_NUMBER
from etasu.registry.notices.wishes import (
    OPTED_OUT,
    WRONG,
    Wish,
    start,
    stop,
    stopped_among,
    wish,
)
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import create_consent_link
from etasu.safe_use.messages import Keyword
from etasu.safe_use.reminding import EMAIL, SMS, address_by

# Raised by the two below when a receipt is here before the number it is about is noted.
ReceiptTooEarly = reminders.ReceiptTooEarly


def note_delivered(provider: str, number: str, *, by: Actor, at: datetime) -> bool:
    """Note that a text message is on the telephone; False when that is nothing new."""
    return reminders.note_receipt(provider, number, by=by, at=at) is not None


def note_undelivered(provider: str, number: str, code: str, *, by: Actor, at: datetime) -> bool:
    """Note that a text message did not arrive, and go on by another channel where there is one."""
    with transaction.atomic():
        reason = " ".join(filter(None, ["undelivered", code]))
        failed = reminders.note_receipt(provider, number, reason, by=by, at=at)
        if failed is None:
            return False
        if code in WRONG_NUMBER | SAID_STOP:
            why = OPTED_OUT if code in SAID_STOP else WRONG
            stop(SMS, failed.address, why, "provider", by=by, at=at)
        if then := next_channel(failed, at=at):
            reminders.in_place_of(failed, then, by=by, at=at)
    return True


def note_answer(address: str, keyword: Keyword, *, by: Actor, at: datetime) -> bool:
    """Do what somebody answered from a telephone number; whether anything changed by it."""
    if keyword is Keyword.STOP:
        return stop(SMS, address, OPTED_OUT, "sms", by=by, at=at)
    return keyword is Keyword.START and start(SMS, address, "sms", by=by, at=at)


def link_for_telephone(address: str, *, by: Actor, at: datetime) -> str:
    """The token of a new link for the one patient reminded at that telephone number.

    Empty when nobody is, or several are, whom the number does not tell apart; or just now again.
    """
    told = Reminder.objects.filter(channel=SMS, address=address).values("person")
    people = Patient.objects.filter(number__in=told, merged_into__isnull=True)
    found = [each for each in people if (SMS, address) in addresses_of([each])]
    if len(found) != 1 or seconds_to_wait("mail", address, at):
        return ""
    (patient,) = found
    subject = ("patient", patient.pk, patient.number)
    return create_consent_link(patient.program, subject, by=by, at=at).token


def stop_by_link(number: str, *, by: Actor, at: datetime) -> bool:
    """Send nothing more to where that reminder went by e-mail; False when it went nowhere."""
    found = Reminder.objects.filter(number=number, channel=EMAIL).exclude(address="").first()
    if found is None:
        return False
    stop(EMAIL, found.address, OPTED_OUT, "link", by=by, at=at)
    return True


def wish_reminders(
    patient: Patient, wanted: Wish, *, asked_for: Collection[str] = (), by: Actor, at: datetime
) -> None:
    """Note how a patient wants to be reminded; what they stopped and ask for is in use again."""
    with transaction.atomic():
        wish(patient.number, wanted, by=by, at=at)
        for channel in asked_for:
            where = address_by(channel, telephone=patient.telephone, email=patient.email)
            if where:
                start(channel, where, "page", by=by, at=at)


def stopped_ways(patient: Patient) -> dict[str, str]:
    """The channels by which a patient is not reminded any more, and why."""
    return {channel: why for (channel, _), why in stopped_among(addresses_of([patient])).items()}
