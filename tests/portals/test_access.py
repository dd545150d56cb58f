"""Every role on every page: nobody sees what is not theirs, and nobody learns what exists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from datetime import datetime
from functools import cache
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from etasu.portals import access as portal_access
from etasu.registry import reactions
from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.deciding import waive_obligation
from etasu.registry.monitoring.paper_reports import Paper, send_report
from etasu.registry.monitoring.saved_views import keep_view
from etasu.registry.participants import facts
from etasu.registry.participants.certificates import certificate_of
from etasu.registry.participants.models import Participant
from etasu.registry.patients.actions import open_hold
from etasu.registry.patients.models import Patient
from tests.factories.again import Again
from tests.factories.pictures import picture
from tests.portals.conftest import Moment
from tests.portals.organization_world import settle_people
from tests.portals.world import (
    Cast,
    actor,
    add_person,
    ask_gate,
    asker,
    authorize_course,
    build_cast,
    certified,
    enrolled,
)

UNKNOWN = "7QK2M-X0B4T-N"
# Of each side, where an address holds several: a patient, an infusion, an answer and a refusal.
MOST_TOGETHER = 4
FOR_WHOM = {
    access.PRESCRIBER: "amara",
    access.DELEGATE: "amara",
    access.FACILITY_REPRESENTATIVE: "riverside",
    access.INFUSION_NURSE: "riverside",
    access.PHARMACY_REPRESENTATIVE: "cedar",
    access.PHARMACIST: "cedar",
}
# Of the pages open to everybody, these two read every address.
EVERYWHERE = (access.ANONYMOUS, access.PRESCRIBER)
_WORLDS = Again()
# Whoever works for the program itself sees all of it, and nothing of another program.
WHOLE_PROGRAM = (access.ADMINISTRATOR, access.AUDITOR)


class Estate(NamedTuple):
    """What belongs to one side: numbers that can stand in an address, and words nobody else sees.

    `holds` are ids of holds; `more` has what stands under other names in an address.
    """

    numbers: tuple[str, ...]
    words: tuple[str, ...]
    holds: tuple[int, ...] = ()
    more: Mapping[str, tuple[object, ...]] = {}


class Estates(NamedTuple):
    """Our side, the other organizations of the program, and another program."""

    own: Estate
    other: Estate
    elsewhere: Estate


class World(NamedTuple):
    """The people of the portals' tests, and what is theirs."""

    cast: Cast
    estates: Estates


@pytest.fixture
def world(db: None, moment: Moment) -> World:
    """Something of every kind on both sides, made through the registry's own verbs."""
    return _WORLDS.of(moment.now, lambda: _build(moment.now))


@pytest.fixture
def cast(world: World) -> Cast:
    """The people of that world."""
    return world.cast


@pytest.fixture
def estates(world: World) -> Estates:
    """What is theirs."""
    return world.estates


def _build(at: datetime) -> World:
    cast = build_cast(at)
    ours, theirs = _estate(cast, "amara", "ben", "cora"), _estate(cast, "beck", "hana", "olga")
    return World(cast, Estates(ours, theirs, _far(cast)))


def _estate(cast: Cast, doctor: str, nurse: str, chemist: str) -> Estate:
    is_ours = doctor == "amara"
    patient = cast.mara if is_ours else cast.otto
    parties = (
        (cast.amara, cast.riverside, cast.cedar)
        if is_ours
        else (cast.beck, cast.hillview, cast.oak)
    )
    decisions = [
        authorize_course(cast, patient, by=doctor),
        ask_gate(cast, chemist, "dispense", patient),
        ask_gate(cast, nurse, "infuse", patient),
        ask_gate(cast, nurse, "infuse", patient),
    ]
    assert [each.said["outcome"] for each in decisions] == ["authorized"] * 3 + ["not_authorized"]
    by = actor(nurse)
    infusion = reactions.infusion_given(
        patient, course=1, given_on=cast.today, facility=parties[1], by=by, at=cast.at
    )
    hold = open_hold(patient, "check", reason="check", on=cast.today, by=PLATFORM, at=cast.at)
    numbers = [patient.number, infusion.number, *(each.decision.number for each in decisions)]
    words = [patient.full_name, *numbers, parties[0].name, parties[2].name]
    words += [each.number for each in (parties[0], parties[2])]
    people = settle_people(cast, "Ours" if is_ours else "Theirs", *parties)
    return Estate(
        (*numbers, *(each.number for each in parties)),
        (*words, *people.words),
        (hold.pk,),
        {**people.fillings, "paper": _papers(parties), **_watched(cast, patient, doctor)},
    )


