"""My organization: sites certified each by itself, and representatives who follow without a gap."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.education import progress
from etasu.registry.participants import sites
from etasu.registry.participants.models import Invitation, Membership, Organization, Participant
from etasu.registry.participants.representatives import hand_over
from etasu.registry.reactions import module_reviewed
from etasu.registry.submissions.models import Draft
from etasu.safe_use.program import StepKind
from etasu.safe_use.training import training_tasks
from tests.factories.answers import right_answers
from tests.factories.mail_server import MailServer, link_in, text_of
from tests.factories.organizations import grace_of
from tests.portals.conftest import Moment
from tests.portals.html_checks import html_problems
from tests.portals.test_access import UNKNOWN, body, shape
from tests.portals.test_form_pages import Desk
from tests.portals.world import PASSWORD, PROGRAM, Cast, add_person, asker

SignIn = Callable[[str], Client]
FACILITY = access.FACILITY_REPRESENTATIVE
PLACE = {
    "name": "Lakeside Infusion", "npi": "1245319599", "setting": "hospital", "city": "Boston",
    "state": "MA", "zip_code": "02139", "telephone": "617-555-0142",
}  # fmt: skip
NEXT = {"full_name": "Cleo Next", "email": "cleo@example.org"}


@pytest.fixture
def rita(cast: Cast, signed_in: SignIn) -> Client:
    """The representative of Riverside."""
    add_person(PROGRAM, "rita", FACILITY, cast.riverside, cast.at - timedelta(days=9))
    return signed_in("rita")


def page(client: Client, address: str) -> str:
    """A sound page."""
    shown = client.get(address, follow=True)
    text = shown.content.decode()
    assert shown.status_code == 200 and html_problems(text) == [], address
    return text


def send(client: Client, address: str, **said: str) -> Any:
    """A form as its page sends it, and again, as an impatient hand does."""
    token = re.search(r'name="form_token" value="([^"]+)"', page(client, address))
    sent = said | ({"form_token": token[1]} if token else {})
    first = client.post(address, sent)
    if token and first.status_code == 302:
        assert client.post(address, sent).status_code in (302, 303)
    return first


def site_of(place: Participant, rest: str = "") -> str:
    """An address of one site's pages."""
    return f"/organization/sites/{place.number}/{rest}"


def again(place: Participant) -> Participant:
    """The site as it is on record now."""
    return Participant.objects.get(pk=place.pk)


def train(user: User, role: str, cast: Cast) -> None:
    """Read every module of the role."""
    version = library.current().effective(PROGRAM, cast.today)
    assert version is not None
    by = Actor(user.number, role)
    for task in training_tasks(version, version.parties["facility"]):
        for each in task.work.pages:
            progress.note_page_read(user, PROGRAM, task.work, each.code, by=by, at=cast.at)
        module_reviewed(user, version, task.work, on=cast.today, by=by, at=cast.at)


def sign_for(client: Client, place: Participant) -> None:
    """Fill in the site's form and sign it, page by page."""
    led_to = client.post(site_of(place, "enroll/"), follow=True)
    draft = Draft.objects.filter(subject_id=place.pk, subject_kind="participant").latest("pk")
    assert draft.number in led_to.request["PATH_INFO"]
    version = library.current().version(PROGRAM, draft.program_version)
    assert version is not None
    definition = version.forms[draft.form]
    desk = Desk(draft, definition, client, right_answers(definition, draft.begun_at.date()))
    desk.walk()
    signed = client.post(desk.place("sign"), desk.signature() | {"password": PASSWORD})
    assert signed.status_code == 302, signed.context["form"].errors


