"""The first administrator of an empty site gets in alone; no password is ever shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.clock.time import now_utc
from etasu.programs import library
from etasu.registry.accounts.models import MailedLink, User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.appointing import Appointee
from etasu.registry.participants.appointing import appoint as appoint_to
from etasu.registry.participants.models import Membership
from etasu.site import cli
from etasu.site.cli.answers import Exit
from tests.factories.mail_server import MailServer, link_in, text_of

pytestmark = pytest.mark.django_db
Capture = pytest.CaptureFixture[str]
ROSA = "rosa@example.org"
NAMED = ("--name", "Rosa Example", "--program", "lemtrada")
GOOD = "plum ladder orbit seven"


@pytest.fixture(scope="module")
def programs() -> library.ProgramLibrary:
    return library.load_library()


@pytest.fixture(autouse=True)
def stocked(programs: library.ProgramLibrary, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands find their programs on the shelf, so that they are read once."""
    monkeypatch.setattr("etasu.site.stocking.stock_programs", lambda: None)
    library.use(programs)
    yield
    library.use(None)


def appoint(*arguments: str) -> int:
    """`etasu administrator …`, and how it ends."""
    return cli.run(["administrator", *arguments])


def link_of(said: str) -> str:
    """The address of the printed link, without the site's."""
    found = re.search(r"https?://[^/\s]+(/\S+)", said)
    assert found is not None, said
    return found[1]


def test_the_first_one_of_an_empty_site_gets_in_without_a_mail_server(
    capsys: Capture, settings: Any
) -> None:
    settings.ETASU_SECOND_STEP = "required"
    settings.EMAIL_BACKEND = "etasu.site.mail.FolderBackend"
    assert not User.objects.exists()
    assert appoint(" Rosa@Example.org ", *NAMED) == Exit.DONE
    said = capsys.readouterr().out
    assert f"{ROSA} administers lemtrada from now on." in said
    rosa = User.objects.get()
    assert (rosa.email, rosa.full_name, rosa.has_usable_password()) == (ROSA, "Rosa Example", False)
    trail = AuditEntry.objects.order_by("pk").values_list("verb", "actor", "role", "subject")
    assert list(trail) == [
        (verb, "platform", "operator", rosa.number)
        for verb in ("person.registered", "member.added", "link.mailed")
    ]
    client = Client()
    link = link_of(said)
    assert client.get(link).status_code == 200
    assert client.post(link, {"password": GOOD}).status_code == 302
    # Once: the link is used up, and the password is the person's own.
    assert Client().get(link).status_code == 410
    client.post("/sign-in/", {"email": ROSA, "password": GOOD})
    led = client.get("/administrator/", follow=True)
    # The role waits for its second step, which the person sets up alone.
    assert "One step more" in led.content.decode()
    settings.ETASU_SECOND_STEP = "offered"
    assert client.get("/administrator/").status_code == 200


def test_another_is_refused_unless_asked_for(capsys: Capture) -> None:
    assert appoint(ROSA, *NAMED) == Exit.DONE
    capsys.readouterr()
    sam = ("sam@example.org", "--name", "Sam Example", "--program", "lemtrada")
    assert appoint(*sam) == Exit.FAILED
    refused = capsys.readouterr().err
    assert "Somebody administers lemtrada already." in refused and "--another" in refused
    assert not User.objects.filter(email="sam@example.org").exists()
    assert appoint(*sam, "--another") == Exit.DONE
    # Each program has its own: that one has an administrator says nothing of the next.
    assert appoint(*sam[:3], "--program", "teaching") == Exit.DONE
    assert Membership.objects.count() == 3
    # One whose role ended, or whose account is closed, does not keep a site without anybody.
    Membership.objects.filter(program="teaching").update(ended_at=now_utc(), ended_by="x")
    User.objects.filter(email="sam@example.org").update(is_active=False)
    assert appoint(ROSA, "--program", "teaching") == Exit.DONE
    assert appoint("sam@example.org", "--program", "teaching", "--another") == Exit.FAILED
    assert "is closed" in capsys.readouterr().err


def test_run_again_it_gives_a_new_link_until_there_is_a_password(capsys: Capture) -> None:
    appoint(ROSA, *NAMED)
    first = link_of(capsys.readouterr().out)
    MailedLink.objects.update(good_until=now_utc() - timedelta(minutes=1))
    assert Client().get(first).status_code == 410
    assert appoint(ROSA, "--program", "lemtrada", "--json") == Exit.DONE
    body = json.loads(capsys.readouterr().out)
    assert (body["is_new"], body["sent"]) == (False, False)
    Client().post(link_of(body["link"]), {"password": GOOD})
    assert appoint(ROSA, "--program", "lemtrada") == Exit.DONE
    said = capsys.readouterr().out
    assert "administers lemtrada already." in said and "sign in as before" in said
    assert "http" not in said
    assert Membership.objects.count() == User.objects.count() == 1


