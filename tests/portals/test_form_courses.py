"""A form about a course is never begun without one, and a merged record hides no form."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.records import compare_records, records_merged
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import infusion_given
from etasu.registry.submissions.actions import Beginning, begin_draft
from etasu.registry.submissions.facts import answers_of
from etasu.registry.submissions.models import Draft
from tests.portals.conftest import Moment
from tests.portals.html_checks import html_problems
from tests.portals.world import PROGRAM, Cast, actor, add_person, authorize_course, enrolled

SignIn = Callable[[str], Client]
BEFORE, AFTER, OTHER = "patient-authorization", "prescription-order", "patient-status"


@pytest.fixture
def amara(cast: Cast, signed_in: SignIn) -> Client:
    return signed_in("amara")


@pytest.fixture
def dale(cast: Cast, signed_in: SignIn) -> Client:
    """Dr. Amara's delegate."""
    add_person(PROGRAM, "dale", "delegate", cast.amara, cast.at)
    return signed_in("dale")


def there(form: str, patient: Patient) -> str:
    return f"/forms/begin/{form}/{patient.number}/"


def said(client: Client, address: str) -> str:
    """A sound page as one line."""
    shown = client.get(address)
    text = shown.content.decode()
    assert shown.status_code == 200 and html_problems(text) == [], address
    return " ".join(text.split())


def begin(client: Client, address: str, **sent: str) -> Any:
    """Press Begin on the page as it is shown, or with something else chosen."""
    page = said(client, address)
    token = re.search(r'name="form_token" value="([\w-]+)"', page)
    hidden = re.search(r'type="hidden" name="course" value="(\d+)"', page)
    assert token is not None, page
    shown = {"course": hidden[1]} if hidden else {}
    return client.post(address, {"form_token": token[1], **shown, **sent})


def infused(cast: Cast, course: int, on: date) -> None:
    """Mara's infusion of a course at Riverside."""
    infusion_given(
        cast.mara, course=course, given_on=on, facility=cast.riverside, by=PLATFORM, at=cast.at
    )


def test_what_the_gate_asks_for_is_begun_for_the_course_in_question(
    cast: Cast, amara: Client, dale: Client
) -> None:
    page = said(dale, there(BEFORE, cast.noor))
    assert "It is about <strong>course 1</strong>." in page
    assert begin(dale, there(BEFORE, cast.noor)).status_code == 302
    draft = Draft.objects.get()
    assert (draft.course, draft.owner_id) == (1, cast.amara.pk)
    assert (answers_of(draft)["course"], answers_of(draft)["first-course"]) == ("1", "yes")
    # Whoever begins it next is led to the same draft.
    led = begin(amara, there(BEFORE, cast.noor)).url
    assert led == f"/forms/{draft.number}/" and Draft.objects.count() == 1
    # A year after the first course, the second one is in question.
    for day in range(5):
        infused(cast, 1, cast.today - timedelta(days=400 - day))
    assert begin(amara, there(BEFORE, cast.mara)).status_code == 302
    draft = Draft.objects.latest("pk")
    assert (draft.course, answers_of(draft)["first-course"]) == (2, "no")


def test_without_a_course_the_page_says_what_to_do_first(
    cast: Cast, amara: Client, dale: Client
) -> None:
    address = there(AFTER, cast.mara)
    page = said(amara, address)
    assert "there is none yet" in page and "What to do first" in page
    assert f"/prescriber/patients/{cast.mara.number}/authorize/authorize/" in page
    page = said(dale, address)
    assert "The prescriber authorizes a course." in page and "/prescriber/" not in page
    for client in (amara, dale):
        for sent in ({}, {"course": "1"}, {"course": "x"}):
            assert client.post(address, {"form_token": "once"} | sent).status_code == 200
    assert not Draft.objects.exists()
    # A form that is about no course needs none.
    assert begin(dale, there(OTHER, cast.mara)).status_code == 302
    assert Draft.objects.get().course is None


