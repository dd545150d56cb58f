"""A patient's own pages about how they are: what strangers cannot reach, and what errors keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client

from etasu.interfaces.fhir.resources import Observation
from etasu.interfaces.fhir.resources import Patient as PatientResource
from etasu.portals.patient import self_checking
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.actions import record_result
from etasu.registry.patient_support.models import (
    ListedMedicine,
    RegionAnswer,
    SelfCheck,
    ToldSymptom,
)
from etasu.registry.patient_support.self_check_facts import Said, said_in
from etasu.registry.patient_support.self_checks import begin_self_check
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.reactions import infusion_given, region_answered
from etasu.registry.safety.models import SafetyCase
from etasu.safe_use.self_check import Noticed
from tests.factories.mail_server import MailServer
from tests.portals.patient_world import BORN, Patient, where, words
from tests.portals.world import Cast

MARA = "mara@example.org"
PAGES = (
    *("/p/home/", "/p/self-check/", "/p/self-check/region/skin/", "/p/self-check/answers/"),
    *("/p/medicines/", "/p/medicines/add/", "/p/medicines/list.pdf", "/p/guides/"),
    *("/p/data/", "/p/data/record.pdf", "/p/data/record.json"),
)


@pytest.fixture
def phone(cast: Cast, mail: MailServer) -> Iterator[Patient]:
    """Mara at her own page, four months and a day after an infusion."""
    Enrolled.objects.filter(pk=cast.mara.pk).update(email=MARA, birth_date=BORN, language="en")
    given_on = cast.today - timedelta(days=124)
    infusion_given(
        cast.mara, course=1, given_on=given_on, facility=cast.riverside, by=PLATFORM, at=cast.at
    )
    found = Patient()
    found.browser.post("/p/choices/", {"email": MARA})
    assert where(found.arrive(mail, MARA)) == "/p/home/"
    yield found


def say(phone: Patient, region: str, *noticed: str) -> Any:
    address = f"/p/self-check/region/{region}/"
    return phone.browser.post(address, {"noticed": noticed}, follow=True)


def test_a_stranger_finds_none_of_it(phone: Patient, cast: Cast) -> None:
    phone.browser.post("/p/self-check/")
    number = SelfCheck.objects.get().number
    stranger = Patient()
    for page in (*PAGES, f"/p/self-check/{number}/"):
        assert where(stranger.open(page)) == "/p/start/"
    # Nor does another patient.
    ListedMedicine.objects.create(
        patient=cast.otto, name="Zinc", kind="vitamin", listed_at=cast.at, listed_by="o"
    )
    other = ListedMedicine.objects.get().number
    assert phone.open(f"/p/medicines/{other}/").status_code == 404
    assert phone.browser.post(f"/p/medicines/{other}/remove/").status_code == 404
    assert phone.open("/p/self-check/nothing/").status_code == 404


def test_one_region_after_the_other_and_nothing_is_taken_for_a_no(phone: Patient) -> None:
    assert "It is time to look at yourself." in words(phone.open("/p/home/"))
    first = phone.browser.post("/p/self-check/", follow=True)
    assert where(first) == "/p/self-check/region/face/"
    for noticed, said in (
        ((), "Choose what you notice"),
        (("-none", "face-droops"), "alone, or take its mark away"),
        (("chest-pain",), "Choose what you notice"),
    ):
        again = say(phone, "face", *noticed)
        assert said in words(again)
        for each in noticed[1:]:
            assert re.search(rf'value="{each}"[^>]*checked', again.content.decode())
    assert not RegionAnswer.objects.exists()
    assert where(phone.open("/p/self-check/answers/")) == "/p/self-check/region/face/"
    say(phone, "skin", "mole-changes")
    assert SafetyCase.objects.count() == 1
    last = phone.browser.post("/p/self-check/finish/", follow=True)
    assert where(last) == "/p/self-check/region/face/"
    for region in ("face", "head", "chest", "belly", "urine", "limbs"):
        assert where(say(phone, region, "-none")) != "/p/self-check/answers/"
    assert where(say(phone, "whole-body", "-unsure")) == "/p/self-check/answers/"
    done = phone.browser.post("/p/self-check/finish/", follow=True)
    assert "Call your doctor today" in words(done) and "you are not sure" in words(done)
    assert where(phone.browser.post("/p/self-check/finish/", follow=True)) == "/p/self-check/"
    assert "It is time to look" not in words(phone.open("/p/home/"))
    assert where(phone.open("/p/self-check/region/skin/")) == "/p/self-check/"


def test_what_is_said_after_the_end_is_kept_in_another_check(
    phone: Patient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a page that was still open; and so while the check ends just then, the planted fault."""
    phone.browser.post("/p/self-check/")
    for region in ("face", "head", "skin", "chest", "belly", "urine", "limbs", "whole-body"):
        say(phone, region, "-none")
    done = phone.browser.post("/p/self-check/finish/", follow=True)
    first = SelfCheck.objects.get()
    assert "You noticed nothing new" in words(done) and first.finished_at is not None
    assert where(say(phone, "chest")) == "/p/self-check/region/chest/"
    assert SelfCheck.objects.count() == 1
    assert "Call 911 now" in words(say(phone, "chest", "chest-pain"))
    second = SelfCheck.objects.latest("pk")
    assert second != first and second.told.get().code == "chest-pain"

    def ends_then(check: SelfCheck) -> Said:
        SelfCheck.objects.filter(pk=second.pk).update(finished_at=cast.at, finished_by="m")
        return said_in(check)

    monkeypatch.setattr(self_checking, "said_in", ends_then)
    say(phone, "limbs", "sudden-weakness")
    third = SelfCheck.objects.latest("pk")
    assert third != second and third.told.get().code == "sudden-weakness"


