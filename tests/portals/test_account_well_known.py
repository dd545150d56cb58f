"""Signing in with Google or Facebook: off without keys, one step with them, and never an access.

Both are played by the provider in a process of its own, which speaks OpenID Connect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from etasu.registry.accounts.access import CARE_PARTNER, PRESCRIBER
from etasu.registry.accounts.models import OutsideIdentity, User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.participants.actions import add_member
from etasu.registry.participants.models import Membership
from etasu.registry.patient_support import sharing
from etasu.registry.patients.models import Patient
from etasu.site.single_sign_on import WELL_KNOWN, SignOnMisconfigured, well_known_settings
from tests.factories.mail_server import MailServer, text_of
from tests.factories.openid_provider import Provider
from tests.portals.account_people import Few, code_at, is_signed_in, sign_in, text, with_app
from tests.portals.conftest import Moment
from tests.portals.world import PASSWORD, PROGRAM, Cast

NADIA = "nadia@example.org"
ENDING = "/account/security/disconnect-with/google/"
BORN = date(1984, 3, 7)
ANA = Actor("consent link 1", "patient")


@pytest.fixture(scope="module")
def process() -> Iterator[Provider]:
    """The provider's process, one for this file."""
    found = Provider()
    yield found
    found.stop()


@pytest.fixture
def google(process: Provider, settings: Any, moment: Moment) -> Provider:
    """A site with keys for Google alone."""
    settings.ETASU_WELL_KNOWN = {"google": process.settings() | {"label": "Google"}}
    process.tell(now=moment.now.timestamp())
    return process


def through(client: Client, provider: Provider, page: str = "", by: str = "google") -> Any:
    """There, and back to our door."""
    sent = client.get(f"/sign-in/with/{by}/", {"next": page})
    assert sent.status_code == 302, text(sent)
    back = urlsplit(provider.sign_in(sent["Location"]))
    assert back.path == f"/sign-in/with/{by}/back/"
    return client.get(f"{back.path}?{back.query}")


def nadia(cast: Cast) -> User:
    """Nadia, who helps Noor and has an account with a password."""
    asked = sharing.Asked("Nadia", NADIA, ())
    sent = sharing.invite_partner(cast.noor, asked, by=ANA, at=cast.at)
    made = sharing.register_and_accept(sent.token, "Nadia", PASSWORD, by=PLATFORM, at=cast.at)
    assert made.user is not None
    return made.user


def test_without_keys_there_is_no_button_and_no_door(few: Few, settings: Any) -> None:
    assert settings.ETASU_WELL_KNOWN == {}
    page = text(Client().get("/sign-in/"))
    assert "Google" not in page and "Facebook" not in page
    for address in ("google/", "google/back/", "facebook/", "myspace/"):
        assert Client().get(f"/sign-in/with/{address}").status_code == 404


def test_whoever_is_not_connected_stays_out_whether_known_or_not(
    cast: Cast, google: Provider
) -> None:
    def refused() -> str:
        client = Client()
        assert "Sign in with Google" in text(client.get("/sign-in/"))
        response = through(client, google)
        assert response.status_code == 403 and not is_signed_in(client)
        own = r"\?code=[^\"]*|csrfmiddlewaretoken\" value=\"\w+"
        return re.sub(own, "", text(response))

    before = refused()
    nadia(cast)
    assert refused() == before, "it does not tell who has an account"
    assert not OutsideIdentity.objects.exists() and User.objects.filter(email=NADIA).count() == 1


