"""A row of any table that holds, made from the model alone; a test says only what is wrong."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from uuid import UUID

from django.db import models

from etasu.registry.accounts.models import FactorRecovery
from etasu.registry.community.models import Member, Ruling
from etasu.registry.monitoring.models import (
    CodeMapping,
    Extension,
    ItemResolution,
    LabConnection,
    LabItemRow,
    LabMessageRow,
    SignalRow,
    Watch,
)
from etasu.registry.notices.models import Reminder, ReminderWish, StoppedAddress
from etasu.registry.patient_support.models import (
    Callback,
    CallNote,
    CopayClaim,
    EventMail,
    LabAppointment,
    ListedMedicine,
    LiveEvent,
    NurseShift,
    PossibleEvent,
    SharedSlice,
    ToldSymptom,
)
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.registry.safety.models import CaseAssessment, CaseInformation, SafetyCase
from etasu.registry.submissions.models import ConsentLink, IncomingDocument, SigningLink
from etasu.registry.treatment.models import CourseEnd, DayEntry, VialEntry
from tests.factories.teaching import AT, ON, PROGRAM

LATER = AT + timedelta(days=2)
BY_TYPE: tuple[tuple[type[models.Field], Any], ...] = (
    (models.DateTimeField, AT),
    (models.DateField, ON),
    (models.BooleanField, False),
    (models.BinaryField, b"x"),
    (models.IntegerField, 1),
    (models.JSONField, {}),
    (models.TextField, "x"),
    (models.UUIDField, UUID(int=1)),
    (models.CharField, "x"),
    (models.GenericIPAddressField, "192.0.2.1"),
)
# What a row of these needs beside values of the right types.
HOLDS: dict[type[models.Model], dict[str, Any]] = {
    IncomingDocument: {"channel": "phone", "caller_name": "Nia", "call_back": "555-555-0142"},
    SigningLink: {"valid_until": LATER},
    DayEntry: {"event": "arrived"},
    VialEntry: {"kind": "used"},
    CourseEnd: {"outcome": "not_given"},
    ConsentLink: {"valid_until": LATER},
    FactorRecovery: {"not_before": LATER},
    Extension: {"through": LATER.date()},
    Watch: {"months": 1, "days": 0, "last": 1, "met": "0", "waived": "0"},
    LabMessageRow: {"answer": "AA", "items": 1, "stored": 1, "quarantined": 0, "rejected": 0},
    LabItemRow: {"outcome": "rejected", "reason": "r"},
    ItemResolution: {"outcome": "rejected", "reason": "r"},
    SignalRow: {"urgency": "urgent", "certainty": "crossed"},
    Reminder: {"channel": "sms", "state": "waiting"},
    ReminderWish: {"quiet_from": time(21), "quiet_until": time(8)},
    StoppedAddress: {"why": "wrong"},
    SafetyCase: {"kind": "pregnancy"},
    CaseAssessment: {"seriousness": "unknown", "expectedness": "unknown"},
    CopayClaim: {"cost": "drug"},
    NurseShift: {"ends": LATER - timedelta(days=1)},
    Callback: {"ends": LATER},
    CallNote: {"caller": "patient"},
    PossibleEvent: {"source": "note"},
    ToldSymptom: {"urgency": "urgent"},
    ListedMedicine: {"kind": "vitamin"},
    SharedSlice: {"slice": "results"},
    LabAppointment: {"wished_part": "morning"},
    LiveEvent: {"ends": LATER},
    EventMail: {"kind": "seat"},
    Ruling: {"how": "shown"},
}
_counted = iter(range(1, 1_000_000))


def row(model: type[models.Model], **named: Any) -> Any:
    """A new row; whatever is not named is made up, and unlike that of any row before."""
    given = {**HOLDS.get(model, {}), **named}
    if model is DuplicateReview and "older" not in given:
        given |= {"older": row(Patient), "newer": row(Patient)}
    if model is LabConnection and "name" not in given:
        given["name"] = _unlike("connection")
    if model is CodeMapping and "code" not in given:
        given["code"] = _unlike("code")
    if model is Member:
        given = {"patient": row(Patient), "looks_like": _unlike("name"), **given}
    if model in (SafetyCase, CaseInformation) and "occasion" not in given:
        given["occasion"] = _unlike("occasion")
    for field in model._meta.concrete_fields:
        if field.name not in given and field.attname not in given and _is_asked(field):
            given[field.name] = _value(field)
    return model._default_manager.create(**given)


def _is_asked(field: models.Field[Any, Any]) -> bool:
    return not (field.primary_key or field.null or field.has_default() or field.blank)


def _value(field: models.Field[Any, Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        return row(field.related_model)
    if field.name == "program":
        return PROGRAM
    for kind, value in BY_TYPE:
        if isinstance(field, kind):
            return _unlike(value) if field.unique else value
    raise AssertionError(f"no value for {field}")


def _unlike(value: Any) -> Any:
    number = next(_counted)
    return str(number).encode() if isinstance(value, bytes) else f"{value}{number}"
