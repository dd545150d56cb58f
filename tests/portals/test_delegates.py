"""Delegates: they prepare for several prescribers, and nothing they can send signs anything."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from etasu.portals import access as portal_access
from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.delegation import NotDelegated
from etasu.registry.participants.models import DelegateRequest, Invitation, Membership
from etasu.registry.patients.models import Hold
from etasu.registry.reactions import forms_signed
from etasu.registry.submissions.actions import (
    Beginning,
    NotSignable,
    Sitting,
    ToSign,
    begin_draft,
    save_answers,
)
from etasu.registry.submissions.facts import definition_of, draft_text
from etasu.registry.submissions.models import Draft, Signature
from etasu.safe_use.form_text import hash_of
from tests.factories.answers import right_answers
from tests.factories.mail_server import MailServer, link_in
from tests.portals.html_checks import html_problems
from tests.portals.world import PASSWORD, PROGRAM, Cast, add_person

SignIn = Callable[[str], Client]
# Parts of route names that sign, authorize, or decide about treatment.
DECIDING = {"sign", "together", "authorize", "hold", "patient-signs", "hand-over", "device-back"}


@pytest.fixture
def dana(cast: Cast, signed_in: SignIn) -> Client:
    """Prepares for Dr. Amara and for Dr. Beck."""
    add_person(PROGRAM, "dana", access.DELEGATE, cast.amara, cast.at)
    add_person(PROGRAM, "dana", access.DELEGATE, cast.beck, cast.at)
    client = signed_in("dana")
    work_for(client, "Dr. Amara")
    return client


def membership(name: str) -> Membership:
    """Dana's work for a prescriber."""
    return Membership.objects.get(user__email="dana@example.org", participant__name=name)


def work_for(client: Client, name: str) -> Any:
    """Switch to a prescriber."""
    return client.post("/role/", {"membership": membership(name).pk})


def page(client: Client, address: str) -> str:
    """A sound page."""
    shown = client.get(address, follow=True)
    text = shown.content.decode()
    assert shown.status_code == 200 and html_problems(text) == [], address
    return text


def prepared(cast: Cast, patient: Any, owner: Any) -> Draft:
    """A form about a patient, ready for the prescriber's signature."""
    beginning = Beginning(
        PROGRAM, "patient-status", "patient", patient.pk, patient.number, owner_id=owner.pk
    )
    by = Actor(User.objects.get(email="dana@example.org").number, access.DELEGATE)
    draft = begin_draft(beginning, by=by, at=cast.at, on=cast.today)
    answers = right_answers(definition_of(draft)[1], cast.today)
    save_answers(draft, answers, seen_revision=draft.revision, by=by, at=cast.at)
    return Draft.objects.get(pk=draft.pk)


def test_the_home_page_has_the_work_of_every_prescriber(dana: Client, cast: Cast) -> None:
    mine, other = prepared(cast, cast.mara, cast.amara), prepared(cast, cast.otto, cast.beck)
    home = page(dana, "/delegate/")
    assert "You are working for <strong>Dr. Amara</strong>" in home
    for word in ("Mara Lindqvist", "Noor Haddad", "Otto Brandt", "Work for Dr. Beck"):
        assert word in home
    drafts = dana.get("/delegate/").context["drafts"]
    assert {(row[1].text, row[2].text, bool(row[0].url)) for row in drafts.rows} == {
        (cast.mara.number, "Dr. Amara", True),
        (cast.otto.number, "Dr. Beck", False),
    }
    one = dana.get("/delegate/", {"whose": "one"}).content.decode()
    assert "Otto Brandt" not in one and cast.otto.number not in one
    dana.post("/delegate/", {"words": "otto"})
    assert "Mara Lindqvist" not in page(dana, "/delegate/")
    dana.post("/delegate/", {"clear": "yes"})
    # Another prescriber's patient is shown as that; their form opens once one works for them.
    theirs = page(dana, f"/delegate/patients/{cast.otto.number}/")
    assert "for whom you are not working now" in theirs
    assert dana.get(f"/forms/{other.number}/").status_code == 404
    assert dana.get(f"/forms/begin/patient-status/{cast.otto.number}/").status_code == 404
    assert work_for(dana, "Dr. Beck").status_code == 302
    assert "You are working for <strong>Dr. Beck</strong>" in page(dana, f"/forms/{other.number}/")
    assert dana.get(f"/forms/{mine.number}/").status_code == 404


