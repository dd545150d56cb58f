"""Bringing an export back: into an empty database, all of it or nothing."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg.sql import SQL, Identifier, Literal

from etasu.interfaces.carry_over.export import SESSION
from etasu.interfaces.carry_over.manifest import (
    NAME,
    KeptFile,
    Manifest,
    UnreadableManifest,
    read_manifest,
    schema,
    software,
)
from etasu.interfaces.carry_over.tables import Table, kept_tables

Progress = Callable[[str, int, int], None]
AT_ONCE = 1 << 17
# Held by the one process that brings records in, until its transaction ends.
RESTORE_LOCK = 0x45_74_61_73_75_03


class CannotRestore(Exception):
    """The export or the database is not fit; nothing was changed. Says why, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def is_export(folder: Path) -> bool:
    """Whether the folder holds the list of an export."""
    return (folder / NAME).exists()


def restore_records(folder: Path, *, progress: Progress) -> Manifest:
    """Bring every record of an export into this empty database; what it held.

    No audit entry tells of it: the trail that is brought back is whole, and an entry more would
    make another record of it. Raises CannotRestore.
    """
    manifest = _manifest(folder)
    tables = kept_tables(manifest.with_secrets)
    kept = _matched(manifest, tables)
    with transaction.atomic():
        raw = _alone()
        _refuse_unless_empty(raw, kept_tables(with_secrets=True))
        for done, (table, file) in enumerate(kept):
            progress("tables", done, len(kept))
            _bring(raw, table, file, folder)
        progress("tables", len(kept), len(kept))
        _check_keys(raw)
    with connection.cursor() as db:
        db.execute("ANALYZE")
    return manifest


def _manifest(folder: Path) -> Manifest:
    try:
        manifest = read_manifest(folder)
    except UnreadableManifest as trouble:
        raise CannotRestore(
            f"{folder / NAME} cannot be read: {trouble}", "Use an export that was finished."
        ) from trouble
    if missing := _differences(manifest.migrations, schema()):
        raise CannotRestore(
            f"The export was made by version {manifest.software} and this is {software()}; their "
            f"tables differ: {', '.join(missing[:5])}.",
            f"Restore it with version {manifest.software}, then run `etasu migrate` with this one.",
        )
    return manifest


def _differences(here: Iterable[str], there: Iterable[str]) -> list[str]:
    return sorted(set(here) ^ set(there))


def _matched(manifest: Manifest, tables: Sequence[Table]) -> list[tuple[Table, KeptFile]]:
    """Each table with its file; nothing missing and nothing more."""
    named = {kept.table: kept for kept in manifest.tables}
    odd = _differences(named, (table.name for table in tables))
    odd += [t.name for t in tables if t.name in named and not _fits(named[t.name], t)]
    if odd or len(named) != len(manifest.tables):
        raise CannotRestore(
            f"The export's list does not fit the tables here: {', '.join(odd[:5])}.",
            "It was changed since it was made; use it as it was written.",
        )
    return [(table, named[table.name]) for table in tables]


def _fits(kept: KeptFile, table: Table) -> bool:
    same = kept.columns == table.columns and kept.file == table.file
    return same and kept.next.keys() == table.sequences.keys()


def _alone() -> psycopg.Connection[object]:
    with connection.cursor() as db:
        db.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [RESTORE_LOCK])
        if not db.fetchone()[0]:
            raise CannotRestore("Another import is running.", "Wait until it has ended.")
        for setting in SESSION.strip().split(";"):
            db.execute(setting.replace("SET ", "SET LOCAL "))
    raw: psycopg.Connection[object] = connection.connection
    return raw


def _refuse_unless_empty(raw: psycopg.Connection[object], tables: Sequence[Table]) -> None:
    for table in tables:
        query = SQL("SELECT EXISTS (SELECT FROM {})").format(Identifier(table.name))
        row = raw.execute(query).fetchone()
        if row is None or row[0]:  # type: ignore[index]
            raise CannotRestore(
                f"The database is not empty: {table.name} has rows.",
                "Make an empty one: name another with DATABASE_URL, then run `etasu init`.",
            )


def _bring(raw: psycopg.Connection[object], table: Table, kept: KeptFile, folder: Path) -> None:
    columns = SQL(", ").join(map(Identifier, table.columns))
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT csv, HEADER true)")
    digest = sha256()
    try:
        with _opened(folder / kept.file) as file, raw.cursor() as cursor:
            with cursor.copy(statement.format(Identifier(table.name), columns)) as copy:
                while part := file.read(AT_ONCE):
                    digest.update(part)
                    copy.write(part)
            rows = cursor.rowcount
    except (DatabaseError, psycopg.Error) as trouble:
        raise CannotRestore(f"{kept.file} cannot be used: {_said(trouble)}", _UNCHANGED) from None
    if digest.hexdigest() != kept.sha256:
        raise CannotRestore(f"{kept.file} was changed since it was exported.", _UNCHANGED)
    if rows != kept.rows:
        said = f"{kept.file} has {rows} rows, but the list says {kept.rows}."
        raise CannotRestore(said, _UNCHANGED)
    for column, number in kept.next.items():
        query = SQL("SELECT setval({}, {}, false)")
        raw.execute(query.format(Literal(table.sequences[column]), Literal(number)))


def _opened(path: Path) -> BinaryIO:
    """The file, which must be a plain one: a pipe would never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise CannotRestore(f"{path.name} is not a plain file.", _UNCHANGED)
        return path.open("rb")
    except OSError as trouble:
        raise CannotRestore(
            f"{path.name} cannot be read: {trouble.strerror}.", _UNCHANGED
        ) from None


def _check_keys(raw: psycopg.Connection[object]) -> None:
    try:
        raw.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as trouble:
        raise CannotRestore(
            f"The files do not fit together: {_said(trouble)}", _UNCHANGED
        ) from None


def _said(trouble: BaseException) -> str:
    """What the database said, without the values it quotes."""
    diagnosis = getattr(trouble, "diag", None)
    primary = getattr(diagnosis, "message_primary", None)
    return str(primary or type(trouble).__name__)


_UNCHANGED = "Use the export as it was written. Nothing was brought in."
