"""Links by text message: to sign and to begin to help, for whom only a telephone is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import translation

from etasu.portals.patient.texting import words_to_help, words_to_sign
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.notices.wishes import stop
from etasu.registry.participants.models import Participant
from etasu.registry.patient_support.models import CarePartner
from etasu.registry.patients.models import Patient as Record
from etasu.registry.submissions.links import new_token
from etasu.safe_use.messages import LONGEST_LINK, LONGEST_SENDER, sms_length
from tests.factories.mail_server import MailServer, link_in
from tests.factories.sms_provider import Desk
from tests.portals.lab_world import MARA
from tests.portals.patient_world import BORN, Patient, a_form, send, where, words
from tests.portals.world import PASSWORD, PROGRAM, Cast

SignIn = Callable[[str], Client]
BIRTH_DATE = {"month": BORN.month, "day": BORN.day, "year": BORN.year}


def link_of(desk: Desk) -> str:
    """The link in the newest text message."""
    return next(word for word in desk.taken()[-1]["text"].split() if word.startswith("http"))


def test_whom_only_a_telephone_reaches_signs_by_a_text_message(
    cast: Cast, signed_in: SignIn, desk: Desk
) -> None:
    amara = signed_in("amara")
    draft = a_form(cast, email="", phone="937-555-0142")
    page = words(amara.get(f"/patient/forms/{draft.number}/link/"))
    assert "Send it by text message to •••0142" in page
    assert "The link is sent." in words(send(amara, draft, by="sms"))
    (taken,) = desk.taken()
    said = taken["text"]
    assert said.startswith("Etasu: Un formulario para firmar: ") and "STOP" in said
    assert not any(word in said.lower() for word in ("luc", "ortega", "amara", PROGRAM))
    lucia = Patient()
    assert where(lucia.open(link_of(desk))) == "/p/start/" and where(lucia.prove()) == "/p/form/"
    # Whoever said stop is not written to, and the practice learns that nothing went.
    stop("sms", "+19375550142", "opted_out", "sms", by=PLATFORM, at=cast.at)
    other = a_form(cast, email="", phone="(937) 555-0142")
    assert "could not be sent" in words(send(amara, other, by="sms"))
    Participant.objects.filter(pk=cast.amara.pk).update(telephone="937 555 0143")
    own = a_form(cast, email="", phone="937-555-0143")
    assert "somebody at your practice" in words(send(amara, own, by="sms"))
    assert len(desk.taken()) == 1


def test_somebody_is_asked_to_help_by_text_message_and_gives_an_address(
    cast: Cast, mail: MailServer, desk: Desk
) -> None:
    Record.objects.filter(pk=cast.mara.pk).update(email=MARA, birth_date=BORN)
    phone = Patient()
    phone.browser.post("/p/choices/", {"email": MARA})
    phone.arrive(mail, MARA)
    asked = {"full_name": "Eva", "slices": ["reminders"]}
    wrong = phone.browser.post("/p/partners/new/", asked | {"address": "12"})
    assert "or a mobile number" in words(wrong)
    done = phone.browser.post("/p/partners/new/", asked | {"address": "937 555 0142"}, follow=True)
    assert "+19375550142" in words(phone.open(f"/p/partners/{CarePartner.objects.get().number}/"))
    assert "Invited" in words(done) and "Mara" not in desk.taken()[-1]["text"]
    eva = Client()
    opened = eva.get(link_of(desk), follow=True)
    assert where(opened) == "/partner/invitation/" and "when was Mara born?" in words(opened)
    page = eva.post("/partner/invitation/", BIRTH_DATE, follow=True)
    # A number alone makes no account: the address has to prove itself.
    assert "You need an account of your own." in words(page)
    sent = eva.post("/partner/invitation/", {"email": "eva@example.org"})
    assert "A link is on its way to you." in words(sent)
    assert where(eva.get(link_of(desk), follow=True)) == "/partner/invitation/"
    assert eva.get(link_of(desk), follow=True).status_code == 404, "it opens no more"
    eva.get(link_in(mail.newest_to("eva@example.org")))
    eva.post("/partner/invitation/", BIRTH_DATE)
    new = {"full_name": "Eva Example", "password": PASSWORD, "again": PASSWORD}
    eva.post("/partner/invitation/", new)
    by_text, by_mail = CarePartner.objects.order_by("pk")
    assert by_text.ended_at is not None and by_text.user is None
    assert by_mail.user is not None and by_mail.user.email == "eva@example.org"
    assert [each.slice for each in by_mail.slices.all()] == ["reminders"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("said", [words_to_sign, words_to_help])
def test_a_link_fits_one_text_message_of_the_longest_site(
    said: Callable[[str, str], str], language: str
) -> None:
    address = f"{'a' * LONGEST_LINK}{new_token()}/"
    with translation.override(language):
        length = sms_length(said("S" * LONGEST_SENDER, address))
    assert length.fits and length.most == 160
