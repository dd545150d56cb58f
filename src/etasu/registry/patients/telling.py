"""Telling those who treat a patient what the patient did by a link, and what that calls for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from etasu.registry.accounts.access import DELEGATE, PRESCRIBER
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.notices import actions as notices
from etasu.registry.participants.models import Participant
from etasu.registry.participants.telling import people_in, program_people
from etasu.registry.patients.models import Patient, Transfer
from etasu.registry.submissions.facts import waiting_for
from etasu.registry.submissions.models import Draft, SigningLink

SIGNED, ASKED, TAKEN_BACK = "patient_signed", "signing_link_asked", "patient_signature_taken_back"
DECLINED = "patient_declined"
EXPIRED, WITHDRAWN = "signing_link_expired", "enrollment_consent_withdrawn"
OFFERED = "transfer_offered"
# What ended longer ago was told then.
LOOKED_BACK = timedelta(days=30)


class _News(NamedTuple):
    """What happened, under which program version, to what, and what makes it the same news."""

    event: str
    program_version: str
    subject: tuple[str, str]
    key: str
    facts: dict[str, Any]


def tell_signed(draft: Draft, *, by: Actor, at: datetime) -> int:
    """Tell whoever signs next that it is their turn; how many were told."""
    follows = waiting_for(draft) if draft.is_open else None
    if follows is None:
        return 0
    news = _about_draft(SIGNED, draft, f"round {draft.signing_round}")
    return _tell(news, draft.owner_id, (follows.role,), by, at)


def tell_asked(link: SigningLink, *, by: Actor, at: datetime) -> int:
    """Tell that whoever holds a link that opens nothing any more asks for a new one."""
    news = _about_draft(ASKED, link.draft, f"link {link.number}")
    return _tell(news, link.draft.owner_id, (PRESCRIBER, DELEGATE), by, at)


def tell_declined(link: SigningLink, *, by: Actor, at: datetime) -> int:
    """Tell that the patient said no to what the form needs, so that nobody waits in vain."""
    news = _about_draft(DECLINED, link.draft, f"link {link.number}")
    return _tell(news, link.draft.owner_id, (PRESCRIBER, DELEGATE), by, at)


def tell_expired(*, by: Actor, at: datetime) -> int:
    """Tell of every link that was sent and ended unused, once; how many messages are new."""
    ended = SigningLink.objects.filter(
        sent_at__isnull=False,
        used_at__isnull=True,
        revoked_at__isnull=True,
        valid_until__lte=at,
        valid_until__gt=at - LOOKED_BACK,
        draft__finished_at__isnull=True,
        draft__abandoned_at__isnull=True,
    )
    told = 0
    for link in ended.select_related("draft").order_by("pk"):
        news = _about_draft(EXPIRED, link.draft, f"link {link.number}")
        told += _tell(news, link.draft.owner_id, (PRESCRIBER, DELEGATE), by, at)
    return told


def tell_taken_back(draft: Draft, *, by: Actor, at: datetime) -> int:
    """Tell that the patient took the signature back before the form was finished."""
    news = _about_draft(TAKEN_BACK, draft, f"round {draft.signing_round}")
    return _tell(news, draft.owner_id, (PRESCRIBER, DELEGATE), by, at)


def tell_withdrawn(
    patient: Patient, program_version: str, *, on: date, by: Actor, at: datetime
) -> int:
    """Tell the prescriber that the enrollment ended as the patient took back what it rests on."""
    facts = {"patient": patient.number, "on": on.isoformat()}
    subject = ("patient", patient.number)
    news = _News(WITHDRAWN, program_version, subject, f"on {on}", facts)
    return _tell(news, patient.prescriber_id, (PRESCRIBER,), by, at)


def tell_offered(transfer: Transfer, program_version: str, *, by: Actor, at: datetime) -> int:
    """Tell a prescriber that they are asked to take a patient over; how many were told.

    The patient's number is not told: the record is theirs to see once they have accepted.
    """
    subject = ("transfer", transfer.number)
    key = f"to {transfer.offered_to_id} at {at.isoformat()}"
    news = _News(OFFERED, program_version, subject, key, {"transfer": transfer.number})
    return _tell(news, transfer.offered_to_id, (PRESCRIBER,), by, at)


def _about_draft(event: str, draft: Draft, key: str) -> _News:
    facts = {"draft": draft.number, "form": draft.form}
    return _News(event, draft.program_version, ("draft", draft.number), key, facts)


def _tell(
    news: _News, participant_id: int | None, roles: tuple[str, ...], by: Actor, at: datetime
) -> int:
    owner = Participant.objects.filter(pk=participant_id or 0).first()
    if owner is None:
        return 0
    found: list[tuple[str, User]] = [
        (role, person) for role in roles for person in people_in(owner, role)
    ]
    if not found:
        # Nobody acts there any more: the program's own people see to it.
        found = [(roles[0], person) for person in program_people(owner.program)]
    told = [
        notices.queue(_message(news, owner, role), person, by=by, at=at)
        for role, person in found
        if person.number != by.number
    ]
    return sum(1 for each in told if each is not None)


def _message(news: _News, owner: Participant, role: str) -> notices.Message:
    return notices.Message(
        program=owner.program,
        program_version=news.program_version,
        code=news.event.replace("_", "-"),
        event=news.event,
        audience=role,
        subject=news.subject,
        occasion=news.key,
        channels=(notices.PORTAL, notices.EMAIL),
        facts={**news.facts, "participant": owner.number},
    )
