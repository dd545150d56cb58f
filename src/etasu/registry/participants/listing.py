"""Whether a prescriber is found by the public."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.models import Participant


def list_publicly(
    participant: Participant, is_listed: bool, *, by: Actor, at: datetime
) -> Participant:
    """Show a participant in the public list of certified sites from now on, or no longer.

    No gate reads this, so no decision becomes stale by it. Asking again changes nothing.
    """
    with transaction.atomic():
        kept = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
        if kept.listed != is_listed:
            kept.listed = is_listed
            kept.save(update_fields=["listed"])
            verb = "participant.listed" if is_listed else "participant.unlisted"
            audit.record(verb, subject=("participant", kept.number), by=by, at=at)
    return kept
