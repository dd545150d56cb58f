"""Organizations and their sites; who represents a site, and what happens when nobody does."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants import actions, representatives, sites, succession
from etasu.registry.participants.enrolling import Newcomer, RegisteredAlready
from etasu.registry.participants.facts import askers, certification_facts, steps_done
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.participants.organizations import (
    NotASite,
    add_site,
    found_organization,
    register_organization,
    register_site,
)
from etasu.safe_use.certification import StandingState, standing
from tests.factories.organizations import grace_of, person, representative
from tests.factories.teaching import AT, ON, PROGRAM, certified, version

BEN = Actor("ben", "facility_representative")
SINCE = date(2024, 6, 1)
LATER = AT + timedelta(days=3)

pytestmark = pytest.mark.django_db


def chain(*names: str) -> list[Participant]:
    """Certified sites of one organization."""
    organization = register_organization(PROGRAM, "Riverside Health", by=PLATFORM, at=AT)
    made = [certified("facility", name, SINCE) for name in names]
    return [add_site(organization, each, by=PLATFORM, at=AT) for each in made]


def again(site: Participant) -> Participant:
    """The site as it is on record now."""
    return Participant.objects.select_related("organization").get(pk=site.pk)


def state_of(site: Participant, on: date = ON) -> StandingState:
    """Where the site stands, under the program as this process has it."""
    return standing(version().parties["facility"], certification_facts(again(site)), on).state


def sign_again(site: Participant, on: date, by: Actor = PLATFORM) -> Participant:
    """The next representative signs the enrollment form."""
    return actions.record_step(site, version(), "signed-enrollment", on=on, by=by, at=AT)


def new_site(name: str) -> Newcomer:
    """What somebody says of a further site."""
    return Newcomer(name, "1245319599", setting="hospital", state="MA", zip_code="02139")


def test_each_site_keeps_its_own_standing() -> None:
    riverside, hillview = chain("Riverside", "Hillview")
    actions.suspend_participant(riverside, since=ON, until=None, reason="r", by=PLATFORM, at=AT)
    assert state_of(riverside) is StandingState.SUSPENDED
    assert state_of(hillview) is StandingState.CERTIFIED


def test_only_facilities_and_pharmacies_of_the_program_are_sites() -> None:
    organization = register_organization(PROGRAM, "Riverside Health", by=PLATFORM, at=AT)
    other = register_organization("other", "Elsewhere", by=PLATFORM, at=AT)
    doctor = certified("prescriber", "Dr. Amara", SINCE)
    site = certified("facility", "Riverside", SINCE)
    for whom, where in ((doctor, organization), (site, other)):
        with pytest.raises(NotASite):
            add_site(where, whom, by=PLATFORM, at=AT)
    joined = add_site(organization, site, by=PLATFORM, at=AT)
    assert add_site(organization, joined, by=BEN, at=LATER).joined_by == PLATFORM.number
    second = register_organization(PROGRAM, "Lakeside", by=PLATFORM, at=AT)
    with pytest.raises(NotASite):
        add_site(second, joined, by=PLATFORM, at=AT)


def test_whoever_founds_the_organization_represents_what_is_added_later() -> None:
    site = certified("facility", "Riverside", SINCE)
    ben = representative("ben", site, AT)
    made = found_organization(site, "Riverside Health", by=BEN, at=AT)
    assert found_organization(again(site), "Another", by=BEN, at=AT) == made
    hillview = register_site(made, "facility", new_site("Hillview"), ben.user, by=BEN, at=LATER)
    [asker] = askers(ben.user)
    assert [each.name for each in sites.represented_sites(asker)] == ["Hillview", "Riverside"]
    [since] = sites.representation_history(hillview)
    assert since.since == LATER
    # Naming the representative is done; signing for the new site is not.
    assert list(steps_done(hillview)) == ["representative-designated"]
    with pytest.raises(RegisteredAlready):
        register_site(made, "facility", new_site("Hill View"), ben.user, by=BEN, at=LATER)
    assert sites.represented_sites(asker).count() == 2


def test_the_last_representative_does_not_leave_unseen() -> None:
    riverside, hillview = chain("Riverside", "Hillview")
    ben = representative("ben", riverside, AT, for_all_sites=True)
    representative("hugo", hillview, AT)
    assert [each.name for each in representatives.alone_without(ben)] == ["Riverside"]
    with pytest.raises(representatives.LastRepresentative) as refused:
        representatives.end_representative(ben, begins_grace=False, by=BEN, at=LATER)
    assert [each.name for each in refused.value.alone] == ["Riverside"]
    assert again(riverside).representative_left_on is None
    representatives.end_representative(ben, begins_grace=True, by=BEN, at=LATER)
    assert again(riverside).representative_left_on == LATER.date()
    assert again(hillview).representative_left_on is None


def test_without_grace_the_certification_ends_the_day_before() -> None:
    [riverside] = chain("Riverside")
    actions.end_membership(representative("ben", riverside, AT), by=PLATFORM, at=AT)
    assert again(riverside).certified_until == ON - timedelta(days=1)
    assert state_of(riverside) is StandingState.LAPSED


def test_the_grace_counts_down_and_ends_with_the_certification() -> None:
    with grace_of(PROGRAM, 30):
        [riverside] = chain("Riverside")
        actions.end_membership(representative("ben", riverside, AT), by=PLATFORM, at=AT)
        left, party = again(riverside), version().parties["facility"]
        assert state_of(riverside) is StandingState.REPRESENTATIVE_CHANGE
        counted = [sites.grace_of(left, party, ON + timedelta(days=n)) for n in (0, 29, 30)]
        assert [each.days_left for each in counted if each] == [30, 1, 0]
        assert left.certified_until == ON + timedelta(days=29)
        assert state_of(riverside, ON + timedelta(days=30)) is StandingState.LAPSED


def test_the_next_representative_ends_the_grace_once_they_signed_in_time() -> None:
    with grace_of(PROGRAM, 30):
        [riverside] = chain("Riverside")
        ends = riverside.certified_until
        actions.end_membership(representative("ben", riverside, AT), by=PLATFORM, at=AT)
        signed_alone = sign_again(again(riverside), ON + timedelta(days=1))
        assert signed_alone.representative_left_on == ON
        representative("cleo", riverside, LATER)
        signed = sign_again(again(riverside), LATER.date())
        assert signed.representative_left_on is None
        assert signed.certified_until == ends
        assert AuditEntry.objects.filter(verb="participant.representative_replaced").count() == 1


def test_a_signature_after_the_grace_brings_nothing_back() -> None:
    with grace_of(PROGRAM, 30):
        [riverside] = chain("Riverside")
        actions.end_membership(representative("ben", riverside, AT), by=PLATFORM, at=AT)
        representative("cleo", riverside, LATER)
        late = sign_again(again(riverside), ON + timedelta(days=30))
        assert late.representative_left_on == ON
        assert late.certified_until == ON + timedelta(days=29)


def test_somebody_who_has_not_signed_does_not_carry_the_certification() -> None:
    with grace_of(PROGRAM, 30):
        riverside, hillview = chain("Riverside", "Hillview")
        ben = representative("ben", riverside, AT, for_all_sites=True)
        cleo = representative("cleo", riverside, LATER, for_all_sites=True)
        cleos = Actor(cleo.user.number, cleo.role)
        # Cleo may come and go: everything rests on Ben.
        assert representatives.alone_without(cleo) == []
        sign_again(riverside, LATER.date(), by=cleos)
        assert [each.name for each in representatives.alone_without(ben)] == ["Hillview"]
        actions.end_membership(ben, by=BEN, at=LATER)
        assert again(riverside).representative_left_on is None
        left = again(hillview)
        assert left.representative_left_on == LATER.date()
        assert sites.grace_of(left, version().parties["facility"], LATER.date()).days_left == 30
        # Once Cleo has signed there as well, nothing is to be done any more.
        assert sign_again(left, LATER.date(), by=cleos).representative_left_on is None
        assert succession.resting_on([hillview]) == {hillview.pk: {cleo.user_id}}


def test_a_membership_ends_once() -> None:
    [riverside] = chain("Riverside")
    ben = representative("ben", riverside, AT)
    representative("cleo", riverside, AT)
    actions.end_membership(ben, by=BEN, at=AT)
    assert actions.end_membership(ben, by=PLATFORM, at=LATER).ended_by == "ben"
    assert again(riverside).representative_left_on is None
    assert AuditEntry.objects.filter(verb="member.ended").count() == 1


def test_whoever_represents_one_site_does_not_end_what_is_done_for_all() -> None:
    riverside, hillview = chain("Riverside", "Hillview")
    ben = representative("ben", riverside, AT, for_all_sites=True)
    hugo = representative("hugo", hillview, AT)
    nurse = actions.add_member(
        person("ines"), riverside, "infusion_nurse", program=PROGRAM, by=PLATFORM, at=AT
    )
    [bens], [hugos], [ines] = (askers(each.user) for each in (ben, hugo, nurse))
    assert set(sites.memberships_to_end(bens)) == {ben, hugo, nurse}
    assert set(sites.memberships_to_end(hugos)) == {hugo}
    assert set(sites.memberships_to_end(ines)) == set()
    assert not sites.represented_sites(ines).exists()
    actions.end_membership(hugo, by=PLATFORM, at=LATER)
    assert not sites.represented_sites(hugos).exists()


def test_a_site_without_organization_is_represented_by_itself() -> None:
    alone = certified("facility", "Alone", SINCE)
    [riverside] = chain("Riverside")
    representative("ben", alone, AT, for_all_sites=True)
    who = sites.representatives_by_site([alone, riverside])
    assert [bool(who[each.pk]) for each in (alone, riverside)] == [True, False]
    assert sites.organization_of([alone]) is None
    assert sites.organization_of([again(riverside)]).name == "Riverside Health"


def test_two_hundred_sites_are_read_in_two_queries(django_assert_num_queries) -> None:
    organization = register_organization(PROGRAM, "Riverside Health", by=PLATFORM, at=AT)
    home = certified("facility", "Riverside", SINCE)
    add_site(organization, home, by=PLATFORM, at=AT)
    Participant.objects.bulk_create(
        Participant(program=PROGRAM, kind="facility", name=f"Store {n}", organization=organization,
                    joined_at=AT, joined_by="t", registered_at=AT, registered_by="t")
        for n in range(199)
    )  # fmt: skip
    [asker] = askers(representative("ben", home, AT, for_all_sites=True).user)
    with django_assert_num_queries(2):
        found = list(sites.represented_sites(asker))
        who = sites.representatives_by_site(found)
    assert len(found) == 200 and all(who.values())
    assert [each.name for each in sites.search_sites(sites.represented_sites(asker), "re 19")] == [
        "Store 19", *(f"Store {n}" for n in range(190, 199))
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_who_leave_at_once_one_is_the_last() -> None:
    site = certified("facility", "Riverside", SINCE)
    both = [representative(name, site, AT) for name in ("ben", "cleo")]
    barrier = threading.Barrier(2)

    def leave(membership: Membership) -> None:
        barrier.wait()
        actions.end_membership(membership, by=PLATFORM, at=AT)
        connection.close()

    threads = [threading.Thread(target=leave, args=[each]) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not Membership.objects.filter(ended_at__isnull=True).exists()
    assert again(site).representative_left_on == ON
