"""Deliveries of another administrator's records, and where each record came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import insert_all
from etasu.registry.audit.models import CarryOver, Origin

# Held by the one process that brings records in, until its connection lets go.
CARRY_OVER_LOCK = 0x45_74_61_73_75_04


class Source(NamedTuple):
    """Who kept the records before, and the paper in which they vouch for them."""

    administrator: str
    reference: str

    def note(self) -> dict[str, str]:
        """The part of an audit detail that says so."""
        said = {"carried_over_from": self.administrator}
        return {**said, "reference": self.reference} if self.reference else said


class Known(NamedTuple):
    """A record that was carried over before: its number here, and what its row said."""

    number: str
    fingerprint: bytes


class NewOrigin(NamedTuple):
    """Where a record that was just made came from."""

    program: str
    kind: str
    legacy_id: str
    number: str
    fingerprint: bytes


def begin_carry_over(
    administrator: str, reference: str, *, by: Actor, at: datetime
) -> tuple[CarryOver, bool]:
    """The delivery to go on with, and whether it was begun before and interrupted."""
    with transaction.atomic():
        found = CarryOver.objects.filter(administrator=administrator, ended_at__isnull=True)
        interrupted = found.select_for_update().first()
        if interrupted is not None:
            _note(interrupted, "carry_over.resumed", {"reference": reference}, by, at)
            return interrupted, True
        begun = CarryOver.objects.create(
            administrator=administrator, reference=reference, began_at=at, began_by=by.number
        )
        _note(begun, "carry_over.began", {"reference": reference}, by, at)
    return begun, False


def note_progress(
    carry_over: CarryOver, file: str, digest: str, row: int, *, by: Actor, at: datetime
) -> None:
    """Keep how far a file has come, beside the rows that were just brought in.

    Each of those rows has its own audit entry, so this leaves none.
    """
    carry_over.files[file] = {"sha256": digest, "row": row}
    carry_over.save(update_fields=["files"])


def end_carry_over(
    carry_over: CarryOver, counts: Mapping[str, Any], *, by: Actor, at: datetime
) -> CarryOver:
    """Note that every row was dealt with, and what became of them."""
    with transaction.atomic():
        carry_over.counts = dict(counts)
        carry_over.ended_at, carry_over.ended_by = at, by.number
        carry_over.save(update_fields=["counts", "ended_at", "ended_by"])
        _note(carry_over, "carry_over.ended", {"counts": dict(counts)}, by, at)
    return carry_over


def keep_origins(
    carry_over: CarryOver, origins: Iterable[NewOrigin], *, by: Actor, at: datetime
) -> None:
    """Keep where records came from. The verbs that made the records leave the audit entries."""
    rows = [
        Origin(
            administrator=carry_over.administrator,
            carry_over=carry_over.number,
            carried_at=at,
            carried_by=by.number,
            **origin._asdict(),
        )
        for origin in origins
    ]
    insert_all(rows)


def known_origins(
    administrator: str, kind: str, legacy_ids: Collection[str]
) -> dict[tuple[str, str], Known]:
    """What is known of those legacy IDs of that administrator, by program and legacy ID."""
    found = Origin.objects.filter(
        administrator=administrator, kind=kind, legacy_id__in=list(legacy_ids)
    )
    rows = found.values_list("program", "legacy_id", "number", "fingerprint")
    return {(row[0], row[1]): Known(row[2], bytes(row[3])) for row in rows}


def hold_carry_over_lock() -> bool:
    """Keep every other process from carrying over until `release_carry_over_lock`."""
    with connection.cursor() as db:
        db.execute("SELECT pg_try_advisory_lock(%s::bigint)", [CARRY_OVER_LOCK])
        return bool(db.fetchone()[0])


def release_carry_over_lock() -> None:
    """Let the next process carry over."""
    with connection.cursor() as db:
        db.execute("SELECT pg_advisory_unlock(%s::bigint)", [CARRY_OVER_LOCK])


def _note(
    carry_over: CarryOver, verb: str, detail: dict[str, Any], by: Actor, at: datetime
) -> None:
    detail = {"administrator": carry_over.administrator, **detail}
    audit.record(verb, subject=("carry-over", carry_over.number), by=by, at=at, detail=detail)
