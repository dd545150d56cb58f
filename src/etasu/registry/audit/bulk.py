"""Many rows and their audit entries at once, for verbs that change many records together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import AutoField, Field, JSONField, Model
from psycopg.sql import SQL, Identifier

from etasu.registry.audit.actors import Actor, named
from etasu.registry.audit.models import AuditEntry
from etasu.registry.audit.round_trips import RoundTrip, as_json

AT_ONCE = 1000


class Told(NamedTuple):
    """One thing done: the verb, the subject's kind and number, and the detail."""

    verb: str
    subject_kind: str
    subject: str
    detail: dict[str, Any]


def record_all(things: Iterable[Told], *, by: Actor, at: datetime) -> None:
    """Note that `by` did all these things at that moment, as `record` does for one."""
    actor = named(by)
    entries = [
        AuditEntry(
            at=at,
            actor=actor.number,
            role=actor.role,
            verb=told.verb,
            subject_kind=told.subject_kind,
            subject=told.subject,
            detail=told.detail,
        )
        for told in things
    ]
    insert_all(entries)


_ENTRIES = """
INSERT INTO audit_entry (at, actor, role, verb, subject_kind, subject, detail)
SELECT %s::timestamptz, %s::text, %s::text, told->>0, told->>1, told->>2, told->3
FROM jsonb_array_elements(%s::jsonb) told
"""


def ask_to_record(trip: RoundTrip, things: Iterable[Told], *, by: Actor, at: datetime) -> None:
    """The same as `record_all`, on the way with other statements."""
    actor = named(by)
    trip.ask(_ENTRIES, at, actor.number, actor.role, as_json(list(map(tuple, things))))


def insert_all(rows: Sequence[Model]) -> None:
    """Insert rows of one table by COPY, several times as fast as INSERT.

    The rows do not learn the ids they get. Every rule of the table holds as ever.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not isinstance(field, AutoField)]
    names = [str(field.column) for field in fields]
    columns = SQL(", ").join(map(Identifier, names))
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(meta.db_table), columns)
    # A refusal of the database comes as Django's own exception, as from every other statement.
    with connection.cursor() as db, connection.wrap_database_errors, db.copy(statement) as copy:
        for row in rows:
            copy.write_row([_written(field, row) for field in fields])


def _written(field: Field[Any, Any], row: Model) -> Any:
    value = getattr(row, field.attname)
    if isinstance(field, JSONField) and value is not None:
        return json.dumps(value, cls=field.encoder)
    return value
