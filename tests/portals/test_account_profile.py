"""What people say about themselves, and moving to another e-mail address."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from etasu.registry.accounts.models import User
from etasu.registry.audit.models import AuditEntry
from tests.factories.mail_server import MailServer, link_in, text_of
from tests.portals.account_people import Few, is_signed_in, person, plain, sign_in, text, verbs
from tests.portals.conftest import Moment

CORA, NEW = "cora@example.org", "cora.new@example.org"
SAID = {
    "full_name": "Cora Example",
    "telephone": "617-555-0142",
    "time_zone": "America/Chicago",
    "language": "es",
}


def signed_in() -> Client:
    """Cora, signed in a moment ago."""
    client = Client()
    assert sign_in(client, CORA).status_code == 302
    return client


def ask(client: Client, email: str = NEW, **more: str) -> object:
    """Ask to move to another address."""
    return client.post("/account/profile/address/", {"email": email} | more)


def test_what_is_said_is_kept_and_the_pages_change_their_language(few: Few) -> None:
    client = signed_in()
    assert client.post("/account/profile/", SAID)["Location"] == "/account/profile/"
    user = person("cora")
    assert [getattr(user, name) for name in SAID] == list(SAID.values())
    page = text(client.get("/account/profile/"))
    assert '<html lang="es">' in page and "Su perfil está guardado" in page
    # Another browser speaks the language too, from signing in on.
    assert '<html lang="es">' in text(signed_in().get("/account/profile/"))


def test_the_trail_says_what_changed_and_not_to_what(few: Few) -> None:
    client = signed_in()
    client.post("/account/profile/", SAID)
    entry = AuditEntry.objects.filter(verb="person.profile_changed").get()
    assert entry.detail == {"changed": ["language", "telephone", "time_zone"]}
    client.post("/account/profile/", SAID)
    assert AuditEntry.objects.filter(verb="person.profile_changed").count() == 1


def test_mistakes_are_told_at_their_fields_and_nothing_is_lost(few: Few) -> None:
    page = text(signed_in().post("/account/profile/", SAID | {"full_name": "", "telephone": "12"}))
    assert page.count("Enter your full name") == 2
    assert page.count("Enter a US telephone number") == 2
    assert 'value="12"' in page and '<option value="America/Chicago" selected>' in page


def test_the_new_address_confirms_and_both_hear_of_it(few: Few, mail: MailServer) -> None:
    client = signed_in()
    assert NEW in text(ask(client))
    assert "is moving it to another address" in text_of(mail.newest_to(CORA))
    link = link_in(mail.newest_to(NEW))
    for _ in range(2):
        assert Client().get(link).status_code == 200
    assert person("cora").email == CORA
    assert Client().post(link).status_code == 302
    user = User.objects.get(email=NEW)
    assert "person.address_changed" in " ".join(verbs(user))
    assert "You now sign in with this address" in text_of(mail.newest_to(NEW, "was changed"))
    assert "e-mail address was changed" in text_of(mail.newest_to(CORA, "A change"))
    assert Client().post(link).status_code == 410
    assert sign_in(Client(), CORA).status_code == 200
    assert sign_in(Client(), NEW).status_code == 302


def test_a_form_sent_twice_writes_once_to_each(few: Few, mail: MailServer) -> None:
    client = signed_in()
    for _ in range(2):
        ask(client, form_token="shown-once")
    assert len(mail.messages) == 2
    assert Client().post(link_in(mail.newest_to(NEW))).status_code == 302


def test_the_former_address_takes_the_account_back(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    intruder = signed_in()
    ask(intruder)
    keep = link_in(mail.newest_to(CORA, "being changed"))
    Client().post(link_in(mail.newest_to(NEW)))
    moment.now += timedelta(days=6)
    assert Client().get(keep).status_code == 200 and User.objects.filter(email=NEW).exists()
    assert "everybody is signed out" in text(Client().post(keep))
    assert person("cora").email == CORA and not is_signed_in(intruder)
    assert Client().post(keep).status_code == 410


def test_a_move_that_was_stopped_goes_nowhere(few: Few, mail: MailServer) -> None:
    ask(signed_in())
    Client().post(link_in(mail.newest_to(CORA, "being changed")))
    assert Client().post(link_in(mail.newest_to(NEW))).status_code == 410
    assert person("cora").email == CORA


def test_an_address_of_somebody_else_is_answered_alike(few: Few, mail: MailServer) -> None:
    client = signed_in()
    pages = [plain(ask(client, who)) for who in (NEW, "ben@example.org")]
    assert pages[0] == pages[1]
    assert "nothing was changed" in text_of(mail.newest_to("ben@example.org"))
    assert "This is your address already" in text(ask(client, CORA))


def test_an_address_taken_meanwhile_is_not_moved_to(few: Few, mail: MailServer) -> None:
    ask(signed_in())
    User.objects.create_user(NEW, "plum ladder orbit seven", full_name="Nadia Example")
    assert Client().post(link_in(mail.newest_to(NEW))).status_code == 410
    assert person("cora").email == CORA


def test_moving_asks_again_who_it_is_and_a_link_is_good_for_a_day(
    few: Few, mail: MailServer, moment: Moment
) -> None:
    client = signed_in()
    ask(client)
    moment.now += timedelta(minutes=21)
    assert ask(client)["Location"].startswith("/account/confirm/")  # type: ignore[index]
    assert len(mail.messages) == 2
    moment.now += timedelta(hours=24)
    assert Client().get(link_in(mail.newest_to(NEW))).status_code == 410


def test_messages_come_in_the_persons_language(few: Few, mail: MailServer) -> None:
    client = signed_in()
    client.post("/account/profile/", SAID)
    ask(client)
    said = mail.newest_to(CORA)
    assert str(said["Subject"]).strip() == "Etasu: Se está cambiando su correo electrónico"
    body = said.get_body(("html",))
    assert body is not None and '<html lang="es">' in str(body.get_content())
