"""Reading the audit trail as it stands in the tables: entries and seals, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from etasu.registry.audit.chain import BEFORE_ALL, Cursor, Seal, entry_text, leaf_of

# Text throughout, so that even a moment or number no program could have written can be read.
MICROSECONDS = "trim_scale(extract(epoch FROM {}) * 1000000)::text"
ENTRY = f"""
SELECT xid::text, id::text, {MICROSECONDS.format("at")},
    actor, role, verb, subject_kind, subject, detail::text
FROM audit_entry
"""
SEAL = f"""
SELECT sequence, first_xid, first_id, last_xid, last_id, entries, highest_id,
    {MICROSECONDS.format("sealed_at")}, leaves, root, head
FROM audit_seal
"""
AT_ONCE = 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(NamedTuple):
    """One entry as stored: where it is, its nine columns as text, and the hash of that text."""

    cursor: Cursor
    columns: Sequence[str]
    leaf: bytes


class Limits(NamedTuple):
    """Which entries belong together: above one id, and up to another when that is given."""

    above_id: int | None = None
    through_id: int | None = None


@contextmanager
def one_moment() -> Iterator[None]:
    """While the block runs, everything is read as it stood when it began."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as db:
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def read_entry(columns: Sequence[str]) -> Entry:
    """An entry from its nine columns."""
    return Entry(Cursor(int(columns[0]), int(columns[1])), columns, leaf_of(entry_text(columns)))


def read_seal(row: Sequence[Any]) -> Seal:
    """A seal from its columns as SEAL selects them."""
    sequence, first_xid, first_id, last_xid, last_id, entries, highest_id, at, *blobs = row
    leaves, root, head = map(bytes, blobs)
    first, last = Cursor(first_xid, first_id), Cursor(last_xid, last_id)
    return Seal(sequence, first, last, entries, highest_id, at, leaves, root, head)


def newest_seal() -> Seal | None:
    """The last seal of the chain; None while nothing is sealed."""
    with connection.cursor() as db:
        db.execute(f"{SEAL} ORDER BY sequence DESC LIMIT 1")
        row = db.fetchone()
    return read_seal(row) if row else None


def seals(where: str = "true") -> Iterator[Seal]:
    """Every seal by sequence, read as needed; `where` is a condition in SQL."""
    for row in _stream(f"{SEAL} WHERE {where} ORDER BY sequence", ()):
        yield read_seal(row)


def entries(limits: Limits) -> Iterator[Entry]:
    """Every entry within the limits, in order, read as needed."""
    query = f"""{ENTRY}
        WHERE (%s::bigint IS NULL OR id > %s::bigint) AND (%s::bigint IS NULL OR id <= %s::bigint)
        ORDER BY audit_entry.xid, audit_entry.id"""
    above, through = limits
    for row in _stream(query, (above, above, through, through)):
        yield read_entry(row)


def epoch_floor() -> int:
    """The id above which the entries of the present epoch are; below any id in the first epoch."""
    with connection.cursor() as db:
        db.execute(
            "SELECT highest_id FROM audit_seal WHERE entries = 0 ORDER BY sequence DESC LIMIT 1"
        )
        row = db.fetchone()
    return int(row[0]) if row else BEFORE_ALL.id


def count_after(place: Cursor) -> int:
    """How many entries of the present epoch come after a place; costs as much as there are."""
    with connection.cursor() as db:
        db.execute(
            "SELECT count(*) FROM audit_entry WHERE (xid, id) > (%s::text::xid8, %s::bigint)"
            " AND id > %s::bigint",
            (str(place.xid), place.id, epoch_floor()),
        )
        return int(db.fetchone()[0])


def first_moment_after(place: Cursor) -> datetime | None:
    """When the first entry of the present epoch after a place was written; None without one."""
    with connection.cursor() as db:
        db.execute(
            "SELECT at FROM audit_entry WHERE (xid, id) > (%s::text::xid8, %s::bigint)"
            " AND id > %s::bigint ORDER BY xid, id LIMIT 1",
            (str(place.xid), place.id, epoch_floor()),
        )
        row = db.fetchone()
    return row[0] if row else None


def first_unknown_xid() -> int:
    """The lowest transaction number that no transaction has had yet on this server."""
    with connection.cursor() as db:
        db.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        return int(db.fetchone()[0])


def microseconds(at: datetime) -> str:
    """A moment as the hashed texts have it: microseconds since 1970, in UTC."""
    return str((at - _EPOCH) // timedelta(microseconds=1))


def _stream(query: str, parameters: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    # A cursor on the server needs a transaction; callers hold one open with `one_moment`.
    with connection.chunked_cursor() as db:
        db.execute(query, parameters)
        yield from _rows(db)


def _rows(db: CursorWrapper) -> Iterator[tuple[Any, ...]]:
    while found := db.fetchmany(AT_ONCE):
        yield from found
