"""Taking every record out: one file for each table, all as they stood at one moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg.sql import SQL

from etasu.interfaces.carry_over.describe import export_page
from etasu.interfaces.carry_over.manifest import (
    FORMAT,
    NAME,
    AuditHead,
    KeptFile,
    Manifest,
    schema,
    software,
    write_manifest,
)
from etasu.interfaces.carry_over.tables import LEFT_OUT, SECRET_TABLES, Table, kept_tables
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor

# What the tables mean, for whoever opens the export.
GUIDE = "README.md"
Progress = Callable[[str, int, int], None]

# The same bytes on every server, however it is set up.
SESSION = """
SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601';
SET bytea_output = 'hex'; SET extra_float_digits = 1; SET client_encoding = 'UTF8';
SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0
"""
_AUDIT = """
SELECT coalesce((SELECT sequence FROM audit_seal ORDER BY sequence DESC LIMIT 1), 0),
    coalesce((SELECT encode(head, 'hex') FROM audit_seal ORDER BY sequence DESC LIMIT 1), ''),
    (SELECT count(*) FROM audit_entry) - coalesce((SELECT sum(entries) FROM audit_seal), 0)
"""
_ONLY_OURS = 0o600


class CannotExport(Exception):
    """Nothing can be written there; says why, and what to do instead."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def export_records(
    folder: Path, *, with_secrets: bool, by: Actor, at: datetime, progress: Progress
) -> Manifest:
    """Write every record to an empty folder as it stands now; the list of what was written.

    The list is written last: a folder without one is no export. The audit trail learns of the
    export before the first row leaves, behind the moment the export shows. Raises CannotExport.
    """
    _make_room(folder)
    tables = kept_tables(with_secrets)
    with _one_moment() as reader:
        # Before the entry below takes a number: the entry is not in the export.
        upcoming = {table.name: _next_numbers(reader, table) for table in tables}
        audit.record(
            "records.exported",
            subject=("site", "export"),
            by=by,
            at=at,
            detail={"tables": len(tables), "with_secrets": with_secrets},
        )
        kept = []
        for done, table in enumerate(tables):
            progress("tables", done, len(tables))
            rows, digest = _copy(reader, table, folder, with_secrets)
            kept.append(
                KeptFile(table.name, table.file, table.columns, rows, digest, upcoming[table.name])
            )
        progress("tables", len(tables), len(tables))
        sequence, head, unsealed = reader.execute(_AUDIT).fetchone() or (0, "", 0)
    with _new_file(folder / GUIDE) as file:
        file.write(export_page().encode())
    manifest = Manifest(
        format=FORMAT,
        software=software(),
        with_secrets=with_secrets,
        audit=AuditHead(sequence, head, int(unsealed)),
        tables=tuple(kept),
        left_out=dict(LEFT_OUT) | ({} if with_secrets else dict(SECRET_TABLES)),
        migrations=schema(),
    )
    with _new_file(folder / NAME) as file:
        file.write(write_manifest(manifest))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as trouble:
        raise CannotExport(
            f"{folder} cannot be used: {trouble.strerror}.", "Name a folder to be made."
        ) from trouble
    if not is_empty:
        raise CannotExport(f"{folder} is not empty.", "Name an empty folder, or one to be made.")


@contextmanager
def _one_moment() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own, on which everything is read as it stood when the block began."""
    own = connection.copy()
    try:
        own.connect()
        reader: psycopg.Connection[Any] = own.connection
        reader.execute(SQL(SESSION))
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # The moment is that of the first statement, and not of BEGIN.
        reader.execute("SELECT 1")
        yield reader
    finally:
        own.close()


def _copy(
    reader: psycopg.Connection[Any], table: Table, folder: Path, with_secrets: bool
) -> tuple[int, str]:
    digest = sha256()
    statement = f"COPY ({table.selection(with_secrets)}) TO STDOUT (FORMAT csv, HEADER true)"
    with _new_file(folder / table.file) as file, reader.cursor() as cursor:
        with cursor.copy(SQL(statement)) as copy:
            for part in copy:
                digest.update(part)
                file.write(part)
        rows = cursor.rowcount
    return rows, digest.hexdigest()


def _next_numbers(reader: psycopg.Connection[Any], table: Table) -> dict[str, int]:
    found = {}
    for column, sequence in table.sequences.items():
        statement = f"SELECT last_value + is_called::int FROM {sequence}"
        row = reader.execute(SQL(statement)).fetchone()
        found[column] = int(row[0]) if row else 1
    return found


@contextmanager
def _new_file(path: Path) -> Iterator[Any]:
    """A file that was not there, which nobody else may read."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OURS)
        with os.fdopen(number, "wb") as file:
            yield file
    except OSError as trouble:
        raise CannotExport(
            f"{path} cannot be written: {trouble.strerror}.",
            "What was written so far is no export; remove the folder and begin again.",
        ) from trouble