def test_somebody_who_is_here_keeps_their_password(capsys: Capture) -> None:
    known = User.objects.create_user(ROSA, GOOD, full_name="Rosa Known")
    assert appoint(ROSA, *NAMED) == Exit.DONE
    assert "sign in as before" in capsys.readouterr().out
    known.refresh_from_db()
    assert known.check_password(GOOD) and known.full_name == "Rosa Known"
    assert not MailedLink.objects.exists()


def test_where_there_is_a_mail_server_the_link_goes_by_mail_alone(
    capsys: Capture, settings: Any
) -> None:
    server = MailServer()
    for name, value in server.settings().items():
        setattr(settings, name, value)
    try:
        assert appoint(ROSA, *NAMED) == Exit.DONE
        said = capsys.readouterr().out
        assert "went to that address" in said and "http" not in said
        message = server.newest_to(ROSA)
        assert "lemtrada" not in text_of(message).lower() + str(message["Subject"]).lower()
        assert Client().get(link_in(message)).status_code == 200
        server.is_full = True
        assert appoint(ROSA, *NAMED) == Exit.DONE
        # Nobody waits for a message that never left.
        said = capsys.readouterr().out
        assert "The mail server did not take the message." in said
        assert Client().get(link_of(said)).status_code == 200
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((), "Missing argument"),
        (("rosa", *NAMED), "rosa is not an e-mail address."),
        ((ROSA, "--program", "lemtrada"), "a new one needs a name"),
        ((ROSA, "--name", "Rosa", "--program", "no-such"), "there is no program no-such"),
        ((ROSA, "--name", "Rosa"), "which program is it?"),
    ],
)
def test_wrong_usage_ends_with_two_and_changes_nothing(
    arguments: tuple[str, ...], what: str, capsys: Capture
) -> None:
    assert appoint(*arguments) == Exit.USAGE
    error = capsys.readouterr().err
    assert what in error and "Traceback" not in error
    assert not User.objects.exists() and not AuditEntry.objects.exists()


def test_a_system_administers_nothing(capsys: Capture) -> None:
    User.objects.create_user(ROSA, None, full_name="Lab system", is_system=True)
    assert appoint(ROSA, *NAMED) == Exit.FAILED
    assert "belongs to a system" in capsys.readouterr().err
    assert not Membership.objects.exists()


@pytest.mark.parametrize(
    ("address", "is_warned"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("https://rems.example.org", False),
        ("http://localhost:8000", False),
    ],
)
def test_a_site_without_a_name_is_told_that_passkeys_need_one(
    address: str, is_warned: bool, capsys: Capture, settings: Any
) -> None:
    settings.ETASU_SITE_URL, settings.ETASU_SECOND_STEP = address, "required"
    assert appoint(ROSA, *NAMED) == Exit.DONE
    said = capsys.readouterr().out
    assert f"{address}/" in said
    assert ("a passkey needs a name" in said) is is_warned


def staff(*arguments: str) -> int:
    """`etasu appoint …`, and how it ends."""
    return cli.run(["appoint", *arguments])


@pytest.mark.parametrize(
    "role", ["support_nurse", "lab_analyst", "safety_reviewer", "moderator", "auditor"]
)
def test_whoever_works_for_a_program_is_appointed_and_let_go(role: str, capsys: Capture) -> None:
    words = role.replace("_", " ")
    assert staff(ROSA, role, *NAMED) == Exit.DONE
    said = capsys.readouterr().out
    assert f"{ROSA} is {words} of lemtrada from now on." in said
    assert Client().get(link_of(said)).status_code == 200
    # A second one of them needs no leave.
    assert staff("sam@example.org", role, "--name", "Sam", "--program", "lemtrada") == Exit.DONE
    assert Membership.objects.filter(role=role, ended_at=None).count() == 2
    assert staff(ROSA, role, "--program", "lemtrada", "--end") == Exit.DONE
    assert f"{ROSA} is no longer {words} of lemtrada." in capsys.readouterr().out
    assert Membership.objects.get(user__email=ROSA).ended_by == "platform"
    assert User.objects.get(email=ROSA).is_active
    assert staff(ROSA, role, "--program", "lemtrada", "--end") == Exit.FAILED
    assert f"{ROSA} is no {words} of lemtrada." in capsys.readouterr().err


def test_nobody_is_appointed_to_what_certification_or_an_invitation_gives(capsys: Capture) -> None:
    assert staff(ROSA, "prescriber", *NAMED) == Exit.USAGE
    assert "prescriber" in capsys.readouterr().err
    assert staff("rosa", "auditor", *NAMED) == Exit.USAGE
    assert not User.objects.exists()
    with pytest.raises(KeyError):
        appoint_to(
            Appointee("lemtrada", ROSA, "Rosa", "prescriber"),
            is_further=True,
            by=PLATFORM,
            at=now_utc(),
        )
