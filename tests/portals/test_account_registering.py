"""Registering: the same answer for everybody, an address shown to be one's own, and no rights."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from etasu.registry.accounts.models import IntendedRole, MailedLink, User
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.models import Membership
from tests.factories.mail_server import MailServer, code_in, link_in, text_of
from tests.portals.account_people import (
    GOOD,
    OTHER,
    Few,
    is_signed_in,
    plain,
    register,
    registered,
    sign_in,
    text,
    verbs,
)
from tests.portals.conftest import Moment

NADIA = "nadia@example.org"


def test_the_code_from_the_message_makes_the_account(few: Few, mail: MailServer) -> None:
    client = Client()
    assert register(client, "Nadia@example.org")["Location"] == "/account/register/mail/"
    assert not User.objects.filter(email=NADIA).exists()
    sent = client.post("/account/register/mail/", {"code": code_in(mail.newest_to(NADIA))})
    assert sent["Location"] == "/account/begin/"
    user = User.objects.get(email=NADIA)
    assert user.email_confirmed_at == few.at and user.check_password(GOOD)
    assert verbs(user) == ["person.registered", "person.email_confirmed", "person.signed_in"]
    assert not Membership.objects.filter(user=user).exists()
    assert client.get("/")["Location"] == "/account/begin/"


def test_whoever_came_from_the_steps_of_a_role_is_not_asked_the_role_again(
    few: Few, mail: MailServer
) -> None:
    client = Client()
    wanted = "as=facility_representative&program=lemtrada"
    given = {"email": NADIA, "password": GOOD}
    client.post(f"/account/register/?{wanted}", given)
    client.post("/account/register/mail/", {"code": code_in(mail.newest_to(NADIA))})
    form = client.get("/account/begin/").context["form"]
    assert (form["role"].value(), form["program"].value()) == (
        "facility_representative",
        "lemtrada",
    )
    other = Client()
    other.post("/account/register/?as=administrator&program=nothing", given)
    assert "wants_to_be" not in other.session


def test_the_link_does_nothing_by_being_opened(few: Few, mail: MailServer) -> None:
    client = Client()
    register(client)
    link = link_in(mail.newest_to(NADIA))
    for _ in range(3):
        assert client.get(link).status_code == 200
    assert not User.objects.filter(email=NADIA).exists()
    assert client.post(link)["Location"] == "/account/begin/"
    assert client.post(link).status_code == 410


def test_in_another_browser_the_link_asks_for_the_password(few: Few, mail: MailServer) -> None:
    register(Client())
    link = link_in(mail.newest_to(NADIA))
    elsewhere = Client()
    assert elsewhere.post(link, {"password": OTHER}).status_code == 200
    assert elsewhere.post(link).status_code == 200
    assert not User.objects.filter(email=NADIA).exists()
    assert elsewhere.post(link, {"password": GOOD})["Location"] == "/account/begin/"


def test_a_link_is_good_for_a_day(few: Few, mail: MailServer, moment: Moment) -> None:
    client = Client()
    register(client)
    moment.now += timedelta(hours=24, seconds=1)
    assert client.post(link_in(mail.newest_to(NADIA))).status_code == 410
    sent = client.post("/account/register/mail/", {"code": code_in(mail.newest_to(NADIA))})
    assert "no longer good" in text(sent)
    assert not User.objects.filter(email=NADIA).exists()


def test_known_and_unknown_addresses_are_answered_alike(few: Few, mail: MailServer) -> None:
    pages = []
    for address in (NADIA, "cora@example.org"):
        client = Client()
        first = register(client, address)
        wrong = client.post("/account/register/mail/", {"code": "0000 0000"})
        pages.append((first.status_code, first["Location"], plain(wrong)))
    assert pages[0] == pages[1]
    assert "has an account already" in text_of(mail.newest_to("cora@example.org"))
    assert len(mail.messages) == 2
    assert MailedLink.objects.filter(user__email="cora@example.org", password="").count() == 1


def test_nobody_takes_an_account_over_by_registering(few: Few, mail: MailServer) -> None:
    register(Client(), "cora@example.org", OTHER)
    said = text_of(mail.newest_to("cora@example.org"))
    assert "/account/register/" not in said and "Code" not in said
    client = Client()
    assert sign_in(client, "cora@example.org", OTHER).status_code == 200
    assert not is_signed_in(client)


def test_of_two_registrations_the_first_confirmed_is_the_account(
    few: Few, mail: MailServer
) -> None:
    first, second = Client(), Client()
    register(first, password=OTHER)
    planted = link_in(mail.newest_to(NADIA))
    register(second)
    assert second.post(link_in(mail.newest_to(NADIA)))["Location"] == "/account/begin/"
    assert first.post(planted).status_code == 410
    assert User.objects.get(email=NADIA).check_password(GOOD)
    assert not MailedLink.objects.exclude(password="").exists()


def test_a_form_sent_twice_sends_one_message(few: Few, mail: MailServer) -> None:
    client = Client()
    sent = {"email": NADIA, "password": GOOD, "form_token": "shown-once"}
    for _ in range(2):
        assert client.post("/account/register/", sent)["Location"] == "/account/register/mail/"
    assert len(mail.messages) == 1


@pytest.mark.parametrize(
    "password",
    [
        "fourteen chars",
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaaa",
        "qwertyuiopasdfgh",
        "1234567890123456",
        "letmein123456789",
        "nadia nadia example org",
        "superman!!!!!!!!!!",
    ],
)
def test_a_password_tried_first_is_refused(few: Few, mail: MailServer, password: str) -> None:
    page = register(Client(), password=password)
    assert page.status_code == 200 and text(page).count('href="#id_password"') >= 1
    assert not mail.messages


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "Ärger über Öl in Ödön",
        "xkq vbn wpl zzt 9 frm",
        "心" * 3 + "電話 帳 山 川 海 空 木 犬",
    ],
)
def test_any_long_password_will_do(few: Few, mail: MailServer, password: str) -> None:
    assert register(Client(), password=password).status_code == 302


def test_accents_count_the_same_on_every_keyboard(few: Few, mail: MailServer) -> None:
    composed, apart = "canción del río azul", "cancio\u0301n del ri\u0301o azul"
    client = Client()
    register(client, password=composed)
    client.post(link_in(mail.newest_to(NADIA)))
    assert sign_in(Client(), NADIA, apart).status_code == 302


def test_the_password_can_be_shown_without_a_script(few: Few, mail: MailServer) -> None:
    client = Client()
    sent = {"email": NADIA, "password": "half a pass", "show": "yes"}
    shown = text(client.post("/account/register/", sent))
    assert 'type="text" name="password" value="half a pass"' in shown
    assert NADIA in shown and "There is a problem" not in shown
    hidden = text(client.post("/account/register/", sent | {"show": "no"}))
    assert 'type="password" name="password" value="half a pass"' in hidden
    assert not mail.messages


def test_guessing_the_code_is_slowed_down(few: Few, mail: MailServer, moment: Moment) -> None:
    client = Client()
    register(client)
    answers = [client.post("/account/register/mail/", {"code": "00000000"}) for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[-1]["Retry-After"] == "2"
    for _ in range(30):
        moment.now += timedelta(minutes=2)
        client.post("/account/register/mail/", {"code": "00000000"})
    moment.now += timedelta(minutes=2)
    code = code_in(mail.newest_to(NADIA))
    assert client.post("/account/register/mail/", {"code": code}).status_code == 200
    assert client.post(link_in(mail.newest_to(NADIA))).status_code == 302


def test_one_address_is_not_flooded(few: Few, mail: MailServer, moment: Moment) -> None:
    answers = [register(Client(REMOTE_ADDR=f"192.0.2.{n}")) for n in range(6)]
    assert [each.status_code for each in answers] == [302] * 4 + [429] * 2
    assert len(mail.messages) == 4
    moment.now += timedelta(seconds=2)
    assert register(Client()).status_code == 302


def test_a_whole_clinic_may_register_at_once(few: Few, mail: MailServer) -> None:
    answers = [register(Client(), f"nurse{n}@example.org") for n in range(30)]
    assert {each.status_code for each in answers} == {302}


def test_a_full_mail_server_is_told_and_nothing_is_lost(few: Few, mail: MailServer) -> None:
    mail.is_full = True
    for address in (NADIA, "cora@example.org"):
        page = register(Client(), address)
        assert page.status_code == 503 and "could not be sent" in text(page)
    mail.is_full = False
    assert register(Client()).status_code == 302


def test_messages_name_nobody_in_the_subject(few: Few, mail: MailServer) -> None:
    register(Client())
    register(Client(), "cora@example.org")
    subjects = [str(each["Subject"]) for each in mail.messages]
    assert subjects == [
        "Etasu: Confirm your e-mail address",
        "Etasu: You have an account already",
    ]
    assert all(each.get_body(("html",)) is not None for each in mail.messages)


def test_the_trail_holds_no_address(few: Few, mail: MailServer) -> None:
    registered(mail)
    said = [str(row) for row in AuditEntry.objects.values_list("actor", "subject", "detail")]
    assert len(said) > 5 and not [each for each in said if "@" in each]


def test_what_somebody_sets_out_for_gives_no_rights(few: Few, mail: MailServer) -> None:
    client = registered(mail)
    sent = {"full_name": "Nadia Example", "role": "prescriber", "program": "lemtrada"}
    assert client.post("/account/begin/", sent).status_code == 302
    said = IntendedRole.objects.get(user__email=NADIA)
    assert (said.program, said.role) == ("lemtrada", "prescriber")
    assert User.objects.get(email=NADIA).full_name == "Nadia Example"
    assert not Membership.objects.filter(user__email=NADIA).exists()
    assert client.get("/prescriber/")["Location"] == "/"


def test_a_role_the_program_does_not_have_is_told_at_its_field(few: Few, mail: MailServer) -> None:
    client = registered(mail)
    sent = {"full_name": "Nadia Example", "role": "pharmacist", "program": "teaching"}
    page = client.post("/account/begin/", sent)
    assert "Nobody takes part in" in text(page)
    assert not IntendedRole.objects.exists()


def test_who_acts_next_is_said_where_no_page_takes_over(few: Few, mail: MailServer) -> None:
    client = registered(mail)
    sent = {"full_name": "Nadia Example", "role": "care_partner", "program": "lemtrada"}
    assert client.post("/account/begin/", sent)["Location"] == "/account/begun/"
    assert "Ask them to invite you" in text(client.get("/account/begun/"))
    assert client.get("/")["Location"] == "/account/begun/"
