"""E-mails to patients without a page around them: that something waits for them, and not what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from etasu.clock.sender import Letter, Letterhead, close, code_of, is_final
from etasu.registry.patient_support.line_messages import APatient, email_of
from etasu.registry.patients.wishing import wish_of
from etasu.safe_use.reminding import Quiet, not_before

# Where patients ask for the link to their own pages.
ENTRANCE = "/p/"
# It was not sent now, and is tried again.
PUT_OFF = "put_off"
# The subject and the text, in which `there` is the address of the patient's own page.
Words = Mapping[str, tuple[str, str]]
_END = {
    "en": "This address takes no answers. If it is an emergency, call 911.",
    "es": "Esta dirección no recibe respuestas. Si es una emergencia, llame al 911.",
}


@dataclass(frozen=True, slots=True)
class PatientLetters:
    """Letters in these words, over one connection to the mail server."""

    words: Words
    letterhead: Letterhead
    connection: BaseEmailBackend
    log: Any

    def tell(self, patient: APatient, letter: str, about: str, at: datetime) -> str:
        """How it went, as a code. `letter` is its number, `about` what a failure is noted under.

        In the patient's quiet hours, and where no server takes it, it is put off.
        """
        to, why = email_of(patient)
        if why:
            return why
        wanted = wish_of(patient)
        if not_before(at, Quiet(patient.time_zone, wanted.quiet_from, wanted.quiet_until)) > at:
            return PUT_OFF
        try:
            self.connection.open()
            self._email(letter, to, wanted.language or patient.language).send()
        except Exception as error:  # noqa: BLE001 - whatever a server does, the next one matters
            close(self.connection)
            # A number and the kind of failure, never an address.
            self.log.warning("not told", number=about, reason=code_of(error))
            return "refused" if is_final(error) else PUT_OFF
        return "sent"

    def _email(self, letter: str, to: str, language: str) -> EmailMessage:
        """Its Message-ID is the same at each attempt of the same letter."""
        spoken = language if language in self.words else "en"
        subject, text = self.words[spoken]
        said = text.format(there=f"{self.letterhead.address}{ENTRANCE}")
        site = self.letterhead.site
        body = f"{said}\n\n{_END[spoken]}\n\n-- \n{site}\n"
        made = Letter(letter, to, f"{site}: {subject}", body, language)
        return self.letterhead.email(made, self.connection)


@contextmanager
def patient_letters(words: Words, letterhead: Letterhead, log: Any) -> Iterator[PatientLetters]:
    """Letters for as long as the block lasts."""
    connection = get_connection()
    try:
        yield PatientLetters(words, letterhead, connection, log)
    finally:
        close(connection)
