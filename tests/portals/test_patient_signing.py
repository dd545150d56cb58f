"""The patient signs by a link: from the message to the signed copy, and whatever comes between."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from etasu.registry.accounts import access
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices.models import Notice
from etasu.registry.patients import models as patients
from etasu.registry.patients.telling import tell_expired
from etasu.registry.submissions.actions import abandon_draft, save_answers
from etasu.registry.submissions.facts import answers_of, draft_text, signatures_of
from etasu.registry.submissions.models import Consent, LinkRequest, Signature, SigningLink
from etasu.safe_use.form_text import hash_of
from tests.factories.mail_server import MailServer, link_in, text_of
from tests.portals.conftest import Moment
from tests.portals.paper_reading import words_of
from tests.portals.patient_world import (
    ADDRESS,
    NEEDED,
    OPTIONAL,
    Patient,
    a_form,
    send,
    where,
    words,
)
from tests.portals.world import PASSWORD, PROGRAM, Cast, actor, add_person

SignIn = Callable[[str], Client]
DAY = timedelta(days=1)


def sent(cast: Cast, signed_in: SignIn, **more: str) -> tuple[Client, object]:
    """A form, and its link on the way."""
    amara, draft = signed_in("amara"), a_form(cast, **more)
    send(amara, draft)
    return amara, draft


def prescriber_signs(amara: Client, number: str) -> None:
    """Dr. Amara signs after the patient."""
    page = amara.get(f"/forms/{number}/sign/").content.decode()
    found = dict(re.findall(r'name="(shown|form_token)" value="([^"]+)"', page))
    said = {**found, "full_name": "Dr. Amara", "password": PASSWORD}
    assert amara.post(f"/forms/{number}/sign/", said).status_code == 302


def test_the_message_names_nobody_and_its_link_is_not_kept_by_pages(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    _amara, draft = sent(cast, signed_in)
    message = mail.newest_to(ADDRESS)
    assert message["Subject"] == "Etasu: Un formulario para que lo lea y lo firme"
    said = text_of(message).lower()
    for word in ("lucía", "ortega", "amara", PROGRAM, draft.number.lower(), "1984"):
        assert word not in said and word not in str(message["Subject"]).lower()
    lucia = Patient()
    assert lucia.browser.head(link_in(message)).status_code == 303
    seen = lucia.open(link_in(message))
    assert where(seen) == "/p/start/" and "Su fecha de nacimiento" in words(seen)
    assert seen.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert seen.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in seen.headers["Cache-Control"]


def test_from_the_message_to_the_signed_copy_and_enrolled(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    amara, draft = sent(cast, signed_in)
    path = link_in(mail.newest_to(ADDRESS))
    token = path.strip("/").split("/")[-1]
    lucia = Patient()
    pages = [lucia.open(path), lucia.prove()]
    assert where(pages[-1]) == "/p/form/"
    for code in (NEEDED, *OPTIONAL):
        page = lucia.open(f"/p/form/allow/{code}/")
        assert "checked" not in page.content.decode()
        pages += [page, lucia.allow(code, "yes" if code in (NEEDED, "nurse-support") else "no")]
    assert where(pages[-1]) == "/p/form/agree/"
    # The practice had ticked every statement; the patient finds none of them ticked.
    assert "checked" not in pages[-1].content.decode()
    pages += [lucia.open("/p/form/sign/"), lucia.agree("will-report")]
    assert {where(page) for page in pages[-2:]} == {"/p/form/agree/"}
    assert set(pages[-1].context["form"].errors) == {"will-report"}
    assert "will-report" not in answers_of(draft)
    pages.append(lucia.agree())
    assert where(pages[-1]) == "/p/form/read/"
    text = draft_text(draft, "es")
    assert "Formulario" in text and text != draft_text(draft)
    assert text.split("\n")[5] in pages[-1].content.decode()
    pages += [lucia.open("/p/form/sign/"), lucia.sign()]
    assert where(pages[-1]) == "/p/form/done/"
    assert all(token not in page.content.decode() for page in pages)
    signature = Signature.objects.get()
    assert (signature.role, signature.method, signature.printed_name) == (
        *("patient", "link", "Lucía Ortega"),
    )
    assert (signature.text, signature.text_hash) == (text, hash_of(text))
    copy = lucia.browser.get("/p/form/copy.pdf")
    assert "Lucía Ortega" in words_of(copy.content) and copy["Content-Type"] == "application/pdf"


def test_the_prescriber_is_told_signs_and_the_patient_is_enrolled(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    amara, draft = sent(cast, signed_in)
    lucia = Patient()
    lucia.sign_it_all(mail, nurse_support="yes")
    notice = Notice.objects.get(event="patient_signed")
    assert notice.recipient.email == "amara@example.org"
    assert "It now waits for you" in words(amara.get(f"/messages/{notice.number}/"))
    prescriber_signs(amara, draft.number)
    enrolled = patients.Patient.objects.get(full_name="Lucía Ortega")
    assert enrolled.language == "es"
    given = Consent.objects.filter(subject_id=enrolled.pk)
    assert {each.code for each in given} == {NEEDED, "nurse-support"}
    assert {each.method for each in given} == {"link"}
    done = lucia.open("/p/form/done/")
    assert "/p/home/" in done.content.decode()
    trail = list(
        AuditEntry.objects.filter(subject_kind="signing-link").values_list("verb", flat=True)
    )
    assert trail == ["link.made", "link.sent", "link.proved", "link.used"]


def test_after_leaving_the_copy_takes_the_birth_date_again_for_a_week(
    cast: Cast, signed_in: SignIn, mail: MailServer, moment: Moment
) -> None:
    sent(cast, signed_in)
    lucia = Patient()
    lucia.sign_it_all(mail)
    assert "/p/leave/" in lucia.open("/p/form/done/").content.decode()
    lucia.browser.post("/p/leave/")
    assert where(lucia.open("/p/form/copy.pdf")) == "/p/start/"
    moment.now += 7 * DAY - timedelta(seconds=1)
    other = Patient("es")
    assert where(other.open(link_in(mail.newest_to(ADDRESS)))) == "/p/start/"
    assert where(other.open("/p/form/copy.pdf")) == "/p/start/"
    assert where(other.prove()) == "/p/form/done/"
    assert other.browser.get("/p/form/copy.pdf")["Content-Type"] == "application/pdf"
    moment.now += timedelta(seconds=1)
    over = Patient("en").open(link_in(mail.newest_to(ADDRESS)))
    assert over.status_code == 410 and "ask-new" not in over.content.decode()


def test_five_wrong_birth_dates_make_one_wait_and_lock_nothing(
    cast: Cast, signed_in: SignIn, mail: MailServer, moment: Moment
) -> None:
    sent(cast, signed_in)
    stranger = Patient()
    stranger.open(link_in(mail.newest_to(ADDRESS)))
    for _ in range(5):
        assert where(stranger.prove(year="1985")) == "/p/start/"
    # Even the right one is not looked at before its time; elsewhere neither.
    other = Patient()
    other.open(link_in(mail.newest_to(ADDRESS)))
    for browser in (stranger, other):
        answer = browser.prove()
        assert where(answer) == "/p/start/" and "Espere 1 minuto" in words(answer)
    moment.now += timedelta(seconds=61)
    assert where(other.prove()) == "/p/form/"
    for said in ({"day": "31", "month": "2"}, {"year": "84"}, {"day": ""}, {"month": "13"}):
        assert Patient.prove(stranger, **said).context["form"].errors
    failed = AuditEntry.objects.filter(verb="link.not_proved")
    assert failed.count() == 5 and "1985" not in str(list(failed.values_list("detail", flat=True)))


def test_nothing_opens_before_the_birth_date_or_long_after(
    cast: Cast, signed_in: SignIn, mail: MailServer, moment: Moment
) -> None:
    sent(cast, signed_in)
    lucia = Patient()
    inner = ("form/", f"form/allow/{NEEDED}/", "form/read/", "form/sign/", "form/done/",
             "form/copy.pdf", "form/take-back/", "choices/all/")  # fmt: skip
    assert {where(lucia.open(f"/p/{each}")) for each in inner} == {"/p/start/"}
    lucia.open(link_in(mail.newest_to(ADDRESS)))
    assert {where(lucia.open(f"/p/{each}")) for each in inner} == {"/p/start/"}
    lucia.prove()
    assert where(lucia.open("/p/form/")) == "/p/form/"
    # The link to sign does not open what a patient on record allows: there is none yet.
    assert where(lucia.open("/p/choices/all/")) == "/p/form/"
    moment.now += timedelta(hours=2, seconds=1)
    assert where(lucia.open("/p/form/")) == "/p/start/"
    held = lucia.browser.session["patient_link"]
    assert link_in(mail.newest_to(ADDRESS)).strip("/").split("/")[-1] not in str(held)


def test_a_link_that_does_not_open_says_what_to_do_and_asks_for_a_new_one(
    cast: Cast, signed_in: SignIn, mail: MailServer, moment: Moment
) -> None:
    amara, draft = sent(cast, signed_in)
    path = link_in(mail.newest_to(ADDRESS))
    unknown = Patient("en").open("/p/nobody-was-given-this/")
    assert unknown.status_code == 410 and "We do not know this link" in words(unknown)
    assert "/p/ask/" not in unknown.content.decode()
    moment.now += 7 * DAY
    lucia = Patient()
    over = lucia.open(path)
    assert over.status_code == 410 and "7 días" in words(over)
    for _ in range(2):
        asked = lucia.browser.post("/p/ask/", follow=True)
        assert asked.status_code == 410 and "/p/ask/" not in asked.content.decode()
    assert LinkRequest.objects.count() == 1
    amara = signed_in("amara")
    assert "The patient asks for a new link." in words(amara.get("/forms/"))
    assert "The patient asks for a new link." in words(amara.get(f"/forms/{draft.number}/check/"))
    assert Notice.objects.filter(event="signing_link_asked").count() == 1
    send(amara, draft)
    assert "asks for a new link" not in words(amara.get(f"/patient/forms/{draft.number}/link/"))
    assert Patient().open(path).status_code == 410
    assert where(Patient().arrive(mail)) == "/p/form/"
    amara.post(f"/patient/forms/{draft.number}/link/end/")
    ended = Patient().open(link_in(mail.newest_to(ADDRESS)))
    assert ended.status_code == 410 and "ha anulado este enlace" in words(ended)


def test_a_link_that_ended_unused_is_told_once(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    _amara, draft = sent(cast, signed_in)
    assert tell_expired(by=PLATFORM, at=cast.at + 7 * DAY - timedelta(seconds=1)) == 0
    for told in (1, 0):
        assert tell_expired(by=PLATFORM, at=cast.at + 7 * DAY) == told
    assert Notice.objects.get(event="signing_link_expired").subject == draft.number
    other = a_form(cast)
    send(signed_in("amara"), other)
    Patient().sign_it_all(mail)
    assert tell_expired(by=PLATFORM, at=cast.at + 8 * DAY) == 0


def test_while_the_practice_changes_the_form_nobody_signs_it(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    _amara, draft = sent(cast, signed_in)
    lucia = Patient()
    lucia.arrive(mail)
    lucia.allow_all()
    lucia.open("/p/form/read/")
    by = actor("amara")

    def change(**answers: str) -> None:
        draft.refresh_from_db()
        save_answers(draft, answers, seen_revision=draft.revision, by=by, at=cast.at)

    change(city="Lowell")
    again = lucia.sign()
    assert where(again) == "/p/form/read/" and "Lowell" in words(again)
    assert Signature.objects.count() == 0
    change(city="")
    assert lucia.sign().status_code == 410
    assert Signature.objects.count() == 0
    change(city="Boston")
    lucia.open("/p/form/read/")
    for _ in range(2):
        assert where(lucia.sign()) == "/p/form/done/"
    assert Signature.objects.count() == 1


def test_what_is_needed_stops_the_form_and_what_is_not_does_not(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    # Whatever the practice had noted, the patient is asked everything afresh.
    noted = {f"consent.{code}": "yes" for code in (NEEDED, *OPTIONAL)}
    amara, draft = sent(cast, signed_in, **noted)
    lucia = Patient("en")
    lucia.arrive(mail)
    assert "checked" not in lucia.open("/p/form/allow/events/").content.decode()
    assert where(lucia.open("/p/form/sign/")) == f"/p/form/allow/{NEEDED}/"
    unsaid = lucia.browser.post(f"/p/form/allow/{NEEDED}/", {})
    assert unsaid.context["form"].errors
    refused = lucia.allow(NEEDED, "no")
    assert where(refused) == f"/p/form/allow/{NEEDED}/" and refused.context["form"].errors
    assert answers_of(draft)[f"consent.{NEEDED}"] == "no"
    assert "said no" in words(amara.get(f"/forms/{draft.number}/check/"))
    assert Notice.objects.get(event="patient_declined").recipient.email == "amara@example.org"
    lucia.allow_all(events="yes")
    assert where(lucia.open("/p/form/read/")) == "/p/form/read/"
    given = {code: answers_of(draft)[f"consent.{code}"] for code in (NEEDED, *OPTIONAL)}
    assert given == dict.fromkeys((NEEDED, *OPTIONAL), "no") | {NEEDED: "yes", "events": "yes"}
    lucia.sign()
    assert Signature.objects.count() == 1
    assert lucia.open("/p/form/allow/no-such-thing/").status_code in (200, 404)


def test_a_representative_signs_by_name_and_relationship(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    amara, draft = sent(cast, signed_in)
    lucia = Patient()
    lucia.arrive(mail)
    lucia.allow_all()
    lucia.open("/p/form/read/")
    # Nobody signs as the patient under another name, nor for the patient under the patient's own.
    for name, who in (("Ana Ortega", "self"), ("lucia ortega", "parent")):
        refused = lucia.sign(name, who)
        assert set(refused.context["form"].errors) == {"full_name"}
        assert ("Lucía Ortega" in words(refused)) == (who == "self")
    assert set(lucia.sign("", "").context["form"].errors) == {"full_name", "relationship"}
    assert set(lucia.sign("Ana", "neighbor").context["form"].errors) == {"relationship"}
    assert where(lucia.sign("Ana Ortega", "parent")) == "/p/form/done/"
    signature = Signature.objects.get()
    assert (signature.printed_name, signature.relationship) == ("Ana Ortega", "parent")
    # Whoever signs next sees who signed, for whom, and that it holds.
    next_one = words(amara.get(f"/forms/{draft.number}/sign/"))  # type: ignore[attr-defined]
    for said in ("Ana Ortega", "In the signer's place: parent", ": valid", "Amara Example"):
        assert html.unescape(said) in html.unescape(next_one)


def test_a_signature_can_be_taken_back_until_the_prescriber_signs(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    amara, draft = sent(cast, signed_in)
    lucia = Patient("en")
    lucia.sign_it_all(mail)
    assert lucia.open("/p/form/take-back/").status_code == 200
    assert signatures_of(draft)
    taken = lucia.browser.post("/p/form/take-back/", follow=True)
    draft.refresh_from_db()
    assert signatures_of(draft) == [] and Signature.objects.count() == 1
    assert where(taken) == "/p/form/done/" and "/p/ask/" in taken.content.decode()
    assert Notice.objects.filter(event="patient_signature_taken_back").count() == 1
    # Sent once more it changes nothing; a new link signs anew.
    lucia.browser.post("/p/form/take-back/")
    lucia.browser.post("/p/ask/")
    assert LinkRequest.objects.count() == 1
    send(amara, draft)
    Patient().sign_it_all(mail)
    lucia.browser.post("/p/form/take-back/")
    draft.refresh_from_db()
    assert len(signatures_of(draft)) == 1
    prescriber_signs(amara, draft.number)
    late = Patient()
    late.arrive(mail)
    late.browser.post("/p/form/take-back/")
    assert patients.Patient.objects.filter(full_name="Lucía Ortega").exists()


def test_the_practice_sees_when_the_link_went_where(
    cast: Cast, signed_in: SignIn, mail: MailServer, moment: Moment
) -> None:
    amara, draft = signed_in("amara"), a_form(cast, email="")
    place = f"/patient/forms/{draft.number}/link/"
    check = words(amara.get(f"/forms/{draft.number}/check/"))
    assert "Send a link" in check and "missing or wrong" not in check
    assert "e-mail address" in words(send(amara, draft))
    assert send(amara, draft, email="no address").context["form"].errors
    assert SigningLink.objects.count() == 0
    mail.is_full = True
    failed = words(send(amara, draft, email=ADDRESS))
    assert "could not be sent" in failed and "Not sent" in failed
    assert answers_of(draft)["email"] == ADDRESS
    assert SigningLink.objects.get().sent_at is None
    mail.is_full = False
    shown = words(send(amara, draft))
    assert "l•••@example.org" in shown and ADDRESS not in shown
    assert "good until" in words(amara.get("/forms/"))
    first, second = SigningLink.objects.order_by("id")
    assert first.revoked_at is not None and second.sent_to == ADDRESS
    # A double click is one link; the fourth message in a row waits.
    token = re.search(r'name="form_token" value="([^"]+)"', amara.get(place).content.decode())
    assert token is not None
    for _ in range(2):
        send(amara, draft, form_token=token[1])
    assert SigningLink.objects.count() == 3
    send(amara, draft)
    assert "Several messages" in words(send(amara, draft))
    assert len(mail.messages) == 3


def test_only_those_who_act_for_the_prescriber_send_or_end_a_link(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    draft = a_form(cast)
    place = f"/patient/forms/{draft.number}/link/"
    add_person(PROGRAM, "dana", access.DELEGATE, cast.amara, cast.at)
    for name, status, done in (("beck", 404, 404), ("ben", 404, 404), ("dana", 200, 303)):
        client = signed_in(name)
        assert client.post(f"{place}send/").status_code == done
        assert client.get(place).status_code == status
        assert client.post(f"{place}end/").status_code == done
    assert SigningLink.objects.count() == 1
    # Nothing goes out for a form that is not filled in, or to somebody at the practice.
    send(signed_in("amara"), a_form(cast, city=""))
    own = words(send(signed_in("amara"), a_form(cast, email="Dana@example.org")))
    assert "somebody at your practice" in own
    assert SigningLink.objects.count() == 1


def test_a_form_signed_or_closed_in_another_way_has_nothing_left_to_sign(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    amara, draft = sent(cast, signed_in, **{f"consent.{NEEDED}": "yes"})
    amara.post(f"/forms/{draft.number}/hand-over/")
    here = {"full_name": "Lucía Ortega", "relationship": "self"}
    place = f"/forms/{draft.number}"
    page = amara.get(f"{place}/patient/").content.decode()
    shown = re.search(r'name="shown" value="(\w+)"', page)
    assert shown is not None
    amara.post(f"{place}/patient/", {**here, "shown": shown[1]})
    del amara
    opened = Patient("en")
    opened.open(link_in(mail.newest_to(ADDRESS)))
    assert where(opened.prove()) == "/p/form/"
    abandon_draft(draft, reason="another prescriber", by=actor("amara"), at=cast.at)
    closed = opened.open("/p/form/")
    assert closed.status_code == 410 and "/p/ask/" not in closed.content.decode()
    assert SigningLink.objects.get().revoked_at is not None


@pytest.mark.parametrize("path", ["/p/form/sign/", "/p/form/take-back/", "/p/ask/", "/p/leave/"])
def test_without_a_link_nothing_is_done(db: None, path: str) -> None:
    answer = Client().post(path, {"full_name": "Nobody"}, follow=True)
    assert answer.status_code in (200, 410)
    assert not Signature.objects.exists() and not LinkRequest.objects.exists()