def test_no_route_that_signs_or_authorizes_opens_for_a_delegate(dana: Client, cast: Cast) -> None:
    draft = prepared(cast, cast.mara, cast.amara)
    fillings = {"number": draft.number, "draft": draft.number, "patient": cast.mara.number,
                "gate": "authorize", "code": "course", "hold": 1, "form": "x"}  # fmt: skip
    asked = 0
    for name, pattern in portal_access.routes():
        parts = set(re.split("[:-]", name)) | {name.split(":")[-1]}
        if not parts & DECIDING or access.is_machine_door(pattern.callback):
            continue
        if access.ANONYMOUS in access.POLICIES[name].read or parts & {"out", "in"}:
            continue
        names = pattern.pattern.converters
        if not set(names) <= set(fillings):
            continue
        address = reverse(name, kwargs={each: fillings[each] for each in names})
        for method in ("get", "post"):
            sent = {"full_name": "Dr. Amara", "password": PASSWORD, "drafts": draft.number}
            answer = getattr(dana, method)(address, sent)
            assert answer.status_code == 404, (name, method)
            asked += 1
    assert asked >= 16
    assert not Signature.objects.exists()
    check = page(dana, f"/forms/{draft.number}/check/")
    assert "This form is ready." in check and "Continue to sign" not in check