def test_one_site_grows_into_an_organization(rita: Client, cast: Cast) -> None:
    alone = page(rita, "/organization/")
    assert "Riverside" in alone and "Make it the first site" in alone
    refused = rita.post("/organization/new/", {"name": ""})
    assert "Enter the name of the organization" in refused.content.decode()
    send(rita, "/organization/new/", name="Riverside Health")
    assert Organization.objects.get().name == "Riverside Health"
    mistakes = rita.post("/organization/sites/add/", PLACE | {"npi": "1245319598", "state": ""})
    text = mistakes.content.decode()
    assert text.count("error-summary") or text.count("mistakes")
    assert 'value="Lakeside Infusion"' in text and 'value="02139"' in text
    send(rita, "/organization/sites/add/", **PLACE)
    [lakeside] = Participant.objects.filter(name="Lakeside Infusion")
    assert (lakeside.organization.name, lakeside.time_zone) == (
        "Riverside Health",
        "America/New_York",
    )
    both = page(rita, "/organization/")
    assert "Lakeside Infusion" in both and "Riverside" in both
    known = rita.post("/organization/sites/add/", PLACE | {"name": "Another"})
    assert "is in the program already" in known.content.decode()
    rows = rita.get("/organization/sites.csv")
    lines = b"".join(rows.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and lines[1].split(",")[1] == "Lakeside Infusion"


def test_a_second_site_is_certified_by_itself(rita: Client, cast: Cast) -> None:
    train(User.objects.get(email="rita@example.org"), FACILITY, cast)
    send(rita, "/organization/new/", name="Riverside Health")
    send(rita, "/organization/sites/add/", **PLACE)
    lakeside = Participant.objects.get(name="Lakeside Infusion")
    before = again(cast.riverside).certified_until
    tasks = page(rita, site_of(lakeside))
    # Whatever Rita did in person already is done for this site too.
    assert tasks.count("Complete") == 3 and site_of(lakeside, "enroll/") in tasks
    sign_for(rita, lakeside)
    assert again(lakeside).certified_from == cast.today
    assert again(cast.riverside).certified_until == before
    assert "Certified" in page(rita, site_of(lakeside))


def test_sites_are_searched_and_narrowed(rita: Client, cast: Cast) -> None:
    send(rita, "/organization/new/", name="Riverside Health")
    send(rita, "/organization/sites/add/", **PLACE)
    rita.post("/organization/", {"words": "boston"})
    assert "Lakeside" in page(rita, "/organization/")
    found = rita.get("/organization/").context["table"]
    assert [row[0].text for row in found.rows] == ["Lakeside Infusion"]
    rita.post("/organization/", {"words": "boston", "clear": "yes"})
    certified = rita.get("/organization/", {"show": "certified"}).context["table"]
    assert [row[0].text for row in certified.rows] == ["Riverside"]


def test_the_next_representative_takes_over_without_a_gap(
    rita: Client, cast: Cast, moment: Moment, mail: MailServer
) -> None:
    there = site_of(cast.riverside)
    held = Membership.objects.get(user__email="rita@example.org")
    lacking = rita.post(site_of(cast.riverside, "representative/"), NEXT)
    assert "Choose whose place they take" in lacking.content.decode()
    send(rita, site_of(cast.riverside, "representative/"), **NEXT, replaces=str(held.pk))
    assert Invitation.objects.count() == 1
    message = mail.newest_to("cleo@example.org")
    assert "Riverside" not in str(message["Subject"]) and "Riverside" in text_of(message)
    cleo = Client()
    assert "You have no account yet" in page(cleo, link_in(message))
    new = {"full_name": "Cleo Next", "password": PASSWORD, "again": PASSWORD}
    assert cleo.post("/invitation/", new | {"again": "else"}).status_code == 200
    assert cleo.post("/invitation/", new).url == "/sign-in/"
    cleo.post("/sign-in/", {"email": "cleo@example.org", "password": PASSWORD})
    taking = page(cleo, there)
    assert "You are taking over" in taking and "Rita Example" in taking
    # Both represent the site until Cleo has trained and signed.
    assert sites.representatives_of(cast.riverside).count() == 2
    train(User.objects.get(email="cleo@example.org"), FACILITY, cast)
    assert sites.representatives_of(cast.riverside).count() == 2
    sign_for(cleo, cast.riverside)
    assert [each.user.email for each in sites.representatives_of(cast.riverside)] == [
        "cleo@example.org"
    ]
    assert "You are taking over" not in page(cleo, there)
    assert again(cast.riverside).representative_left_on is None
    assert rita.get(there).status_code in (303, 404)
    told = sites.representation_history(cast.riverside)
    assert [each.membership.user.full_name for each in told] == ["Cleo Next", "Rita Example"]
    assert hand_over(User.objects.get(email="cleo@example.org"), by=PLATFORM, at=cast.at) == []


def test_the_gate_closes_when_the_grace_is_over(rita: Client, cast: Cast) -> None:
    held = Membership.objects.get(user__email="rita@example.org")
    there = f"/organization/members/{held.pk}/end/"
    with grace_of(PROGRAM, 30):
        warning = page(rita, there)
        assert "Riverside" in warning and "ends by Sat, May 30, 2026" in warning
        unsure = rita.post(there, {})
        assert "Say that you understand what follows" in unsure.content.decode()
        assert Membership.objects.get(pk=held.pk).ended_at is None
        send(rita, there, begins_grace="on")
        assert again(cast.riverside).representative_left_on == cast.today
        assert [_is_closed(cast, days) for days in (0, 29, 30)] == [False, False, True]


def _is_closed(cast: Cast, days: int) -> bool:
    """Whether the gate says no to Riverside so many days on, for a course on that day."""
    at, on = cast.at + timedelta(days=days), cast.today + timedelta(days=days)
    request = AuthorizationRequest(
        PROGRAM, "authorize", cast.mara.number, on, facility=cast.riverside.number
    )
    said = answer_request(request, by=asker("amara"), at=at).said
    return "facility-certified" in {
        each["code"] for each in said["findings"] if each["outcome"] == "not_met"
    }


def test_without_a_grace_the_page_says_that_the_certification_ends(
    rita: Client, cast: Cast
) -> None:
    held = Membership.objects.get(user__email="rita@example.org")
    assert "This program has no grace" in page(rita, f"/organization/members/{held.pk}/end/")


def test_invitations_are_sent_again_and_revoked(rita: Client, cast: Cast, mail: MailServer) -> None:
    send(rita, site_of(cast.riverside, "representative/"), **NEXT, replaces="nobody")
    first = link_in(mail.newest_to("cleo@example.org"))
    [invited] = Invitation.objects.all()
    there = f"/organization/invitations/{invited.number}/"
    page(rita, there)
    rita.post(there, {"again": "yes"})
    second = link_in(mail.newest_to("cleo@example.org"))
    assert first != second
    assert "no longer opens" in Client().get(first, follow=True).content.decode()
    [newer] = Invitation.objects.filter(revoked_at__isnull=True)
    rita.post(f"/organization/invitations/{newer.number}/", {"revoke": "yes"})
    assert Client().get(second, follow=True).status_code == 404
    mail.is_full = True
    said = rita.post(
        site_of(cast.riverside, "representative/"), NEXT | {"replaces": "nobody"}, follow=True
    )
    assert "The message could not be sent" in said.content.decode()


def test_somebody_else_s_invitation_is_not_taken(
    rita: Client, cast: Cast, mail: MailServer, signed_in: SignIn
) -> None:
    send(rita, site_of(cast.riverside, "representative/"), **NEXT, replaces="nobody")
    link = link_in(mail.newest_to("cleo@example.org"))
    hana = signed_in("hana")
    assert "another e-mail address" in page(hana, link)
    hana.post("/invitation/")
    assert not Membership.objects.filter(user__email="hana@example.org", role=FACILITY).exists()
    User.objects.create_user("cleo@example.org", PASSWORD, full_name="Cleo Next")
    cleo = Client()
    assert "You have an account already" in page(cleo, link)
    back = cleo.post("/sign-in/?next=/invitation/", {"email": "cleo@example.org",
                     "password": PASSWORD, "next": "/invitation/"})  # fmt: skip
    assert back.url == "/invitation/"
    assert cleo.post("/invitation/").url == "/"
    assert "Acts now" in page(cleo, site_of(cast.riverside))


def test_another_s_site_looks_like_none(rita: Client, cast: Cast) -> None:
    rests = ("", "enroll/", "representative/", "roster/", "roster/send/", "roster/person/",
             "roster/invite/", "roster/trained/", "roster.csv")  # fmt: skip
    for rest in rests:
        theirs, nobodys = (
            f"/organization/sites/{n}/{rest}" for n in (cast.hillview.number, UNKNOWN)
        )
        for method in ("get", "post"):
            seen = [getattr(rita, method)(address) for address in (theirs, nobodys)]
            assert {each.status_code for each in seen} <= {404, 405}, (method, rest)
            first, second = (
                shape(each, body(each), address)
                for each, address in zip(seen, (theirs, nobodys), strict=True)
            )
            assert first == second and "Hillview" not in str(first)


def test_every_page_has_a_way_on_for_the_pharmacy_too(cast: Cast, signed_in: SignIn) -> None:
    add_person(PROGRAM, "pia", access.PHARMACY_REPRESENTATIVE, cast.cedar, cast.at)
    pia = signed_in("pia")
    for rest in ("", "representative/", "roster/", "roster/send/", "roster/person/", "enroll/"):
        page(pia, site_of(cast.cedar, rest))
    page(pia, "/organization/new/")
    assert any(step.kind is StepKind.SIGN for step in _party("pharmacy", cast).steps)


def _party(kind: str, cast: Cast) -> Any:
    version = library.current().effective(PROGRAM, cast.today)
    assert version is not None
    return version.parties[kind]
