"""What nurses note of calls. A note stays as it is written; whoever was mistaken writes another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.nurse_models import Callback, CallNote
from etasu.registry.patient_support.nursing import lock_with_nurses, note
from etasu.registry.patients.models import Patient

# Who was on the telephone.
PATIENT, CARE_PARTNER, OTHER, NOBODY = "patient", "care_partner", "other", "nobody"
CALLERS = (PATIENT, CARE_PARTNER, OTHER, NOBODY)


class CorrectedAlready(ValueError):
    """There is a correction of this note; the newest one is corrected."""


class Call(NamedTuple):
    """A call as it was noted: who spoke, what proved who they are, topics, and what was said."""

    caller: str
    words: str
    heard_at: datetime
    identified_by: Sequence[str] = ()
    topics: Sequence[str] = ()
    callback: Callback | None = None
    corrects: CallNote | None = None


def keep_note(patient: Patient, call: Call, *, by: Actor, at: datetime) -> CallNote:
    """Keep a note of a call. Raises NotAllowed, and CorrectedAlready for a correction too many."""
    with transaction.atomic():
        patient = lock_with_nurses(patient)
        if call.corrects is not None and CallNote.objects.filter(corrects=call.corrects).exists():
            raise CorrectedAlready(call.corrects.number)
        made = CallNote.objects.create(
            patient=patient,
            caller=call.caller,
            identified_by=list(call.identified_by),
            topics=list(call.topics),
            words=call.words,
            callback=call.callback,
            corrects=call.corrects,
            heard_at=min(call.heard_at, at),
            heard_by=by.number,
            noted_at=at,
            noted_by=by.number,
        )
        detail: dict[str, object] = {"note": made.number, "caller": made.caller}
        note("call.noted", patient, detail, by=by, at=at)
    return made
