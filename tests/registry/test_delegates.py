"""Delegates: many prescribers to many delegates, either side ends it, and nobody signs for them."""

from __future__ import annotations

from datetime import date

import pytest

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.actions import answer_request as ask_gate
from etasu.registry.authorizations.requests import AuthorizationRequest, BadRequest
from etasu.registry.participants import actions, delegation
from etasu.registry.participants.facts import Asker, askers
from etasu.registry.participants.models import DelegateRequest, Membership, Participant
from etasu.registry.participants.visibility import (
    PARTICIPANTS,
    PATIENTS,
    participants_seen_by,
    patients_seen_by,
)
from etasu.registry.patients.actions import close_hold, enroll_patient, open_hold
from etasu.registry.patients.facts import patient_seen, patients_seen
from etasu.registry.patients.models import Patient
from tests.factories.organizations import person, representative
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world, certified
from tests.registry.test_organizations import chain

pytestmark = pytest.mark.django_db
BY = Actor("somebody", "prescriber")


@pytest.fixture
def world(db: None) -> World:
    """Dr. Amara and Mara."""
    return build_world()


@pytest.fixture
def beck(world: World) -> Participant:
    """Another doctor, with a patient."""
    beck = certified("prescriber", "Dr. Beck", date(2024, 2, 1), npi="1987654328")
    enroll_patient(PROGRAM, "Otto", prescriber=beck, enrolled_on=ON, by=PLATFORM, at=AT)
    return beck


def serves(name: str, prescriber: Participant) -> Membership:
    """Somebody who prepares work for the prescriber."""
    return actions.add_member(
        person(name), prescriber, access.DELEGATE, program=PROGRAM, by=PLATFORM, at=AT
    )


def asks(user: User, number: str) -> DelegateRequest:
    """Somebody asks for a prescriber by number."""
    by = Actor(user.number, access.NO_ROLE)
    return delegation.ask_prescriber(user, number, by=by, at=AT)


def names(asker: Asker) -> list[str]:
    """The patients somebody finds."""
    return [each.full_name for each in patients_seen(asker)]


def test_what_a_delegate_may_do_is_one_table() -> None:
    may = {task for task, is_allowed in delegation.DELEGATED.items() if is_allowed}
    assert may == {"see-patients", "prepare-drafts", "order-tests"}
    assert not any(delegation.delegate_may(task) for task in ("sign", "authorize", "unheard of"))


def test_no_page_that_signs_or_authorizes_is_open_to_a_delegate() -> None:
    everyone = set(access.ROLES)
    open_to = {
        name
        for name, policy in access.POLICIES.items()
        if access.DELEGATE in policy.read | policy.write and not everyone <= policy.read
    }
    parts = {part for name in open_to for part in name.replace(":", "-").split("-")}
    assert not parts & {"sign", "authorize", "hold", "infuse", "dispense", "decertify"}
    assert not [name for name in open_to if name.startswith("prescriber:")]
    assert {"delegate:home", "delegate:patient"} <= open_to


def test_a_delegate_asks_no_gate(world: World) -> None:
    [dana] = askers(serves("dana", world.amara).user)
    request = AuthorizationRequest(
        PROGRAM, "authorize", world.mara.number, ON, facility=world.riverside.number
    )
    with pytest.raises(BadRequest, match="does not ask here"):
        ask_gate(request, by=dana, at=AT)


def test_a_delegate_neither_opens_nor_closes_a_hold(world: World) -> None:
    dana = Actor(serves("dana", world.amara).user.number, access.DELEGATE)
    with pytest.raises(delegation.NotDelegated):
        open_hold(world.mara, "check", reason="r", on=ON, by=dana, at=AT)
    hold = open_hold(world.mara, "check", reason="r", on=ON, by=BY, at=AT)
    with pytest.raises(delegation.NotDelegated):
        close_hold(hold, reason="r", by=dana, at=AT)
    assert close_hold(hold, reason="r", by=BY, at=AT).closed_at == AT


def test_a_prescriber_accepts_who_asks(world: World) -> None:
    dana = person("dana")
    asked = asks(dana, world.amara.number)
    assert not askers(dana)
    assert list(delegation.requests_to(world.amara.pk)) == [asked]
    delegation.answer_request(asked, is_accepted=True, by=BY, at=AT)
    assert [each.user for each in delegation.delegates_of(world.amara.pk)] == [dana]
    delegation.answer_request(asked, is_accepted=False, by=BY, at=AT)
    assert DelegateRequest.objects.get().is_accepted is True


def test_a_prescriber_declines_who_asks(world: World) -> None:
    asked = asks(person("dana"), "1234567893")
    assert asked.prescriber == world.amara
    delegation.answer_request(asked, is_accepted=False, by=BY, at=AT)
    assert not Membership.objects.filter(role=access.DELEGATE).exists()
    assert not delegation.requests_to(world.amara.pk).exists()
    assert AuditEntry.objects.filter(verb="delegate.declined").exists()