def test_its_owner_connects_it_and_nobody_at_work_can(
    cast: Cast, google: Provider, mail: MailServer, moment: Moment
) -> None:
    user, client = nadia(cast), Client()
    sign_in(client, NADIA)
    assert "/sign-in/with/google/" in text(client.get("/account/security/"))
    assert through(client, google)["Location"] == "/account/security/connect-with/"
    assert not OutsideIdentity.objects.exists(), "asked before it is done"
    for _ in range(2):
        assert client.post("/account/security/connect-with/")["Location"] == "/account/security/"
    assert OutsideIdentity.objects.get().user == user
    assert "Google" in text_of(mail.newest_to(NADIA))
    other = Client()
    assert through(other, google, "/partner/")["Location"] == "/partner/"
    assert "by Google" in text(other.get("/account/security/"))
    # Gone there again from an old page, they are told how it stands and go on.
    assert through(other, google, "/partner/")["Location"] == "/partner/"
    assert "Google is connected with your account" in text(other.get("/partner/"))
    assert through(other, google)["Location"] == "/account/security/"
    User.objects.create_user("ivo@example.org", PASSWORD, full_name="Ivo Example")
    ivo = Client()
    sign_in(ivo, "ivo@example.org")
    refused = text(through(ivo, google))
    assert "It was not connected" in refused and "not signed in" not in refused
    assert is_signed_in(ivo) and OutsideIdentity.objects.get().user == user
    # With a second step it is asked for, too.
    with_app("nadia", moment.now)
    third = Client()
    assert through(third, google)["Location"] == "/sign-in/second-step/"
    assert third.post("/sign-in/second-step/", {"code": code_at(moment.now)}).status_code == 302
    # From the day they have a role at work, it opens nothing.
    add_member(user, cast.amara, PRESCRIBER, program=PROGRAM, by=PLATFORM, at=cast.at)
    fourth = Client()
    assert through(fourth, google).status_code == 403 and not is_signed_in(fourth)
    assert through(client, google).status_code == 403
    assert "with/google" not in text(client.get("/account/security/"))


def test_what_google_says_of_a_second_step_is_one_step_here(
    cast: Cast, google: Provider, settings: Any, moment: Moment
) -> None:
    settings.ETASU_SECOND_STEP = "required"
    by = {"connected_at": cast.at, "connected_by": "x", "issuer": google.issuer}
    user = nadia(cast)
    OutsideIdentity.objects.create(user=user, subject="person-1", **by)
    google.tell(now=moment.now.timestamp(), claims={"acr": "phr", "amr": ["pwd", "mfa"]})
    client = Client()
    through(client, google)
    assert is_signed_in(client)
    add_member(user, cast.amara, PRESCRIBER, program=PROGRAM, by=PLATFORM, at=cast.at)
    Membership.objects.filter(user=user, role=CARE_PARTNER).update(ended_at=cast.at, ended_by="a")
    assert client.get("/prescriber/").status_code == 303, "a second step is asked for first"


@pytest.mark.parametrize(
    ("claims", "is_made"),
    [({}, True), ({"email": "else@example.org"}, False), ({"email_verified": None}, False)],
)
def test_an_open_invitation_makes_the_account_of_its_own_address_alone(
    cast: Cast, google: Provider, moment: Moment, claims: dict[str, Any], is_made: bool
) -> None:
    Patient.objects.filter(pk=cast.noor.pk).update(birth_date=BORN)
    asked = sharing.Asked("Nadia", NADIA, ())
    sent = sharing.invite_partner(cast.noor, asked, by=ANA, at=cast.at)
    google.tell(now=moment.now.timestamp(), claims=claims)
    client = Client()
    client.get(f"/partner/invitation/?token={sent.token}")
    assert through(client, google, "/partner/invitation/").status_code == 403, "no birth date yet"
    born = {"month": BORN.month, "day": BORN.day, "year": BORN.year}
    client.post("/partner/invitation/", born)
    assert "Sign in with Google" in text(client.get("/partner/invitation/"))
    came = through(client, google, "/partner/invitation/")
    assert is_signed_in(client) is is_made is User.objects.filter(email=NADIA).exists()
    if not is_made:
        assert came.status_code == 403
        return
    assert came["Location"] == "/partner/invitation/"
    assert not Membership.objects.filter(user__email=NADIA).exists(), "an account is no access"
    assert client.post("/partner/invitation/")["Location"] == "/partner/"
    moment.now += timedelta(minutes=11)
    google.tell(now=moment.now.timestamp(), claims=claims)
    again = "sign in again the way you did"
    assert again in text(client.get(ENDING, follow=True)), "there is nothing else to show"
    assert through(client, google)["Location"] == "/account/security/"
    assert again in text(client.get(ENDING, follow=True)), "it is connected, and that is no proof"
    client.post("/sign-out/")
    through(client, google)
    ends_the_only_way(client)


