"""Taking back what is open for use, when what it rested on holds no longer."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations.actions import reverse_authorization
from etasu.registry.authorizations.announcing import is_step
from etasu.registry.authorizations.models import Authorization


def take_back(
    found: QuerySet[Authorization], reason: str, *, keep_steps: bool, by: Actor, at: datetime
) -> None:
    """Reverse the live ones; with `keep_steps` those stay that another gate builds on and checks.

    A day, a fill or a shipment is used without being asked about once more; a course is not.
    """
    live = found.filter(state="live").select_related("decision").order_by("patient_id", "id")
    for known in live:
        if not (keep_steps and is_step(known.decision)):
            reverse_authorization(known.number, reason=reason, by=by, at=at)
