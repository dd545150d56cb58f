"""Whether a prescriber is found by the public."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.locator import FACILITY, PRESCRIBER
from etasu.registry.participants.models import Participant


class CannotChoose(ValueError):
    """Facilities are found while they are certified; pharmacies and distributors never are."""


def may_choose(participant: Participant) -> bool:
    """Whether being in the list is the participant's own choice."""
    return participant.kind == PRESCRIBER


def is_of_the_list(participant: Participant) -> bool:
    """Whether the public list holds participants of this kind at all."""
    return participant.kind in (PRESCRIBER, FACILITY)


def list_publicly(
    participant: Participant, is_listed: bool, *, by: Actor, at: datetime
) -> Participant:
    """Show a prescriber in the public list of certified sites from now on, or no longer.

    What is shown is `locator.as_found`. Raises CannotChoose for any other kind of participant.
    No gate reads this, so no decision becomes stale by it. Asking again changes nothing.
    """
    if not may_choose(participant):
        raise CannotChoose(f"{participant} is not asked")
    with transaction.atomic():
        kept = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
        if kept.listed != is_listed:
            kept.listed = is_listed
            kept.save(update_fields=["listed"])
            verb = "participant.listed" if is_listed else "participant.unlisted"
            audit.record(verb, subject=("participant", kept.number), by=by, at=at)
    return kept