def _watched(cast: Cast, patient: Patient, doctor: str) -> dict[str, tuple[str, ...]]:
    """A report that the patient sent, something waived, and a view that the doctor keeps."""
    at, paper = cast.at, Paper("Laboratory", cast.today, picture("PNG"))
    waiver = waive_obligation(
        patient, "monthly-cbc", due_on=cast.today, reason="r", by=PLATFORM, at=at
    )
    view = keep_view(asker(doctor), "Theirs", {"show": "due"}, by=actor(doctor), at=at)
    return {
        "report": (send_report(patient, paper, by=PLATFORM, at=at).number,),
        "waiver": (waiver.number,),
        "view": (view.number,),
        "upload": (UNKNOWN,),
    }


def _papers(parties: Iterable[Participant]) -> tuple[str, ...]:
    return tuple(paper.number for each in parties if (paper := certificate_of(each)))


def _far(cast: Cast) -> Estate:
    doctor = certified("teaching", "prescriber", "Dr. Faraway", cast.today, cast.at)
    patient = enrolled("teaching", "Fremde Person", doctor, cast.at)
    numbers = (doctor.number, patient.number)
    return Estate(numbers, (*numbers, doctor.name, patient.full_name))


def client_of(cast: Cast, role: str) -> Client:
    """Somebody in the role on our side, signed in; a stranger for the anonymous role."""
    client = Client()
    if role == access.ANONYMOUS:
        return client
    party = getattr(cast, FOR_WHOM[role]) if role in FOR_WHOM else None
    user: User = add_person("lemtrada", f"some-{role}", role, party, cast.at)
    client.force_login(user)
    return client


def addresses(estates: Estates, role: str = "") -> Iterator[tuple[str, str, str]]:
    """Every route with everything that fits into it: its name, whose it is, the address.

    A page that is closed to the role is closed before its address is read, and one that is open to
    everybody is the same for all of them, so that one address of each side shows it; of a closed
    page one that is another's and one that is nobody's.
    """
    fillings = {
        "own": estates.own.numbers,
        "other": (*estates.other.numbers, *estates.elsewhere.numbers),
        "unknown": (UNKNOWN,),
    }
    unknown = Estate((UNKNOWN,), (), (987654,), _UNKNOWN)
    whole = {"own": estates.own, "other": estates.other, "unknown": unknown}
    for name, pattern in portal_access.routes():
        names = list(pattern.pattern.converters)
        if access.is_machine_door(pattern.callback):
            continue
        is_closed = bool(role) and not _is_open(name, role)
        sides = [each for each in fillings if not (is_closed and each == "own")]
        for whose in sides if set(names) - set(NAMED) else ("own",):
            choices = [_values(each, fillings[whose], whole[whose]) for each in names]
            most = MOST_TOGETHER if len(names) > 1 else None
            if is_closed or (role and not _may_differ(name, role)):
                most = 1
            choices = [each[:most] for each in choices]
            for values in product(*choices):
                try:
                    yield name, whose, reverse(name, kwargs=dict(zip(names, values, strict=True)))
                except NoReverseMatch:
                    continue


def _is_open(name: str, role: str) -> bool:
    policy = access.POLICIES[name]
    return role in policy.read | policy.write


def _may_differ(name: str, role: str) -> bool:
    return role in EVERYWHERE or access.POLICIES[name] != access.EVERYBODY


# Numbers and ids of nothing, by the name they have in an address.
_UNKNOWN: Mapping[str, tuple[object, ...]] = {
    "file": (UNKNOWN,),
    "entry": (987654,),
    "member": (987654,),
    "invitation": (UNKNOWN,),
    "asked": (UNKNOWN,),
    "paper": (UNKNOWN,),
    "report": (UNKNOWN,),
    "view": (UNKNOWN,),
    "waiver": (UNKNOWN,),
    "upload": (UNKNOWN,),
    "signed": (UNKNOWN,),
}


