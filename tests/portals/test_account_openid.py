"""Signing in at one's organization, against a provider in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from etasu.registry.accounts.models import OutsideIdentity, User
from etasu.registry.participants.models import Membership
from etasu.site.single_sign_on import (
    SignOnMisconfigured,
    second_step_setting,
    single_sign_on_settings,
)
from tests.factories.mail_server import MailServer, link_in, text_of
from tests.factories.openid_provider import CLIENT, Provider
from tests.portals.account_people import (
    Few,
    code_at,
    is_signed_in,
    person,
    register,
    registered,
    sign_in,
    text,
    verbs,
    with_app,
)
from tests.portals.conftest import Moment

NADIA = "nadia@example.org"
BACK = "/sign-in/organization/back/"


@pytest.fixture(scope="module")
def process() -> Iterator[Provider]:
    """The provider's process, one for this file."""
    found = Provider()
    yield found
    found.stop()


@pytest.fixture
def provider(process: Provider, settings: Any, few: Few) -> Provider:
    """A site connected with the provider, which behaves as it should until told otherwise."""
    settings.ETASU_OIDC = process.settings()
    process.tell(now=few.at.timestamp())
    return process


def go_there(client: Client, provider: Provider, page: str = "") -> str:
    """To the organization and back to our door; the address that came back."""
    sent = client.get("/sign-in/organization/", {"next": page})
    assert sent.status_code == 302, text(sent)
    back = urlsplit(provider.sign_in(sent["Location"]))
    assert back.path == BACK
    return f"{back.path}?{back.query}"


def through(client: Client, provider: Provider, page: str = "") -> Any:
    """All the way."""
    return client.get(go_there(client, provider, page))


def test_somebody_new_gets_an_account_without_rights(few: Few, provider: Provider) -> None:
    client = Client()
    assert "Sign in with Harbor Health" in text(client.get("/sign-in/"))
    assert through(client, provider)["Location"] == "/account/begin/"
    user = User.objects.get(email=NADIA)
    assert user.full_name == "Nadia Example" and user.email_confirmed_at == few.at
    assert not Membership.objects.filter(user=user).exists()
    assert not user.has_usable_password()
    assert verbs(user) == ["person.registered", "person.connected", "person.signed_in"]
    client.post("/sign-out/")
    assert through(client, provider, "/account/profile/")["Location"] == "/account/profile/"
    assert User.objects.filter(email=NADIA).count() == 1


def test_what_is_asked_there_is_as_the_specification_has_it(provider: Provider) -> None:
    sent = Client().get("/sign-in/organization/")["Location"]
    asked = {k: v[0] for k, v in parse_qs(urlsplit(sent).query).items()}
    assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
    assert asked["redirect_uri"] == f"http://testserver{BACK}"
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert len(asked["state"]) > 40 and len(asked["nonce"]) > 40


SPOILED: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "http://127.0.0.1:1"}},
    "for another site": {"claims": {"aud": "another"}},
    "for several sites": {"claims": {"aud": [CLIENT, "another"]}},
    "asked by another site": {"claims": {"azp": "another"}},
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "too old": {"claims": {"exp": 1000}},
    "from the future": {"claims": {"iat": 9_999_999_999}},
    "not yet": {"claims": {"nbf": 9_999_999_999}},
    "times that are none": {"claims": {"exp": True, "auth_time": "now"}},
    "nobody": {"claims": {"sub": None}},
    "no address": {"claims": {"email": None}},
    "another key": {"other_key": True},
    "no signature": {"unsigned": True},
    "another person's details": {"who": {"sub": "person-2", "email": "ada@example.org"}},
    "a refused code": {"refuses_code": True},
    "a refused person": {"back": {"error": "access_denied", "code": ""}},
    "another state": {"back": {"state": "another"}},
    "from another issuer": {"back": {"iss": "http://127.0.0.1:1"}},
}


@pytest.mark.parametrize("how", SPOILED)
def test_whatever_is_not_exactly_right_lets_nobody_in(
    few: Few, provider: Provider, how: str
) -> None:
    provider.tell(**({"now": few.at.timestamp()} | SPOILED[how]))
    client = Client()
    refused = through(client, provider)
    assert refused.status_code == 403 and "did not let you in" in text(refused)
    assert not is_signed_in(client) and not User.objects.filter(email=NADIA).exists()


