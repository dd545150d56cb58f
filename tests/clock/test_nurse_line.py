"""Patients hear that a nurse wrote: once, where they want it, and never what was written."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail

from etasu.clock.nurse_line import tell_patients
from etasu.clock.sender import Letterhead
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.notices.wishes import OPTED_OUT, Wish, stop, wish
from etasu.registry.patient_support.call_notes import Call
from etasu.registry.patient_support.line_messages import read_messages, write_to_patient
from etasu.registry.patient_support.models import LineMessage
from etasu.registry.patient_support.nurse_facts import waiting_on_line
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import call_noted, consent_withdrawn
from etasu.registry.reactions.nursing import Noted
from etasu.registry.submissions.models import Consent
from tests.registry import labs
from tests.registry.labs import AT

pytestmark = pytest.mark.django_db
MARA, OPAL = Actor("mara", "patient"), Actor("opal", "support_nurse")
HEAD = Letterhead("Etasu", "https://etasu.example.org", "etasu@example.org")
EMAIL = "mara@example.org"
NIGHT = AT.replace(hour=4)  # midnight where she lives


def written(to: Patient, at: datetime = AT) -> LineMessage:
    return write_to_patient(to, "The bruises need a doctor.", by=OPAL, at=at)


def how(message: LineMessage) -> str:
    message.refresh_from_db()
    return message.told_how


def test_a_patient_is_told_once_until_the_message_is_read(teaching_program: None) -> None:
    labs.use_lemtrada()
    mara = labs.patient(email=EMAIL, language="es")
    labs.open_to_nurses(mara, NIGHT - timedelta(days=1))
    first = written(mara, NIGHT)
    assert tell_patients(NIGHT, HEAD) == {"put_off": 1} and how(first) == ""
    assert tell_patients(AT, HEAD) == {"sent": 1}
    second = written(mara)
    assert tell_patients(AT, HEAD) == {} and how(second) == "with-another"
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([EMAIL], "Etasu: Tiene un mensaje")
    assert "https://etasu.example.org/p/" in message.body and "doctor" not in message.body
    assert message.extra_headers["Message-ID"] == f"<{first.number.lower()}@etasu.example.org>"
    read_messages(mara, is_patient=True, by=MARA, at=AT)
    third = written(mara)
    read_messages(mara, is_patient=True, by=MARA, at=AT)
    assert tell_patients(AT, HEAD) == {} and how(third) == "read-already"
    wish(mara.number, Wish(("sms",)), by=MARA, at=AT)
    fourth = written(mara)
    tell_patients(AT, HEAD)
    assert how(fourth) == "not-wanted"
    wish(mara.number, Wish(("email",)), by=MARA, at=AT)
    stop("email", EMAIL, OPTED_OUT, "link", by=MARA, at=AT)
    fifth = written(mara)
    tell_patients(AT, HEAD)
    assert how(fifth) == OPTED_OUT
    Patient.objects.filter(pk=mara.pk).update(email="")
    sixth = written(mara)
    tell_patients(AT, HEAD)
    assert how(sixth) == "no-address" and len(mail.outbox) == 1


def test_a_lost_email_silences_no_later_message_and_an_end_of_consent_does(
    teaching_program: None,
) -> None:
    labs.use_lemtrada()
    mara = labs.patient(email=EMAIL)
    labs.open_to_nurses(mara, NIGHT - timedelta(days=1))
    written(mara)
    assert tell_patients(AT, HEAD) == {"sent": 1}
    later = written(mara)
    assert tell_patients(AT + timedelta(hours=25), HEAD) == {"sent": 1} and how(later) == "sent"
    read_messages(mara, is_patient=True, by=MARA, at=AT)
    last = written(mara)
    consent_withdrawn(Consent.objects.get(), how="link", by=MARA, at=AT)
    assert tell_patients(AT, HEAD) == {} and how(last) == "not-allowed"
    assert len(mail.outbox) == 2


def test_nurses_hear_of_an_answer_that_no_email_told_of(teaching_program: None) -> None:
    labs.use_lemtrada()
    mara = labs.patient(email="")
    labs.open_to_nurses(mara, NIGHT - timedelta(days=1))
    answer = written(mara)
    assert waiting_on_line(labs.PROGRAM).untold == [], "its turn has not come"
    tell_patients(AT, HEAD)
    assert how(answer) == "no-address" and waiting_on_line(labs.PROGRAM).untold == [answer]
    call_noted(mara, Noted(Call("other", "She is out", AT)), by=OPAL, at=AT)
    assert waiting_on_line(labs.PROGRAM).untold == [answer]
    call_noted(mara, Noted(Call("patient", "Told her of it", AT)), by=OPAL, at=AT)
    assert waiting_on_line(labs.PROGRAM).untold == []


def test_a_server_that_does_not_answer_is_asked_again(
    teaching_program: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    labs.use_lemtrada()
    mara = labs.patient(email=EMAIL)
    labs.open_to_nurses(mara)
    message = written(mara)
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", _away)
        assert tell_patients(AT, HEAD) == {"put_off": 1} and how(message) == ""
    assert tell_patients(AT + timedelta(minutes=1), HEAD) == {"sent": 1}
    assert message.number not in mail.outbox[0].body
    told = LineMessage.objects.get()
    assert told.told_by == PLATFORM.number and told.told_at == AT + timedelta(minutes=1)


def _away(*_: object) -> int:
    raise OSError
