"""A new password: after forgetting it, without the mailbox, and because one wants another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from etasu.registry.accounts.models import MailedLink
from etasu.registry.accounts.second_steps import make_recovery_codes
from etasu.registry.audit.actors import Actor
from tests.factories.mail_server import MailServer, link_in, text_of
from tests.portals.account_people import (
    GOOD,
    OTHER,
    Few,
    code_at,
    is_signed_in,
    person,
    plain,
    sign_in,
    text,
    verbs,
    with_app,
)
from tests.portals.conftest import Moment
from tests.portals.world import PASSWORD

CORA = "cora@example.org"


def forgot(client: Client, email: str = CORA, **more: str) -> object:
    """Ask for a link."""
    return client.post("/account/forgot/", {"email": email} | more)


def test_a_link_leads_to_a_new_password_and_signs_out_every_browser(
    few: Few, mail: MailServer
) -> None:
    elsewhere, client = Client(), Client()
    sign_in(elsewhere, CORA)
    forgot(client)
    link = link_in(mail.newest_to(CORA, "new password"))
    assert client.get(link).status_code == 200 and is_signed_in(elsewhere)
    assert client.post(link, {"password": "short"}).status_code == 200
    assert client.post(link, {"password": GOOD})["Location"] == "/sign-in/"
    assert not is_signed_in(elsewhere) and not is_signed_in(client)
    assert sign_in(Client(), CORA).status_code == 200
    assert sign_in(client, CORA, GOOD).status_code == 302
    assert client.post(link, {"password": OTHER}).status_code == 410
    assert "replaced by a new one" in text_of(mail.newest_to(CORA, "A change"))
    assert verbs(person("cora"))[-1] == "person.signed_in"
    assert "person.password_changed" in verbs(person("cora"))


def test_the_answer_tells_nobody_who_has_an_account(few: Few, mail: MailServer) -> None:
    pages = [plain(forgot(Client(), who)) for who in (CORA, "nobody@example.org")]
    assert pages[0] == pages[1]
    said = text_of(mail.newest_to("nobody@example.org"))
    assert "this address has no account" in said and "/account/register/" in said
    # The secret in that message was never sent, and would open nothing.
    assert MailedLink.objects.filter(address="nobody@example.org", user=None).count() == 1


def test_a_link_is_good_for_an_hour_once_and_the_newest_ends_the_rest(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    links = []
    for _ in range(3):
        forgot(Client())
        links.append(link_in(mail.newest_to(CORA, "new password")))
    assert len(set(links)) == 3
    assert Client().post(links[1], {"password": GOOD}).status_code == 302
    assert [Client().post(each, {"password": OTHER}).status_code for each in links] == [410] * 3
    moment.now += timedelta(minutes=30)
    forgot(Client())
    late = link_in(mail.newest_to(CORA, "new password"))
    moment.now += timedelta(hours=1, seconds=1)
    assert Client().get(late).status_code == 410
    assert person("cora").check_password(GOOD)


def test_no_secret_is_kept_as_it_was_sent(few: Few, mail: MailServer) -> None:
    forgot(Client())
    secret = link_in(mail.newest_to(CORA)).split("/")[-2]
    kept = repr(list(MailedLink.objects.values_list()))
    assert len(secret) > 40 and secret not in kept


def test_the_second_step_is_asked_for_after_the_link(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    with_app("cora", moment.now)
    client = Client()
    forgot(client)
    client.post(link_in(mail.newest_to(CORA, "new password")), {"password": GOOD})
    assert sign_in(client, CORA, GOOD)["Location"] == "/sign-in/second-step/"
    assert not is_signed_in(client)


def test_a_message_that_did_not_leave_can_be_asked_for_again_from_the_same_page(
    few: Few, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mail.is_full = True
    assert forgot(Client(), form_token="shown-once").status_code == 503
    register = {"email": "nadia@example.org", "password": GOOD, "form_token": "shown-once"}
    assert Client().post("/account/register/", register).status_code == 503
    assert "mail_not_sent" in caplog.text and "@" not in caplog.text
    mail.is_full = False
    for _ in range(2):
        assert forgot(Client(), form_token="shown-once").status_code == 200
        assert Client().post("/account/register/", register).status_code == 302
    assert len(mail.messages) == 2


def test_asking_again_and_again_is_slowed_down(few: Few, mail: MailServer) -> None:
    answers = [forgot(Client(REMOTE_ADDR=f"192.0.2.{n}")) for n in range(6)]
    assert [each.status_code for each in answers] == [200] * 4 + [429] * 2
    assert "Your account is not locked" in text(answers[-1])


def test_another_password_keeps_this_browser_only(few: Few, mail: MailServer) -> None:
    client, elsewhere = Client(), Client()
    sign_in(client, CORA)
    sign_in(elsewhere, CORA)
    assert client.post("/account/security/password/", {"password": PASSWORD}).status_code == 302
    assert is_signed_in(client) and not is_signed_in(elsewhere)
    assert sign_in(elsewhere, CORA).status_code == 302


def test_a_change_needs_somebody_who_just_showed_who_they_are(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    client = Client()
    sign_in(client, CORA)
    moment.now += timedelta(minutes=20, seconds=1)
    there = client.post("/account/security/password/", {"password": GOOD})["Location"]
    assert there == "/account/confirm/?next=%2Faccount%2Fsecurity%2F"
    assert person("cora").check_password(PASSWORD)
    asked = client.get("/account/security/password/")["Location"]
    assert client.post(asked, {"password": "wrong"}).status_code == 200
    sent = {"password": PASSWORD, "next": "/account/security/password/"}
    assert client.post(asked, sent)["Location"] == "/account/security/password/"
    assert client.post("/account/security/password/", {"password": GOOD}).status_code == 302
    assert person("cora").check_password(GOOD)


def test_without_the_mailbox_two_codes_do(few: Few, mail: MailServer, moment: Moment) -> None:
    user = with_app("cora", moment.now)
    codes = make_recovery_codes(user, by=Actor(user.number, "person"), at=moment.now)
    sent = {"email": CORA, "code": code_at(moment.now), "password": GOOD, "form_token": "once"}
    wrong = Client().post("/account/without-mail/", sent | {"recovery_code": "AAAAA-AAAAA"})
    assert "do not belong together" in text(wrong) and user.check_password(PASSWORD)
    stranger = sent | {"email": "nobody@example.org", "recovery_code": codes[0]}
    assert plain(Client().post("/account/without-mail/", stranger)).count("do not belong") == 2
    # The app's code was not spent on the mistake; a double click does it once.
    for _ in range(2):
        done = Client().post("/account/without-mail/", sent | {"recovery_code": codes[0]})
        assert done["Location"] == "/sign-in/"
    user.refresh_from_db()
    assert user.check_password(GOOD) and "person.not_confirmed" in verbs(user)
    assert "replaced by a new one" in text_of(mail.newest_to(CORA))
    client = Client()
    assert sign_in(client, CORA, GOOD)["Location"] == "/sign-in/second-step/"
    again = sent | {"recovery_code": codes[0], "form_token": "other", "password": OTHER}
    assert "do not belong" in text(Client().post("/account/without-mail/", again))


def test_guessing_codes_without_the_mailbox_is_slowed_down(few: Few, moment: Moment) -> None:
    sent = {"email": CORA, "code": "000000", "recovery_code": "AAAAA-AAAAA", "password": GOOD}
    for who in (CORA, "nobody@example.org"):
        answers = [
            Client(REMOTE_ADDR=f"192.0.2.{n}").post("/account/without-mail/", sent | {"email": who})
            for n in range(8)
        ]
        assert [each.status_code for each in answers] == [200] * 7 + [429]
