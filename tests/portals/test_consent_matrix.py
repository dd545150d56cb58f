"""Every feature that rests on a consent or a slice: not given, given, revoked. Nothing leaks.

A feature is looked at through its own door each time, as whoever uses it would. A new consent of
the program or a new slice fails here until it has its row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from string import ascii_letters
from time import monotonic
from typing import NamedTuple

import pytest
from django.test import Client

from etasu.registry.accounts.access import SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.community.models import Member
from etasu.registry.patient_support import sharing, sharing_facts
from etasu.registry.patient_support.models import CarePartner
from etasu.registry.patient_support.nurse_facts import is_with_nurses
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.submissions.actions import Given, give_consent
from etasu.registry.submissions.models import Consent
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.sharing import Slice
from tests.factories.mail_server import MailServer
from tests.factories.reminding import look
from tests.portals.patient_world import BORN, NEEDED, Patient, a_form, send, where
from tests.portals.world import NOW, PASSWORD, PROGRAM, Cast, add_person, version
from tests.repository.places import ROOT

NOOR = "noor@example.org"
PATIENT = Actor("consent link 1", "patient")
WITHIN_SECONDS = 1.0


class World(NamedTuple):
    """Noor at her phone, a nurse, and Eva, who accepted to help her and is shared nothing."""

    cast: Cast
    phone: Patient
    nurse: Client
    eva: Client
    partner: CarePartner
    calendar: list[str]

    @property
    def noor(self) -> Enrolled:
        """Noor as she is on record now."""
        return Enrolled.objects.get(pk=self.cast.noor.pk)


Shown = Callable[[World], bool]


def opens(response: object) -> bool:
    """Whether the page is there; led elsewhere or not found, it is not."""
    return getattr(response, "status_code", 0) == 200


def _record(world: World) -> str:
    return f"/partner/{world.partner.number}/"


def _reads_calendar(world: World) -> bool:
    """By any address Eva ever had; a new one is made where the page lets her."""
    made = world.eva.post(f"{_record(world)}calendar/", follow=True).content.decode()
    if "/calendar/" in made and ".ics" in made:
        world.calendar.append("/calendar/" + made.split("/calendar/")[1].split(".ics")[0] + ".ics")
    answers = [Client().get(each).status_code for each in world.calendar]
    assert set(answers) <= {200, 410}
    return 200 in answers


def _gets_copies(world: World) -> bool:
    at = world.cast.at
    return bool(sharing_facts.helpers_with(world.noor, Slice.REMINDERS, at))


def _joins(world: World) -> bool:
    """Under a new name each time, like whoever comes back; whether the boards are there then."""
    name = f"Heron {ascii_letters[Member.objects.count()] * 3}"
    world.phone.browser.post("/community/join/", {"pseudonym": name})
    return "/community/boards/" in world.phone.browser.get("/community/").content.decode()


# What rests on each consent of the program, by its code.
CONSENTS: Mapping[str, tuple[Shown, ...]] = {
    "nurse-support": (
        lambda w: opens(w.nurse.get(f"/watching/patients/{w.noor.number}/")),
        lambda w: opens(w.nurse.get(f"/support/patients/{w.noor.number}/")),
        lambda w: is_with_nurses(w.noor),
        lambda w: opens(w.phone.browser.get("/p/nurses/write/")),
    ),
    "copay-support": (lambda w: opens(w.phone.browser.get("/p/costs/insurance/")),),
    "patient-community": (
        lambda w: _joins(w) and opens(w.phone.browser.get("/community/mine/")),
        lambda w: opens(w.phone.browser.get("/community/boards/helpers/")),
        lambda w: opens(w.phone.browser.get("/community/boards/helpers/begin/")),
    ),
    "lab-program": (lambda w: opens(w.phone.browser.get("/p/tests/ask/way/")),),
}
# What rests on each slice, looked at as the care partner.
SLICES: Mapping[Slice, tuple[Shown, ...]] = {
    Slice.REMINDERS: (
        lambda w: "Complete blood count" in w.eva.get(_record(w)).content.decode(),
        _reads_calendar,
        _gets_copies,
        lambda w: w.eva.post(f"{_record(w)}copies/", {"wanted": "yes"}).status_code == 302,
    ),
    Slice.RESULTS: (
        lambda w: opens(w.eva.get(f"{_record(w)}results/")),
        lambda w: "results/" in w.eva.get(_record(w)).content.decode(),
    ),
    Slice.MESSAGES: (
        lambda w: opens(w.eva.get(f"{_record(w)}messages/")),
        lambda w: "messages/" in w.eva.get(_record(w)).content.decode().split("<main")[1],
    ),
}
# Asked for, and nothing is built on them: the day something is, they need a row.
NOTHING_YET = frozenset({"events", "community"})
# Who left can still claim what they paid before.
KEPT = frozenset({"copay-support"})


@pytest.fixture
def world(cast: Cast, mail: MailServer, signed_in: Callable[[str], Client]) -> World:
    """Everything there is to see, and nobody allowed to see it."""
    mine = {"email": NOOR, "birth_date": BORN, "language": "en", "state": "MN"}
    Enrolled.objects.filter(pk=cast.noor.pk).update(**mine)
    by = {"recorded_at": cast.at, "recorded_by": PLATFORM.number}
    treated_on = cast.today - timedelta(days=20)
    Infusion.objects.create(patient=cast.noor, course=1, given_on=treated_on, **by)
    look(cast.today)
    add_person(PROGRAM, "nell", SUPPORT_NURSE, None, cast.at)
    asked = sharing.Asked("Eva", "eva@example.org", ())
    sent = sharing.invite_partner(cast.noor, asked, by=PATIENT, at=cast.at)
    eva = User.objects.create_user("eva@example.org", PASSWORD, full_name="Eva Example")
    partner = sharing.accept_sharing(sent.token, eva, by=PATIENT, at=cast.at)
    phone = Patient()
    phone.browser.post("/p/choices/", {"email": NOOR})
    assert where(phone.arrive(mail, NOOR)) == "/p/home/"
    return World(cast, phone, signed_in("nell"), signed_in("eva"), partner, [])


def shown(world: World, features: tuple[Shown, ...]) -> list[bool]:
    """Whether each of the features is there now."""
    return [each(world) for each in features]


def revoked_in_time(
    world: World, revoke: Callable[[], object], features: tuple[Shown, ...]
) -> bool:
    """Whether none of the features is left a second after it was revoked."""
    began = monotonic()
    revoke()
    left = shown(world, features)
    return not any(left) and monotonic() - began < WITHIN_SECONDS * len(features)


def test_every_consent_and_slice_has_a_row_and_those_without_a_feature_have_none() -> None:
    asked = {"hipaa-authorization", *CONSENTS, *NOTHING_YET}
    assert set(version(PROGRAM, NOW.date()).consents) == asked, "give the new consent its row"
    assert set(SLICES) == set(Slice), "give the new slice its row"
    folder = ROOT / "programs" / PROGRAM / "2024-03-04"
    rests = [
        f"{path.name}: {code}"
        for path in folder.glob("*.yaml")
        if path.name != "consents.yaml"
        for code in NOTHING_YET
        if f"consent: {code}" in path.read_text()
    ]
    assert rests == [], "something rests on it now: give it a row"


@pytest.mark.parametrize("code", CONSENTS)
def test_a_consent_opens_its_features_and_no_others(world: World, code: str) -> None:
    """Not given, given, revoked, and given again; the others stay shut all the while."""
    others = tuple(one for each, row in CONSENTS.items() if each != code for one in row)
    nothing, everything = [False] * len(CONSENTS[code]), [True] * len(CONSENTS[code])
    assert shown(world, CONSENTS[code]) == nothing

    def give() -> None:
        page = f"/p/choices/{code}/allow/"
        assert world.phone.browser.post(page, {"full_name": "Noor Haddad"}).status_code == 303

    def revoke() -> None:
        assert world.phone.browser.post(f"/p/choices/{code}/take-back/").status_code == 303

    give()
    assert shown(world, CONSENTS[code]) == everything
    assert not any(shown(world, others))
    assert revoked_in_time(world, revoke, CONSENTS[code])
    give()
    assert shown(world, CONSENTS[code]) == everything


def test_a_slice_opens_its_features_and_no_others(world: World) -> None:
    for each in Slice:
        others = tuple(one for other, row in SLICES.items() if other != each for one in row)

        def share(*slices: Slice) -> None:
            page = f"/p/partners/{world.partner.number}/"
            sent = world.phone.browser.post(page, {"slices": slices})
            assert sent.status_code == 303

        assert not any(shown(world, SLICES[each])), each
        share(each)
        assert all(shown(world, SLICES[each])), each
        assert not any(shown(world, others)), each
        assert revoked_in_time(world, share, SLICES[each]), each
    assert opens(world.eva.get(_record(world))), "she still helps, and can report a side effect"
    assert opens(world.eva.get("/safety/report/"))


def test_each_record_has_its_own_calendar_and_its_own_end(world: World) -> None:
    """Eva helps two people, and opens the other record before she has seen the new address."""
    mara = Enrolled.objects.get(pk=world.cast.mara.pk)
    asked = sharing.Asked("Eva", "eva@example.org", [Slice.REMINDERS])
    sent = sharing.invite_partner(mara, asked, by=PATIENT, at=world.cast.at)
    eva = User.objects.get(email="eva@example.org")
    other = sharing.accept_sharing(sent.token, eva, by=PATIENT, at=world.cast.at)
    sharing.share(world.partner, [Slice.REMINDERS], by=PATIENT, at=world.cast.at)
    page = f"/p/partners/{world.partner.number}/".encode()
    assert page not in world.phone.browser.get("/p/home/").content
    ends_on = world.cast.today + timedelta(days=20)
    CarePartner.objects.filter(pk=world.partner.pk).update(ends_on=ends_on)
    assert page in world.phone.browser.get("/p/home/").content, "near its end the patient is asked"
    world.eva.post(f"{_record(world)}calendar/")
    assert ".ics" not in world.eva.get(f"/partner/{other.number}/").content.decode()
    assert ".ics" in world.eva.get(_record(world)).content.decode()
    assert ".ics" not in world.eva.get(_record(world)).content.decode()


def test_what_enrollment_rests_on_closes_everything_when_it_is_taken_back(world: World) -> None:
    """Whatever else was allowed stays on record, and opens nothing."""
    at, noor = world.cast.at, world.noor
    everything = tuple(one for row in (*CONSENTS.values(), *SLICES.values()) for one in row)
    for code in (NEEDED, *CONSENTS):
        subject = ("patient", noor.pk, noor.number)
        given = Given(PROGRAM, code, *subject, noor.full_name, "link")
        give_consent(given, on=world.cast.today, by=PATIENT, at=at)
    sharing.share(world.partner, set(Slice), by=PATIENT, at=at)
    assert all(shown(world, everything))

    def revoke() -> None:
        world.phone.browser.post(f"/p/choices/{NEEDED}/take-back/")

    revoke()
    by_row = {code: shown(world, row) for code, row in (CONSENTS | SLICES).items()}  # type: ignore[operator]
    assert not any(any(each) for code, each in by_row.items() if code not in KEPT), by_row
    assert Consent.objects.filter(revoked_at__isnull=True).count() == len(CONSENTS)


def test_without_what_enrollment_rests_on_nobody_enrolls(
    cast: Cast, mail: MailServer, signed_in: Callable[[str], Client]
) -> None:
    send(signed_in("amara"), a_form(cast))
    lucia = Patient()
    lucia.arrive(mail)
    lucia.allow(NEEDED, "no")
    assert where(lucia.open("/p/form/sign/")) != "/p/form/sign/"
    lucia.allow(NEEDED, "yes")
    assert where(lucia.allow("nurse-support", "no")) != "/p/form/allow/nurse-support/"
