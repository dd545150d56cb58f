"""Signing in: slowed down, never locked; nothing said about who exists; the role is checked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.registry.accounts.models import SignInDelay, User
from etasu.registry.accounts.sign_in import FREE_TRIES, try_password, wait_after
from etasu.registry.audit.models import AuditEntry
from tests.portals.account_people import Few
from tests.portals.conftest import Moment
from tests.portals.world import PASSWORD, Cast, add_person

AT = datetime(2026, 5, 1, 15, 0, tzinfo=UTC)


def send(client: Client, name: str, password: str, **more: str) -> Any:
    """Send the sign-in form."""
    return client.post("/sign-in/", {"email": f"{name}@example.org", "password": password} | more)


def test_a_wrong_password_and_an_unknown_address_read_the_same(cast: Cast) -> None:
    pages = [
        send(Client(), name, "wrong").content.decode().split("<form")[0].replace(name, "")
        for name in ("cora", "nobody")
    ]
    assert pages[0] == pages[1]
    assert "do not match" in pages[0]


def test_tries_are_slowed_down_and_the_right_password_still_works(
    cast: Cast, moment: Moment
) -> None:
    client = Client()
    for _ in range(FREE_TRIES + 1):
        assert send(client, "cora", "wrong").status_code == 200
    slowed = send(client, "cora", PASSWORD)
    assert slowed.status_code == 429
    assert slowed["Retry-After"] == "2"
    assert "Wait 2 seconds" in slowed.content.decode()
    moment.now += timedelta(seconds=2)
    assert send(client, "cora", PASSWORD).status_code == 302
    assert not SignInDelay.objects.exists()


def test_somebody_elsewhere_is_not_slowed_down(cast: Cast) -> None:
    for _ in range(FREE_TRIES + 1):
        send(Client(REMOTE_ADDR="192.0.2.1"), "cora", "wrong")
    assert send(Client(REMOTE_ADDR="192.0.2.1"), "cora", PASSWORD).status_code == 429
    assert send(Client(REMOTE_ADDR="192.0.2.2"), "cora", PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "said", "is_slowed"),
    [
        (0, "192.0.2.{n}", True),
        (1, "192.0.2.{n}", False),
        (1, "198.51.100.{n}, 192.0.2.9", True),
        (2, "192.0.2.{n}, 192.0.2.9", False),
        (2, "192.0.2.9", True),
        (1, "nonsense {n}", True),
    ],
)
def test_behind_proxies_people_are_told_apart_and_nobody_says_they_are_somebody_else(
    few: Few, settings: Any, proxies: int, said: str, is_slowed: bool
) -> None:
    settings.ETASU_PROXIES = proxies
    for n in range(FREE_TRIES + 1):
        send(Client(HTTP_X_FORWARDED_FOR=said.format(n=n)), "cora", "wrong")
    last = send(Client(HTTP_X_FORWARDED_FOR=said.format(n=99)), "cora", PASSWORD)
    assert last.status_code == (429 if is_slowed else 302)


def test_the_wait_grows_to_a_minute_and_no_further() -> None:
    waits = [wait_after(n).total_seconds() for n in range(1, 60)]
    assert waits == sorted(waits)
    assert waits[:FREE_TRIES] == [0] * FREE_TRIES
    assert max(waits) == 60


@pytest.mark.django_db
def test_a_quarter_of_an_hour_later_it_is_forgotten() -> None:
    for second in range(12):
        try_password("nobody@example.org", "x", "here", AT + timedelta(minutes=second * 2))
    answer = try_password("nobody@example.org", "x", "here", AT + timedelta(hours=2))
    assert answer.wait_seconds == 0
    assert SignInDelay.objects.get().tries == 1


@pytest.mark.django_db
def test_systems_do_not_sign_in_by_password() -> None:
    User.objects.create_user("system@example.org", PASSWORD, full_name="S", is_system=True)
    assert try_password("system@example.org", PASSWORD, "here", AT).user is None


def test_empty_fields_are_told_at_once(cast: Cast) -> None:
    text = Client().post("/sign-in/", {}).content.decode()
    assert text.count("Enter your e-mail address") == 2
    assert text.count("Enter your password") == 2
    assert "Error:" in text.split("</title>")[0]


def test_sessions_leave_a_trail(cast: Cast) -> None:
    client = Client()
    send(client, "cora", "wrong")
    send(client, "cora", PASSWORD)
    client.post("/sign-out/")
    verbs = AuditEntry.objects.filter(verb__startswith="person.").values_list("verb", flat=True)
    assert sorted(verbs) == ["person.sign_in_failed", "person.signed_in", "person.signed_out"]
    assert client.get("/pharmacy/").status_code == 303


def test_the_page_asked_for_follows_and_no_other_site_does(cast: Cast) -> None:
    client = Client()
    asked = client.get("/pharmacy/decisions/?outcome=authorized")
    assert asked["Location"] == "/sign-in/?next=%2Fpharmacy%2Fdecisions%2F%3Foutcome%3Dauthorized"
    there = send(client, "cora", PASSWORD, next="/pharmacy/decisions/?outcome=authorized")
    assert there["Location"] == "/pharmacy/decisions/?outcome=authorized"
    away = send(Client(), "cora", PASSWORD, next="https://example.com/")
    assert away["Location"] == "/"


def test_one_role_needs_no_choice_and_several_do(cast: Cast, moment: Moment) -> None:
    client = Client()
    send(client, "cora", PASSWORD)
    assert client.get("/")["Location"] == "/pharmacy/"
    add_person("lemtrada", "cora", "infusion_nurse", cast.riverside, cast.at)
    client = Client()
    send(client, "cora", PASSWORD)
    assert client.get("/")["Location"] == "/role/"
    choices = client.get("/role/").content.decode()
    assert "Cedar Pharmacy" in choices and "Riverside" in choices
    memberships = User.objects.get(email="cora@example.org").memberships
    chosen = memberships.get(role="infusion_nurse").pk
    client.post("/role/", {"membership": chosen})
    assert client.get("/")["Location"] == "/facility/"
    assert client.get("/pharmacy/").status_code == 404


def test_a_role_of_somebody_else_cannot_be_chosen(cast: Cast) -> None:
    client = Client()
    send(client, "cora", PASSWORD)
    other = User.objects.get(email="ben@example.org").memberships.get().pk
    page = client.post("/role/", {"membership": other})
    assert "Choose one of your roles" in page.content.decode()
    assert client.get("/facility/").status_code == 404


def test_a_role_without_pages_is_told_whom_to_call(cast: Cast) -> None:
    add_person("lemtrada", "pia", "patient", None, cast.at)
    client = Client()
    send(client, "pia", PASSWORD)
    text = client.get("/").content.decode()
    assert "There are no pages for your role yet" in text and "call" in text.lower()
