"""Sealing: entries not yet sealed become the next hash-chained batch.

An entry is sealed once no transaction that began before its own is still open, so an entry that
is committed late can never land behind the last seal. One transaction makes one seal: after a
crash there is the whole seal or none, and sealing goes on from the last one there is. Sealing
leaves no audit entry, which would have to be sealed in turn; the seal is the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from etasu.registry.audit.chain import (
    BEFORE_ALL,
    START,
    Cursor,
    Seal,
    head_of,
    root_of,
)
from etasu.registry.audit.models import AuditSeal
from etasu.registry.audit.trail import (
    ENTRY,
    Entry,
    epoch_floor,
    first_unknown_xid,
    microseconds,
    newest_seal,
    read_entry,
)

BATCH = 4000
# Held by the one process that seals, until its transaction ends.
SEALER_LOCK = 0x45_74_61_73_75_01
SETTLED = "AND xid < pg_snapshot_xmin(pg_current_snapshot())"
WAITING = """
    WHERE (xid, id) > (%s::text::xid8, %s::bigint) AND id > %s::bigint {}
    ORDER BY audit_entry.xid, audit_entry.id LIMIT %s
"""


class Sealed(NamedTuple):
    """What sealing did: how many seals over how many entries, and the newest seal's number."""

    seals: int
    entries: int
    sequence: int | None


def seal_waiting(*, at: datetime, batch: int = BATCH) -> Sealed:
    """Seal everything that can be sealed now; nothing when another process is sealing."""
    done = Sealed(0, 0, None)
    while (made := seal_batch(at=at, batch=batch)) is not None:
        done = Sealed(done.seals + 1, done.entries + made.entries, made.sequence)
        if 0 < made.entries < batch and not _came_from_elsewhere(made):
            break
    return done


def seal_batch(*, at: datetime, batch: int = BATCH) -> Seal | None:
    """Make the next seal; None when nothing waits or another process is sealing."""
    with transaction.atomic():
        if not _is_only_sealer():
            return None
        last = newest_seal()
        if last is not None and _came_from_elsewhere(last):
            seal = _finish_epoch(last, at, batch)
        else:
            found = _waiting(last, batch, SETTLED)
            if not found:
                return None
            seal = _next(last, found, at)
        _keep(seal, at)
    return seal


def _came_from_elsewhere(last: Seal) -> bool:
    """Whether the newest seal names a transaction this server has not had: a moved database."""
    return last.last.xid >= first_unknown_xid()


def _finish_epoch(last: Seal, at: datetime, batch: int) -> Seal:
    """The next seal in a database moved here from a server with higher transaction numbers.

    Everything behind the last seal came with the database and is settled. When all of it is
    sealed, a seal of no entries lets the entries of this server, with lower numbers, follow.
    """
    found = _waiting(last, batch, "")
    if found:
        return _next(last, found, at)
    place = Cursor(0, last.highest_id)
    opening = _next(last, (), at)._replace(first=place, last=place)
    return opening._replace(head=head_of(last.head, opening))


def _is_only_sealer() -> bool:
    with connection.cursor() as db:
        db.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", (SEALER_LOCK,))
        return bool(db.fetchone()[0])


def _waiting(last: Seal | None, batch: int, settled: str) -> list[Entry]:
    place = last.last if last else BEFORE_ALL
    parameters = (str(place.xid), place.id, epoch_floor(), batch)
    with connection.cursor() as db:
        db.execute(ENTRY + WAITING.format(settled), parameters)
        return [read_entry(row) for row in db.fetchall()]


def _next(last: Seal | None, found: Sequence[Entry], at: datetime) -> Seal:
    leaves = [entry.leaf for entry in found]
    known = [last.highest_id] if last else []
    seal = Seal(
        sequence=last.sequence + 1 if last else 1,
        first=found[0].cursor if found else BEFORE_ALL,
        last=found[-1].cursor if found else BEFORE_ALL,
        entries=len(found),
        highest_id=max([*known, *(entry.cursor.id for entry in found)]),
        sealed_at=microseconds(at),
        leaves=b"".join(leaves),
        root=root_of(leaves),
        head=b"",
    )
    return seal._replace(head=head_of(last.head if last else START, seal))


def _keep(seal: Seal, at: datetime) -> None:
    AuditSeal.objects.create(
        sequence=seal.sequence,
        first_xid=seal.first.xid,
        first_id=seal.first.id,
        last_xid=seal.last.xid,
        last_id=seal.last.id,
        entries=seal.entries,
        highest_id=seal.highest_id,
        leaves=seal.leaves,
        root=seal.root,
        head=seal.head,
        sealed_at=at,
    )
