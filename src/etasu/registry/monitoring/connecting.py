"""Registering who sends results, and what counts as an identifier from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.going_on import go_on_where_known
from etasu.registry.monitoring.lab_models import OWN_NUMBERS, LabConnection, LabSender

# What files and entries by hand say of the program's own numbers of patients.
_OWN = {"etasu": OWN_NUMBERS}


def register_connection(
    program: str,
    name: str,
    *,
    authorities: Mapping[str, str] | None = None,
    wire: str = "hl7v2",
    time_zone: str = "America/New_York",
    character_set: str = "utf-8",
    by: Actor,
    at: datetime,
) -> LabConnection:
    """Register a laboratory or system; the program's own numbers of patients count from anybody."""
    with transaction.atomic():
        made = LabConnection.objects.create(
            program=program, name=name.strip(), wire=wire, time_zone=time_zone,
            character_set=character_set, authorities={**_OWN, **(authorities or {})},
            registered_at=at, registered_by=by.number,
        )  # fmt: skip
        _note("lab_connection.registered", made, by, at)
    return made


def change_connection(
    connection: LabConnection,
    *,
    authorities: Mapping[str, str],
    time_zone: str,
    character_set: str,
    by: Actor,
    at: datetime,
) -> LabConnection:
    """Change what counts as an identifier, and how times and texts are read, from now on.

    What came and waited for its patient goes on where an identifier counts now.
    """
    with transaction.atomic():
        locked = LabConnection.objects.select_for_update().get(pk=connection.pk)
        locked.authorities = {**_OWN, **authorities}
        locked.time_zone, locked.character_set = time_zone, character_set
        locked.save(update_fields=["authorities", "time_zone", "character_set"])
        _note("lab_connection.changed", locked, by, at)
        go_on_where_known(locked.program, by=by, at=at)
    return locked


def close_connection(connection: LabConnection, *, by: Actor, at: datetime) -> LabConnection:
    """Take nothing more in from it; what came stays, and what still comes waits."""
    with transaction.atomic():
        locked = LabConnection.objects.select_for_update().get(pk=connection.pk)
        if locked.closed_at is None:
            locked.closed_at, locked.closed_by = at, by.number
            locked.save(update_fields=["closed_at", "closed_by"])
            _note("lab_connection.closed", locked, by, at)
    return locked


def end_sender(sender: LabSender, *, by: Actor, at: datetime) -> LabSender:
    """Say that messages under a name are the connection's no more. What came by it stays."""
    with transaction.atomic():
        locked = LabSender.objects.select_for_update().get(pk=sender.pk)
        if locked.ended_at is None:
            locked.ended_at, locked.ended_by = at, by.number
            locked.save(update_fields=["ended_at", "ended_by"])
            subject = ("lab_connection", locked.connection.number)
            audit.record("lab_sender.ended", subject=subject, by=by, at=at)
    return locked


def _note(verb: str, connection: LabConnection, by: Actor, at: datetime) -> None:
    subject = ("lab_connection", connection.number)
    detail = {"authorities": sorted(connection.authorities), "wire": connection.wire}
    audit.record(verb, subject=subject, by=by, at=at, detail=detail)
