"""The nurses' line, looked after: gaps of the rota, what waits too long, and letters to patients.

Each part looks at how things stand, so an outage is made up for by one run.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from etasu.clock.sender import Letter, Letterhead, close, code_of, is_final
from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.notices.wishes import Wish, wishes_of
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patient_support.line_messages import Claimed, email_of, next_to_tell
from etasu.registry.patient_support.nurse_facts import NoNurseLine, line_of, waiting_on_line
from etasu.registry.patient_support.nurse_telling import late_of, tell_late, tell_uncovered
from etasu.registry.patient_support.rota import gaps_ahead
from etasu.registry.patients.records import answered_for
from etasu.registry.reactions import nurse_line_kept_up
from etasu.safe_use.reminding import Quiet, not_before

# Where patients ask for the link to their own pages.
ENTRANCE = "/p/"
_log = structlog.get_logger("etasu.nurses")
# Words that go to patients without a page around them.
_WORDS = {
    "en": (
        "You have a message",
        "A message waits for you. Read it on your own page: {there}",
        "This address takes no answers. If it is an emergency, call 911.",
    ),
    "es": (
        "Tiene un mensaje",
        "Le espera un mensaje. Léalo en su propia página: {there}",
        "Esta dirección no recibe respuestas. Si es una emergencia, llame al 911.",
    ),
}


def look_after_line(at: datetime) -> dict[str, int]:
    """Tell of hours without a nurse and of what waits too long; everybody has a nurse.

    How many messages to staff are new, and how much was put right.
    """
    done: Counter[str] = Counter(told=0, changed=0)
    for program in sorted(library.current().programs):
        try:
            version, line = line_of(program, day_of_the_clock(at))
        except NoNurseLine:
            continue
        done["changed"] += nurse_line_kept_up(program, by=PLATFORM, at=at)
        late = late_of(waiting_on_line(program), line, at)
        done["told"] += tell_late(late, version, by=PLATFORM, at=at)
        today = at.astimezone(ZoneInfo(line.time_zone)).date()
        gaps = gaps_ahead(program, line, today)
        done["told"] += tell_uncovered(gaps, version, by=PLATFORM, at=at)
    return dict(done)


def tell_patients(at: datetime, letterhead: Letterhead) -> dict[str, int]:
    """Tell patients by e-mail that a nurse wrote; how many of each outcome.

    A message whose time has not come, or that no server took, keeps its turn.
    """
    done: Counter[str] = Counter()
    connection = get_connection()
    after = 0
    try:

        def deal(message: Claimed) -> str:
            how = _tell(message, letterhead, connection, at)
            done[how or "put_off"] += 1
            return how

        while (found := next_to_tell(deal, after, by=PLATFORM, at=at)) is not None:
            after = found.pk
    finally:
        close(connection)
    return dict(done)


def _tell(
    message: Claimed, letterhead: Letterhead, connection: BaseEmailBackend, at: datetime
) -> str:
    """How it went, as a code; empty when it is tried again."""
    patient = answered_for(message.patient)
    to, why = email_of(patient)
    if why:
        return why
    wanted = wishes_of({patient.number}).get(patient.number, Wish())
    if not_before(at, Quiet(patient.time_zone, wanted.quiet_from, wanted.quiet_until)) > at:
        return ""
    try:
        connection.open()
        _email(message, to, wanted.language or patient.language, letterhead, connection).send()
    except Exception as error:  # noqa: BLE001 - whatever a server does, the next message matters
        close(connection)
        # The number of the message and the kind of failure, never an address.
        _log.warning("not told", number=message.number, reason=code_of(error))
        return "refused" if is_final(error) else ""
    return "sent"


def _email(
    message: Claimed,
    to: str,
    language: str,
    letterhead: Letterhead,
    connection: BaseEmailBackend,
) -> EmailMessage:
    """It says only that there is a message. Its Message-ID is the same at each attempt."""
    subject, text, end = _WORDS.get(language, _WORDS["en"])
    there = f"{letterhead.address}{ENTRANCE}"
    body = f"{text.format(there=there)}\n\n{end}\n\n-- \n{letterhead.site}\n"
    letter = Letter(message.number, to, f"{letterhead.site}: {subject}", body, language)
    return letterhead.email(letter, connection)
