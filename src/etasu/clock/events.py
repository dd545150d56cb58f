"""Writes to those who registered for a live event: each message once, and never silently not.

A message names neither what it is about nor anybody: that is behind its link.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.signing import Signer

from etasu.clock.sender import Letter, Letterhead, close, code_of, is_final
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.patient_support.event_actions import (
    Claimed,
    Kind,
    claim_mails,
    note_mail_not_sent,
    note_mail_sent,
    remind_of_events,
)
from etasu.registry.patient_support.event_facts import REGISTRATION_SALT

_log = structlog.get_logger("etasu.events")
REGISTRATION = "/registration/"
# What each message says; and, at None, what its link leads to.
_WORDS: dict[str, dict[str | None, Any]] = {
    "en": {
        Kind.SEAT: ("Your registration", "You have a seat."),
        Kind.WAITING: (
            "Your registration",
            "Every seat is taken. You are on the waiting list, "
            "and hear from us as soon as one is free.",
        ),
        Kind.MOVED_UP: ("There is a seat for you", "A seat became free, and it is yours."),
        Kind.REMINDER: ("See you soon", "What you registered for takes place soon."),
        Kind.CALLED_OFF: (
            "It is called off",
            "What you registered for is called off. We are sorry.",
        ),
        None: "When, where, and how to say that you come no more",
    },
    "es": {
        Kind.SEAT: ("Su inscripción", "Usted tiene un lugar."),
        Kind.WAITING: (
            "Su inscripción",
            "Todos los lugares están ocupados. Usted está en la lista de espera, "
            "y le avisamos en cuanto haya uno libre.",
        ),
        Kind.MOVED_UP: ("Hay un lugar para usted", "Quedó libre un lugar, y es suyo."),
        Kind.REMINDER: ("Nos vemos pronto", "Se acerca aquello para lo que usted se inscribió."),
        Kind.CALLED_OFF: (
            "Se canceló",
            "Se canceló aquello para lo que usted se inscribió. Lo sentimos.",
        ),
        None: "Cuándo, dónde y cómo decir que ya no va",
    },
}


def write_to_those_who_come(at: datetime, letterhead: Letterhead) -> dict[str, int]:
    """Queue the reminders of events that are near, and send what waits; how many of each."""
    done: Counter[str] = Counter(reminded=remind_of_events(by=PLATFORM, at=at))
    while claimed := claim_mails(by=PLATFORM, at=at):
        before = done["put_off"]
        connection = get_connection()
        try:
            for mail in claimed:
                done[_send(mail, letterhead, connection, at)] += 1
        finally:
            close(connection)
        if done["put_off"] - before == len(claimed):
            break
    return dict(done)


def _send(mail: Claimed, letterhead: Letterhead, connection: BaseEmailBackend, at: datetime) -> str:
    try:
        connection.open()
        email(mail, letterhead, connection).send()
    except Exception as error:  # noqa: BLE001 - whatever a server does, the next one matters
        close(connection)
        code = code_of(error)
        _log.warning("message about an event not sent", number=mail.pk, reason=code)
        note_mail_not_sent(mail, code, is_final=is_final(error), by=PLATFORM, at=at)
        return "put_off"
    note_mail_sent(mail, by=PLATFORM, at=at)
    return "sent"


def email(mail: Claimed, letterhead: Letterhead, connection: BaseEmailBackend) -> EmailMessage:
    """The message. Its Message-ID is the same at each attempt, and another one when asked anew."""
    mine = mail.registration
    words = _WORDS.get(mine.language, _WORDS["en"])
    subject, said = words[mail.kind]
    signed = Signer(salt=REGISTRATION_SALT).sign(mine.number)
    link = f"{letterhead.address}{REGISTRATION}{signed}/"
    letter = Letter(
        f"{mine.number}-{mail.kind}-{mail.queued_at:%Y%m%d%H%M%S}",
        mine.email,
        f"{letterhead.site}: {subject}",
        f"{said}\n\n{words[None]}: {link}\n",
        mine.language,
    )
    return letterhead.email(letter, connection)
