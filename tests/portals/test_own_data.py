"""What a patient takes along of the community and of whoever helps them: all of it, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from etasu.interfaces.fhir.own_record import bundle_of
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.community import answering, moderating
from etasu.registry.community.facts import Who
from etasu.registry.community.members import join
from etasu.registry.community.models import Member, Post
from etasu.registry.community.writing import New, delete_post
from etasu.registry.monitoring.models import Result
from etasu.registry.patient_support import sharing
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.reactions import own_record_taken, post_edited, post_written
from etasu.registry.submissions.actions import Given, give_consent
from etasu.safe_use.sharing import Slice
from tests.factories.mail_server import MailServer
from tests.factories.reminding import BY
from tests.portals.patient_world import ADDRESS, BORN, Patient
from tests.portals.world import PROGRAM, Cast

HIDE = moderating.Verdict(True, "be-kind", "Mind your words")
DEEDS = (
    *("nod: Good days: Thank you", "report: Good days: Be kind", "block: Red Kite"),
    *("follow: Good days", "hidden: Good days: Mind your words", "appeal: Good days: I meant well"),
)


@pytest.fixture
def phone(cast: Cast, mail: MailServer) -> Iterator[Patient]:
    """Mara at her own page."""
    Enrolled.objects.filter(pk=cast.mara.pk).update(email=ADDRESS, birth_date=BORN)
    found = Patient()
    found.browser.post("/p/choices/", {"email": ADDRESS})
    found.arrive(mail)
    yield found


def joined(patient: Enrolled, name: str, cast: Cast) -> Member:
    """The patient, as the others know her."""
    by = {"by": PLATFORM, "at": cast.at}
    subject = ("patient", patient.pk, patient.number, patient.full_name, "link")
    give_consent(Given(PROGRAM, "patient-community", *subject), on=cast.today, **by)
    return join(Who(PROGRAM, patient=patient), name, **by)


@pytest.fixture
def hers(cast: Cast) -> Post:
    """Mara answered Noor, thought better of it, was hidden for it, and did all there is to do."""
    by: dict[str, Any] = {"by": PLATFORM, "at": cast.at}
    heron, kite = joined(cast.mara, "Blue Heron", cast), joined(cast.noor, "Red Kite", cast)
    days = New("Walks help", board="every-day", title="Good days")
    first = post_written(kite, days, **by).post
    moderating.decide_post(first, moderating.Verdict(hides=False), **by)
    own = post_written(heron, New("I do not sleep", topic=first.topic), **by).post
    post_edited(own, "I sleep again", **by)
    answering.nod_to(first, heron, "thank-you", **by)
    answering.report_post(first, heron, answering.Complaint("be-kind", "It hurts"), **by)
    answering.block_author(first, heron, **by)
    ruling = moderating.decide_post(own, HIDE, **by)
    moderating.appeal_ruling(ruling, "I meant well", **by)
    delete_post(own, **by)
    return own


def resources(phone: Patient) -> dict[str, list[Any]]:
    """What is in the file for other programs, by kind."""
    found: dict[str, list[Any]] = {}
    for each in msgspec.json.decode(phone.open("/p/data/record.json").content)["entry"]:
        found.setdefault(each["resource"]["resourceType"], []).append(each["resource"])
    return found


def paper(phone: Patient) -> str:
    """What the file to read says."""
    pages = PdfReader(BytesIO(phone.open("/p/data/record.pdf").content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_whatever_she_wrote_and_did_in_the_community_is_in_it(
    phone: Patient, cast: Cast, hers: Post
) -> None:
    found = resources(phone)
    said = [
        (e["payload"][0]["contentString"], e["note"][0]["text"]) for e in found["Communication"]
    ]
    assert said == [("I do not sleep", "former"), ("I sleep again", "deleted")]
    assert {each["sender"]["display"] for each in found["Communication"]} == {"Blue Heron"}
    deeds = " | ".join(each["code"]["text"] for each in found["Basic"])
    assert [each for each in DEEDS if f"community {each}" not in deeds] == []
    printed = paper(phone)
    for line in ("I sleep again", "deleted by me", "I blocked a member: Red Kite", "It hurts"):
        assert line in printed, line


def test_what_others_wrote_and_did_is_not(phone: Patient, cast: Cast, hers: Post) -> None:
    assert "Walks help" not in repr(resources(phone)) and "Walks help" not in paper(phone)
    at = {"by": PLATFORM, "at": cast.at}
    record = own_record_taken(cast.noor, cast.today, kind="fhir", **at)
    assert record is not None
    theirs = bundle_of(record, "https://example.org")
    assert b"Walks help" in theirs
    assert b"I sleep again" not in theirs and b"It hurts" not in theirs


def test_whoever_was_asked_to_help_is_in_it_with_what_is_shared(phone: Patient, cast: Cast) -> None:
    by: dict[str, Any] = {"by": PLATFORM, "at": cast.at}
    for name, shared in (("Eva", [Slice.RESULTS]), ("Ivo", [Slice.REMINDERS])):
        asked = sharing.Asked(name, f"{name.lower()}@example.org", shared)
        sent = sharing.invite_partner(cast.mara, asked, **by)
    sharing.end_sharing(sent.partner, **by)
    helpers = [each for each in resources(phone)["Consent"] if "actor" in each["provision"]]
    assert [
        (e["status"], e["provision"]["actor"][0]["reference"]["display"], e["policyRule"]["text"])
        for e in helpers
    ] == [
        ("proposed", "Eva", "Shared with a care partner: results"),
        ("inactive", "Ivo", "Shared with a care partner: reminders"),
    ]
    assert "Eva Test results" in paper(phone)


def test_the_file_to_read_says_results_in_words_of_its_language(phone: Patient, cast: Cast) -> None:
    Result.objects.filter(patient=cast.mara).update(replaced_at=cast.at, replaced_by="a")
    said = {"patient": cast.mara, "collected_on": cast.today, **BY}
    Result.objects.create(test="urinalysis-with-cells", value="negative", **said)
    ratio = "urine-protein-creatinine-ratio"
    Result.objects.create(test=ratio, value="12", unit="mg/g{creat}", **said)
    phone.browser.post("/language/", {"language": "es", "next": "/"})
    read = paper(phone)
    assert ": Negativo" in read and "12 mg/g" in read
    assert "negative" not in read and "{creat}" not in read