def test_another_day_is_another_check_and_what_is_old_is_not_said_as_of_today(
    phone: Patient, cast: Cast
) -> None:
    ago = cast.at - timedelta(days=40)
    old = begin_self_check(cast.mara, by=PLATFORM, at=ago)
    pain = Noticed(frozenset({"chest-pain"}))
    region_answered(old, "chest", pain, by=PLATFORM, at=ago)
    assert "Go on with your check" not in words(phone.open("/p/self-check/"))
    begun = phone.browser.post("/p/self-check/", follow=True)
    assert where(begun) == "/p/self-check/region/face/"
    assert "Call 911 now" not in words(begun)
    old.refresh_from_db()
    assert old.left_at == cast.at and SelfCheck.objects.count() == 2
    for check, heading in (
        (old, "What you were told that day"),
        (SelfCheck.objects.latest("pk"), "This check is not finished"),
    ):
        page = phone.open(f"/p/self-check/{check.number}/").content.decode()
        assert re.findall(r"<h2[^>]*>\s*(.+?)\s*</h2>", page)[0] == heading
        assert ("Call 911 now" in page) is (check == old)


def test_a_note_that_was_not_kept_is_not_said_to_be_on_record(
    phone: Patient, signed_in: Callable[[str], Client]
) -> None:
    """Somebody was sooner, or what was told is not what was shown: what was written stays."""
    phone.browser.post("/p/self-check/")
    say(phone, "skin", "spots")
    number, spots = SelfCheck.objects.get().number, ToldSymptom.objects.get()
    client, address = signed_in("amara"), f"/watching/self-checks/{number}/"
    sent = {"done": "Count today", "shown": spots.number}
    for _twice in range(2):
        kept = client.post(address, sent, follow=True)
        assert "What you did is on record." in words(kept)
    say(phone, "chest", "chest-pain")
    late = client.post(address, sent | {"done": "Called her in"}, follow=True)
    assert "Your note was not kept." in words(late) and "Called her in" in words(late)
    pain = ToldSymptom.objects.get(code="chest-pain")
    assert "What you did is on record." not in words(late) and pain.done is None
    # About what is shown now it can be kept.
    assert f'value="{pain.number}"' in late.content.decode()
    client.post(address, {"done": "Called her in", "shown": pain.number})
    assert ToldSymptom.objects.get(code="chest-pain").done == "Called her in"
    none = client.post(address, {"done": "Later", "shown": ""}, follow=True)
    assert none.status_code == 200 and "Your note was not kept." in words(none)


