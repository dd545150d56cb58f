"""The list that comes with an export: what is in it, and by which bytes to know it again."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import msgspec
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

NAME = "manifest.json"
FORMAT = "etasu-export-1"
MOST_BYTES = 10_000_000


class KeptFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table's file: its rows, its bytes, and the next number of each column that counts."""

    table: str
    file: str
    columns: tuple[str, ...]
    rows: int
    sha256: str
    next: dict[str, int]


class AuditHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest seal of the audit trail in the export, and how many entries had none yet."""

    sequence: int
    head: str
    unsealed: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an export holds. It names no moment, so that the same record gives the same bytes."""

    format: str
    software: str
    with_secrets: bool
    audit: AuditHead
    tables: tuple[KeptFile, ...]
    left_out: dict[str, str]
    migrations: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all the files."""
        return sum(kept.rows for kept in self.tables)


class UnreadableManifest(ValueError):
    """The file is not the list of an export; the text says why."""


def software() -> str:
    """The version of this software."""
    return version("etasu")


def schema() -> tuple[str, ...]:
    """Every migration applied to this database, as `app.name`, sorted."""
    applied = MigrationRecorder(connection).applied_migrations()
    return tuple(sorted(f"{app}.{name}" for app, name in applied))


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest as JSON that people can read, the same bytes for the same manifest."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1) + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """The list in a folder; raises UnreadableManifest."""
    try:
        with (folder / NAME).open("rb") as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise UnreadableManifest("it is too long")
        manifest = msgspec.json.decode(text, type=Manifest)
    except (OSError, msgspec.MsgspecError) as trouble:
        raise UnreadableManifest(str(trouble)) from trouble
    if manifest.format != FORMAT:
        raise UnreadableManifest(f"its format is {manifest.format[:40]}, not {FORMAT}")
    return manifest
