"""What holds for every table: keys point down, and a moment comes with its actor."""

from __future__ import annotations

import re

from django.apps import apps
from django.db.models import ForeignKey, Model

# The order of design: a room may point at rooms after it, never at rooms before it.
ROOMS = (
    ("authorizations",),
    ("monitoring", "safety", "patient_support", "compliance"),
    ("treatment",),
    ("patients",),
    ("participants",),
    ("education",),
    ("submissions",),
    ("notices",),
    ("accounts",),
    ("audit",),
)
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
# Moments nobody decides: computed, sealed, or part of a row that names its actor otherwise.
WITHOUT_ACTOR = {
    "Participant.standing_as_of",
    "AuditSeal.sealed_at",
    "IdempotencyKey.created_at",
    "LabMessageRow.sent_at",
}


def our_models() -> list[type[Model]]:
    """Every model of the registry."""
    return [model for model in apps.get_models() if model._meta.app_label in LEVEL]


def points_up(source: type[Model], target: type[Model]) -> bool:
    """Whether a key from one room to another goes against the order."""
    own, other = source._meta.app_label, target._meta.app_label
    if own == other or other not in LEVEL:
        return False
    return LEVEL[other] <= LEVEL[own]


def test_foreign_keys_point_down_the_order_of_rooms() -> None:
    keys = [
        (model, field.related_model)
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey)
    ]
    assert len(keys) >= 10
    assert [f"{a.__name__} -> {b.__name__}" for a, b in keys if points_up(a, b)] == []


def test_the_order_bites() -> None:
    by_name = {model.__name__: model for model in our_models()}
    assert points_up(by_name["Participant"], by_name["Patient"])
    assert not points_up(by_name["Patient"], by_name["Participant"])


def test_every_moment_comes_with_its_actor() -> None:
    missing = []
    for model in our_models():
        fields = {field.name: field for field in model._meta.get_fields()}
        checks = " ".join(str(c) for c in model._meta.constraints)
        for name, field in fields.items():
            if not name.endswith("_at") or f"{model.__name__}.{name}" in WITHOUT_ACTOR:
                continue
            partner = re.sub("_at$", "_by", name)
            together = not field.null or (name in checks and partner in checks)
            if partner not in fields or not together:
                missing.append(f"{model.__name__}.{name}")
    assert missing == []


def test_constraints_are_named_as_sentences() -> None:
    names = [c.name for model in our_models() for c in model._meta.constraints]
    assert names and all(re.fullmatch(r"[a-z]+(_[a-z]+){2,}", name) for name in names)
