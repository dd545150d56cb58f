"""A row in every table that has none, so that nothing which handles all tables can miss one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction

from etasu.registry.accounts.models import User
from etasu.registry.community.models import Member
from etasu.registry.patients.models import Patient
from etasu.registry.safety.models import SafetyCase
from tests.factories.cast import AT

ODD = 'a,"b"\r\nc\\.\\N ñ李\U0001f600 =1+1'
# What a column of each kind holds; texts hold what a file of values can get wrong.
VALUES: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.DateTimeField, AT),
    (models.DateField, date(2025, 2, 28)),
    (models.TimeField, time(21, 30)),
    (models.BooleanField, True),
    (models.JSONField, {"odd": ODD, "none": None, "list": [1, "2"]}),
    (models.BinaryField, bytes(range(32))),
    (models.IntegerField, 1),
    (models.TextField, ODD),
    (models.CharField, "odd, text"),
    (models.UUIDField, "00000000-0000-4000-8000-000000000001"),
)


def _last_patient() -> models.Model | None:
    return Patient.objects.order_by("pk").last()


def _last_case() -> models.Model | None:
    return SafetyCase.objects.order_by("pk").last()


def _another_member() -> models.Model | None:
    """Not the one whose block it is."""
    first = Member.objects.order_by("pk").first()
    if first is None:
        return None
    same = {"program": first.program, "joined_at": AT, "joined_by": "a", "pseudonym": "Heron"}
    user = User.objects.order_by("pk").first()
    return Member.objects.create(user=user, looks_like="helon", **same)


# What a table's own rules ask for besides.
OWN: Mapping[str, Mapping[str, Any]] = {
    "patients.DuplicateReview": {"newer": _last_patient},
    "safety.DuplicateLink": {"same_as": _last_case},
    "accounts.FactorRecovery": {
        "not_before": AT + timedelta(days=1),
        "good_until": AT + timedelta(days=8),
    },
    "monitoring.LabMessageRow": {
        "answer": "AA",
        "items": 1,
        "stored": 1,
        "quarantined": 0,
        "rejected": 0,
    },
    "notices.Reminder": {"channel": "sms", "state": "waiting", "instead_of": None},
    "notices.StoppedAddress": {"why": "wrong"},
    "monitoring.LabItemRow": {"outcome": "rejected", "result": None},
    "monitoring.ItemResolution": {"outcome": "rejected", "result": None},
    "monitoring.PaperReport": {
        "content": b"%PDF\x00\r\n",
        "media_type": "application/pdf",
        "digest": "ab" * 32,
        "sent_back_at": None,
        "sent_back_by": None,
        "sent_back_reason": None,
    },
    "education.SearchMiss": {"word": "parking"},
    "education.AnswerRead": {"month": date(2025, 2, 1)},
    "monitoring.Extension": {"through": date(2031, 1, 1)},
    "patient_support.CarePartner": {"telephone": ""},
    "patient_support.LiveEvent": {"ends": AT + timedelta(hours=2)},
    "patient_support.NurseShift": {"ends": AT + timedelta(hours=12)},
    "patient_support.Callback": {
        "ends": AT + timedelta(hours=4),
        "in_place_of": None,
        "outcome": "reached",
    },
    "community.Member": {"user": None},
    "community.Block": {"blocked": _another_member},
    "community.Post": {"hidden_at": None, "hidden_by": None},
    "community.Ruling": {
        **{"how": "hidden", "suspended_until": AT + timedelta(days=1), "answered_by": "another"},
    },
    "patient_support.NurseAssignment": {"ended_why": "handed-on"},
    "patient_support.CallNote": {"caller": "patient", "corrects": None},
    "patient_support.LineMessage": {
        "settled_how": "answered",
        "told_at": None,
        "told_by": None,
        "told_how": "",
    },
    "patient_support.PossibleEvent": {"source": "note"},
    "patient_support.ToldSymptom": {"urgency": "urgent"},
    "patient_support.ListedMedicine": {"kind": "vitamin"},
    "monitoring.SignalRow": {"urgency": "urgent", "certainty": "crossed"},
    "submissions.IncomingDocument": {
        "channel": "fax",
        "content": b"%PDF\x00\r\n",
        "media_type": "application/pdf",
        "digest": "ab" * 32,
    },
}


def fill_empty_tables(kept: Iterable[type[models.Model]]) -> list[str]:
    """Put a row into each of these tables that has none; which ones, in that order.

    What a table points at comes before it. Columns that may be empty are filled in as well where
    the table's rules allow it.
    """
    return [model._meta.label for model in kept if _fill(model)]


def _fill(model: type[models.Model]) -> bool:
    if model._default_manager.exists():
        return False
    for with_optional in (True, False):
        try:
            with transaction.atomic():
                model._default_manager.bulk_create([model(**_values(model, with_optional))])
        except IntegrityError:
            if not with_optional:
                raise
        else:
            break
    return True


def _values(model: type[models.Model], with_optional: bool) -> dict[str, Any]:
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    wanted = [field for field in fields if with_optional or not field.null]
    values = {f.name: _value(f) for f in wanted if with_optional or not f.has_default()}
    own = OWN.get(model._meta.label, {})
    return values | {name: value() if callable(value) else value for name, value in own.items()}


def _value(field: models.Field[Any, Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        return field.related_model._default_manager.order_by("pk").first()
    if field.choices:
        return field.flatchoices[0][0]
    value = next(value for kind, value in VALUES if isinstance(field, kind))
    # Whatever lasts until then ends after it began.
    is_end = isinstance(field, models.DateField) and field.name.endswith("_until")
    return value + timedelta(days=1) if is_end else value
