"""Two people and one browser: nothing of one is sent as the other, and no words are lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.community.models import Post
from etasu.registry.patient_support import sharing
from etasu.registry.patient_support.medicine_models import ListedMedicine
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.submissions.actions import create_consent_link
from tests.portals.conftest import Moment
from tests.portals.patient_world import BIRTH_DATE, BORN, Patient, words
from tests.portals.test_community import joined
from tests.portals.world import PASSWORD, PROGRAM, Cast

SignIn = Callable[[str], Client]
HERE = {"origin": "http://testserver"}
BEGIN = "/community/boards/helpers/begin/"
WRITTEN = {"title": "Long nights", "words": "He sleeps badly"}
TYPED = {"name": "Biotin, from the drugstore", "how_taken": "Mornings\nand nights"}


@pytest.fixture
def shared(cast: Cast) -> Client:
    """A browser that minds where forms come from, on a table where many sit down."""
    Enrolled.objects.filter(pk__in=[cast.mara.pk, cast.noor.pk]).update(birth_date=BORN)
    return Client(enforce_csrf_checks=True, headers=HERE)


def link_of(patient: Enrolled, cast: Cast) -> str:
    subject = ("patient", patient.pk, patient.number)
    return str(create_consent_link(PROGRAM, subject, by=PLATFORM, at=cast.at).token)


def token_on(browser: Client, address: str) -> dict[str, str]:
    page = browser.get(address, follow=True).content.decode()
    return {"csrfmiddlewaretoken": re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', page)[-1]}


def opens(browser: Client, patient: Enrolled, cast: Cast) -> None:
    """The patient opens a link of theirs and shows who they are."""
    browser.get(f"/p/{link_of(patient, cast)}/", follow=True)
    sent = BIRTH_DATE | token_on(browser, "/p/start/")
    assert browser.post("/p/start/", sent).headers["Location"] == "/p/home/"


def test_a_form_of_the_patient_before_is_refused_and_its_words_shown(
    shared: Client, cast: Cast
) -> None:
    opens(shared, cast.mara, cast)
    form = TYPED | {"kind": "over-the-counter"} | token_on(shared, "/p/medicines/add/")
    opens(shared, cast.noor, cast)
    refused = shared.post("/p/medicines/add/", form)
    assert refused.status_code == 403 and not ListedMedicine.objects.exists()
    page = refused.content.decode()
    assert TYPED["name"] in page and "Mornings<br>and nights" in page
    assert "another person's page was opened in this browser" in words(refused)
    assert "over-the-counter" not in page and form["csrfmiddlewaretoken"] not in page
    assert "no-store" in refused.headers["Cache-Control"]
    # What another site made somebody send is never shown under our name.
    foreign = shared.post("/p/medicines/add/", form, headers={"origin": "https://a.example"})
    assert foreign.status_code == 403 and TYPED["name"] not in foreign.content.decode()


def test_the_same_link_opened_once_more_keeps_the_form_good(shared: Client, cast: Cast) -> None:
    token = link_of(cast.mara, cast)
    shared.get(f"/p/{token}/", follow=True)
    sent = BIRTH_DATE | token_on(shared, "/p/start/")
    shared.get(f"/p/{token}/")
    assert shared.post("/p/start/", sent).headers["Location"] == "/p/home/"


def test_a_form_left_open_is_refused_once_its_patient_has_left(shared: Client, cast: Cast) -> None:
    opens(shared, cast.mara, cast)
    form = TYPED | token_on(shared, "/p/medicines/add/")
    shared.post("/p/leave/", token_on(shared, "/p/home/"))
    assert shared.post("/p/medicines/add/", form).status_code == 403


def eva_signs_in(shared: Client, cast: Cast) -> None:
    """A care partner of Noor's, who is a member of the community."""
    asked = sharing.Asked("Eva", "eva@example.org", ())
    sent = sharing.invite_partner(cast.noor, asked, by=PLATFORM, at=cast.at)
    user = User.objects.create_user("eva@example.org", PASSWORD, full_name="Eva Example")
    sharing.accept_sharing(sent.token, user, by=PLATFORM, at=cast.at)
    entered = {"email": "eva@example.org", "password": PASSWORD}
    shared.post("/sign-in/", entered | token_on(shared, "/sign-in/"))
    shared.handler.enforce_csrf_checks = False
    joined(shared)
    shared.handler.enforce_csrf_checks = True