def test_the_only_course_is_taken_with_its_authorization(
    cast: Cast, dale: Client, moment: Moment, signed_in: SignIn
) -> None:
    number = authorize_course(cast).decision.number
    assert "It is about <strong>course 1</strong>." in said(dale, there(AFTER, cast.mara))
    assert begin(dale, there(AFTER, cast.mara)).status_code == 302
    draft = Draft.objects.get()
    answers = answers_of(draft)
    assert (draft.course, answers["course"]) == (1, "1")
    assert answers["authorization-number"] == number
    assert answers["facility-number"] == cast.riverside.number
    # An authorization that ended leaves no course to order for, though nobody has closed it yet.
    moment.now += timedelta(days=60)
    assert Authorization.objects.filter(state="live").exists()
    assert "there is none yet" in said(signed_in("dale"), there(AFTER, cast.mara))


def test_of_several_courses_one_is_chosen(cast: Cast, amara: Client) -> None:
    infused(cast, 1, cast.today - timedelta(days=400))
    infused(cast, 2, cast.today - timedelta(days=20))
    address = there(AFTER, cast.mara)
    page = said(amara, address)
    assert "Which course is it about?" in page
    assert re.search(r"<input[^>]* checked", page) is None
    assert "Course 1, first infusion Thu, Mar 27, 2025" in page
    for wrong, words in (("", "Choose the course"), ("3", "Choose again"), ("x", "Choose again")):
        refused = begin(amara, address, course=wrong)
        assert refused.status_code == 200 and refused.content.decode().count(words) == 2, wrong
    assert not Draft.objects.exists()
    for course in (2, 1):
        assert begin(amara, address, course=str(course)).status_code == 302
        draft = Draft.objects.latest("pk")
        assert (draft.course, answers_of(draft)["course"]) == (course, str(course))
    amara.post("/language/", {"language": "es", "next": address})
    assert "¿De qué ciclo se trata?" in said(amara, address)


def test_a_page_from_before_begins_no_form_for_another_course(cast: Cast, amara: Client) -> None:
    infused(cast, 2, cast.today - timedelta(days=20))
    refused = amara.post(there(AFTER, cast.mara), {"form_token": "old", "course": "1"})
    assert "The courses have changed meanwhile." in refused.content.decode()
    assert not Draft.objects.exists()
    # Sent without any, such as by a page that did not ask: the only one there is.
    assert amara.post(there(AFTER, cast.mara), {"form_token": "old"}).status_code == 302
    assert Draft.objects.get().course == 2


def test_no_form_is_begun_about_what_it_is_not_about(
    cast: Cast, amara: Client, dale: Client, signed_in: SignIn
) -> None:
    infused(cast, 1, cast.today)
    for client, address in (
        (signed_in("ben"), "/forms/begin/infusion-checklist/"),
        (signed_in("ben"), there("infusion-checklist", cast.mara)),
        (amara, f"/forms/begin/{OTHER}/"),
        (amara, there("prescriber-enrollment", cast.mara)),
        (dale, there("prescriber-enrollment", cast.mara)),
        (amara, there(AFTER, cast.otto)),
    ):
        assert client.get(address).status_code == 404, address
        assert client.post(address, {"form_token": "once"}).status_code == 404, address
    assert not Draft.objects.exists()


def test_forms_of_every_record_of_one_person_are_listed(
    cast: Cast, amara: Client, dale: Client
) -> None:
    double = enrolled(PROGRAM, "Mara Lindquist", cast.amara, cast.at)
    begun = begin_draft(
        Beginning(PROGRAM, OTHER, "patient", cast.mara.pk, cast.mara.number, cast.amara.pk),
        by=actor("amara"),
        at=cast.at,
        on=cast.today,
    )
    signed = "Dr. Amara"
    assert signed not in _signed_forms(dale, double)
    review = compare_records(cast.mara, double, by=PLATFORM, at=cast.at)
    assert review is not None
    records_merged(review, double, reason="One person.", by=PLATFORM, at=cast.at)
    for client, address in (
        (dale, f"/delegate/patients/{double.number}/"),
        (amara, f"/prescriber/patients/{double.number}/"),
    ):
        assert f"/forms/{begun.number}/" in said(client, address), address
    assert signed in _signed_forms(dale, double)
    # The courses of both records are those of the person.
    infused(cast, 1, cast.today - timedelta(days=3))
    assert "course 1" in said(amara, there(AFTER, double))


def _signed_forms(client: Client, patient: Patient) -> str:
    """The table of signed forms on the delegate's page."""
    return said(client, f"/delegate/patients/{patient.number}/").split("Signed forms")[-1]
