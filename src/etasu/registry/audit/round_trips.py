"""Several statements in one round trip, each planned once for its connection.

Where a change needs many statements, most of the time goes by waiting between them. Those asked
together are sent at once and answered in order, in the transaction that is under way. They go to
libpq without a layer above, for that would cost more than the statements. While the database works
at what was sent, whoever asked may do something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import lru_cache
from itertools import count
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import orjson
import psycopg
from django.db import connection
from psycopg import errors, pq
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.generators import fetch_many
from psycopg.waiting import Ready, Wait

_NOT_KEPT, _NOT_KEPT_WRITTEN = "\x00", b"\\u0000"
_ESCAPE = "\\"
_Connection = psycopg.Connection[Any]
# What each connection has prepared, by the text of the statement; no name is used twice.
_prepared: WeakKeyDictionary[_Connection, dict[str, bytes]] = WeakKeyDictionary()
_counted = count()


class Answer:
    """What one statement found, to be fetched after the round trip, once."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []

    def found(self, rows: list[tuple[Any, ...]]) -> None:
        """These are the rows."""
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return self._rows

    def fetchone(self) -> tuple[Any, ...]:
        """The only row there can be."""
        (row,) = self._rows
        return row


class RoundTrip:
    """Statements on their way."""

    def __init__(self, to: _Connection) -> None:
        self._to = to
        self._known = _prepared[to]
        self._fresh: dict[str, bytes] = {}
        self._commands: list[Callable[[], None]] = []
        self._answers: list[Answer | None] = []
        self._parts: list[tuple[str, tuple[Any, ...]]] | None = None
        self._begun, self._is_sent = 0, False
        if not to.autocommit and to.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            self._send(lambda: to.pgconn.send_query_params(b"BEGIN", None), None)

    def ask(self, statement: str, *values: Any) -> Answer:
        """Send one more; `%s` stand for the values, whose types the statement says."""
        pgconn, answer = self._to.pgconn, Answer()
        if self._parts is not None:
            self._parts.append((statement, values))
            return answer
        name = self._known.get(statement) or self._fresh.get(statement)
        if name is None:
            self._fresh[statement] = made = name = f"etasu_{next(_counted)}".encode()
            self._send(lambda: pgconn.send_prepare(made, _numbered(statement)), None)
        known, sent = name, [_sent(each) for each in values]
        self._send(lambda: pgconn.send_query_prepared(known, sent), answer)
        return answer

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """What is asked in the block goes as one statement, which costs less than many.

        All of it must change rows and answer nothing; no part sees what another one wrote.
        """
        self._parts = []
        yield
        parts, self._parts = self._parts, None
        if parts:
            statements, values = zip(*parts, strict=True)
            self.ask(_one_statement(statements), *(each for some in values for each in some))

    def commit(self) -> None:
        """End the transaction with what was asked, where nobody else is in it.

        Whoever began it finds it ended, and spares a round trip. Nothing may be asked after this.
        """
        if connection.in_atomic_block and not connection.savepoint_ids:
            self._send(lambda: self._to.pgconn.send_query_params(b"COMMIT", None), None)

    def _send(self, command: Callable[[], None], answer: Answer | None) -> None:
        self._commands.append(command)
        self._answers.append(answer)

    def begin(self) -> None:
        """Send what was asked until now, so that the database begins; more may be asked."""
        self._hand_over()
        self._flush()

    def send(self) -> None:
        """Send what was asked, and wait for nothing. No more can be asked in this trip."""
        if self._commands:
            self._hand_over()
            self._end()

    def _hand_over(self) -> None:
        self._to.pgconn.enter_pipeline_mode()
        # All of them first: sent one by one, each would wake the server and wait for its turn.
        for command in self._commands[self._begun :]:
            command()
        self._begun = len(self._commands)

    def _end(self) -> None:
        self._is_sent = True
        self._to.pgconn.pipeline_sync()
        self._flush()

    def _flush(self) -> None:
        if self._to.pgconn.flush():
            self._to.wait(_flushed(self._to.pgconn))

    def receive(self) -> None:
        """Wait for all the answers, if anything was asked."""
        if not self._commands:
            return
        if not self._is_sent:
            self.send()
        found = self._results()
        transformer = Transformer(self._to)
        for (result,), answer in zip(found, self._answers, strict=False):
            if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
                raise errors.error_from_result(result, encoding=self._to.info.encoding)
            if answer is not None and result.ntuples:
                transformer.set_pgresult(result)
                answer.found(transformer.load_rows(0, result.ntuples, tuple))
        self._known.update(self._fresh)

    def forget(self) -> None:
        """Leave the connection without answers nobody asks for any more."""
        if self._to.pgconn.pipeline_status != pq.PipelineStatus.OFF:
            with suppress(psycopg.Error):
                if not self._is_sent:
                    self._end()
                self._results()

    def _results(self) -> list[list[pq.abc.PGresult]]:
        """The results of each command, and last that all were answered."""
        pgconn = self._to.pgconn
        try:
            return self._to.wait(_found(pgconn, self._begun + 1))
        finally:
            if pgconn.status == pq.ConnStatus.OK:
                pgconn.exit_pipeline_mode()


class Question(Protocol):
    """Something to know, asked for in a round trip with others."""

    def ask(self, trip: RoundTrip) -> None:
        """Send what it takes."""


@contextmanager
def round_trip() -> Iterator[RoundTrip]:
    """Ask in the block, fetch after it. Raises what Django raises for every other statement."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        to = connection.connection
        if to not in _prepared:
            # What psycopg prepares it takes back after every rollback, and ours with it. From here
            # on it prepares nothing on this connection.
            to.execute("DEALLOCATE ALL")
            to.prepare_threshold = None
            _prepared[to] = {}
        trip = RoundTrip(to)
        try:
            yield trip
        except BaseException:
            trip.forget()
            raise
        trip.receive()


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


def _flushed(pgconn: pq.abc.PGconn) -> PQGen[None]:
    # Whoever does not listen while much is still to be sent waits for a server that waits too.
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()


def _found(pgconn: pq.abc.PGconn, count: int) -> PQGen[list[list[pq.abc.PGresult]]]:
    found: list[list[pq.abc.PGresult]] = []
    for _ in range(count):
        found.append((yield from fetch_many(pgconn)))
    return found


@lru_cache(maxsize=256)
def _one_statement(statements: tuple[str, ...]) -> str:
    *parts, last = statements
    named = [f"part_{place} AS ({each})" for place, each in enumerate(parts)]
    return f"WITH {', '.join(named)} {last}" if named else last


def _numbered(statement: str) -> bytes:
    first, *parts = statement.split("%s")
    numbered = [f"${place}{part}" for place, part in enumerate(parts, 1)]
    return "".join([first, *numbered]).encode()


def _sent(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it."""
    if value is None:
        return None
    text = as_array(value) if isinstance(value, list) else _text(value)
    # libpq would cut the text there, and the first half may name somebody else.
    if _NOT_KEPT in text:
        raise errors.DataError("a text may not hold a NUL character")
    return text.encode()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value.isoformat() if isinstance(value, date) else str(value)


def as_array(values: Sequence[Any]) -> str:
    """Values as one array of a statement, for whoever asks for the same ones again and again.

    They are numbers, texts, days and moments, bytes, or None.
    """
    try:
        written = orjson.dumps(values).decode()
    except TypeError:
        written = _ESCAPE
    # What JSON escapes is escaped otherwise in an array; all else is written the same.
    inside = ",".join(map(_element, values)) if _ESCAPE in written else written[1:-1]
    return f"{{{inside}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    escaped = _text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