def test_a_slip_in_the_table_of_access_alone_lets_no_delegate_through(
    dana: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = prepared(cast, cast.mara, cast.amara)
    opened = ("forms:sign", "forms:together", *(f"prescriber:{name}" for name in (
        "authorize", "authorize-sign", "ask", "open-hold", "close-hold")))  # fmt: skip
    for name in opened:
        monkeypatch.setitem(access.POLICIES, name, access.only(*access.FORM_ROLES))
    sent = {"full_name": "Dr. Amara", "password": PASSWORD, "drafts": draft.number}
    patient = f"/prescriber/patients/{cast.mara.number}"
    closed = (f"/forms/{draft.number}/sign/", f"{patient}/authorize/authorize/",
              f"{patient}/authorize/authorize/sign/", f"{patient}/ask/authorize/")  # fmt: skip
    for address in closed:
        assert dana.get(address).status_code == 404, address
        assert dana.post(address, sent).status_code in (404, 405), address
    dana.post("/forms/together/", sent)
    code = dana.get(f"{patient}/holds/").context["form"].fields["code"].choices[0][0]
    with pytest.raises(NotDelegated):
        dana.post(f"{patient}/holds/", {"code": code, "reason": "x"})
    assert not Signature.objects.exists() and not Hold.objects.exists()


@pytest.mark.parametrize("role", ["prescriber", "delegate", "patient"])
def test_no_verb_takes_a_delegate_s_signature(dana: Client, cast: Cast, role: str) -> None:
    draft = prepared(cast, cast.mara, cast.amara)
    user = User.objects.get(email="dana@example.org")
    shown = hash_of(draft_text(draft))
    for method in ("password", "passkey", "in_person", "paper"):
        sitting = Sitting(
            method, "UTC", cast.at, cast.amara.pk, None, cast.today if method == "paper" else None
        )
        to_sign = ToSign(draft.number, role, shown, "Amara Example")
        with pytest.raises(NotSignable):
            forms_signed([to_sign], sitting, by=Actor(user.number, access.DELEGATE), at=cast.at)
    assert not Signature.objects.exists()


def test_either_side_ends_it_at_once(dana: Client, cast: Cast, signed_in: SignIn) -> None:
    amara = signed_in("amara")
    held = membership("Dr. Amara")
    assert "Dana Example" in page(amara, "/prescriber/delegates/")
    ending = page(amara, f"/prescriber/delegates/{held.pk}/end/")
    token = re.search(r'name="form_token" value="([^"]+)"', ending)
    assert token is not None
    for _click in range(2):
        ended = amara.post(f"/prescriber/delegates/{held.pk}/end/", {"form_token": token[1]})
        assert ended.url == "/prescriber/delegates/"
    assert "Former delegates" in page(amara, "/prescriber/delegates/")
    # At the next click nothing of Dr. Amara's is left, and the work for Dr. Beck goes on.
    assert dana.get(f"/delegate/patients/{cast.mara.number}/").status_code == 404
    home = page(dana, "/delegate/")
    assert "Mara Lindqvist" not in home and "Otto Brandt" in home
    other = membership("Dr. Beck")
    assert dana.get(f"/delegate/prescribers/{held.pk}/leave/").status_code == 404
    page(dana, f"/delegate/prescribers/{other.pk}/leave/")
    dana.post(f"/delegate/prescribers/{other.pk}/leave/")
    assert dana.get(f"/delegate/patients/{cast.otto.number}/").status_code in (303, 404)
    assert "You work for no prescriber yet." in page(dana, "/delegate/prescribers/")


def test_an_invited_delegate_accepts_by_the_mailed_link(
    cast: Cast, signed_in: SignIn, mail: MailServer
) -> None:
    amara = signed_in("amara")
    wrong = amara.post("/prescriber/delegates/invite/", {"full_name": "", "email": "no"})
    assert wrong.content.decode().count("Enter their full name") == 2
    sent = {"full_name": "Finn Hart", "email": "finn@example.org"}
    amara.post("/prescriber/delegates/invite/", sent)
    message = mail.newest_to("finn@example.org")
    assert not any(word in str(message["Subject"]) for word in ("Amara", "Finn", "Lemtrada"))
    finn = Client()
    offered = page(finn, link_in(message))
    assert "Dr. Amara invites you" in offered and "token" not in finn.get("/invitation/").request
    new = {"full_name": "Finn Hart", "password": PASSWORD, "again": PASSWORD}
    finn.post("/invitation/", new)
    finn.post("/sign-in/", {"email": "finn@example.org", "password": PASSWORD})
    assert "Mara Lindqvist" in page(finn, "/")
    assert User.objects.get(email="finn@example.org").email_confirmed_at == cast.at
    again = amara.post("/prescriber/delegates/invite/", sent).content.decode()
    assert "has this role already" in again
    assert Invitation.objects.count() == 1
    assert Client().get(link_in(message), follow=True).status_code == 404
    # Another one is sent again, which ends the first link, and then revoked.
    amara.post("/prescriber/delegates/invite/", {"full_name": "Gil Hart", "email": "g@example.org"})
    first = link_in(mail.newest_to("g@example.org"))
    for press in ("again", "revoke"):
        newest = Invitation.objects.latest("pk").number
        amara.post(f"/prescriber/delegates/invitations/{newest}/", {press: "yes"})
    second = link_in(mail.newest_to("g@example.org"))
    assert first != second
    for link in (first, second):
        assert Client().get(link, follow=True).status_code == 404


def test_somebody_asks_a_prescriber_and_is_taken(
    dana: Client, cast: Cast, signed_in: SignIn
) -> None:
    amara = signed_in("amara")
    eve = Client()
    user = User.objects.create_user("eve@example.org", PASSWORD, full_name="Eve Example")
    eve.force_login(user)
    assert "holds a slip" in eve.post("/delegate/prescribers/", {"number": "123"}).content.decode()
    for number in (cast.amara.npi, "1245319599"):
        eve.post("/delegate/prescribers/", {"number": number})
    asked = page(eve, "/delegate/prescribers/")
    # Whether there is such a prescriber is not told: both look the same.
    assert asked.count("no answer yet") == 2
    assert "Eve Example" in page(amara, "/prescriber/delegates/")
    [waiting] = DelegateRequest.objects.filter(prescriber=cast.amara)
    unknown = DelegateRequest.objects.get(prescriber=None)
    eve.post(f"/delegate/requests/{unknown.number}/take-back/")
    assert dana.post(f"/delegate/requests/{waiting.number}/take-back/").status_code == 404
    amara.post(f"/prescriber/delegates/requests/{waiting.number}/", {"accept": "yes"})
    assert "Mara Lindqvist" in page(eve, "/delegate/")
