"""Invitations: a link that opens once, for a while, for one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants import actions, invitations, representatives, sites
from etasu.registry.participants.facts import askers, steps_done
from etasu.registry.participants.invitations import Invited, NotInvited, Refusal, Sent
from etasu.registry.participants.models import Invitation, Membership, Participant
from tests.factories.organizations import person, representative
from tests.factories.teaching import AT, ON, certified, version
from tests.registry.test_organizations import SINCE, again, chain

pytestmark = pytest.mark.django_db
BEN = Actor("ben", "facility_representative")
ROLE = "facility_representative"


@pytest.fixture
def site(db: None) -> Participant:
    """A certified facility."""
    return certified("facility", "Riverside", SINCE)


def invite(site: Participant, name: str = "cleo", role: str = ROLE, **more: object) -> Sent:
    """Somebody is invited to a role at the site."""
    invited = Invited(site, role, f" {name.title()}@Example.org ", f"{name.title()} Example")
    return invitations.invite(invited._replace(**more), by=BEN, at=AT)


def accept(sent: Sent, name: str = "cleo", at: object = AT) -> Membership:
    """The person accepts."""
    user = person(name)
    by = Actor(user.number, ROLE)
    return invitations.accept_invitation(sent.token, user, by=by, at=at)


def refused(attempt: Callable[[], object]) -> Refusal:
    """Why an attempt is refused."""
    with pytest.raises(NotInvited) as said:
        attempt()
    return said.value.why


def test_the_link_is_not_kept(site: Participant) -> None:
    sent = invite(site)
    row = Invitation.objects.values().get()
    entries = list(AuditEntry.objects.values())
    assert sent.token not in str(row) + str(entries)
    assert bytes(row["token_hash"]) == invitations.hash_of(sent.token)
    assert row["email"] == "cleo@example.org"
    assert "cleo" not in str(entries).lower()


def test_who_accepts_begins_at_that_moment_and_is_registered(site: Participant) -> None:
    membership = accept(invite(site))
    assert (membership.role, membership.participant_id, membership.began_at) == (ROLE, site.pk, AT)
    assert steps_done(site)["representative-designated"] == ON
    assert Invitation.objects.get().accepted_by == membership.user.number


def test_a_link_opens_once(site: Participant) -> None:
    sent = invite(site)
    accept(sent)
    assert refused(lambda: accept(sent)) is Refusal.NOT_OPEN
    assert invitations.was_accepted_by(sent.token, person("cleo"))
    assert not invitations.was_accepted_by(sent.token, person("dora"))
    assert Membership.objects.filter(role=ROLE).count() == 1


def test_a_link_does_not_open_when_it_is_old_revoked_replaced_or_unknown(site: Participant) -> None:
    sent = invite(site)
    last = sent.invitation.valid_until
    assert invitations.open_invitation(sent.token, last) is not None
    assert invitations.open_invitation(sent.token, last + timedelta(seconds=1)) is None
    newer = invitations.send_again(sent.invitation, by=BEN, at=AT)
    assert invitations.open_invitation(sent.token, AT) is None
    invitations.revoke_invitation(newer.invitation, by=BEN, at=AT)
    assert refused(lambda: accept(newer)) is Refusal.NOT_OPEN
    again_sent = Invitation.objects.get(pk=newer.invitation.pk)
    assert refused(lambda: invitations.send_again(again_sent, by=BEN, at=AT)) is Refusal.NOT_OPEN
    assert invitations.open_invitation("unknown", AT) is None
    assert not Membership.objects.exists()


def test_nobody_else_accepts(site: Participant) -> None:
    sent = invite(site)
    assert refused(lambda: accept(sent, "dora")) is Refusal.SOMEBODY_ELSE
    User.objects.filter(email="dora@example.org").delete()
    person("cleo")
    User.objects.filter(email="cleo@example.org").update(is_active=False)
    assert refused(lambda: accept(sent)) is Refusal.SOMEBODY_ELSE
    assert not Membership.objects.exists()


def test_somebody_new_gets_an_account_with_the_address_invited(site: Participant) -> None:
    sent = invite(site)
    password = "correct horse battery"
    made = invitations.register_and_accept(sent.token, "Cleo", password, by=PLATFORM, at=AT)
    assert made.user.email == "cleo@example.org" and made.user.check_password(password)
    other = invite(site, "dora")
    person("dora")
    attempt = lambda: invitations.register_and_accept(  # noqa: E731
        other.token, "Dora", password, by=PLATFORM, at=AT
    )
    assert refused(attempt) is Refusal.SOMEBODY_ELSE


def test_the_old_representative_stops_once_the_new_one_has_signed(site: Participant) -> None:
    ben = representative("ben", site, AT - timedelta(days=9))
    later, signed = AT + timedelta(days=2), AT + timedelta(days=3)
    cleo = accept(invite(site, replaces=ben), at=later)
    assert sites.representatives_of(site).count() == 2
    by = Actor(cleo.user.number, ROLE)
    assert representatives.hand_over(cleo.user, by=by, at=later) == []
    actions.record_step(site, version(), "signed-enrollment", on=signed.date(), by=by, at=signed)
    [ended] = representatives.hand_over(cleo.user, by=by, at=signed)
    assert ended == ben and ended.ended_by == cleo.user.number
    told = sites.representation_history(site)
    assert [(each.membership.user.full_name, each.since, each.until) for each in told] == [
        ("Cleo Example", later, None),
        ("Ben Example", AT - timedelta(days=9), signed),
    ]
    assert again(site).representative_left_on is None
    assert again(site).certified_until >= site.certified_until
    assert representatives.hand_over(cleo.user, by=by, at=signed) == []


def test_who_left_before_signing_takes_nobody_s_place_later(site: Participant) -> None:
    ben = representative("ben", site, AT - timedelta(days=9))
    cleo = accept(invite(site, replaces=ben))
    actions.end_membership(cleo, by=BEN, at=AT + timedelta(hours=1))
    back = accept(invite(site), at=AT + timedelta(days=1))
    by = Actor(back.user.number, ROLE)
    actions.record_step(site, version(), "signed-enrollment", on=ON, by=by, at=AT)
    assert representatives.hand_over(back.user, by=by, at=AT + timedelta(days=2)) == []
    assert Membership.objects.get(pk=ben.pk).ended_at is None


def test_where_nothing_is_certified_nothing_is_waited_for() -> None:
    site = actions.register_participant("teaching", "facility", "Alone", by=PLATFORM, at=AT)
    ben = representative("ben", site, AT)
    accept(invite(site, replaces=ben))
    assert [each.user.email for each in sites.representatives_of(site)] == ["cleo@example.org"]


def test_one_site_grows_into_all_sites() -> None:
    riverside, _hillview = chain("Riverside", "Hillview")
    narrow = representative("cleo", riverside, AT)
    wide = accept(invite(riverside, for_all_sites=True))
    assert wide.for_all_sites and wide.pk != narrow.pk
    assert refused(lambda: invite(riverside)) is Refusal.ACTS_ALREADY
    [asker] = askers(person("cleo"))
    assert sites.acts_for_all_sites(asker) and sites.represented_sites(asker).count() == 2


def test_a_membership_held_already_is_kept(site: Participant) -> None:
    sent = invite(site)
    held = representative("cleo", site, AT)
    assert accept(sent) == held


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("facility", "pharmacist"),
        ("facility", "prescriber"),
        ("facility", "administrator"),
        ("facility", "delegate"),
        ("prescriber", "infusion_nurse"),
        ("prescriber", "prescriber"),
    ],
)
def test_only_roles_of_the_participant_are_given(kind: str, role: str) -> None:
    whom = certified(kind, "Whoever", SINCE)
    assert refused(lambda: invite(whom, role=role)) is Refusal.NO_SUCH_ROLE


def test_a_second_invitation_takes_the_place_of_the_first(site: Participant) -> None:
    first, second = invite(site), invite(site)
    assert [each.pk for each in invitations.open_invitations(site)] == [second.invitation.pk]
    assert invitations.unanswered(first.invitation.number, [site]) is None
    assert invitations.unanswered(second.invitation.number, [site]) == second.invitation
    assert invitations.unanswered(second.invitation.number, []) is None


def test_staff_are_invited_without_becoming_representatives(site: Participant) -> None:
    membership = accept(invite(site, role="infusion_nurse"))
    assert membership.role == "infusion_nurse"
    assert steps_done(site)["representative-designated"] == SINCE
    actions.end_membership(membership, by=PLATFORM, at=AT)
    assert again(site).representative_left_on is None
