"""Several statements in one round trip, each planned once for its connection.

Where a change needs many statements, most of the time goes by waiting between them. Those asked
together are sent at once and answered in order, in the transaction that is under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from django.db import connection

Cursor = psycopg.Cursor[tuple[Any, ...]]
_NOT_KEPT, _NOT_KEPT_WRITTEN = "\x00", b"\\u0000"


class RoundTrip:
    """Statements on their way; what they find can be fetched after the round trip."""

    def __init__(self, to: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._to = to

    def ask(self, statement: str, *values: Any) -> Cursor:
        """Send one more; `%s` stand for the values, whose types the statement says."""
        cursor = psycopg.Cursor(self._to)
        cursor.execute(statement.encode(), values, prepare=True)
        return cursor


@contextmanager
def round_trip() -> Iterator[RoundTrip]:
    """Ask in the block, fetch after it. Raises what Django raises for every other statement."""
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors, raw.pipeline():
        yield RoundTrip(raw)


def as_json(rows: Any) -> str:
    """Rows as one value of a statement, whatever their number; days and moments become texts.

    A database text holds every character but one, which is replaced.
    """
    written = orjson.dumps(rows, default=_plain)
    if _NOT_KEPT_WRITTEN in written:
        written = orjson.dumps(_kept(rows), default=_plain)
    return written.decode()


def _plain(value: Any) -> tuple[Any, ...]:
    if isinstance(value, tuple):
        return tuple(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_NOT_KEPT, "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {_kept(key): _kept(each) for key, each in value.items()}
    return [_kept(each) for each in value] if isinstance(value, list | tuple) else value
