"""Delegates: people who prepare a prescriber's work, and never do it for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from etasu.registry.accounts.access import DELEGATE, PRESCRIBER
from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import actions
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import DelegateRequest, Membership, Participant
from etasu.registry.participants.telling import Occasion, tell_directly

SEE_PATIENTS, PREPARE_DRAFTS, ORDER_TESTS = "see-patients", "prepare-drafts", "order-tests"
SIGN, AUTHORIZE, HOLD = "sign", "authorize", "hold-treatment"
# What a delegate may do for a prescriber. What is not named here, a delegate may not do.
DELEGATED: Mapping[str, bool] = {
    SEE_PATIENTS: True,
    PREPARE_DRAFTS: True,
    ORDER_TESTS: True,
    SIGN: False,
    AUTHORIZE: False,
    HOLD: False,
}
MOST_OPEN_REQUESTS = 10


class NotDelegated(PermissionError):
    """A delegate would do what only the prescriber may."""


class TooManyRequests(ValueError):
    """Somebody waits for the answers of many prescribers already."""


def delegate_may(task: str) -> bool:
    """Whether a delegate may do this; no for a task nobody has heard of."""
    return DELEGATED.get(task, False)


def check_may(by: Actor, task: str) -> None:
    """Raise NotDelegated for a delegate who may not do this; whatever door it came by."""
    if by.role == DELEGATE and not delegate_may(task):
        raise NotDelegated(task)


def ask_prescriber(user: User, number: str, *, by: Actor, at: datetime) -> DelegateRequest:
    """Ask the prescriber with this number or NPI to take the user as delegate.

    Asked again before there is an answer, it is the same request. A number nobody has is kept like
    any other, so that whoever asks learns nothing from it. Raises TooManyRequests.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        waiting = DelegateRequest.objects.filter(user=user, answered_at__isnull=True)
        known = waiting.filter(asked_for=number).first()
        if known is not None:
            return known
        if waiting.count() >= MOST_OPEN_REQUESTS:
            raise TooManyRequests
        made = DelegateRequest.objects.create(
            user=user,
            asked_for=number,
            prescriber=_to_be_asked(user, number),
            asked_at=at,
            asked_by=by.number,
        )
        _note("delegate.asked", made, by, at)
        if made.prescriber is not None:
            occasion = Occasion("delegate_asked", made.number)
            tell_directly(made.prescriber, PRESCRIBER, occasion, by=by, at=at)
    return made


def _to_be_asked(user: User, number: str) -> Participant | None:
    """The prescriber of that number whom the user neither asks nor works with already."""
    waiting = DelegateRequest.objects.filter(user=user, answered_at__isnull=True)
    held = Membership.objects.filter(user=user, ended_at__isnull=True)
    named = Q(number=number) | Q(npi=number)
    found = Participant.objects.filter(named, kind="prescriber", in_review=False)
    found = found.exclude(pk__in=waiting.filter(prescriber__isnull=False).values("prescriber"))
    return (
        found.exclude(pk__in=held.filter(participant__isnull=False).values("participant"))
        .order_by("pk")
        .first()
    )


def answer_request(
    request: DelegateRequest, *, is_accepted: bool, by: Actor, at: datetime
) -> DelegateRequest:
    """Take the person as delegate, or not; one answered already stays as it was answered."""
    with transaction.atomic():
        kept = DelegateRequest.objects.select_for_update(of=("self",))
        locked = kept.select_related("user", "prescriber").get(pk=request.pk)
        if locked.answered_at is not None:
            return locked
        locked.answered_at, locked.answered_by, locked.is_accepted = at, by.number, is_accepted
        locked.save(update_fields=["answered_at", "answered_by", "is_accepted"])
        _note("delegate.accepted" if is_accepted else "delegate.declined", locked, by, at)
        whom = locked.prescriber
        if is_accepted and whom is not None and not _serves(locked.user, whom):
            actions.add_member(locked.user, whom, DELEGATE, program=whom.program, by=by, at=at)
    return locked


def take_back_request(request: DelegateRequest, *, by: Actor, at: datetime) -> DelegateRequest:
    """Ask no longer: the person who asked declines it themselves."""
    return answer_request(request, is_accepted=False, by=by, at=at)


def delegates_of(prescriber_id: int) -> QuerySet[Membership]:
    """Who prepares work for the prescriber now, whoever began first coming first."""
    held = Membership.objects.filter(
        participant=prescriber_id, role=DELEGATE, ended_at__isnull=True
    )
    return held.select_related("user").order_by("began_at", "id")


def former_delegates_of(prescriber_id: int) -> QuerySet[Membership]:
    """Who prepared work for the prescriber before, the last to leave first."""
    held = Membership.objects.filter(
        participant=prescriber_id, role=DELEGATE, ended_at__isnull=False
    )
    return held.select_related("user").order_by("-ended_at", "-id")


def requests_to(prescriber_id: int) -> QuerySet[DelegateRequest]:
    """Who asks the prescriber to be taken as delegate, the oldest first."""
    found = DelegateRequest.objects.filter(prescriber=prescriber_id, answered_at__isnull=True)
    return found.select_related("user").order_by("asked_at", "id")


def requests_by(user_number: str) -> QuerySet[DelegateRequest]:
    """Whom the person asked and has no answer from, the oldest first."""
    found = DelegateRequest.objects.filter(user__number=user_number, answered_at__isnull=True)
    return found.order_by("asked_at", "id")


def serving(asker: Asker) -> QuerySet[Membership]:
    """The delegate's memberships now: one for each prescriber of the program, by name.

    Read anew each time, so that one that ended stops at once. None for any other role.
    """
    held = Membership.objects.filter(
        user__number=asker.user,
        user__is_active=True,
        role=DELEGATE,
        program=asker.program,
        participant__isnull=False,
        ended_at__isnull=True,
    )
    found = held if asker.role == DELEGATE else held.none()
    return found.select_related("participant").order_by("participant__name", "id")


def _serves(user: User, prescriber: Participant) -> bool:
    return delegates_of(prescriber.pk).filter(user=user).exists()


def _note(verb: str, request: DelegateRequest, by: Actor, at: datetime) -> None:
    whom = request.prescriber
    subject = ("participant", whom.number) if whom else ("user", request.user.number)
    detail = {"number": request.number, "delegate": request.user.number}
    audit.record(verb, subject=subject, by=by, at=at, detail=detail)