# What every program names in the same way, and everybody may know.
NAMED: Mapping[str, tuple[object, ...]] = {
    "program": ("lemtrada",),
    "version": ("2024-03-04",),
    "label": ("2024-03-04",),
    "audience": ("prescriber",),
    "role": ("prescriber",),
    "kind": ("csv",),
    "language": ("es",),
    "form": ("patient-status",),
    "material": ("program-overview",),
    "module": ("program-overview",),
    "assessment": ("passed-knowledge-assessment",),
    "page": (1,),
    "question": (1,),
    "course": (1,),
    "rule": ("monthly-cbc",),
    "due": ("2026-01-01",),
    "text": ("privacy",),
    "answer": ("dosing",),
    "short": ("000000000000",),
    "step": ("way",),
    "source": ("message",),
    "thing": ("no-such-thing",),
    "doubt": ("no-such-doubt",),
    "corrects": ("no-such-note",),
    "deed": ("set",),
    "provider": ("google",),
}


def _values(name: str, numbers: tuple[str, ...], estate: Estate) -> tuple[object, ...]:
    fixed: dict[str, tuple[object, ...]] = {
        "gate": ("authorize",),
        "code": ("course",),
        # Whatever the token, its address only leads on.
        "token": ("no-such-token",),
        # No number of anything is a secret: one is as good to try as all.
        "secret": numbers[:1],
        "hold": estate.holds,
        **NAMED,
        **estate.more,
    }
    return fixed.get(name, numbers)


def body(response: HttpResponse) -> str:
    """All the bytes of an answer, downloads too."""
    if getattr(response, "streaming", False):
        return b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return response.content.decode(errors="replace")


# Its number, and the second at which a page that is not kept was made.
_OWN_EACH_TIME = ("X-Request-ID", "Expires")


def shape(response: HttpResponse, text: str, address: str) -> tuple[object, ...]:
    """A response without its request number and the address it was asked for."""
    headers = {k: v for k, v in response.headers.items() if k not in _OWN_EACH_TIME}
    said = f"{sorted(headers.items())}{text}"
    own = (response.headers["X-Request-ID"], quote(address, safe=""), address)
    for part in (*own, *(part for part in address.split("/") if len(part) > 8)):
        said = said.replace(part, "")
    said = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", said)
    return response.status_code, re.sub(r'name="form_token" value="[\w-]+"', "", said)


def shape_of(client: Client, address: str) -> tuple[object, ...]:
    """The shape of the page at an address."""
    response = client.get(address)
    return shape(response, body(response), address)


class Walk:
    """One role's way through every address: what leaked, and what could be told apart.

    `roles` are those in which it was asked: somebody signed out on the way would find nothing more.
    """

    requests = 0

    def __init__(
        self, client: Client, foreign: set[str], forget: Callable[[], None] = lambda: None
    ) -> None:
        self.client, self.foreign, self.forget = client, foreign, forget
        self.roles: set[str] = set()
        self.leaks: list[object] = []
        self.shapes: dict[tuple[str, str, int], set[object]] = {}

    def visit(
        self, name: str, whose: str, address: str, ways: tuple[str, ...] = ("get", "post")
    ) -> None:
        """Ask for the address, in both ways if nothing else is said."""
        for method in ways:
            if name == "sign-out" and method == "post":
                continue
            response = getattr(self.client, method)(address)
            Walk.requests += 1
            self.roles.add(portal_access.role_of(response.wsgi_request))
            if response.status_code != 404:
                self.forget()
            text = body(response)
            seen = text + str(sorted(response.headers.items()))
            found = [word for word in self.foreign if word in seen and word not in address]
            if found:
                self.leaks.append((method, name, whose, found))
            if whose != "own":
                key = (method, name, address.count("/"))
                self.shapes.setdefault(key, set()).add(shape(response, text, address))

    @property
    def told_apart(self) -> list[object]:
        """Routes where another's number and an unknown one are answered differently."""
        return [key for key, seen in self.shapes.items() if len(seen) > 1]


