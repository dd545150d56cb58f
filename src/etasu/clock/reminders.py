"""Sends the reminders that wait: each looked at once more, then handed over, or not, visibly."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from email.utils import formataddr
from smtplib import SMTPRecipientsRefused
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.signing import Signer

from etasu.clock.refusals import is_no_address
from etasu.clock.sender import Letterhead, close, code_of, is_final
from etasu.clock.texting import NOBODY, SECONDS_OF_REST, NotTaken, Texting, TextMessage
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.reminder_checks import (
    Answer,
    Going,
    Known,
    Verdict,
    is_by_choice,
    known_about,
    look_at,
    next_channel,
)
from etasu.registry.notices import reminders
from etasu.registry.notices.reminder_facts import (
    WAITING_FOR_PROVIDER,
    how_many_wait_for_a_provider,
)
from etasu.registry.notices.reminders import STOP_SALT, TOO_MANY, Claimed
from etasu.registry.notices.wishes import OPTED_OUT, WRONG, stop, stopped_among
from etasu.registry.reactions.patient_message_facts import all_to_come
from etasu.safe_use.messages import LINK, sms_length, sms_of
from etasu.safe_use.reminding import SMS

_log = structlog.get_logger("etasu.reminders")
# Where patients see what they are reminded of, and how they want to be reminded.
ENTRANCE = "/p/"
UNSUBSCRIBE = "/p/stop/"
SECONDS_AT_ONCE = 30
NEXT_DAY = timedelta(hours=20)
# After so long without luck another channel is tried, where there is one.
ENOUGH = timedelta(hours=2)
PUT_OFF = "put_off"
# What a reason says only of an address where nobody is.
REFUSED = SMTPRecipientsRefused.__name__


class Sending(NamedTuple):
    """What it takes to send: what the site says of itself, and its ways out."""

    letterhead: Letterhead
    texting: Texting


def send_reminders(
    at: datetime, sending: Sending, *, seconds: float = SECONDS_AT_ONCE
) -> dict[str, int]:
    """Deal with the reminders whose time has come; how many of each outcome.

    What is not dealt with in those seconds is left for the next time, for meanwhile it may have
    become night somewhere. When nobody takes anything, only what was claimed waits longer.
    Answered with it is how many text messages have waited for a provider for a while, if any.
    """
    done: Counter[str] = Counter()
    until = monotonic() + seconds
    while monotonic() < until and (claimed := reminders.claim(at=at)):
        before = done[PUT_OFF]
        connection = get_connection()
        ahead = all_to_come(claimed, at=at)
        known = known_about(claimed, at=at, ahead=ahead)
        try:
            for reminder in claimed:
                done[_deal(reminder, known, sending, connection, at)] += 1
        finally:
            close(connection)
        if done[PUT_OFF] - before == len(claimed):
            break
    if waiting := how_many_wait_for_a_provider(at):
        done[WAITING_FOR_PROVIDER] = waiting
    return dict(done)


def stop_address(letterhead: Letterhead, number: str) -> str:
    """The address by which whoever got a reminder by e-mail ends them with one click."""
    return f"{letterhead.address}{UNSUBSCRIBE}{Signer(salt=STOP_SALT).sign(number)}/"


def _deal(
    reminder: Claimed, known: Known, sending: Sending, connection: BaseEmailBackend, at: datetime
) -> str:
    try:
        verdict = look_at(reminder, known, at=at)
        if verdict.going is not None:
            return _send(reminder, verdict.going, sending, connection, at)
        return _keep(reminder, verdict, at)
    except Exception as error:  # noqa: BLE001 - one that cannot be dealt with stops no other
        reason = type(error).__name__
        _log.error("reminder could not be dealt with", number=reminder.number, reason=reason)
        if reminders.note_failure(reminder, reason, at=at):
            return PUT_OFF
        reminders.fail(reminder, reason, by=PLATFORM, at=at)
        return "failed"


def _keep(reminder: Claimed, verdict: Verdict, at: datetime) -> str:
    """Do with one that does not go now what was found."""
    if verdict.until is not None:
        reminders.put_off(reminder, verdict.until, verdict.reason)
        return "waiting"
    if verdict.answer is Answer.ANOTHER_CHANNEL:
        return _elsewhere(reminder, verdict.reason, verdict.then, at)
    reminders.cancel(reminder, verdict.reason, by=PLATFORM, at=at)
    return "canceled"


def _send(
    reminder: Claimed,
    going: Going,
    sending: Sending,
    connection: BaseEmailBackend,
    at: datetime,
) -> str:
    if stopped_among({(reminder.channel, going.to.address)}):
        # Somebody said stop a moment ago: it is looked at again, with that.
        reminders.put_off(reminder, at, OPTED_OUT)
        return "waiting"
    if not reminders.address_to(reminder, going.to, at=at):
        reminders.put_off(reminder, at + NEXT_DAY, TOO_MANY)
        return "waiting"
    if reminder.channel == SMS:
        return _send_sms(reminder, going, sending, at)
    return _send_email(reminder, going, sending, connection, at)


def _elsewhere(reminder: Claimed, reason: str, then: str, at: datetime) -> str:
    """On by another channel; with none left it failed, unless nothing goes by choice."""
    if then:
        reminders.instead(reminder, reason, then, by=PLATFORM, at=at)
        return "another_channel"
    if is_by_choice(reason):
        reminders.cancel(reminder, reason, by=PLATFORM, at=at)
        return "canceled"
    return _fail(reminder, reason, at)


def _send_sms(reminder: Claimed, going: Going, sending: Sending, at: datetime) -> str:
    head = sending.letterhead
    words = sms_of(going.words, sender=head.site, link=f"{head.address}{ENTRANCE}")
    if not sms_length(words).fits:
        return _fail(reminder, "too-long", at)
    message = TextMessage(reminder.number, going.to.address, words)
    try:
        number = sending.texting.hand_over(
            message,
            asked_before=reminder.provider,
            begin=lambda name: reminders.ask_first(reminder, name),
        )
    except NotTaken as refused:
        _log.warning("text message not taken", number=reminder.number, reason=refused.code)
        if refused.code == NOBODY:
            if _has_had_enough(reminder, at):
                return _fail(reminder, NOBODY, at)
            reminders.put_off(reminder, at + timedelta(seconds=SECONDS_OF_REST), NOBODY)
            return PUT_OFF
        if not refused.final:
            reminders.ask_first(reminder, refused.may_have_it)
            return _try_later(reminder, refused.code, at)
        why = OPTED_OUT if refused.opted_out else WRONG
        stop(SMS, going.to.address, why, "provider", by=PLATFORM, at=at)
        return _fail(reminder, refused.code, at)
    reminders.note_handed_over(reminder, number, by=PLATFORM, at=at)
    return "handed_over"


def _send_email(
    reminder: Claimed,
    going: Going,
    sending: Sending,
    connection: BaseEmailBackend,
    at: datetime,
) -> str:
    try:
        connection.open()
        email(reminder, going, sending.letterhead, connection).send()
    except Exception as error:  # noqa: BLE001 - whatever a server does, the next one matters
        close(connection)
        code = code_of(error)
        _log.warning("reminder not sent", number=reminder.number, reason=code)
        if is_no_address(error):
            stop(reminder.channel, going.to.address, WRONG, "mail-server", by=PLATFORM, at=at)
            return _fail(reminder, code, at)
        # A mailbox that is full, or a server set up wrong for a night, may take it later.
        if isinstance(error, SMTPRecipientsRefused) or not is_final(error):
            return _try_later(reminder, code.replace(REFUSED, "refused"), at)
        return _fail(reminder, code, at)
    reminders.note_handed_over(reminder, by=PLATFORM, at=at)
    return "handed_over"


def email(
    reminder: Claimed, going: Going, letterhead: Letterhead, connection: BaseEmailBackend
) -> EmailMessage:
    """A reminder by e-mail. Its Message-ID is the same at each attempt."""
    host = urlsplit(letterhead.address).hostname or "localhost"
    end = stop_address(letterhead, reminder.number)
    text = going.words.text.replace(LINK, f"{letterhead.address}{ENTRANCE}").rstrip()
    words = _END.get(going.words.language, _END["en"])
    return EmailMessage(
        subject=f"{letterhead.site}: {going.words.subject}",
        body=f"{text}\n\n-- \n{letterhead.site}\n{words}: {end}\n",
        from_email=formataddr((letterhead.site, letterhead.sender)),
        to=[going.to.address],
        headers={
            "Message-ID": f"<{reminder.number.lower()}@{host}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": going.words.language,
            # One click in the mail program ends them: RFC 8058.
            "List-Unsubscribe": f"<{end}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        connection=connection,
    )


# The one sentence of a reminder that is the site's own and not the program's.
_END = {
    "en": "To get no more reminders at this address",
    "es": "Para no recibir más recordatorios en esta dirección",
}


def _try_later(reminder: Claimed, reason: str, at: datetime) -> str:
    if not _has_had_enough(reminder, at):
        enough_at = reminder.first_try + ENOUGH if reminder.first_try else None
        if reminders.note_failure(reminder, reason, at=at, decided_at=enough_at):
            return PUT_OFF
    return _fail(reminder, reason, at)


def _has_had_enough(reminder: Claimed, at: datetime) -> bool:
    """Whether it has been tried for so long that another channel is, and there is one."""
    since = reminder.first_try
    return since is not None and at - since >= ENOUGH and bool(next_channel(reminder, at=at))


def _fail(reminder: Claimed, reason: str, at: datetime) -> str:
    then = next_channel(reminder, at=at)
    reminders.fail(reminder, reason, then=then, by=PLATFORM, at=at)
    return "another_channel" if then else "failed"
