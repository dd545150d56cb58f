"""The machine door's own connections: one for each thread, with its statements prepared on it.

They are libpq's, without a layer above, because every microsecond here is a request not answered.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import OperationalError, errors, pq
from psycopg.conninfo import make_conninfo

from etasu.registry.authorizations.statements import Statement

Row = tuple[str | None, ...]
SECONDS_FOR_A_STATEMENT = 10
# One plan for every asker: planning would cost more than the statement. Without sequential scans
# a plan made while a table was empty is still right when it has grown.
SETTINGS = f"""
SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;
SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET statement_timeout = '{SECONDS_FOR_A_STATEMENT}s'
""".encode()
# What Django keeps among a connection's parameters that is not libpq's.
_NOT_LIBPQ = ("cursor_factory", "context", "prepare_threshold")
_DONE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class DatabaseAway(Exception):
    """No connection could be made; nothing was sent."""


class ConnectionLost(Exception):
    """The connection broke; what was sent last may have been done or not."""


class PreparedConnection:
    """A connection in autocommit, which prepares each statement at its first use."""

    def __init__(self, pgconn: pq.abc.PGconn) -> None:
        self._pgconn = pgconn
        self._prepared: set[bytes] = set()

    @property
    def is_usable(self) -> bool:
        """Whether it is connected and outside any transaction."""
        return (
            self._pgconn.status == pq.ConnStatus.OK
            and self._pgconn.transaction_status == pq.TransactionStatus.IDLE
        )

    def rows(self, statement: Statement, values: Mapping[str, str | None]) -> list[Row]:
        """Run a statement; its rows as text. Raises ConnectionLost, or what the database says."""
        if statement.name not in self._prepared:
            self._done(self._pgconn.prepare(statement.name, statement.sql))
            self._prepared.add(statement.name)
        sent = [_sent(values[name]) for name in statement.parameters]
        found = self._done(self._pgconn.exec_prepared(statement.name, sent))  # type: ignore[arg-type]
        columns = range(found.nfields)
        return [
            tuple(_received(found.get_value(row, column)) for column in columns)
            for row in range(found.ntuples)
        ]

    def run(self, sql: bytes) -> None:
        """Run plain statements without parameters, such as BEGIN and COMMIT."""
        self._done(self._pgconn.exec_(sql))

    def close(self) -> None:
        """Break the connection off."""
        self._pgconn.finish()

    def _done(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status in _DONE:
            return result
        if self._pgconn.status != pq.ConnStatus.OK:
            raise ConnectionLost
        raise errors.error_from_result(result)


def connect() -> PreparedConnection:
    """A new connection to Django's database; raises DatabaseAway."""
    parameters: dict[str, Any] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 1000 * SECONDS_FOR_A_STATEMENT,
        "application_name": "etasu machine door",
        **connection.get_connection_params(),
    }
    libpq = {name: value for name, value in parameters.items() if name not in _NOT_LIBPQ}
    pgconn = pq.PGconn.connect(make_conninfo(**libpq).encode())
    if pgconn.status != pq.ConnStatus.OK:
        pgconn.finish()
        raise DatabaseAway
    made = PreparedConnection(pgconn)
    try:
        made.run(SETTINGS)
    except (ConnectionLost, OperationalError) as error:
        raise DatabaseAway from error
    return made


class _Kept(threading.local):
    connection: PreparedConnection | None = None


_kept = _Kept()


def of_this_thread() -> PreparedConnection:
    """The thread's connection, made anew when it broke; raises DatabaseAway."""
    known = _kept.connection
    if known is None or not known.is_usable:
        if known is not None:
            known.close()
        known = _kept.connection = None
        known = _kept.connection = connect()
    return known


def close_of_this_thread() -> None:
    """Break the thread's connection off, if it has one."""
    if _kept.connection is not None:
        _kept.connection.close()
        _kept.connection = None


def _sent(value: str | None) -> bytes | None:
    if value is None:
        return None
    encoded = value.encode()
    # libpq would cut the text there, and the first half may name somebody else.
    if b"\0" in encoded:
        raise errors.DataError("a text may not hold a NUL character")
    return encoded


def _received(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
