"""A patient who is not on record yet: begun by the prescriber, signed by the patient at hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from etasu.registry.accounts import access
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.participants.actions import suspend_participant
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import infusion_given
from etasu.registry.submissions.actions import save_answers
from etasu.registry.submissions.facts import answers_of, definition_of
from etasu.registry.submissions.models import Draft, Signature, SignedForm
from tests.factories.answers import right_answers
from tests.portals.conftest import Moment
from tests.portals.world import PASSWORD, PROGRAM, Cast, add_person

SignIn = Callable[[str], Client]


@pytest.fixture
def amara(cast: Cast, signed_in: SignIn) -> Client:
    return signed_in("amara")


def begun(browser: Client, cast: Cast) -> Draft:
    """An enrollment with every answer, waiting for the patient."""
    shown = browser.get("/forms/new-patient/").content.decode()
    token = re.search(r'name="form_token" value="([^"]+)"', shown)
    assert token is not None
    answer = browser.post("/forms/new-patient/", {"form_token": token[1]})
    assert answer.status_code == 302
    draft = Draft.objects.get(subject_id=None, number=answer["Location"].split("/")[2])
    said = right_answers(definition_of(draft)[1], cast.today)
    by = Actor("amara", access.PRESCRIBER)
    save_answers(draft, said, seen_revision=draft.revision, by=by, at=cast.at)
    return Draft.objects.get(pk=draft.pk)


def hand_over(browser: Client, draft: Draft) -> str:
    """Put the device into the patient's hands; the hash of the text they see."""
    answer = browser.post(f"/forms/{draft.number}/hand-over/")
    assert answer["Location"] == f"/forms/{draft.number}/patient/", answer["Location"]
    shown = browser.get(answer["Location"]).content.decode()
    found = re.search(r'name="shown" value="([^"]+)"', shown)
    assert found is not None
    return found[1]


def patient_signs(browser: Client, draft: Draft, shown: str, **said: str) -> None:
    """The patient writes a name under it."""
    sent = {"shown": shown, "relationship": "self", "full_name": "Mara Example", **said}
    answer = browser.post(f"/forms/{draft.number}/patient/", sent)
    assert answer.status_code == 302, answer.context["form"].errors


def test_a_lent_device_takes_no_other_name(amara: Client, cast: Cast) -> None:
    draft = begun(amara, cast)
    shown = hand_over(amara, draft)
    for relationship, name in (("self", "Ida Fischer"), ("legal guardian", "mara example")):
        sent = {"shown": shown, "relationship": relationship, "full_name": name}
        answer = amara.post(f"/forms/{draft.number}/patient/", sent)
        assert set(answer.context["form"].errors) == {"full_name"}
    assert not Signature.objects.exists()


def take_back(browser: Client, draft: Draft, password: str = PASSWORD) -> int:
    """The prescriber proves who they are."""
    sent = {"full_name": "Dr. Amara", "password": password}
    page = browser.get(f"/forms/{draft.number}/back/").content.decode()
    found = re.search(r'name="shown" value="([^"]+)"', page)
    sent |= {"shown": found[1]} if found else {}
    return browser.post(f"/forms/{draft.number}/back/", sent).status_code


def test_both_signatures_in_one_visit_enroll_the_patient(amara: Client, cast: Cast) -> None:
    draft = begun(amara, cast)
    known = answers_of(draft)
    assert known["prescriber-npi"] == cast.amara.npi
    patient_signs(amara, draft, hand_over(amara, draft))
    assert take_back(amara, draft) == 302
    form = SignedForm.objects.get(draft=draft)
    patient = Patient.objects.get(pk=form.subject_id)
    assert patient.prescriber == cast.amara and patient.enrolled_on == cast.today
    assert patient.full_name == f"{known['first-name']} {known['last-name']}"
    assert patient.birth_date is not None and patient.birth_date.isoformat() == known["birth-date"]
    # The same page sent again enrolls nobody else, and leads to what came of the first.
    count = Patient.objects.count()
    for page in ("back", "patient"):
        again = amara.post(f"/forms/{draft.number}/{page}/", {"full_name": "X"}, follow=True)
        assert again.redirect_chain[-1][0] == f"/forms/{draft.number}/signed/"
    assert Patient.objects.count() == count
    assert amara.get("/prescriber/").status_code == 200


