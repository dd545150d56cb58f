"""Changing a participant's row: held, counted up, noted, and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import telling
from etasu.registry.participants.models import Participant


def change(
    participant: Participant,
    changes: Mapping[str, Any],
    story: tuple[str, str, Actor, datetime],
    told: Mapping[str, Any] | None = None,
) -> Participant:
    """Change columns of a participant, for a reason; whoever acts for it is told.

    `told` goes into the trail and the messages beside the columns.
    """
    verb, reason, by, at = story
    with transaction.atomic():
        locked = locked_row(participant)
        before = {key: str(getattr(locked, key)) for key in changes}
        for key, value in changes.items():
            setattr(locked, key, value)
        locked.revision += 1
        locked.save()
        after = {key: str(value) for key, value in changes.items()}
        said = {key: str(value) for key, value in (told or {}).items()}
        detail = {"before": before, "after": after, "reason": reason, **said}
        note(verb, locked, detail, by=by, at=at)
        telling.standing_changed(verb, locked, {**after, **said, "reason": reason}, by=by, at=at)
    return locked


def locked_row(participant: Participant) -> Participant:
    """The participant as it is now, held until the transaction ends."""
    # Rows that only point at the participant may be written meanwhile; decisions may not.
    return Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)


def note(
    verb: str, participant: Participant, detail: dict[str, Any], *, by: Actor, at: datetime
) -> None:
    """Put what was done to a participant into the audit trail."""
    audit.record(verb, subject=("participant", participant.number), by=by, at=at, detail=detail)
