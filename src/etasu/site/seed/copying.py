"""Sends sheets of rows to the database, while the next ones are being written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

import psycopg
from django.db import connection

from etasu.site.seed.rows import COLUMNS, Sheets

RESERVE = """
SELECT min(n), max(n) FROM (
    SELECT nextval(pg_get_serial_sequence(%s::text, 'id')::regclass) AS n
    FROM generate_series(1, %s::int)
) AS taken
"""


def raw_connection() -> psycopg.Connection[Any]:
    """Django's own connection, in whatever transaction it is."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    return raw


class Copying:
    """One open transaction's copying, in a thread beside the caller's; at most two sheets wait.

    All statements go through that thread, one after the other, so rows never overtake each other.
    """

    def __init__(self, db: psycopg.Connection[Any]) -> None:
        self._db = db
        self._thread = ThreadPoolExecutor(1, "copying")
        self._last: Future[None] | None = None
        self.copied: Counter[str] = Counter()

    def __enter__(self) -> Copying:
        # Checked after each sheet: deferred checks of millions of rows would fill the memory.
        self._ask("SET CONSTRAINTS ALL IMMEDIATE")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            self._thread.shutdown()

    def send(self, sheets: Sheets) -> None:
        """Copy the sheets once those sent before are copied; an error of theirs is raised here."""
        self.finish()
        # Counted first: a sheet is emptied line by line once it is copied.
        self.copied.update(sheets.count())
        self._last = self._thread.submit(_copy, self._db, sheets)

    def finish(self) -> None:
        """Wait until everything sent is copied."""
        if self._last is not None:
            self._last.result()
            self._last = None

    def reserve(self, table: str, how_many: int) -> int:
        """The first of that many consecutive ids of the table, which nobody else will get."""
        while True:
            first, last = self._ask(RESERVE, table, how_many)
            if last - first + 1 == how_many:
                return int(first)

    def _ask(self, statement: str, *values: object) -> tuple[Any, ...]:
        def ask() -> tuple[Any, ...]:
            cursor = self._db.execute(statement, values)
            return cursor.fetchone() or () if cursor.description else ()

        return self._thread.submit(ask).result()


class Ids:
    """Ids for the rows that other rows point at, taken from the tables' own sequences."""

    def __init__(self, reserve: Callable[[str, int], int], block: int) -> None:
        self._reserve = reserve
        self._block = block
        self._left: dict[str, Iterator[int]] = {}

    def next(self, table: str) -> int:
        """The next id of a table."""
        try:
            return next(self._left[table])
        except (KeyError, StopIteration):
            first = self._reserve(table, self._block)
            self._left[table] = iter(range(first, first + self._block))
            return next(self._left[table])


def _copy(db: psycopg.Connection[Any], sheets: Sheets) -> None:
    with db.cursor() as cursor:
        for table, lines in sheets.lines.items():
            if not lines:
                continue
            columns = COLUMNS[table].replace(" ", ", ")
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for first in range(0, len(lines), 2000):
                    copy.write("\n".join(lines[first : first + 2000]) + "\n")
            lines.clear()
