"""The clerks' pages: what is shown, to whom, and how a stranger's file is served."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from etasu.registry.accounts import access
from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations import records
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import DuplicateReview
from etasu.registry.patients.transfers import ask_transfer
from etasu.registry.submissions import intake
from etasu.registry.submissions.facts import answers_of
from etasu.registry.submissions.models import Draft, IncomingDocument, Signature
from tests.factories.pictures import pdf, picture
from tests.portals.world import NPIS, PASSWORD, PROGRAM, Cast, actor, add_person, enrolled
from tests.registry import test_intake as desk

SignIn = Callable[[str], Client]


def sent(client: Client, content: bytes, name: str = "scan.pdf", **more: str) -> Any:
    """A document taken in through the page."""
    file = SimpleUploadedFile(name, content, content_type="text/html")
    given = {"channel": "fax", "reached_on": "2026-05-01", "file": file} | more
    return client.post("/intake/documents/new/", given)


def taken_in(content: bytes, cast: Cast, by: Actor | None = None) -> IncomingDocument:
    """A document on somebody's desk."""
    who = by or actor("ada")
    received = intake.Received(PROGRAM, "fax", cast.today, content)
    document = intake.receive_document(received, by=who, at=cast.at)
    return intake.claim_document(document, by=who, at=cast.at)


def opened(client: Client, document: IncomingDocument, **given: str) -> Any:
    """What the page says that asks which form it is."""
    said = {"form": "patient-enrollment", "signed_on": "2026-04-30", **given}
    return client.post(f"/intake/documents/{document.number}/form/", said)


@pytest.mark.parametrize(
    ("content", "media_type", "suffix"),
    [(pdf(), "application/pdf", "pdf"), (picture("TIFF"), "image/tiff", "tif")],
    ids=["pdf", "tiff"],
)
def test_a_file_is_served_as_what_it_is_and_does_nothing(
    cast: Cast, signed_in: SignIn, content: bytes, media_type: str, suffix: str
) -> None:
    ada = signed_in("ada")
    answer = sent(ada, content, "page.html")
    document = IncomingDocument.objects.get()
    assert answer.url == f"/intake/documents/{document.number}/"
    file = ada.get(f"{answer.url}file/")
    assert file.content == content
    assert file.headers["Content-Type"] == media_type
    assert file.headers["Content-Disposition"] == (
        f'inline; filename="document-{document.number}.{suffix}"'
    )
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert file.headers["Cache-Control"] == "no-store, private"
    policy = file.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'none'", "frame-ancestors 'self'"):
        assert part in policy
    around = ada.get(answer.url).headers["Content-Security-Policy"]
    assert "object-src 'self'" in around and "script-src 'self'" in around
    first = ada.get(f"{answer.url}pages/1/")
    assert first.status_code == (200 if media_type != "application/pdf" else 404)


def test_a_file_of_another_kind_is_refused_at_its_field(cast: Cast, signed_in: SignIn) -> None:
    ada = signed_in("ada")
    answer = sent(ada, b"<script>alert(1)</script>", "form.pdf")
    assert "not a PDF, PNG, JPEG or TIFF" in answer.content.decode()
    answer = sent(ada, pdf(), reached_on="2026-05-02")
    assert "This day is yet to come" in answer.content.decode()
    assert not IncomingDocument.objects.exists()


def test_the_same_file_leads_to_the_document_that_is_there(cast: Cast, signed_in: SignIn) -> None:
    ada = signed_in("ada")
    first, second = sent(ada, pdf()), sent(ada, pdf())
    assert first.url == second.url
    assert "came in before" in ada.get(second.url).content.decode()
    assert IncomingDocument.objects.count() == 1


def test_a_call_sent_twice_is_one_call(cast: Cast, signed_in: SignIn) -> None:
    ada = signed_in("ada")
    shown = ada.get("/intake/calls/new/").content.decode()
    token = re.findall(r'name="form_token" value="([^"]+)"', shown)[0]
    given = {"caller_name": "Dana Example", "call_back": "617-555-0142", "form_token": token}
    assert "Enter a US telephone" in (
        ada.post("/intake/calls/new/", given | {"call_back": "call me"}).content.decode()
    )
    answers = [ada.post("/intake/calls/new/", given) for _ in range(2)]
    assert answers[0].url == answers[1].url
    call = IncomingDocument.objects.get()
    assert call.channel == "phone"
    assert "617-555-0142" in ada.get(answers[0].url).content.decode()