def test_what_a_care_partner_wrote_is_never_posted_as_the_patient_who_sat_down(
    shared: Client, cast: Cast
) -> None:
    eva_signs_in(shared, cast)
    form = WRITTEN | token_on(shared, BEGIN)
    shared.get(f"/p/{link_of(cast.mara, cast)}/")
    refused = shared.post(BEGIN, form)
    assert refused.status_code == 403 and not Post.objects.exists()
    assert "Long nights" in words(refused) and "He sleeps badly" in words(refused)


def test_what_a_patient_wrote_is_never_posted_by_the_account_once_the_proof_ran_out(
    shared: Client, cast: Cast, moment: Moment
) -> None:
    eva_signs_in(shared, cast)
    opens(shared, cast.mara, cast)
    form = WRITTEN | token_on(shared, "/p/medicines/add/")
    for _ in range(3):
        moment.now += timedelta(minutes=45)
        shared.get("/account/")
    refused = shared.post(BEGIN, form)
    assert refused.status_code == 403 and not Post.objects.exists()
    assert "Long nights" in words(refused) and "He sleeps badly" in words(refused)
    # The link is let go; from here on Eva writes as Eva.
    assert shared.post(BEGIN, WRITTEN | token_on(shared, BEGIN)).status_code == 302
    assert Post.objects.get().member.user == User.objects.get(email="eva@example.org")


def test_words_typed_while_the_proof_ran_out_are_shown_with_the_way_on(
    shared: Client, cast: Cast, moment: Moment
) -> None:
    opens(shared, cast.mara, cast)
    form = TYPED | token_on(shared, "/p/medicines/add/")
    moment.now += timedelta(hours=3)
    refused = shared.post("/p/medicines/add/", form)
    assert refused.status_code == 403 and not ListedMedicine.objects.exists()
    page = refused.content.decode()
    assert TYPED["name"] in page and 'href="/p/start/"' in page and 'href="/p/choices/"' in page
    # With nothing typed there is nothing to copy.
    empty = shared.post("/p/self-check/", token_on(shared, "/p/start/"))
    assert empty.headers["Location"] == "/p/start/"


def test_words_to_the_nurses_stay_when_they_are_allowed_no_more(cast: Cast) -> None:
    phone = Patient()
    Enrolled.objects.filter(pk=cast.mara.pk).update(birth_date=BORN)
    phone.open(f"/p/{link_of(cast.mara, cast)}/")
    phone.prove()
    refused = phone.browser.post("/p/nurses/write/", {"words": "My hands tingle"})
    assert refused.status_code == 403 and "My hands tingle" in words(refused)
    assert 'href="/p/nurses/"' in refused.content.decode()


def test_an_unknown_link_leads_to_a_new_one(db: None) -> None:
    over = Patient().open("/p/no-such-token-anywhere/")
    assert over.status_code == 410 and 'href="/p/choices/"' in over.content.decode()


def test_the_next_patient_reads_their_own_language(cast: Cast) -> None:
    for patient, language in ((cast.mara, "es"), (cast.noor, "en")):
        Enrolled.objects.filter(pk=patient.pk).update(birth_date=BORN, language=language)
    browser = Client()

    def language() -> str:
        page = browser.get("/p/start/").content.decode()
        return re.findall(r'<html lang="(\w+)"', page)[0]

    browser.get(f"/p/{link_of(cast.mara, cast)}/")
    assert language() == "es"
    browser.get(f"/p/{link_of(cast.noor, cast)}/")
    assert language() == "en"
    browser.get(f"/p/{link_of(cast.mara, cast)}/")
    browser.post("/p/leave/")
    assert language() == "en"
    # What somebody chose on the device stays.
    browser.post("/language/", {"language": "es", "next": "/"})
    browser.get(f"/p/{link_of(cast.noor, cast)}/")
    browser.post("/p/leave/")
    assert language() == "es"
