"""Agreeing to be found by the public: the prescriber's own choice, in force at the next search."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.listing import CannotChoose, list_publicly
from etasu.registry.participants.models import Participant
from etasu.registry.reactions import participant_suspended
from tests.portals.html_checks import html_problems
from tests.portals.world import PROGRAM, Cast, add_person

SignIn = Callable[[str], Client]
PLACE = {"city": "Dayton", "state": "OH", "zip_code": "45402"}


@pytest.fixture
def doctor(cast: Cast) -> Participant:
    """Dr. Amara, whose practice is in Dayton."""
    Participant.objects.filter(pk=cast.amara.pk).update(**PLACE)
    cast.amara.refresh_from_db()
    return cast.amara


def there(participant: Participant) -> str:
    """The page about one's place in the list."""
    return f"/standing/{participant.number}/list/"


def said(client: Client, address: str) -> str:
    """A sound page as one line."""
    shown = client.get(address, follow=True)
    text = shown.content.decode()
    assert shown.status_code == 200 and html_problems(text) == [], address
    return " ".join(text.split())


def found_in_ohio() -> str:
    """What the public reads of the sites in Ohio."""
    return Client().get(f"/programs/{PROGRAM}/sites/?state=OH").content.decode()


def choose(client: Client, participant: Participant, listed: str) -> Any:
    """Press the button of a page that was just opened."""
    token = re.search(r'name="form_token" value="([\w-]+)"', said(client, there(participant)))
    assert token is not None
    return client.post(there(participant), {"form_token": token[1], "listed": listed})


def test_a_prescriber_says_yes_and_takes_it_back(
    cast: Cast, doctor: Participant, signed_in: SignIn
) -> None:
    amara = signed_in("amara")
    assert "Not shown to the public" in said(amara, "/standing/")
    page = said(amara, there(doctor))
    assert "Nobody is shown without saying yes." in page and "What would be shown" in page
    for shown in ("Dr. Amara", "Dayton, OH 45402", "1-555-555-0142"):
        assert shown in page and shown not in found_in_ohio()
    assert choose(amara, doctor, "yes")["Location"] == there(doctor)
    for shown in ("Dr. Amara", "Dayton, OH 45402", "1-555-555-0142"):
        assert shown in found_in_ohio()
    page = said(amara, there(doctor))
    assert "You are in the list." in page and "The public finds what stands below." in page
    assert "Shown to the public" in said(amara, "/standing/")
    assert choose(amara, doctor, "no").status_code == 302
    assert "Dr. Amara" not in found_in_ohio()
    verbs = AuditEntry.objects.filter(subject=doctor.number, verb__endswith="listed")
    assert [(each.verb, each.role) for each in verbs.order_by("pk")] == [
        ("participant.listed", "prescriber"),
        ("participant.unlisted", "prescriber"),
    ]


def test_a_second_click_and_an_old_page_change_nothing(
    cast: Cast, doctor: Participant, signed_in: SignIn
) -> None:
    amara = signed_in("amara")
    token = re.search(r'name="form_token" value="([\w-]+)"', said(amara, there(doctor)))
    assert token is not None
    old = {"form_token": token[1], "listed": "yes"}
    for _click in range(2):
        assert amara.post(there(doctor), old).status_code == 302
    choose(amara, doctor, "no")
    # The page from before is sent again by the back button: a yes that was taken back stays so.
    assert amara.post(there(doctor), old).status_code == 302
    doctor.refresh_from_db()
    assert doctor.listed is False
    assert AuditEntry.objects.filter(verb="participant.listed").count() == 1
    assert amara.post(there(doctor), {"listed": "perhaps"}).status_code == 404


def test_nobody_says_yes_for_the_prescriber(
    cast: Cast, doctor: Participant, signed_in: SignIn
) -> None:
    add_person(PROGRAM, "dale", "delegate", doctor, cast.at)
    add_person(PROGRAM, "ruth", "facility_representative", cast.riverside, cast.at)
    Participant.objects.filter(pk=cast.riverside.pk).update(**PLACE)
    for name in ("dale", "beck", "ada", "cora", "ruth"):
        client = signed_in(name)
        assert client.get(there(doctor)).status_code == 404, name
        assert client.post(there(doctor), {"listed": "yes"}).status_code == 404, name
    # A facility is found while it is certified: its people read what is shown, and choose nothing.
    for name in ("ruth", "ben"):
        client = signed_in(name)
        assert "See what is shown" in said(client, "/standing/")
        page = said(client, there(cast.riverside))
        assert "The public finds what stands below." in page and "Dayton, OH 45402" in page
        assert 'name="listed"' not in page
        assert client.post(there(cast.riverside), {"listed": "no"}).status_code == 404
    assert "Riverside" in found_in_ohio() and "Dr. Amara" not in found_in_ohio()
    # A pharmacy is in no list, so that it reads nothing of one.
    assert signed_in("cora").get(there(cast.cedar)).status_code == 404
    for site in (cast.riverside, cast.cedar):
        with pytest.raises(CannotChoose):
            list_publicly(site, True, by=PLATFORM, at=cast.at)


def test_who_agreed_is_shown_only_while_certified_and_with_a_place(
    cast: Cast, doctor: Participant, signed_in: SignIn
) -> None:
    amara = signed_in("amara")
    choose(amara, doctor, "yes")
    participant_suspended(
        doctor, since=cast.today, until=None, reason="Audit.", by=PLATFORM, at=cast.at
    )
    assert "on every day on which you are certified" in said(amara, there(doctor))
    assert "Not shown to the public" in said(amara, "/standing/")
    assert "Dr. Amara" not in found_in_ohio()
    # Agreed before there was a place: said, so that nobody waits in vain to be found.
    beck = signed_in("beck")
    assert "No place is on record" in said(beck, there(cast.beck))
    beck.post("/language/", {"language": "es", "next": there(cast.beck)})
    assert "No consta ningún lugar" in said(beck, there(cast.beck))