def test_which_form_it_is_and_about_whom(cast: Cast, signed_in: SignIn) -> None:
    ada = signed_in("ada")
    document = taken_in(pdf(), cast)
    for given, said in (
        ({}, "No prescriber of this program"),
        ({"participant": "1245319599"}, "No prescriber of this program"),
        ({"signed_on": "2026-05-02"}, "This day is yet to come"),
        ({"signed_on": "1999-01-01", "participant": NPIS["Dr. Amara"]}, "had no such form"),
        ({"form": "patient-status"}, "Enter the number of a patient"),
        ({"form": "prescription-order", "patient": cast.mara.number}, "about one course"),
        ({"form": "prescriber-enrollment"}, "Enter the NPI as on the form"),
        ({"form": "prescriber-enrollment", "participant": "1245319599"}, "Enter the name"),
        ({"form": "facility-enrollment", "participant": cast.amara.number}, "another kind"),
    ):
        assert said in opened(ada, document, **given).content.decode(), given
    assert not Draft.objects.exists()
    answer = opened(ada, document, participant=NPIS["Dr. Amara"])
    assert answer.url == f"/intake/documents/{document.number}/key/patient/"
    draft = Draft.objects.get()
    assert (draft.channel, draft.owner_id, draft.subject_id) == ("fax", cast.amara.pk, None)
    # What the gates read and what stands on the form are one course: nobody types it twice.
    other = taken_in(pdf("two"), cast)
    about = {"form": "prescription-order", "patient": cast.mara.number, "course": "2"}
    assert opened(ada, other, **about).status_code == 302
    draft = Draft.objects.get(form="prescription-order")
    assert (draft.course, answers_of(draft)["course"]) == (2, "2")


def test_somebody_new_enrolls_on_paper_once(cast: Cast, signed_in: SignIn) -> None:
    """The same NPI leads to the participant that is there, and is never registered twice."""
    ada = signed_in("ada")
    for content in (pdf("one"), pdf("two")):
        document = taken_in(content, cast)
        answer = opened(
            *(ada, document),
            **{"form": "prescriber-enrollment", "participant": "1245319599", "name": "Dr. Nia"},
        )
    assert Participant.objects.filter(npi="1245319599").count() == 1
    # The second form is about the same participant, whose first is not finished.
    assert "begun elsewhere" in answer.content.decode()
    answer = opened(
        *(ada, document),
        **{"form": "prescriber-enrollment", "participant": "1245319599", "replace": "on"},
    )
    assert answer.status_code == 302
    first, second = IncomingDocument.objects.order_by("pk")
    assert (first.draft, second.draft is not None) == (None, True)


def test_whoever_has_not_claimed_it_keys_nothing_in(cast: Cast, signed_in: SignIn) -> None:
    add_person(PROGRAM, "bo", access.ADMINISTRATOR, None, cast.at)
    ada, bo = signed_in("ada"), signed_in("bo")
    document = taken_in(pdf(), cast)
    place = f"/intake/documents/{document.number}"
    assert "Somebody else has this document" in bo.get(f"{place}/").content.decode()
    for part in ("form/", "key/patient/", "signatures/", "hand-on/", "check/", "set-aside/"):
        assert bo.get(f"{place}/{part}").status_code == 404
    bo.post(f"{place}/claim/")
    document.refresh_from_db()
    assert document.claimed_by == actor("ada").number
    ada.post(f"{place}/release/")
    bo.post(f"{place}/claim/")
    document.refresh_from_db()
    assert document.claimed_by == actor("bo").number


def test_an_auditor_reads_and_changes_nothing(cast: Cast, signed_in: SignIn) -> None:
    document = taken_in(pdf(), cast)
    twin = enrolled(PROGRAM, cast.mara.full_name, cast.amara, cast.at)
    (review,) = records.look_for_duplicates([twin], by=actor("ada"), at=cast.at)
    quinn = signed_in("quinn")
    for place in ("", f"documents/{document.number}/", f"documents/{document.number}/file/"):
        assert quinn.get(f"/intake/{place}").status_code == 200
    shown = quinn.get(f"/intake/duplicates/{review.number}/").content.decode()
    assert cast.mara.number in shown and "Keep what I found" not in shown
    given = {"verdict": "older", "reason": "x"}
    assert quinn.post(f"/intake/duplicates/{review.number}/", given).status_code == 404
    assert quinn.post(f"/intake/documents/{document.number}/release/").status_code == 404