def ends_the_only_way(client: Client) -> None:
    """Somebody who just signed in sets a password first, and then disconnects it."""
    assert "your only way" in text(client.get(ENDING))
    client.post(ENDING)
    assert OutsideIdentity.objects.exists()
    client.post("/account/security/password/", {"password": "plum ladder orbit seven"})
    client.post(ENDING)
    assert not OutsideIdentity.objects.exists()


def test_a_service_that_vouches_for_no_address_is_connected_later(
    cast: Cast, google: Provider, settings: Any, moment: Moment
) -> None:
    """Facebook's tokens hold an address, and nothing about who confirmed it."""
    like = WELL_KNOWN["facebook"]
    asked_there = {"label": like["label"], "vouches_for_address": like["vouches_for_address"]}
    settings.ETASU_WELL_KNOWN["facebook"] = settings.ETASU_WELL_KNOWN["google"] | asked_there
    Patient.objects.filter(pk=cast.noor.pk).update(birth_date=BORN)
    asked = sharing.Asked("Nadia", NADIA, ())
    sent = sharing.invite_partner(cast.noor, asked, by=ANA, at=cast.at)
    client = Client()
    client.get(f"/partner/invitation/?token={sent.token}")
    client.post("/partner/invitation/", {"month": BORN.month, "day": BORN.day, "year": BORN.year})
    page = text(client.get("/partner/invitation/"))
    assert "Sign in with Google" in page and "with/facebook" not in page
    assert "You can connect Facebook later" in page
    # What it says is no way in either, until its owner connects it.
    google.tell(now=moment.now.timestamp(), claims={"email_verified": None, "name": None})
    assert through(client, google, by="facebook").status_code == 403
    sharing.register_and_accept(sent.token, "Nadia", PASSWORD, by=PLATFORM, at=cast.at)
    sign_in(client, NADIA)
    assert through(client, google, by="facebook")["Location"] == "/account/security/connect-with/"


def test_what_comes_back_counts_once_for_the_service_it_was_asked_of(
    cast: Cast, google: Provider, settings: Any, moment: Moment
) -> None:
    user = nadia(cast)
    by = {"connected_at": cast.at, "connected_by": "x", "issuer": google.issuer}
    OutsideIdentity.objects.create(user=user, subject="person-1", **by)
    settings.ETASU_WELL_KNOWN["facebook"] = settings.ETASU_WELL_KNOWN["google"]
    client = Client()
    asked = client.get("/sign-in/with/google/")["Location"]
    assert parse_qs(urlsplit(asked).query)["code_challenge_method"] == ["S256"]
    back = urlsplit(google.sign_in(asked))
    assert client.get(f"/sign-in/with/facebook/back/?{back.query}").status_code == 403
    assert client.get(f"{back.path}?{back.query}").status_code == 403
    google.tell(now=moment.now.timestamp(), other_key=True)
    assert through(client, google).status_code == 403
    google.tell(now=(moment.now - timedelta(days=1)).timestamp())
    assert through(client, google).status_code == 403
    assert not is_signed_in(client)


def test_the_operator_is_told_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    assert well_known_settings() == {}
    monkeypatch.setenv("ETASU_FACEBOOK_CLIENT_ID", "here")
    with pytest.raises(SignOnMisconfigured, match="ETASU_FACEBOOK_SECRET_FILE"):
        well_known_settings()
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("ETASU_FACEBOOK_SECRET_FILE", str(tmp_path / "secret"))
    (found,) = well_known_settings().values()
    monkeypatch.setenv("ETASU_OIDC_ISSUER", "https://www.facebook.com/")
    with pytest.raises(SignOnMisconfigured, match="leave one of the two out"):
        well_known_settings()
    assert found["secret"] == "s3cret" and found["beside"]["token_endpoint"].startswith("https://")
