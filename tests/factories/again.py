"""The same rows once more, without doing again what made them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from django.db import connection, transaction
from psycopg import sql

from tests.database.base import tables_with_rows

Made = TypeVar("Made")


class _Kept(NamedTuple):
    """What was made: the objects, and every row by its table."""

    made: Any
    rows: dict[str, bytes]


class Again:
    """Builds a world once for each key; after that its rows are copied in.

    A world of people takes half a second to make and hundreds of tests ask for one. The database
    must be empty but for what migrations wrote: rows of somebody else would be copied as well, so
    that such a world is built and not kept.
    """

    def __init__(self) -> None:
        self._kept: dict[object, _Kept] = {}

    def of(self, key: object, build: Callable[[], Made]) -> Made:
        """What `build` gives, with all it wrote."""
        if tables_with_rows(connection):
            return build()
        with transaction.atomic():
            if key not in self._kept:
                made = build()
                self._kept[key] = _Kept(made, _read())
            else:
                _write(self._kept[key].rows)
        found: Made = copy.deepcopy(self._kept[key].made)
        return found


def _read() -> dict[str, bytes]:
    rows = {}
    with connection.cursor() as cursor:
        for table in tables_with_rows(connection):
            with cursor.copy(_copy("COPY {} TO STDOUT", table)) as lines:
                rows[table] = b"".join(bytes(line) for line in lines)
    return rows


def _write(rows: dict[str, bytes]) -> None:
    """Every row; no trigger does its work a second time, for its rows are among them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in rows:
            cursor.execute(_copy("ALTER TABLE {} DISABLE TRIGGER USER", table))
        for table, lines in rows.items():
            with cursor.copy(_copy("COPY {} FROM STDIN", table)) as into:
                into.write(lines)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in rows:
            cursor.execute(_copy("ALTER TABLE {} ENABLE TRIGGER USER", table))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _copy(statement: str, table: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(table))
