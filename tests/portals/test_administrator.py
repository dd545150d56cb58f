"""What an administrator can do, and that an auditor only reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from etasu.registry.audit import sealing
from etasu.registry.audit.facts import newest_head
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.models import Authorization
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.participants.models import Participant
from etasu.registry.reactions import infusion_given
from tests.portals.conftest import Moment
from tests.portals.world import Cast, actor, ask_gate, authorize_course

SignIn = Callable[[str], Client]


def search(client: Client, words: str) -> str:
    """The start page after a search."""
    assert client.post("/administrator/search/", {"words": words}).url == "/administrator/"
    return client.get("/administrator/").content.decode()


def unauthorized_infusion(cast: Cast, moment: Moment) -> ComplianceEvent:
    """Noor was infused without an authorization."""
    infusion_given(
        cast.noor,
        course=1,
        given_on=cast.today,
        facility=cast.riverside,
        by=actor("ben"),
        at=moment.now,
    )
    return ComplianceEvent.objects.get()


@pytest.mark.parametrize("who", ["ada", "quinn"])
def test_one_box_finds_patients_and_participants(cast: Cast, signed_in: SignIn, who: str) -> None:
    client = signed_in(who)
    assert "Noor Haddad" in search(client, "noor")
    assert "Mara Lindqvist" in search(client, cast.mara.number.lower())
    assert "Dr. Amara" in search(client, "1234567893")
    assert "Cedar Pharmacy" in search(client, "cedar")
    page = search(client, "nobody of this name")
    assert "No patient has this name or number." in page


def test_the_participants_page_says_standing_steps_members_and_story(
    cast: Cast, signed_in: SignIn
) -> None:
    page = signed_in("ada").get(f"/administrator/participants/{cast.amara.number}/")
    said = page.content.decode()
    for each in ("Certified", "Review the Prescribing Information", "Amara Example", "Registered"):
        assert each in said
    assert said.count("Certification step done") == 6


def test_a_participant_is_suspended_lifted_and_decertified(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("ada")
    there = f"/administrator/participants/{cast.riverside.number}/"
    today = cast.today.isoformat()
    page = client.post(f"{there}suspend/", {"since": today, "reason": ""})
    assert "Say why" in page.content.decode()
    page = client.post(f"{there}suspend/", {"since": today, "until": "2020-01-01", "reason": "x"})
    assert "before the first day" in page.content.decode()
    sent = {"since": today, "reason": "No trained staff.", "form_token": "one"}
    for _ in range(2):
        page = client.post(f"{there}suspend/", sent, follow=True)
    said = page.content.decode()
    assert 'tag--stop">Suspended' in said and "No trained staff." in said
    assert AuditEntry.objects.filter(verb="participant.suspended").count() == 1
    assert ask_gate(cast, "ben", "infuse", cast.mara).said["outcome"] == "not_authorized"
    client.post(f"{there}lift/", {"reason": "Staff trained."})
    assert Participant.objects.get(pk=cast.riverside.pk).suspended_from is None
    page = client.post(f"{there}decertify/", {"on": today, "reason": "Closed."}, follow=True)
    assert 'tag--stop">Decertified' in page.content.decode()
    assert f"{there}decertify/" not in page.content.decode()


def test_the_patients_page_tells_who_did_what(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    given = authorize_course(cast)
    event = unauthorized_infusion(cast, moment)
    client = signed_in("quinn")
    said = client.get(f"/administrator/patients/{cast.mara.number}/").content.decode()
    assert given.decision.number in said
    assert "Amara Example, Prescriber" in said
    assert "Authorize a course, Authorized" in said
    said = client.get(f"/administrator/patients/{cast.noor.number}/").content.decode()
    assert "Infusion without authorization" in said
    assert f"/administrator/events/{event.number}/" in said


def test_an_event_is_closed_once_with_what_was_done(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    event = unauthorized_infusion(cast, moment)
    client = signed_in("ada")
    assert event.number in client.get("/administrator/events/").content.decode()
    assert "1 compliance event is open" in client.get("/administrator/").content.decode()
    there = f"/administrator/events/{event.number}/"
    assert "Say what was done" in client.post(there, {"reason": ""}).content.decode()
    for reason in ("Site retrained.", "Second thoughts."):
        page = client.post(there, {"reason": reason}, follow=True)
    said = page.content.decode()
    assert "Site retrained." in said and "Second thoughts." not in said
    assert event.number not in client.get("/administrator/events/").content.decode()
    assert event.number in client.get("/administrator/events/?show=closed").content.decode()


def test_every_program_is_readable_with_what_is_to_be_verified(
    cast: Cast, signed_in: SignIn
) -> None:
    from etasu.programs import library

    client = signed_in("quinn")
    assert "Entries to be verified" in client.get("/administrator/programs/").content.decode()
    for code, loaded in library.current().programs.items():
        for version in loaded.versions:
            page = client.get(f"/administrator/programs/{code}/{version.label}/")
            said = page.content.decode()
            assert page.status_code == 200
            for gate in version.gates.values():
                assert all(each.code in said for each in gate.requirements)
                assert all(each.code in said for each in gate.suspensions)
    assert client.get("/administrator/programs/lemtrada/1999-01-01/").status_code == 404


def test_the_audit_page_opens(cast: Cast, signed_in: SignIn) -> None:
    said = signed_in("quinn").get("/administrator/audit/").content.decode()
    assert "Nothing is sealed yet." in said


def test_an_auditor_changes_nothing(cast: Cast, signed_in: SignIn, moment: Moment) -> None:
    given = authorize_course(cast)
    event = unauthorized_infusion(cast, moment)
    client = signed_in("quinn")
    before = AuditEntry.objects.count()
    there = f"/administrator/participants/{cast.riverside.number}/"
    sent = {"since": "2026-05-01", "on": "2026-05-01", "reason": "x"}
    for place in (
        f"{there}suspend/",
        f"{there}lift/",
        f"{there}decertify/",
        f"/administrator/events/{event.number}/",
    ):
        assert client.post(place, sent).status_code == 404
    for what in ("suspend", "lift", "decertify"):
        assert client.get(f"{there}{what}/").status_code == 404
        assert f"{there}{what}/" not in client.get(there).content.decode()
    assert (
        '<form class="form" method="post"'
        not in client.get(f"/administrator/events/{event.number}/").content.decode()
    )
    assert Authorization.objects.get(number=given.decision.number).state == "live"
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("who", ["amara", "ben", "cora"])
def test_nobody_else_opens_the_administrators_pages(
    cast: Cast, signed_in: SignIn, who: str
) -> None:
    given = authorize_course(cast)
    client = signed_in(who)
    for place in (
        "",
        f"participants/{cast.amara.number}/",
        f"patients/{cast.mara.number}/",
        "decisions/",
        "decisions.csv",
        f"decisions/{given.decision.number}/",
        "events/",
        "programs/",
        "audit/",
    ):
        page = client.get(f"/administrator/{place}")
        assert page.status_code == 404
        assert b"Mara" not in page.content


def test_the_newest_seal_can_be_compared(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "SETTLED", "")
    sealing.seal_waiting(at=cast.at)
    said = signed_in("quinn").get("/administrator/audit/").content.decode()
    assert newest_head().head in said and "Entries sealed" in said
