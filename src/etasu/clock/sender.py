"""Sends what waits to be sent: each message at least once, and never silently not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import formataddr
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.community.telling import is_in_vain as is_news_in_vain
from etasu.registry.notices import outbox
from etasu.registry.notices.facts import how_many_waiting
from etasu.registry.notices.outbox import Claimed
from etasu.registry.patient_support.copies import is_in_vain

_log = structlog.get_logger("etasu.sender")
# From here on a mail server says that trying again is of no use.
PERMANENT = 500
# Every notice is announced in both languages: that there is one, where, and no answers.
_WORDS = {
    "en": (
        "You have a message from {site}",
        "Sign in to read it: {there}",
        "This address takes no answers.",
    ),
    "es": (
        "Tiene un mensaje de {site}",
        "Inicie sesión para leerlo: {there}",
        "Esta dirección no recibe respuestas.",
    ),
}


class Letter(NamedTuple):
    """An e-mail to be: its opaque number, to whom, and what it says."""

    number: str
    to: str
    subject: str
    body: str
    language: str = ""


class Letterhead(NamedTuple):
    """What an e-mail of the site says: its name, the address people open, and whom it is from."""

    site: str
    address: str
    sender: str

    def email(self, letter: Letter, connection: BaseEmailBackend) -> EmailMessage:
        """The letter on its way; its Message-ID is the same at each attempt."""
        host = urlsplit(self.address).hostname or "localhost"
        own = {
            "Message-ID": f"<{letter.number.lower()}@{host}>",
            "Auto-Submitted": "auto-generated",
        }
        if letter.language:
            own["Content-Language"] = letter.language
        return EmailMessage(
            subject=letter.subject,
            body=letter.body,
            from_email=formataddr((self.site, self.sender)),
            to=[letter.to],
            headers=own,
            connection=connection,
        )


def send_waiting(at: datetime, letterhead: Letterhead) -> dict[str, Any]:
    """Send everything that is due; how much was sent, put off, dropped as useless, or given up.

    When the mail server does not answer, only what was claimed waits longer: the rest keeps its
    turn for the next time.
    """
    done = {"sent": 0, "put_off": 0, "dropped": 0, "given_up": 0}
    while claimed := outbox.claim(at=at):
        before = done["put_off"]
        _send_batch(claimed, letterhead, at, done)
        if done["put_off"] - before == len(claimed):
            break
    return {**done, **how_many_waiting(at)}


def _send_batch(
    claimed: Sequence[Claimed], letterhead: Letterhead, at: datetime, done: dict[str, int]
) -> None:
    connection = get_connection()
    try:
        for notice in claimed:
            done[_send(notice, letterhead, connection, at)] += 1
    finally:
        close(connection)


def _send(
    notice: Claimed, letterhead: Letterhead, connection: BaseEmailBackend, at: datetime
) -> str:
    if why := _useless_because(notice, at):
        outbox.note_useless(notice, why, by=PLATFORM, at=at)
        return "dropped"
    try:
        if notice.by_email:
            connection.open()
            email(notice, letterhead, connection).send()
    except Exception as error:  # noqa: BLE001 - whatever a server does, the next message matters
        close(connection)
        return _note_failure(notice, error, at)
    outbox.note_sent(notice, by=PLATFORM, at=at)
    return "sent"


def _useless_because(notice: Claimed, at: datetime) -> str:
    """Why nobody is to have it any more; empty when it goes."""
    if not notice.recipient.is_active:
        return "the account is closed"
    if is_in_vain(notice, at=at):
        return "it is shared no longer"
    return "no member any more" if is_news_in_vain(notice, at=at) else ""


def email(notice: Claimed, letterhead: Letterhead, connection: BaseEmailBackend) -> EmailMessage:
    """The e-mail of a notice. It says only that there is a message, and where to read it.

    Its Message-ID is the same at each attempt, so that a copy is known as one.
    """
    site, there = letterhead.site, f"{letterhead.address}/messages/{notice.number}/"
    told = [[each.format(site=site, there=there) for each in said] for said in _WORDS.values()]
    subjects, _, ends = (" / ".join(each) for each in zip(*told, strict=True))
    body = [f"{subject}.\n{sign_in}\n" for subject, sign_in, _ in told]
    said = "\n".join([*body, f"{ends}\n"])
    letter = Letter(notice.number, notice.recipient.email, subjects, said)
    return letterhead.email(letter, connection)


def _note_failure(notice: Claimed, error: Exception, at: datetime) -> str:
    said, final = code_of(error), is_final(error)
    # The number of the message and the kind of failure, never an address.
    _log.warning("message not sent", number=notice.number, tries=notice.attempts, reason=said)
    outbox.note_failure(notice, said, is_final=final, by=PLATFORM, at=at)
    is_over = final or notice.attempts >= outbox.MOST_ATTEMPTS
    return "given_up" if is_over else "put_off"


def code_of(error: Exception) -> str:
    """What a mail server did, as a kind and codes: never its words, which may quote an address."""
    codes = _codes(error)
    return " ".join([type(error).__name__, *(str(code) for code in codes)])


def is_final(error: Exception) -> bool:
    """Whether the server refused this very message or its recipient for good."""
    codes = _codes(error)
    is_about_it = isinstance(error, SMTPRecipientsRefused | SMTPDataError)
    return is_about_it and bool(codes) and all(code >= PERMANENT for code in codes)


def _codes(error: Exception) -> list[int]:
    if isinstance(error, SMTPRecipientsRefused):
        return sorted({code for code, _said in error.recipients.values()})
    return [error.smtp_code] if isinstance(error, SMTPResponseException) else []


def close(connection: BaseEmailBackend) -> None:
    """Close a connection, also one that is gone already."""
    try:
        connection.close()
    except Exception as error:  # noqa: BLE001 - it is gone already
        _log.info("mail connection already gone", reason=type(error).__name__)
