"""The second step: app, recovery codes, who needs one, and the way round when all is lost."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.registry.accounts import access, second_steps
from etasu.registry.accounts.codes import code_of, step_at
from etasu.registry.accounts.models import AuthenticatorApp, RecoveryCode
from etasu.registry.accounts.second_steps import app_of, has_second_step, make_recovery_codes
from etasu.registry.accounts.strength import NEEDED, Strength, strength_needed, strength_of
from etasu.registry.audit.actors import Actor
from tests.factories.authenticator import Device
from tests.factories.mail_server import MailServer, code_in, link_in, text_of
from tests.portals.account_people import (
    GOOD,
    SECRET,
    Few,
    add_passkey,
    code_at,
    is_signed_in,
    person,
    sign_in,
    text,
    use_passkey,
    verbs,
    with_app,
)
from tests.portals.conftest import Moment
from tests.portals.world import PASSWORD

CORA = "cora@example.org"
STEP = "/sign-in/second-step/"


def half_way(client: Client, name: str = "cora") -> Client:
    """Somebody who gave the password of an account with a second step."""
    assert sign_in(client, f"{name}@example.org")["Location"] == STEP
    return client


def codes_of(name: str, moment: Moment) -> list[str]:
    """New recovery codes of somebody."""
    user = person(name)
    return make_recovery_codes(user, by=Actor(user.number, "person"), at=moment.now)


def test_the_password_alone_lets_nobody_in(few: Few, moment: Moment) -> None:
    user = with_app("cora", moment.now)
    client = half_way(Client())
    assert not is_signed_in(client) and client.get("/pharmacy/").status_code == 303
    assert client.post(STEP, {"code": "000000"}).status_code == 200
    assert client.post(STEP, {"code": code_at(moment.now)}).status_code == 302
    assert is_signed_in(client) and client.get("/pharmacy/").status_code == 200
    said = verbs(user)
    assert said[-3:] == [
        "person.password_given",
        "person.second_step_given",
        "person.signed_in",
    ]


def test_the_page_asked_for_follows_after_the_second_step(few: Few, moment: Moment) -> None:
    with_app("cora", moment.now)
    client = Client()
    sign_in(client, CORA, next="/pharmacy/decisions/")
    there = client.post(STEP, {"code": code_at(moment.now)})["Location"]
    assert there == "/pharmacy/decisions/"


def test_a_code_counts_once_and_the_next_one_does(few: Few, moment: Moment) -> None:
    with_app("cora", moment.now)
    code = code_at(moment.now)
    assert half_way(Client()).post(STEP, {"code": code}).status_code == 302
    replayed = half_way(Client())
    assert "was used already" in text(replayed.post(STEP, {"code": code}))
    moment.now += timedelta(seconds=30)
    assert replayed.post(STEP, {"code": f" {code_at(moment.now)[:3]} {code_at(moment.now)[3:]}"})
    assert is_signed_in(replayed)


def test_half_way_does_not_last(few: Few, moment: Moment) -> None:
    with_app("cora", moment.now)
    client = half_way(Client())
    moment.now += timedelta(minutes=15, seconds=1)
    assert client.post(STEP, {"code": code_at(moment.now)})["Location"] == "/sign-in/"
    assert Client().get(STEP)["Location"] == "/sign-in/"


def test_guessing_codes_is_slowed_down_wherever_it_comes_from(few: Few, moment: Moment) -> None:
    with_app("cora", moment.now)
    answers = []
    for n in range(8):
        client = half_way(Client(REMOTE_ADDR=f"192.0.2.{n}"))
        answers.append(client.post(STEP, {"code": "000000"}).status_code)
    assert answers == [200] * 7 + [429]
    moment.now += timedelta(seconds=2)
    assert half_way(Client()).post(STEP, {"code": code_at(moment.now)}).status_code == 302


def test_the_apps_secret_is_not_readable_in_the_database(few: Few, moment: Moment) -> None:
    with_app("cora", moment.now)
    assert SECRET not in bytes(AuthenticatorApp.objects.get().secret)


def test_under_another_secret_of_the_site_recovery_codes_are_left(
    few: Few, moment: Moment, settings: Any
) -> None:
    user = with_app("cora", moment.now)
    settings.SECRET_KEY = "x" * 50
    codes = codes_of("cora", moment)
    client = half_way(Client())
    assert "not right" in text(client.post(STEP, {"code": code_at(moment.now)}))
    assert client.post("/sign-in/recovery-code/", {"code": codes[0]}).status_code == 302
    assert app_of(user) is not None


def test_adding_an_app_takes_its_first_code_and_leads_to_recovery_codes(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    client = Client()
    sign_in(client, CORA)
    page = text(client.get("/account/security/app/"))
    assert page.count("<svg") == 1 and "otpauth://totp/" in page
    secret = _secret_shown(page)
    wrong = client.post("/account/security/app/", {"code": "000000"})
    assert "not the code" in text(wrong) and _secret_shown(text(wrong)) == secret
    sent = {"code": code_of(secret, step_at(moment.now)), "form_token": "shown-once"}
    for _ in range(2):
        done = client.post("/account/security/app/", sent)
        assert done["Location"] == "/account/security/codes/"
    assert AuthenticatorApp.objects.filter(removed_at=None).count() == 1
    shown = text(client.post("/account/security/codes/"))
    codes = re.findall(r'class="number">([0-9A-Z]{5}-[0-9A-Z]{5})<', shown)
    assert len(set(codes)) == 10
    assert not [c for c in codes if c in repr(list(RecoveryCode.objects.values_list()))]
    assert codes[0] not in text(client.get("/account/security/codes/"))
    first, second = (text_of(each) for each in mail.messages)
    assert "app was added" in first and "New recovery codes" in second


def test_a_recovery_code_works_once_however_it_is_typed(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    with_app("cora", moment.now)
    code = codes_of("cora", moment)[3]
    typed = code.lower().replace("-", " ").replace("0", "o")
    client = half_way(Client())
    assert client.post("/sign-in/recovery-code/", {"code": typed}).status_code == 302
    assert "9 recovery codes are left" in text(client.get("/account/security/"))
    again = half_way(Client())
    assert again.post("/sign-in/recovery-code/", {"code": code}).status_code == 200
    assert "recovery code was used" in text_of(mail.newest_to(CORA, "A change"))


def test_new_codes_end_the_old_ones_and_the_last_second_step_takes_them_along(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    user = with_app("cora", moment.now)
    old = codes_of("cora", moment)
    codes_of("cora", moment)
    client = half_way(Client())
    assert client.post("/sign-in/recovery-code/", {"code": old[0]}).status_code == 200
    client.post(STEP, {"code": code_at(moment.now)})
    assert client.get("/account/security/app/remove/").status_code == 200
    assert has_second_step(user)
    for _ in range(2):
        removed = client.post("/account/security/app/remove/")
        assert removed["Location"] == "/account/security/"
    assert not has_second_step(user)
    assert second_steps.recovery_codes_left(user) == 0
    assert AuthenticatorApp.objects.get().secret in (b"", bytearray())


def test_losing_everything_takes_a_day_two_messages_and_the_password(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    user = with_app("cora", moment.now)
    client = half_way(Client())
    assert client.get("/sign-in/lost/").status_code == 200
    client.post("/sign-in/lost/")
    link = link_in(mail.newest_to(CORA, "Signing in without"))
    Client().get(link)
    assert "Your second step will be removed" not in [str(m["Subject"])[7:] for m in mail.messages]
    assert "The wait has begun" in text(Client().post(link))
    assert Client().post(link).status_code == 410
    moment.now += timedelta(hours=23, minutes=59)
    early = half_way(Client())
    assert "under way" in text(early.post("/sign-in/lost/"))
    moment.now += timedelta(minutes=2)
    late = half_way(Client())
    assert late.post("/sign-in/lost/")["Location"] == "/sign-in/lost/end/"
    assert late.post("/sign-in/lost/end/", {"code": "00000000"}).status_code == 200
    code = code_in(mail.newest_to(CORA, "Code to sign in"))
    stranger = half_way(Client())
    assert stranger.post("/sign-in/lost/end/", {"code": code}).status_code == 200
    assert late.post("/sign-in/lost/end/", {"code": code})["Location"] == "/account/security/"
    assert is_signed_in(late) and not has_second_step(user)
    assert "were removed" in text_of(mail.newest_to(CORA, "Your second step was removed"))
    assert "recovery by e-mail" in text(late.get("/account/security/"))


def test_whoever_still_has_the_second_step_stops_it(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    user = with_app("cora", moment.now)
    for n, stop in enumerate(("link", "sign in", "security page"), start=1):
        moment.now += timedelta(hours=1)
        open_before = Client()
        half_way(open_before).post(STEP, {"code": code_at(moment.now)})
        half_way(Client()).post("/sign-in/lost/")
        Client().post(link_in(mail.newest_to(CORA, "Signing in without")))
        if stop == "link":
            address = link_in(mail.newest_to(CORA, "will be removed"))
            assert Client().get(address).status_code == 200
            assert "stays" in text(Client().post(address))
        elif stop == "sign in":
            moment.now += timedelta(seconds=30)
            client = half_way(Client())
            client.post(STEP, {"code": code_at(moment.now)})
            assert "That has been stopped" in text(client.get("/account/security/"))
        else:
            assert "asked to remove" in text(open_before.get("/account/security/"))
            open_before.post("/account/security/recovery/")
        assert verbs(user).count("person.factor_recovery_stopped") == n, stop
        moment.now += timedelta(hours=25)
        assert "We send a link" in text(half_way(Client()).get("/sign-in/lost/"))


def test_after_a_new_password_by_mail_the_wait_is_three_days(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    with_app("cora", moment.now)
    Client().post("/account/forgot/", {"email": CORA})
    Client().post(link_in(mail.newest_to(CORA, "new password")), {"password": GOOD})
    client = Client()
    sign_in(client, CORA, GOOD)
    client.post("/sign-in/lost/")
    Client().post(link_in(mail.newest_to(CORA, "Signing in without")))
    moment.now += timedelta(hours=71)
    sign_in(client, CORA, GOOD)
    assert "under way" in text(client.post("/sign-in/lost/"))
    moment.now += timedelta(hours=2)
    sign_in(client, CORA, GOOD)
    assert client.post("/sign-in/lost/")["Location"] == "/sign-in/lost/end/"


@pytest.fixture
def required(settings: Any) -> None:
    """A site that asks for the second step, as sites do."""
    settings.ETASU_SECOND_STEP = "required"


def test_at_work_a_password_alone_opens_the_account_and_nothing_else(
    few: Few, mail: MailServer, moment: Moment, required: None
) -> None:
    client = Client()
    sign_in(client, CORA, next="/pharmacy/decisions/")
    asked = client.get("/pharmacy/decisions/")
    assert (asked.status_code, asked["Location"]) == (303, "/account/second-step/")
    assert client.post("/pharmacy/", {}).status_code == 303
    page = text(client.get("/account/second-step/"))
    assert "/account/security/passkey/" in page and "/account/security/app/" in page
    for address in ("/account/security/", "/account/profile/", "/programs/lemtrada/"):
        assert client.get(address).status_code in (200, 404), address
    secret = _secret_shown(text(client.get("/account/security/app/")))
    client.post("/account/security/app/", {"code": code_of(secret, step_at(moment.now))})
    kept = text(client.post("/account/security/codes/"))
    assert 'href="/pharmacy/decisions/"' in kept
    assert client.get("/pharmacy/decisions/").status_code == 200


def test_administrators_need_a_passkey_and_others_may_use_an_app(
    few: Few, mail: MailServer, moment: Moment, required: None
) -> None:
    with_app("ada", moment.now)
    client = Client(HTTP_HOST="localhost")
    half_way(client, "ada").post(STEP, {"code": code_at(moment.now)})
    assert client.get("/administrator/")["Location"] == "/account/second-step/"
    page = text(client.get("/account/second-step/"))
    assert "needs a passkey" in page and "/account/security/app/" not in page
    device = Device()
    assert add_passkey(client, device).status_code == 302
    assert client.get("/administrator/").status_code == 200
    moment.now += timedelta(minutes=1)
    again = Client(HTTP_HOST="localhost")
    half_way(again, "ada").post(STEP, {"code": code_at(moment.now)})
    assert again.get("/administrator/").status_code == 303
    assert "Use the one you have" in text(again.get("/account/second-step/"))
    asked = again.post("/account/passkey/challenge/").json()
    sent = {"passkey": device.use(asked), "next": "/account/second-step/"}
    assert again.post("/account/confirm/", sent)["Location"] == "/account/second-step/"
    assert again.get("/account/second-step/")["Location"] == "/administrator/"
    assert again.get("/administrator/").status_code == 200
    quick = Client(HTTP_HOST="localhost")
    use_passkey(quick, device)
    assert quick.get("/administrator/").status_code == 200


def test_patients_may_use_a_password_alone(few: Few, required: None) -> None:
    assert strength_needed(access.PATIENT) is Strength.ONE_STEP
    client = Client()
    sign_in(client, CORA)
    assert client.get("/account/security/").status_code == 200


def test_every_role_has_its_row_and_what_nobody_listed_needs_the_most() -> None:
    assert set(NEEDED) == {*access.ROLES, access.NO_ROLE}
    assert strength_needed("new role") is Strength.PASSKEY
    assert strength_of("") is strength_of("password, recovered") is Strength.ONE_STEP
    assert strength_of("password, recovery code") is Strength.TWO_STEPS
    assert strength_of("organization, passkey there") is Strength.PASSKEY
    weak = [r for r in (*access.SIGNING_ROLES, access.ADMINISTRATOR) if NEEDED[r] < 2]
    assert weak == []


def test_a_planted_fault_in_the_table_opens_the_page(
    few: Few, required: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    sign_in(client, CORA, PASSWORD)
    assert client.get("/pharmacy/").status_code == 303
    monkeypatch.setitem(NEEDED, access.PHARMACIST, Strength.ONE_STEP)
    assert client.get("/pharmacy/").status_code == 200


def _secret_shown(page: str) -> bytes:
    found = re.search(r"secret=([A-Z2-7]+)", page)
    assert found is not None
    return base64.b32decode(found[1])
