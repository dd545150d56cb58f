"""Who has done a representative's part at a site, and for whom the next one would have to.

The representative signs the enrollment form in person, not the organization. Whoever came later and
has not signed yet represents the site, but the certification does not rest on them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from django.db.models import Q

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.education.facts import completed
from etasu.registry.participants.facts import certified_on
from etasu.registry.participants.models import Invitation, Membership, Participant, StepDone
from etasu.registry.participants.sites import REPRESENTED, covered_by, representatives_by_site
from etasu.registry.submissions.models import SignedForm, SubjectKind
from etasu.safe_use.program import ProgramVersion, StepKind
from etasu.safe_use.training import training_tasks


def resting_on(sites: Collection[Participant]) -> dict[int, set[int]]:
    """On whom of its representatives each site's certification rests now: users, by site.

    Those who signed for it; and whoever represented it first, for they signed before it was kept
    here who did. A few queries for any number of sites.
    """
    now = representatives_by_site(sites)
    signed = _signers(sites)
    first = _first_ever(sites)
    return {
        site.pk: {
            each.user_id
            for each in now[site.pk]
            if each.user.number in signed.get(site.pk, ()) or each.user_id in first[site.pk]
        }
        for site in sites
    }


def without(membership: Membership, sites: Collection[Participant]) -> list[Participant]:
    """The sites that need a new representative if this one, who is still there, leaves.

    One nobody else represents; and a certified one for which nobody else has signed.
    """
    now, rests = representatives_by_site(sites), resting_on(sites)
    leaver = {membership.user_id}
    return [
        site
        for site in sites
        if {each.user_id for each in now[site.pk]} <= leaver
        or (site.certified_from is not None and rests[site.pk] == leaver)
    ]


def pending(user: User) -> list[Invitation]:
    """The invitations by which the person takes somebody's place who has not stopped yet."""
    found = Invitation.objects.filter(
        accepted_by=user.number, replaces__isnull=False, replaces__ended_at__isnull=True
    )
    found = found.select_related("participant", "replaces__user", "replaces__participant")
    return [
        each for each in found if each.accepted_at and _still_acts(user, each, each.accepted_at)
    ]


def successors(site: Participant) -> dict[int, str]:
    """Who is to take the place of the site's representatives, by the id of their membership."""
    leaving = [each.pk for each in representatives_by_site([site])[site.pk]]
    found = Invitation.objects.filter(replaces__in=leaving, accepted_at__isnull=False)
    next_ones = {each.accepted_by: each for each in found.select_related("participant")}
    users = User.objects.filter(number__in=[number for number in next_ones if number])
    return {
        each.replaces_id: user.full_name
        for user in users
        for each in [next_ones[user.number]]
        if each.replaces_id and each.accepted_at and _still_acts(user, each, each.accepted_at)
    }


def is_trained(user: User, site: Participant, version: ProgramVersion) -> bool:
    """Whether the person did all the training a representative of such a site does."""
    party = version.parties[site.kind]
    done = completed(user, version.program.code, version, party=party)
    return all(task.step.code in done for task in training_tasks(version, party))


def may_take_over(invitation: Invitation, user: User, at: datetime) -> bool:
    """Whether the one replaced can stop now: the next one has trained, and signed for every site.

    Where no site is certified now, there is nothing to wait for.
    """
    leaving = invitation.replaces
    if leaving is None:
        return False
    on = at.astimezone(ZoneInfo(invitation.participant.time_zone)).date()
    certified = list(covered_by(leaving).filter(certified_on(on)))
    if not certified:
        return True
    version = library.current().effective(invitation.program, on)
    if version is None or not is_trained(user, invitation.participant, version):
        return False
    return not without(leaving, certified)


def _signers(sites: Iterable[Participant]) -> dict[int, set[str]]:
    """The numbers of those who signed the enrollment form of each site."""
    steps = {
        step.code: step.form
        for loaded in library.current().programs.values()
        for version in loaded.versions
        for party in version.parties.values()
        for step in party.steps
        if step.kind is StepKind.SIGN
    }
    ids = [each.pk for each in sites]
    done = StepDone.objects.filter(participant__in=ids, step__in=steps)
    # A second signature on one day is no second step, but a form of its own.
    signed = SignedForm.objects.filter(
        subject_kind=SubjectKind.PARTICIPANT, subject_id__in=ids, form__in=set(steps.values())
    )
    found: dict[int, set[str]] = {}
    for site, who in chain(
        done.values_list("participant_id", "recorded_by"),
        signed.values_list("subject_id", "signed_by"),
    ):
        found.setdefault(site, set()).add(who)
    return found


def _first_ever(sites: Collection[Participant]) -> dict[int, set[int]]:
    """Who represented each site first, and everybody who began at that same moment."""
    wide = {each.organization_id for each in sites if each.organization_id is not None}
    mine = Q(participant__in=[each.pk for each in sites])
    everywhere = Q(for_all_sites=True, participant__organization__in=wide)
    held = list(
        Membership.objects.filter(mine | everywhere, role__in=REPRESENTED)
        .select_related("participant")
        .order_by("began_at", "id")
    )
    found: dict[int, set[int]] = {}
    for site in sites:
        since = [(_since(each, site), each.user_id) for each in held if _is_about(each, site)]
        first = min((moment for moment, _user in since), default=None)
        found[site.pk] = {user for moment, user in since if moment == first}
    return found


def _since(membership: Membership, site: Participant) -> datetime:
    if membership.participant_id != site.pk and site.joined_at is not None:
        return max(membership.began_at, site.joined_at)
    return membership.began_at


def _is_about(membership: Membership, site: Participant) -> bool:
    home = membership.participant
    if home is None or REPRESENTED[membership.role] != site.kind:
        return False
    if home.pk == site.pk:
        return True
    joined, ended = site.joined_at, membership.ended_at
    was_over = joined is not None and ended is not None and ended <= joined
    is_wide = membership.for_all_sites and home.organization_id is not None
    return is_wide and home.organization_id == site.organization_id and not was_over


def _still_acts(user: User, invitation: Invitation, since: datetime) -> bool:
    """Whether the person has acted there ever since; somebody who left and came back has not."""
    held = Membership.objects.filter(
        user=user, participant=invitation.participant, role=invitation.role
    )
    for each in held.order_by("began_at", "id"):
        if each.began_at <= since and each.ended_at is None:
            return True
        if each.ended_at is not None and each.began_at <= since < each.ended_at:
            since = each.ended_at
    return False