@pytest.fixture
def quick_sessions(settings: Any) -> None:
    """Sessions are kept in memory: what a page shows does not hang on where they are kept."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"


@pytest.fixture
def forget_people(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Who asks, and in which roles, is read once, until this is called.

    Nobody's roles change where nothing was found. That every page reads them anew is seen below.
    """
    person, roles = ModelBackend.get_user, cache(facts.roles_of)
    people = cache(lambda pk: person(ModelBackend(), pk))
    monkeypatch.setattr(ModelBackend, "get_user", lambda _, pk: copy(people(pk)))
    for module in (facts, portal_access):
        monkeypatch.setattr(module, "roles_of", roles)

    def forget() -> None:
        people.cache_clear()
        roles.cache_clear()

    return forget


@pytest.mark.usefixtures("quick_sessions")
@pytest.mark.parametrize("role", (*access.ROLES, access.ANONYMOUS))
def test_nobody_sees_or_guesses_what_is_not_theirs(
    cast: Cast, estates: Estates, forget_people: Callable[[], None], role: str
) -> None:
    if role in WHOLE_PROGRAM:
        own, other = estates.own, estates.other
        everything = Estate(own.numbers + other.numbers, (), own.holds, own.more)
        estates = Estates(everything, estates.elsewhere, estates.elsewhere)
    foreign = {*estates.other.words, *estates.elsewhere.words}
    walk = Walk(client_of(cast, role), foreign, forget_people)
    for name, whose, address in addresses(estates, role):
        # A closed page is closed before it is known how it was asked for: reading tells enough.
        is_seen = whose == "unknown" and not _is_open(name, role)
        walk.visit(name, whose, address, ("get",) if is_seen else ("get", "post"))
    assert walk.roles == {role}
    assert walk.leaks == []
    assert walk.told_apart == []


def test_the_walk_notices_a_leak(cast: Cast, estates: Estates) -> None:
    walk = Walk(client_of(cast, access.PHARMACIST), {cast.mara.full_name, "quiet"})
    for name, whose, address in addresses(estates):
        if name == "pharmacy:decision":
            walk.visit(name, "other" if whose == "own" else whose, address)
    assert walk.leaks and walk.told_apart


def test_the_walk_notices_who_was_signed_out(cast: Cast) -> None:
    walk = Walk(client_of(cast, access.PHARMACIST), set())
    walk.visit("home", "own", "/", ("get",))
    walk.client.logout()
    walk.visit("home", "own", "/", ("get",))
    assert walk.roles == {access.PHARMACIST, access.ANONYMOUS}


def test_a_forbidden_page_is_the_page_of_an_unknown_address(cast: Cast, estates: Estates) -> None:
    client = client_of(cast, access.INFUSION_NURSE)
    nowhere = shape_of(client, "/no/such/page/")
    assert nowhere[0] == 404
    for address in ("/pharmacy/", "/prescriber/", f"/pharmacy/decisions/{UNKNOWN}/"):
        assert shape_of(client, address) == nowhere


def test_an_ended_membership_stops_at_once(cast: Cast) -> None:
    from etasu.registry.participants.actions import end_membership

    client = client_of(cast, access.PHARMACIST)
    assert client.get("/pharmacy/").status_code == 200
    membership = User.objects.get(email="some-pharmacist@example.org").memberships.get()
    end_membership(membership, by=PLATFORM, at=cast.at)
    assert client.get("/pharmacy/", follow=True).redirect_chain[-1][0] == "/"
    assert "no role at present" in client.get("/").content.decode()


def test_a_route_without_a_policy_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {k: v for k, v in access.POLICIES.items() if k != "pharmacy:home"}
    monkeypatch.setattr(access, "POLICIES", without)
    assert portal_access.routes_without_policy() == ["pharmacy:home"]
    assert [each.id for each in portal_access.every_route_has_a_policy(None)] == ["portals.E001"]
    with pytest.raises(ImproperlyConfigured, match="pharmacy:home"):
        portal_access.Access(lambda request: HttpResponse())


def test_every_policy_is_about_a_route() -> None:
    known = {name for name, _ in portal_access.routes()}
    assert sorted(set(access.POLICIES) - known) == []


def test_policies_name_known_roles_only() -> None:
    known = {*access.ROLES, access.ANONYMOUS, access.NO_ROLE}
    for policy in access.POLICIES.values():
        assert policy.read <= known and policy.write <= known
    assert len(access.ROLES) == 16
