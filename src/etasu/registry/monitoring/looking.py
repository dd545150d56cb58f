"""Who has looked at what laboratories sent: a message says whose it is and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.lab_rows import LabMessageRow, LabReportRow


def note_look(message: LabMessageRow, *, item: str | None = None, by: Actor, at: datetime) -> None:
    """Note that somebody has looked at a message, or at the `item` in this place of it.

    It is in the trail of the patient it is about, where it is about one.
    """
    about = LabReportRow.objects.filter(message=message, patient__isnull=False)
    patients = sorted(set(about.values_list("patient__number", flat=True)))
    detail: dict[str, Any] = {"message": message.number}
    if item is not None:
        detail["item"] = item
    subject = ("patient", patients[0]) if len(patients) == 1 else ("lab_message", message.number)
    if len(patients) > 1:
        detail["patients"] = patients
    audit.record("lab_message.looked_at", subject=subject, by=by, at=at, detail=detail)