def test_two_records_are_compared_on_request_and_kept_apart(cast: Cast, signed_in: SignIn) -> None:
    ada = signed_in("ada")
    pair = {"one": cast.mara.number, "other": cast.otto.number}
    assert "lead to one record" in (
        ada.post("/intake/duplicates/", pair | {"other": cast.mara.number}).content.decode()
    )
    assert "No patient of this program" in (
        ada.post("/intake/duplicates/", pair | {"other": "7QK2M-X0B4T-N"}).content.decode()
    )
    answer = ada.post("/intake/duplicates/", pair)
    review = DuplicateReview.objects.get()
    assert answer.url == f"/intake/duplicates/{review.number}/"
    again = ada.post("/intake/duplicates/", pair)
    assert again.url == answer.url
    ada.post(answer.url, {"verdict": "different", "reason": "father and son"})
    assert "compared before" in ada.post("/intake/duplicates/", pair).content.decode()
    home = ada.get("/administrator/").content.decode()
    assert "Pairs of records that may be one person: 0." in home


def test_a_patient_goes_to_the_prescriber_who_accepts(cast: Cast, signed_in: SignIn) -> None:
    transfer = ask_transfer(cast.mara, "FORM", on=cast.today, by=actor("amara"), at=cast.at)
    ada, beck = signed_in("ada"), signed_in("beck")
    place = f"/prescriber/transfers/{transfer.number}/"
    assert "1 patient waits" in ada.get("/intake/").content.decode()
    assert beck.get(place).status_code == 404
    offer = f"/intake/transfers/{transfer.number}/"
    for wrong in ("1245319599", cast.riverside.number):
        answer = ada.post(offer, {"participant": wrong})
        assert "No certified prescriber" in answer.content.decode()
    assert ada.post(offer, {"participant": NPIS["Dr. Beck"]}).url == "/intake/transfers/"
    assert cast.beck.name in ada.get("/intake/transfers/").content.decode()
    assert transfer.number in beck.get("/prescriber/").content.decode()
    assert signed_in("amara").get(place).status_code == 404
    assert "Say why" in beck.post(place, {"answer": "no"}).content.decode()
    answer = beck.post(place, {"answer": "yes"})
    assert answer.url == f"/prescriber/patients/{cast.mara.number}/"
    assert beck.get(answer.url).status_code == 200
    assert signed_in("amara").get(answer.url).status_code == 404


def test_the_queue_tells_how_long_things_have_waited(
    cast: Cast, signed_in: SignIn, moment: Any
) -> None:
    taken_in(pdf(), cast)
    moment.now = cast.at + timedelta(hours=50)
    assert "2 days" in signed_in("ada").get("/intake/").content.decode()


def test_a_name_that_is_not_the_patients_is_confirmed_by_the_second_reader(
    cast: Cast, signed_in: SignIn
) -> None:
    document = desk.received()
    scrawl = desk.SIGNED["patient"]._replace(printed_name="Illegible Scrawl")
    read = desk.keyed(document, cast, signed=desk.SIGNED | {"patient": scrawl})
    bo = signed_in("ada")
    there = f"/intake/documents/{document.number}/"
    bo.post(f"{there}claim/")
    page = bo.get(f"{there}check/")
    told = html.unescape(page.content.decode())
    assert (
        "The document says “Illegible Scrawl”; the patient of the form is “Mara Example”." in told
    )
    seen = {name: "on" for name in page.context["form"].fields if name.startswith("seen.")}
    sent = read | seen | {"password": PASSWORD}
    refused = bo.post(f"{there}check/", sent)
    assert set(refused.context["form"].errors) == {"name.patient"}
    assert bo.post(f"{there}check/", sent | {"name.patient": "on"}).status_code == 302
    assert Signature.objects.get(role="patient").printed_name == "Illegible Scrawl"
