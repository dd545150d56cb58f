"""Sessions: how long they last, the list of them, ending them, and what was typed meanwhile."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from etasu.registry.accounts import access
from etasu.registry.accounts.models import OpenSession
from etasu.registry.accounts.session_limits import LIMITS, limit_for
from etasu.registry.accounts.sessions import browser_name
from etasu.registry.submissions.models import Draft
from tests.portals.account_people import Few, is_signed_in, person, sign_in, text, verbs
from tests.portals.conftest import Moment
from tests.portals.world import Cast

CORA = "cora@example.org"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(name: str = "cora", **more: str) -> Client:
    """Somebody who has just signed in."""
    client = Client(**more)
    assert sign_in(client, f"{name}@example.org").status_code == 302
    return client


def test_nothing_for_half_an_hour_ends_the_session_and_a_page_keeps_it(
    few: Few, moment: Moment
) -> None:
    client = signed_in()
    for _ in range(3):
        moment.now += timedelta(minutes=29)
        assert client.get("/pharmacy/").status_code == 200
    moment.now += timedelta(minutes=30, seconds=2)
    over = client.get("/pharmacy/decisions/")
    assert over["Location"] == "/sign-in/?next=%2Fpharmacy%2Fdecisions%2F"
    assert "as nothing had happened" in text(client.get(over["Location"]))
    assert verbs(person("cora"))[-1] == "person.timed_out"
    back = client.post(
        over["Location"],
        {"email": CORA, "password": "correct horse battery", "next": "/pharmacy/decisions/"},
    )
    assert back["Location"] == "/pharmacy/decisions/"
    assert "as nothing had happened" not in text(client.get("/pharmacy/"))


def test_twelve_hours_end_the_session_however_busy(few: Few, moment: Moment) -> None:
    client = signed_in()
    for _ in range(24):
        moment.now += timedelta(minutes=29, seconds=55)
        assert client.get("/pharmacy/").status_code == 200
    moment.now += timedelta(minutes=3)
    assert client.get("/pharmacy/").status_code == 303


def test_asking_for_the_time_left_does_not_lengthen_it_and_staying_does(
    few: Few, moment: Moment
) -> None:
    client = signed_in()
    moment.now += timedelta(minutes=28)
    watching = {"HTTP_X_SESSION_WATCH": "1"}
    for _ in range(2):
        assert client.get("/account/session/", **watching).json() == {"seconds_left": 120}
    assert client.post("/account/session/stay/").json() == {"seconds_left": 1800}
    moment.now += timedelta(minutes=30, seconds=2)
    assert client.get("/account/session/", **watching)["Location"].startswith("/sign-in/")


def test_every_page_says_when_it_ends_and_warns_before(few: Few) -> None:
    page = text(signed_in().get("/pharmacy/"))
    assert "after 30 minutes without a new page" in page
    assert 'data-left="1800"' in page and 'data-warn="120"' in page
    assert 'id="session-ending"' not in text(Client().get("/sign-in/"))


def test_every_role_has_its_limits_within_the_bar() -> None:
    assert set(LIMITS) == {*access.ROLES, access.NO_ROLE}
    for role in (*LIMITS, "new role"):
        limit = limit_for(role)
        assert limit.idle <= timedelta(hours=1) and limit.overall <= timedelta(hours=12), role
    assert limit_for(access.INFUSION_NURSE).idle == timedelta(minutes=15)
    for role in access.SIGNING_ROLES:
        assert limit_for(role).idle <= timedelta(minutes=30)


def test_a_session_that_is_over_is_no_longer_listed(few: Few, moment: Moment) -> None:
    signed_in(HTTP_USER_AGENT=FIREFOX)
    moment.now += timedelta(minutes=62)
    assert "Firefox" not in text(signed_in().get("/account/security/"))


def test_the_list_names_browsers_and_ends_one(few: Few) -> None:
    client, other = signed_in(), signed_in(HTTP_USER_AGENT=FIREFOX)
    page = text(client.get("/account/security/"))
    assert "Firefox, Windows" in page and page.count("This browser") == 1
    number = OpenSession.objects.get(browser="Firefox, Windows").number
    stranger = signed_in("ben")
    assert stranger.post(f"/account/security/sessions/{number}/").status_code == 404
    assert is_signed_in(other)
    for _ in range(2):
        ended = client.post(f"/account/security/sessions/{number}/")
        assert ended["Location"] == "/account/security/"
    assert not is_signed_in(other) and is_signed_in(client)
    assert "Firefox" not in text(client.get("/account/security/"))
    assert verbs(person("cora")).count("person.session_ended") == 1


def test_signing_out_everywhere_leaves_this_browser(few: Few) -> None:
    client, others = signed_in(), [signed_in() for _ in range(3)]
    # One that nobody noted is ended too.
    OpenSession.objects.order_by("-id").first().delete()  # type: ignore[union-attr]
    client.post("/account/security/sessions/")
    assert is_signed_in(client) and not [each for each in others if is_signed_in(each)]
    assert is_signed_in(signed_in())


def test_signing_out_leaves_nothing_to_come_back_with(few: Few) -> None:
    client = signed_in()
    key = client.session.session_key
    client.post("/sign-out/")
    assert not Session.objects.filter(session_key=key).exists()
    assert OpenSession.objects.get().ended_at == few.at


def test_signing_in_begins_a_new_session_each_time(few: Few) -> None:
    client = Client()
    client.get("/sign-in/")
    client.post("/account/passkey/challenge/")
    before = client.session.session_key
    sign_in(client, CORA)
    assert before and client.session.session_key != before


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) Version/26.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge, Linux"),
        ("<script>", ""),
    ],
)
def test_a_browser_is_named_in_two_words(agent: str, name: str) -> None:
    assert browser_name(agent) == name


def test_a_form_that_came_too_late_is_kept_and_sent_again_by_its_owner(
    cast: Cast, moment: Moment
) -> None:
    client = signed_in("amara")
    address = f"/prescriber/patients/{cast.mara.number}/holds/"
    answers = _hold_answers(client, address)
    moment.now += timedelta(minutes=31)
    late = client.post(address, answers | {"password": "never kept"})
    assert late.status_code == 303 and late["Location"] == "/sign-in/"
    kept = repr([each.get_decoded() for each in Session.objects.all()])
    assert "Fever since" not in kept and "never kept" not in kept
    assert sign_in(client, "amara@example.org")["Location"] == "/account/kept/"
    page = text(client.get("/account/kept/"))
    assert f'action="{address}"' in page and "Fever since Monday" in page
    assert "never kept" not in page
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = client.post(address, fields)
    assert sent.status_code == 302
    assert cast.mara.holds.filter(reason__contains="Fever since Monday").count() == 1


def test_nobody_else_sees_what_was_kept(cast: Cast, moment: Moment) -> None:
    client = signed_in("amara")
    address = f"/prescriber/patients/{cast.mara.number}/holds/"
    answers = _hold_answers(client, address)
    moment.now += timedelta(minutes=31)
    client.post(address, answers)
    assert sign_in(client, "beck@example.org")["Location"] == "/"
    assert client.get("/account/kept/")["Location"] == "/"
    client.post("/sign-out/")
    assert sign_in(client, "amara@example.org")["Location"] == "/"


def test_a_page_hands_over_what_is_typed_and_nothing_is_done_with_it(
    cast: Cast, moment: Moment
) -> None:
    client = signed_in("amara")
    address = f"/prescriber/patients/{cast.mara.number}/holds/"
    answers = _hold_answers(client, address) | {"kept_from": address}
    moment.now += timedelta(minutes=31)
    assert client.get("/account/session/", HTTP_X_SESSION_WATCH="1").status_code == 303
    assert client.post("/account/kept/new/", answers)["Location"] == "/sign-in/"
    assert not cast.mara.holds.exists() and not Draft.objects.exists()
    sign_in(client, "amara@example.org")
    assert "Fever since Monday" in text(client.get("/account/kept/"))
    assert client.post("/account/kept/")["Location"] == address
    assert client.get("/account/kept/")["Location"] == "/"


def test_what_a_patient_typed_on_a_lent_device_is_not_kept_for_its_owner(
    few: Few, moment: Moment
) -> None:
    client = signed_in()
    session = client.session
    session["handed_over"] = "7QK2M-X0B4T-N"
    session.save()
    assert client.get("/account/session/").json() == {"seconds_left": 1800}
    assert client.post("/account/session/stay/").status_code == 200
    assert client.get("/account/profile/").status_code == 303
    moment.now += timedelta(minutes=31)
    client.post("/account/profile/", {"full_name": "Typed by a patient"})
    assert "kept_form" not in client.session
    assert sign_in(client, CORA)["Location"] == "/"


def test_only_a_page_of_ours_is_kept_and_only_for_somebody_known(few: Few) -> None:
    client = Client()
    client.post("/account/kept/new/", {"kept_from": "/prescriber/", "reason": "x"})
    assert "kept_form" not in client.session
    client = signed_in("ben")
    client.post("/account/kept/new/", {"kept_from": "https://example.com/", "reason": "x"})
    assert 'action="/"' in text(client.get("/account/kept/"))


def _hold_answers(client: Client, address: str) -> dict[str, str]:
    page = text(client.get(address))
    codes = re.findall(r'name="code"[^>]*value="([^"]+)"|<option value="([\w-]+)"', page)
    code = next((a or b for a, b in codes), "")
    return {"code": code, "reason": "Fever since Monday", "form_token": "shown-once"}