def test_birth_control_is_told_of_for_four_months_and_to_nobody_it_cannot_concern(
    phone: Patient, cast: Cast, moment: Any
) -> None:
    assert "Birth control" not in words(phone.open("/p/home/"))
    given_on = cast.today - timedelta(days=3)
    infusion_given(
        cast.mara, course=2, given_on=given_on, facility=cast.riverside, by=PLATFORM, at=cast.at
    )
    page = phone.open("/p/home/")
    assert "Birth control and pregnancy" in words(page)
    about = phone.open("/p/side-effect/?about=pregnancy").content.decode()
    assert re.search(r'value="pregnancy"[^>]*checked', about)
    Enrolled.objects.filter(pk=cast.mara.pk).update(attributes={"sex": "male"})
    assert "Birth control" not in words(phone.open("/p/home/"))


def test_a_line_with_mistakes_keeps_what_was_written(phone: Patient, cast: Cast) -> None:
    ahead = (cast.today + timedelta(days=9)).isoformat()
    line = {"name": "Ocrevus", "kind": "prescription", "started_on": ahead}
    wrong = phone.browser.post("/p/medicines/add/", line)
    assert "This day is yet to come" in words(wrong)
    assert 'value="Ocrevus"' in wrong.content.decode()
    for kind in ("vaccine", "vaccine"):
        shown = phone.browser.post("/p/medicines/add/", line | {"kind": kind}, follow=True)
    assert ListedMedicine.objects.count() == 1 and "It is on your list." in words(shown)
    phone.browser.post("/p/medicines/add/", {"name": "Zinc", "kind": "vitamin"})
    zinc = ListedMedicine.objects.get(name="Zinc").number
    assert "Enter the last day" in words(phone.browser.post(f"/p/medicines/{zinc}/", {}))
    stop = {"stopped_on": cast.today.isoformat()}
    gone = phone.browser.post(f"/p/medicines/{zinc}/", stop, follow=True)
    assert "It is among what you took before." in words(gone)


def test_the_bundle_is_fhir_as_our_own_door_reads_it(phone: Patient, cast: Cast) -> None:
    for value, unit in (("80.50", "10*9/L"), ("negative", None), (None, None)):
        record_result(
            cast.mara, "platelets", collected_on=cast.today - timedelta(days=len(value or "")),
            value=value, unit=unit, by=PLATFORM, at=cast.at,
        )  # fmt: skip
    phone.browser.post("/p/self-check/")
    say(phone, "skin", "spots")
    for line in (
        {"name": "Zinc", "kind": "vitamin", "started_on": "2020-05-01"},
        {"name": "MMR", "kind": "vaccine"},
    ):
        phone.browser.post("/p/medicines/add/", line)
    answer = phone.open("/p/data/record.json")
    assert answer["Content-Type"] == "application/fhir+json"
    entries = msgspec.json.decode(answer.content)["entry"]
    kinds = {each["resource"]["resourceType"] for each in entries}
    assert kinds == {
        *("Patient", "Observation", "MedicationAdministration", "MedicationStatement"),
        "Immunization",
    }
    whose = entries[0]["fullUrl"]
    assert len({each["fullUrl"] for each in entries}) == len(entries)
    for each in entries[1:]:
        resource = each["resource"]
        assert (resource.get("subject") or resource["patient"])["reference"] == whose
        if resource["resourceType"] == "Observation":
            msgspec.json.decode(msgspec.json.encode(resource), type=Observation)
    msgspec.json.decode(msgspec.json.encode(entries[0]["resource"]), type=PatientResource)
    assert b'"value": 80.50' in answer.content
    assert phone.open("/p/data/record.pdf").content.startswith(b"%PDF")
    taken = AuditEntry.objects.filter(verb="own_record.taken").order_by("at", "id")
    assert [each.detail["kind"] for each in taken] == ["fhir", "pdf"]
    assert {each.subject for each in taken} == {cast.mara.number}
