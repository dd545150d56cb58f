"""Somebody brings themselves in: two windows, somebody on record, a program that is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.accounts.registration import intend_role
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.models import NewcomerReview, Participant
from etasu.safe_use.program import ProgramStatus
from tests.portals.patient_world import words
from tests.portals.world import NPIS, PASSWORD, PROGRAM, Cast

SignIn = Callable[[str], Client]
MALLORY = {
    "name": "Dr. Mallory Vane", "npi": NPIS["Dr. Amara"], "city": "Boston", "state": "MA",
    "zip_code": "02139", "telephone": "617-555-0142", "program": PROGRAM, "role": "prescriber",
}  # fmt: skip


@pytest.fixture
def mallory(cast: Cast, signed_in: SignIn) -> Client:
    """Somebody with an account and no role, who wants to prescribe."""
    user = User.objects.create_user("mallory@example.org", PASSWORD, full_name="Mallory Vane")
    confirmed = {"email_confirmed_at": cast.at, "email_confirmed_by": user.number}
    User.objects.filter(pk=user.pk).update(**confirmed)
    wants(cast, "prescriber")
    return signed_in("mallory")


def wants(cast: Cast, role: str, program: str = PROGRAM) -> None:
    """What Mallory said last that they want to be, in whichever window."""
    user = User.objects.get(email="mallory@example.org")
    intend_role(user, program, role, by=PLATFORM, at=cast.at)


def came(client: Client, **other: str) -> Any:
    """The details sent, and the page it leads to."""
    return client.post("/enrollment/begin/", MALLORY | other, follow=True)


def test_the_page_says_for_what_it_is_and_another_window_changes_nothing(
    cast: Cast, mallory: Client
) -> None:
    page = mallory.get("/enrollment/begin/")
    name = library.current().programs[PROGRAM].program.name
    assert f"You take part in {name} as: Prescriber" in words(page)
    wants(cast, "pharmacy_representative")
    came(mallory, npi="1003000126")
    made = Participant.objects.latest("pk")
    assert (made.kind, made.name) == ("prescriber", "Dr. Mallory Vane")
    for wrong in ({"role": "administrator"}, {"program": "none"}):
        there = mallory.post("/enrollment/begin/", MALLORY | wrong)
        assert there["Location"] == "/account/begin/"
    assert Participant.objects.latest("pk") == made


def test_a_stranger_under_a_known_npi_waits_and_learns_nothing(
    cast: Cast, mallory: Client, signed_in: SignIn
) -> None:
    page = came(mallory)
    assert "We must check something" in words(page) and "Amara" not in words(page)
    made = Participant.objects.latest("pk")
    assert made.in_review
    assert "We must check something" in words(mallory.get("/standing/", follow=True))
    ada, quinn = signed_in("ada"), signed_in("quinn")
    assert "New participants to look at: 1." in words(ada.get("/administrator/"))
    there = f"/administrator/newcomers/{made.number}/"
    assert made.name in words(ada.get("/administrator/newcomers/"))
    told = words(ada.get(there))
    for said in ("the same NPI", "Dr. Amara", "This ZIP Code belongs to Cambridge, not to Boston."):
        assert said in told
    assert quinn.get(there).status_code == 200
    refusal = {"verdict": "refused", "reason": "It is not them.", "form_token": "t"}
    assert quinn.post(there, refusal).status_code == 404
    assert ada.post(there, {"verdict": "refused"}).context["form"].errors
    in_anyway = ada.post(there, {"verdict": "another", "reason": "x", "form_token": "u"})
    assert "Two prescribers cannot have one NPI" in words(in_anyway)
    for _ in range(2):
        assert ada.post(there, refusal).status_code == 302
    assert AuditEntry.objects.filter(verb="participant.newcomer_refused").count() == 1
    page = mallory.get("/standing/", follow=True)
    assert "did not take this registration" in words(page) and "It is not them." in words(page)
    assert "New participants to look at: 0." in words(ada.get("/administrator/"))


def test_a_newcomer_like_nobody_goes_on_at_once_and_is_seen(
    cast: Cast, mallory: Client, signed_in: SignIn
) -> None:
    page = came(mallory, npi="1003000126", city="Cambridge")
    assert "We must check" not in words(page)
    review = NewcomerReview.objects.get()
    assert not review.must_wait
    ada = signed_in("ada")
    there = f"/administrator/newcomers/{review.participant.number}/"
    shown = words(ada.get(there))
    assert "I have seen it" in shown and "belongs to" not in shown
    ada.post(there, {"form_token": "t"})
    assert "Seen" in words(ada.get("/administrator/newcomers/"))
    assert NewcomerReview.objects.get().is_accepted
    assert ada.get("/administrator/newcomers/none/").status_code == 404
    assert ada.get(f"/administrator/newcomers/{cast.amara.number}/").status_code == 404


@pytest.mark.parametrize("status", [ProgramStatus.RETIRED, ProgramStatus.WINDING_DOWN])
def test_a_program_that_is_over_is_not_offered(
    cast: Cast, mallory: Client, status: ProgramStatus
) -> None:
    before = library.current()
    loaded = before.programs[PROGRAM]
    over = loaded._replace(program=replace(loaded.program, status=status))
    library.use(library.ProgramLibrary({**before.programs, PROGRAM: over}))
    try:
        offered = mallory.get("/account/begin/").content.decode()
        assert f'value="{PROGRAM}"' not in offered and 'value="teaching"' in offered
        assert came(mallory).redirect_chain[-1][0] == "/account/begin/"
    finally:
        library.use(before)
    assert not NewcomerReview.objects.exists()


def test_who_prepares_forms_asks_by_npi_at_once(
    cast: Cast, mallory: Client, signed_in: SignIn
) -> None:
    wants(cast, "delegate")
    assert mallory.get("/")["Location"] == "/delegate/prescribers/"
    mallory.post("/delegate/prescribers/", {"number": cast.amara.npi})
    amara = signed_in("amara")
    home = words(amara.get("/prescriber/"))
    assert "1 person asks to prepare forms for you." in home
    assert "Somebody asks to prepare forms for you" in words(amara.get("/messages/"))


def test_suspending_and_decertifying_ahead(cast: Cast, signed_in: SignIn) -> None:
    ada, amara = signed_in("ada"), signed_in("amara")
    there = f"/administrator/participants/{cast.amara.number}/"
    later, far = cast.today + timedelta(days=20), cast.today + timedelta(days=91)

    def send(what: str, token: str, **said: Any) -> str:
        return words(ada.post(f"{there}{what}/", {"form_token": token, **said}, follow=True))

    assert "There is no suspension to lift." in words(ada.get(f"{there}lift/", follow=True))
    assert "Enter a day from" in send("suspend", "a", since="1999-01-01", reason="x")
    said = send("suspend", "b", since=later, reason="Audit to come.")
    assert "will be suspended from" in said and "To come" in said
    mine = words(amara.get("/standing/", follow=True))
    assert "will be suspended from" in mine and "Audit to come." in mine
    # A planned one keeps nobody from suspending today.
    until = cast.today + timedelta(days=2)
    said = send("suspend", "c", since=cast.today, until=until, reason="At once.")
    assert "The participant is suspended." in said and "Audit to come." in said
    mine = words(amara.get("/standing/", follow=True))
    assert "At once." in mine and "Audit to come." not in mine
    which = cast.amara.suspensions.get(reason="At once.").pk
    assert "The suspension is lifted." in send("lift", "d", which=which, reason="Put right.")
    assert "Will be suspended from" in words(ada.get(there))
    assert "The suspension is lifted." in send("lift", "e", reason="Put right too.")
    for token, day in (("f", far), ("g", cast.today - timedelta(days=1))):
        assert "Enter a day from" in send("decertify", token, on=day, reason="x")
    assert "will be decertified from" in send("decertify", "h", on=later, reason="Closing.")
    mine = words(amara.get("/standing/", follow=True))
    assert "will be taken away on" in mine and "Closing." in mine
    assert "stays as it is" in send("keep", "i", reason="Not closing.")
    assert "There is nothing to take back." in words(ada.get(f"{there}keep/", follow=True))
    send("decertify", "j", on=cast.today, reason="Closed.")
    said = words(ada.get(f"{there}decertify/", follow=True))
    assert "decertified already" in said