@pytest.mark.parametrize(
    "spoiled",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"token_endpoint": ""},
        {"authorization_endpoint": "http://example.com/enter"},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(
    provider: Provider, spoiled: dict[str, str]
) -> None:
    provider.tell(discovery=spoiled)
    assert Client().get("/sign-in/organization/").status_code == 403


def test_a_provider_that_is_down_is_told(provider: Provider, settings: Any) -> None:
    settings.ETASU_OIDC = provider.settings() | {"issuer": "http://127.0.0.1:9"}
    page = Client().get("/sign-in/organization/")
    assert page.status_code == 403 and "Sign in another way" in text(page)


def test_what_came_back_counts_once_in_the_browser_that_asked(provider: Provider) -> None:
    client = Client()
    back = go_there(client, provider)
    assert Client().get(back).status_code == 403
    assert client.get(back).status_code == 302
    client.post("/sign-out/")
    assert client.get(back).status_code == 403


def test_what_came_back_too_late_is_refused(provider: Provider, moment: Moment) -> None:
    client = Client()
    back = go_there(client, provider)
    moment.now += timedelta(minutes=15, seconds=1)
    assert client.get(back).status_code == 403


def test_an_address_nobody_vouches_for_is_confirmed_here_first(
    few: Few, provider: Provider, mail: MailServer
) -> None:
    provider.tell(now=few.at.timestamp(), claims={"email_verified": None})
    client = Client()
    assert through(client, provider)["Location"] == "/account/register/"
    assert not User.objects.filter(email=NADIA).exists()
    assert "does not vouch for" in text(client.get("/account/register/"))
    register(client)
    there = client.post(link_in(mail.newest_to(NADIA)))["Location"]
    assert there == "/account/security/connect/"
    client.post(there)
    assert through(Client(), provider)["Location"] == "/"
    assert User.objects.get(email=NADIA).email_confirmed_at == few.at


@pytest.mark.parametrize("said", [{"email_verified": "false"}, {"xms_edov": "0"}, {}])
def test_what_does_not_vouch_does_not(
    few: Few, provider: Provider, said: dict[str, object]
) -> None:
    provider.tell(now=few.at.timestamp(), claims={"email_verified": None, "xms_edov": None} | said)
    assert through(Client(), provider)["Location"] == "/account/register/"
    provider.tell(now=few.at.timestamp(), claims={"email_verified": None, "xms_edov": True})
    assert through(Client(), provider)["Location"] == "/account/begin/"


def test_an_address_that_has_an_account_is_not_taken_over(
    few: Few, provider: Provider, mail: MailServer
) -> None:
    provider.tell(now=few.at.timestamp(), claims={"email": "cora@example.org"})
    client = Client()
    assert through(client, provider)["Location"] == "/sign-in/?next=/account/security/connect/"
    assert not is_signed_in(client) and not OutsideIdentity.objects.exists()
    sent = sign_in(client, "cora@example.org", next="/account/security/connect/")
    assert sent["Location"] == "/account/security/connect/"
    assert "Connect the two" in text(client.get("/account/security/connect/"))
    assert not OutsideIdentity.objects.exists()
    for _ in range(2):
        assert client.post("/account/security/connect/")["Location"] == "/account/security/"
    assert OutsideIdentity.objects.get().user == person("cora")
    assert "was connected" in text_of(mail.newest_to("cora@example.org"))
    other = Client()
    assert through(other, provider)["Location"] == "/"
    assert other.get("/pharmacy/").status_code == 200


def test_the_second_step_is_asked_for_after_the_organization(
    few: Few, provider: Provider, moment: Moment
) -> None:
    user = with_app("cora", moment.now)
    OutsideIdentity.objects.create(
        user=user,
        issuer=provider.issuer,
        subject="person-1",
        connected_at=few.at,
        connected_by="x",
    )
    client = Client()
    assert through(client, provider)["Location"] == "/sign-in/second-step/"
    assert client.post("/sign-in/second-step/", {"code": code_at(moment.now)}).status_code == 302
    assert "by organization, authenticator app" in text(client.get("/account/security/"))