def test_a_representative_signs_with_name_and_relationship(amara: Client, cast: Cast) -> None:
    draft = begun(amara, cast)
    shown = hand_over(amara, draft)
    patient_signs(amara, draft, shown, relationship="legal guardian", full_name="Ida Fischer")
    take_back(amara, draft)
    first = Signature.objects.get(draft=draft, position=1)
    assert (first.printed_name, first.relationship) == ("Ida Fischer", "legal guardian")
    assert "sign for the patient" in first.meaning


def test_in_the_patients_hands_nothing_else_opens_or_changes(amara: Client, cast: Cast) -> None:
    draft = begun(amara, cast)
    hand_over(amara, draft)
    back = f"/forms/{draft.number}/back/"
    for elsewhere in ("/", "/forms/", "/prescriber/", f"/forms/{draft.number}/check/"):
        assert amara.get(elsewhere)["Location"] == back, elsewhere
    hold = f"/prescriber/patients/{cast.mara.number}/holds/"
    assert amara.post(hold, {"code": "infection"})["Location"] == back
    assert amara.get("/forms/another/back/").status_code == 404
    for wrong in ("", "guess"):
        assert take_back(amara, draft, wrong) == 200
        assert amara.get("/prescriber/")["Location"] == back
    assert take_back(amara, draft) == 302
    assert amara.get("/prescriber/").status_code == 200
    assert not Signature.objects.filter(draft=draft).exists()


def test_a_form_signed_elsewhere_meanwhile_leaves_nobody_locked_in(
    amara: Client, cast: Cast
) -> None:
    draft = begun(amara, cast)
    hand_over(amara, draft)
    Draft.objects.filter(pk=draft.pk).update(
        abandoned_at=cast.at, abandoned_by="ada", abandoned_reason="patient changed their mind"
    )
    assert amara.get(f"/forms/{draft.number}/patient/")["Location"].endswith("/back/")
    assert (
        "signed or changed elsewhere" in amara.get(f"/forms/{draft.number}/back/").content.decode()
    )
    assert take_back(amara, draft) == 302
    assert amara.get("/prescriber/").status_code == 200


def test_an_answer_changed_after_the_patient_signed_takes_no_signature(
    amara: Client, cast: Cast
) -> None:
    draft = begun(amara, cast)
    patient_signs(amara, draft, hand_over(amara, draft))
    by = Actor("dana", access.DELEGATE)
    save_answers(draft, {"city": "Elsewhere"}, seen_revision=99, by=by, at=cast.at)
    assert take_back(amara, draft) == 200
    assert not Signature.objects.filter(draft=draft).exists()


def test_a_delegate_prepares_and_cannot_hand_over(cast: Cast, signed_in: SignIn) -> None:
    add_person(PROGRAM, "dana", access.DELEGATE, cast.amara, cast.at)
    dana = signed_in("dana")
    draft = begun(dana, cast)
    assert "Hand over" not in dana.get(f"/forms/{draft.number}/check/").content.decode()
    assert dana.post(f"/forms/{draft.number}/hand-over/").status_code == 404


def test_only_a_certified_prescriber_begins(amara: Client, cast: Cast, moment: Moment) -> None:
    suspend_participant(
        cast.amara, since=cast.today, until=None, reason="audit", by=PLATFORM, at=cast.at
    )
    said = amara.post("/forms/new-patient/", {"form_token": "once"}).content.decode()
    assert "Only a certified prescriber enrolls patients" in said
    assert not Draft.objects.filter(subject_id=None).exists()


def test_the_nurse_begins_the_forms_of_a_course_at_its_infusion(
    cast: Cast, signed_in: SignIn
) -> None:
    infusion = infusion_given(
        cast.mara,
        course=1,
        given_on=cast.today - timedelta(days=1),
        facility=cast.riverside,
        by=PLATFORM,
        at=cast.at,
    )
    ben = signed_in("ben")
    day = ben.get(f"/facility/infusions/{infusion.number}/", follow=True)
    address = f"/facility/courses/{cast.mara.number}/1/"
    assert address in day.content.decode()
    there = f"/forms/begin/infusion-checklist/infusion/{infusion.number}/"
    assert ben.post(there, {"form_token": "once"}).status_code == 302
    draft = Draft.objects.get(form="infusion-checklist")
    assert (draft.owner_id, draft.course) == (cast.riverside.pk, 1)
    said = answers_of(draft)
    assert (said["patient-number"], said["course"]) == (cast.mara.number, "1")
    assert said["facility-number"] == cast.riverside.number
    assert signed_in("hana").get(there).status_code == 404