def test_a_number_nobody_has_looks_the_same(world: World) -> None:
    dana = person("dana")
    known, unknown = asks(dana, world.amara.number), asks(dana, "7QK2M-X0B4T-N")
    for_a_site = asks(dana, world.riverside.number)
    assert (known.prescriber, unknown.prescriber, for_a_site.prescriber) == (
        world.amara,
        None,
        None,
    )
    assert asks(dana, "7QK2M-X0B4T-N") == unknown
    assert delegation.requests_by(dana.number).count() == 3
    delegation.take_back_request(unknown, by=BY, at=AT)
    assert delegation.requests_by(dana.number).count() == 2


def test_who_works_for_a_prescriber_or_is_one_is_not_announced_again(world: World) -> None:
    serves("dana", world.amara)
    assert asks(person("dana"), world.amara.number).prescriber is None
    asks(person("eve"), world.amara.number)
    assert asks(person("eve"), world.amara.npi).prescriber is None
    assert delegation.requests_to(world.amara.pk).count() == 1


def test_nobody_asks_everybody(world: World) -> None:
    dana = person("dana")
    for n in range(delegation.MOST_OPEN_REQUESTS):
        asks(dana, f"unknown-{n}")
    with pytest.raises(delegation.TooManyRequests):
        asks(dana, world.amara.number)


def test_a_delegate_finds_the_patients_of_all_they_work_for(
    world: World, beck: Participant
) -> None:
    first = serves("dana", world.amara)
    [dana] = askers(first.user)
    assert names(dana) == ["Mara"]
    second = serves("dana", beck)
    assert names(dana) == ["Mara", "Otto"]
    assert [each.participant.name for each in delegation.serving(dana)] == ["Dr. Amara", "Dr. Beck"]
    actions.end_membership(first, by=BY, at=AT)
    assert names(dana) == ["Otto"]
    assert patient_seen(dana, world.mara.number) is None
    actions.end_membership(second, by=BY, at=AT)
    assert names(dana) == []
    assert [each.user for each in delegation.former_delegates_of(beck.pk)] == [first.user]


def test_each_role_finds_its_own_patients_and_no_others(world: World, beck: Participant) -> None:
    found = {}
    for role, whom in ((access.PRESCRIBER, world.amara), (access.INFUSION_NURSE, world.riverside),
                       (access.ADMINISTRATOR, None), (access.AUDITOR, None),
                       (access.SUPPORT_NURSE, None), (access.PHARMACIST, None)):  # fmt: skip
        member = actions.add_member(
            person(role.replace("_", "-")), whom, role, program=PROGRAM, by=PLATFORM, at=AT
        )
        found[role] = names(askers(member.user)[0])
    assert found == {
        "prescriber": ["Mara"], "infusion_nurse": [], "administrator": ["Mara", "Otto"],
        "auditor": ["Mara", "Otto"], "support_nurse": [], "pharmacist": [],
    }  # fmt: skip


def test_who_forges_an_asker_finds_nobody(world: World, beck: Participant) -> None:
    member = serves("dana", world.amara)
    [dana] = askers(member.user)
    forged = [
        dana._replace(role="unheard of"),
        dana._replace(role=access.PRESCRIBER, participant_id=beck.pk),
        dana._replace(role=access.PRESCRIBER),
        dana._replace(role=access.ADMINISTRATOR, participant_id=None),
        dana._replace(program="other"),
        dana._replace(user="nobody"),
    ]
    assert [names(each) for each in forged] == [[]] * len(forged)
    User.objects.filter(pk=member.user.pk).update(is_active=False)
    assert names(dana) == []


def test_each_role_opens_the_participants_that_are_theirs(world: World, beck: Participant) -> None:
    riverside, hillview = chain("North", "South")
    [ben] = askers(representative("ben", riverside, AT, for_all_sites=True).user)
    [hugo] = askers(representative("hugo", hillview, AT).user)
    [dana] = askers(serves("dana", beck).user)

    def opened(asker: Asker) -> set[str]:
        found = Participant.objects.filter(participants_seen_by(asker))
        return set(found.values_list("name", flat=True))

    assert opened(ben) == {"North", "South"}
    assert opened(hugo) == {"South"}
    assert opened(dana) == {"Dr. Beck"}
    assert opened(dana._replace(role="unheard of")) == set()


def test_every_rule_is_about_a_role_there_is() -> None:
    assert set(PATIENTS) | set(PARTICIPANTS) <= set(access.ROLES)
    asker = Asker("u", "unheard of", PROGRAM, None, None, None, "UTC")
    assert not Patient.objects.filter(patients_seen_by(asker)).exists()
