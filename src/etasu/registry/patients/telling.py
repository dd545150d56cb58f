"""Telling those who enroll a patient what the patient did with the form that was sent to them."""

from __future__ import annotations

from datetime import datetime

from etasu.registry.accounts.access import DELEGATE, PRESCRIBER
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.notices import actions as notices
from etasu.registry.participants.models import Participant
from etasu.registry.participants.telling import people_in, program_people
from etasu.registry.submissions.facts import waiting_for
from etasu.registry.submissions.models import Draft, SigningLink

SIGNED, ASKED, TAKEN_BACK = "patient_signed", "signing_link_asked", "patient_signature_taken_back"


def tell_signed(draft: Draft, *, by: Actor, at: datetime) -> int:
    """Tell whoever signs next that it is their turn; how many were told."""
    follows = waiting_for(draft) if draft.is_open else None
    if follows is None:
        return 0
    key = f"round {draft.signing_round}"
    return _tell(SIGNED, draft, (follows.role,), key, by, at)


def tell_asked(link: SigningLink, *, by: Actor, at: datetime) -> int:
    """Tell that whoever holds a link that opens nothing any more asks for a new one."""
    return _tell(ASKED, link.draft, (PRESCRIBER, DELEGATE), f"link {link.number}", by, at)


def tell_taken_back(draft: Draft, *, by: Actor, at: datetime) -> int:
    """Tell that the patient took the signature back before the form was finished."""
    key = f"round {draft.signing_round}"
    return _tell(TAKEN_BACK, draft, (PRESCRIBER, DELEGATE), key, by, at)


def _tell(
    event: str, draft: Draft, roles: tuple[str, ...], key: str, by: Actor, at: datetime
) -> int:
    owner = Participant.objects.filter(pk=draft.owner_id or 0).first()
    if owner is None:
        return 0
    found: list[tuple[str, User]] = [
        (role, person) for role in roles for person in people_in(owner, role)
    ]
    if not found:
        # Nobody acts there any more: the program's own people see to it.
        found = [(roles[0], person) for person in program_people(draft.program)]
    told = [
        notices.queue(
            notices.Message(
                program=draft.program,
                program_version=draft.program_version,
                code=event.replace("_", "-"),
                event=event,
                audience=role,
                subject=("draft", draft.number),
                occasion=key,
                channels=(notices.PORTAL, notices.EMAIL),
                facts={"draft": draft.number, "form": draft.form, "participant": owner.number},
            ),
            person,
            by=by,
            at=at,
        )
        for role, person in found
    ]
    return sum(1 for each in told if each is not None)