def test_a_second_step_at_the_organization_is_enough_where_it_says_so(
    few: Few, provider: Provider, settings: Any
) -> None:
    settings.ETASU_SECOND_STEP = "required"
    for name, person_there in (("cora", "person-1"), ("ada", "person-2")):
        OutsideIdentity.objects.create(
            user=person(name),
            issuer=provider.issuer,
            subject=person_there,
            connected_at=few.at,
            connected_by="x",
        )
    how: list[tuple[str, dict[str, Any], int]] = [
        ("/pharmacy/", {"sub": "person-1"}, 303),
        ("/pharmacy/", {"sub": "person-1", "amr": "mfa"}, 303),
        ("/pharmacy/", {"sub": "person-1", "amr": ["pwd", "mfa"]}, 200),
        ("/administrator/", {"sub": "person-2", "amr": ["pwd", "mfa"]}, 303),
        ("/administrator/", {"sub": "person-2", "acr": "phr"}, 200),
    ]
    for page, claims, status in how:
        provider.tell(now=few.at.timestamp(), claims=claims, who={"sub": claims["sub"]})
        client = Client()
        through(client, provider)
        assert client.get(page).status_code == status, claims


def test_somebody_whose_account_was_closed_stays_out(few: Few, provider: Provider) -> None:
    through(Client(), provider)
    User.objects.filter(email=NADIA).update(is_active=False)
    client = Client()
    assert through(client, provider).status_code == 403
    assert not is_signed_in(client)


def test_whoever_is_signed_in_confirms_there_who_they_are(
    few: Few, provider: Provider, moment: Moment
) -> None:
    client = Client()
    through(client, provider)
    moment.now += timedelta(minutes=12)
    asked = client.get("/account/security/password/")["Location"]
    assert "Show it at your organization" in text(client.get(asked))
    now = moment.now.timestamp()
    provider.tell(now=now, claims={"auth_time": now - 3600})
    assert through(client, provider, "/account/security/password/").status_code == 403
    provider.tell(now=now, claims={"sub": "person-9"}, who={"sub": "person-9"})
    assert through(client, provider)["Location"] == "/account/security/connect/"
    provider.tell(now=now)
    there = through(client, provider, "/account/security/password/")
    assert there["Location"] == "/account/security/password/"
    assert client.get("/account/security/password/").status_code == 200


def test_the_only_way_in_is_not_cut_off(few: Few, provider: Provider, mail: MailServer) -> None:
    client = Client()
    through(client, provider)
    assert "your only way" in text(client.get("/account/security/disconnect/"))
    client.post("/account/security/disconnect/")
    assert OutsideIdentity.objects.exists()
    client.post("/account/security/password/", {"password": "plum ladder orbit seven"})
    assert client.post("/account/security/disconnect/").status_code == 302
    assert not OutsideIdentity.objects.exists()


def test_without_an_organization_there_is_no_such_page(few: Few, mail: MailServer) -> None:
    assert Client().get("/sign-in/organization/").status_code == 404
    assert registered(mail).get("/account/security/connect/").status_code == 404
    assert "organization" not in text(Client().get("/sign-in/"))


def test_going_there_again_and_again_is_slowed_down(provider: Provider) -> None:
    answers = [Client().get("/sign-in/organization/") for _ in range(32)]
    assert [each.status_code for each in answers] == [302] * 31 + [429]


def test_a_planted_fault_lets_a_spoiled_token_in(
    few: Few, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etasu.portals.account.openid._check_claims", lambda *args: None)
    provider.tell(now=few.at.timestamp(), claims={"nonce": "another"})
    client = Client()
    through(client, provider)
    assert is_signed_in(client)


def test_the_operator_is_told_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    names = ("ISSUER", "CLIENT_ID", "SECRET_FILE", "LABEL")
    for name in names:
        monkeypatch.delenv(f"ETASU_OIDC_{name}", raising=False)
    assert single_sign_on_settings() is None
    monkeypatch.setenv("ETASU_OIDC_ISSUER", "https://login.example.org")
    with pytest.raises(SignOnMisconfigured, match="CLIENT_ID"):
        single_sign_on_settings()
    monkeypatch.setenv("ETASU_OIDC_CLIENT_ID", "here")
    with pytest.raises(SignOnMisconfigured, match="SECRET_FILE"):
        single_sign_on_settings()
    monkeypatch.setenv("ETASU_OIDC_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(SignOnMisconfigured, match="cannot be read"):
        single_sign_on_settings()
    (tmp_path / "none").write_text("secret\n")
    said = single_sign_on_settings()
    assert said is not None and said["secret"] == "secret"
    monkeypatch.setenv("ETASU_SECOND_STEP", "sometimes")
    with pytest.raises(SignOnMisconfigured, match="sometimes"):
        second_step_setting()
