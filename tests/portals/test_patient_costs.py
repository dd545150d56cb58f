"""Help with costs on a patient's own pages: asked in three questions, answered at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.patient_support.models import CopayClaim, CopayEnrollment
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.submissions.models import Consent
from etasu.registry.treatment.models import Infusion
from tests.factories.mail_server import MailServer
from tests.portals.patient_world import BORN, Patient, where, words
from tests.portals.world import Cast

MARA = "mara@example.org"
Answer = Callable[[str, str], Any]


@pytest.fixture
def phone(cast: Cast, mail: MailServer) -> Patient:
    """Mara at her own page, on the day of an infusion."""
    mine = {"email": MARA, "birth_date": BORN, "language": "en", "state": "MN"}
    Enrolled.objects.filter(pk=cast.mara.pk).update(**mine)
    Infusion.objects.create(
        patient=cast.mara, course=1, given_on=cast.today, recorded_at=cast.at,
        recorded_by=PLATFORM.number,
    )  # fmt: skip
    found = Patient()
    found.browser.post("/p/choices/", {"email": MARA})
    assert where(found.arrive(mail, MARA)) == "/p/home/"
    return found


def allow(phone: Patient) -> None:
    phone.browser.post("/p/choices/copay-support/allow/", {"full_name": "Mara Lindqvist"})


def answer(phone: Patient, question: str, said: str) -> Any:
    return phone.browser.post(f"/p/costs/{question}/", {"answer": said}, follow=True)


def takes_part(phone: Patient, state: str = "MN", government: str = "no") -> Any:
    allow(phone)
    answer(phone, "insurance", "yes")
    answer(phone, "government", government)
    return answer(phone, "home", state)


def claim(phone: Patient, cost: str, amount: str) -> Any:
    day = Infusion.objects.get().given_on.isoformat()
    sent = {"infusion_on": day, "cost": cost, "amount": amount}
    return phone.browser.post("/p/costs/claim/", sent, follow=True)


def test_it_is_offered_and_begins_with_a_yes(phone: Patient) -> None:
    assert "See what you can get, and claim what you paid" in words(phone.open("/p/home/"))
    first = phone.open("/p/costs/")
    assert "you must allow us" in words(first)
    assert where(phone.open("/p/costs/insurance/")) == "/p/costs/"
    assert not CopayEnrollment.objects.exists()
    allow(phone)
    assert Consent.objects.get(code="copay-support", revoked_at=None).printed_name
    assert "Three short questions" in words(phone.open("/p/costs/"))


def test_each_question_has_its_page_and_the_home_on_record_is_offered(phone: Patient) -> None:
    allow(phone)
    wrong = answer(phone, "insurance", "")
    assert "Choose one of these" in words(wrong) and "Question 1 of 3" in words(wrong)
    assert where(answer(phone, "insurance", "yes")) == "/p/costs/government/"
    home = answer(phone, "government", "no")
    assert where(home) == "/p/costs/home/"
    assert '<option value="MN" selected>' in home.content.decode()
    assert phone.open("/p/costs/age/").status_code == 404


def test_in_minnesota_the_drug_is_granted_and_the_infusion_is_not(phone: Patient) -> None:
    page = words(takes_part(phone))
    assert "it costs you nothing" in page
    assert "The law of your state does not allow this part." in page
    granted = words(claim(phone, "drug", "$1,250.50"))
    assert "It is granted." in granted and "$1,250.50 of $1,250.50" in granted
    refused = words(claim(phone, "infusion", "90"))
    assert "We cannot pay this." in refused and "$0 of $90" in refused
    assert "Granted so far: $1,250.50" in refused
    assert [each.granted_cents for each in CopayClaim.objects.order_by("id")] == [125_050, 0]


def test_government_coverage_has_none_and_is_told_of_other_help(phone: Patient) -> None:
    page = words(takes_part(phone, "NY", government="not-sure"))
    assert "We do not know your insurance yet." in page
    answer(phone, "insurance", "yes")
    answer(phone, "government", "yes")
    page = words(answer(phone, "home", "NY"))
    assert "Medicare, Medicaid or other government coverage" in page
    assert "A nurse can tell you of other help." in page
    assert "We cannot pay this." in words(claim(phone, "drug", "10"))


@pytest.mark.parametrize("amount", ["", "0", "ten", "-5", "1.5", "12,34", "99999999"])
def test_an_amount_nobody_can_read_is_asked_again(phone: Patient, amount: str) -> None:
    takes_part(phone)
    page = claim(phone, "drug", amount)
    assert "Enter what you paid, such as 85.50" in words(page)
    assert not CopayClaim.objects.exists()


def test_leaving_keeps_what_was_granted(phone: Patient) -> None:
    takes_part(phone, "NY")
    claim(phone, "infusion", "40")
    left = words(phone.browser.post("/p/costs/leave/", follow=True))
    assert "You no longer take part." in left and "$40 of $40" in left
    assert where(phone.open("/p/costs/claim/")) == "/p/costs/"


def test_a_stranger_finds_none_of_it() -> None:
    stranger = Patient()
    for page in ("", "claim/", "insurance/"):
        assert where(stranger.open(f"/p/costs/{page}")) == "/p/start/"
