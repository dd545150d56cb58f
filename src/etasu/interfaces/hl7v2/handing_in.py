"""What waits on all connections, handed in together: one transaction, then everybody is answered.

A thread takes whatever has come meanwhile, so the busier it is the more one commit carries; a
second one translates while the first waits for the database. Whatever goes wrong, everybody gets
an answer or a closed line, and nobody is told yes before the commit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol

import structlog
from django.db import connection

from etasu.interfaces.hl7v2.exchange import NOTHING_AGREED, hear, reply
from etasu.registry.monitoring.intake import AWAY
from etasu.registry.monitoring.received import Agreed, Answer, Outcome, Received

MOST_AT_ONCE = 200
# While one waits for the database, another reads and translates.
WRITERS = 2
MOST_BYTES_AT_ONCE = 8 * 1024 * 1024
# How long the database may be away before senders are told to come back.
PAUSES = (0.1, 0.4, 1.0, 2.0)
NOT_KEPT = Outcome(
    Answer.REJECTED,
    error="207",
    said="the message could not be kept: send it again in a few minutes",
)
_log = structlog.get_logger("etasu.hl7")


class ReceiveAll(Protocol):
    """What keeps messages: one outcome for each, all of it durable when it returns."""

    def __call__(self, messages: Sequence[Received], *, at: datetime) -> Sequence[Outcome]: ...


Clock = Callable[[], datetime]
AskAgreed = Callable[[datetime], Agreed]


def nothing_agreed(at: datetime) -> Agreed:
    """Nothing was agreed with anybody: every message is read as it came."""
    return NOTHING_AGREED


class Answered(Protocol):
    """Where the answers to what came in one frame are awaited."""

    def set_result(self, answers: list[bytes], /) -> None:
        """These are the answers."""

    def set_exception(self, error: BaseException, /) -> None:
        """There is no answer."""


class _Waiting(NamedTuple):
    raw: bytes
    connection: str | None
    answered: Answered


# What becomes of those who wait: the answers, or None where there are none to give.
Settled = list[tuple[Answered, list[bytes] | None]]


def settle(settled: Settled) -> None:
    """Give everybody their answers; without one a line is closed, and its other end sends again."""
    for answered, answers in settled:
        if answers is None:
            answered.set_exception(ConnectionAbortedError())
        else:
            answered.set_result(answers)


class HandingIn:
    """Collects messages and hands them in, from threads of its own."""

    def __init__(
        self,
        receive_all: ReceiveAll,
        clock: Clock,
        pauses: Sequence[float] = PAUSES,
        writers: int = WRITERS,
        agreed: AskAgreed = nothing_agreed,
        settle: Callable[[Settled], object] = settle,
    ) -> None:
        self._receive_all = receive_all
        self._settle = settle
        self._agreed = agreed
        self._clock = clock
        self._pauses = pauses
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"handing in {number}", daemon=True)
            for number in range(writers)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        """Hand in what waits, then end; whether it was done in time."""
        until = time.monotonic() + seconds
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def hand_in(self, raw: bytes, connection: str | None, answered: Answered) -> None:
        """Take what came in one frame; `answered` hears of it once it is kept or refused.

        It hears in a thread of ours, unless `settle` leads elsewhere.
        """
        self._queue.put(_Waiting(raw, connection, answered))

    def _work(self) -> None:
        try:
            while (taken := self._take()) is not None:
                self._answer(taken)
        finally:
            connection.close()

    def _take(self) -> list[_Waiting] | None:
        """What waits, at least one; None when it is time to end."""
        first = self._queue.get()
        if first is None:
            return None
        taken, size = [first], len(first.raw)
        while len(taken) < MOST_AT_ONCE and size < MOST_BYTES_AT_ONCE:
            try:
                more = self._queue.get_nowait()
            except Empty:
                break
            if more is None:
                self._queue.put(None)
                break
            taken.append(more)
            size += len(more.raw)
        return taken

    def _answer(self, taken: list[_Waiting]) -> None:
        try:
            answers = self._kept(taken)
        except Exception as error:  # noqa: BLE001 - a sender without an answer would send for ever
            _log.error("unforeseen", kind=type(error).__qualname__, messages=len(taken))
            self._settle([(each.answered, None) for each in taken])
            return
        self._settle([(each.answered, said) for each, said in zip(taken, answers, strict=True)])

    def _kept(self, taken: list[_Waiting]) -> list[list[bytes]]:
        at = self._clock()
        agreed = self._ask_agreed(at)
        deliveries = [hear(each.raw, each.connection, agreed or NOTHING_AGREED) for each in taken]
        received = [one for each in deliveries for one in each.received]
        if agreed is None:
            outcomes = [NOT_KEPT] * len(received)
        else:
            outcomes = keep_all(received, self._receive_all, at=at, pauses=self._pauses)
        answers, done = [], 0
        for each in deliveries:
            own = outcomes[done : done + len(each.messages)]
            answers.append(reply(each, own, at)[0])
            done += len(each.messages)
        return answers

    def _ask_agreed(self, at: datetime) -> Agreed | None:
        """What was agreed with the senders; None while the database is away."""
        for pause in (*self._pauses, None):
            try:
                return self._agreed(at)
            except AWAY as error:
                _log.warning("database away", kind=type(error).__qualname__, messages=0)
                connection.close()
                if pause is not None:
                    time.sleep(pause)
        return None


def keep_all(
    received: Sequence[Received],
    receive_all: ReceiveAll,
    *,
    at: datetime,
    pauses: Sequence[float] = PAUSES,
) -> list[Outcome]:
    """What became of each message, however many; so many at once. Raises nothing."""
    outcomes: list[Outcome] = []
    for begin in range(0, len(received), MOST_AT_ONCE):
        some = received[begin : begin + MOST_AT_ONCE]
        outcomes += keep(some, receive_all, at=at, pauses=pauses)
    return outcomes


def keep(
    received: Sequence[Received],
    receive_all: ReceiveAll,
    *,
    at: datetime,
    pauses: Sequence[float] = PAUSES,
) -> list[Outcome]:
    """What became of each message; raises nothing.

    A database that is away is asked again for a while. What breaks for another reason is tried
    message by message, so that the one that is to blame harms no other; that one is kept as it
    came, without what it says, for somebody to look at.
    """
    for pause in (*pauses, None):
        try:
            return _checked(receive_all(received, at=at), len(received))
        except AWAY as error:
            _log.warning("database away", kind=type(error).__qualname__, messages=len(received))
            connection.close()
            if pause is None:
                return [NOT_KEPT] * len(received)
            time.sleep(pause)
        except Exception as error:  # noqa: BLE001 - see above
            _log.error("unforeseen", kind=type(error).__qualname__, messages=len(received))
            break
    if len(received) > 1:
        return [
            outcome
            for each in received
            for outcome in keep([each], receive_all, at=at, pauses=pauses)
        ]
    return [_kept_as_it_came(received[0], receive_all, at)]


def _kept_as_it_came(one: Received, receive_all: ReceiveAll, at: datetime) -> Outcome:
    if one.message is None:
        return NOT_KEPT
    trouble = "It could not be taken in: call support; the message was kept as it came."
    try:
        bare = one._replace(message=None, trouble=trouble)
        outcome = _checked(receive_all([bare], at=at), 1)[0]
    except Exception as error:  # noqa: BLE001 - the sender keeps it, and is told so
        _log.error("unforeseen", kind=type(error).__qualname__, messages=1)
        return NOT_KEPT
    return outcome._replace(answer=Answer.ERROR, error="207", said=trouble)


def _checked(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    if len(outcomes) != count:
        raise ValueError(f"{len(outcomes)} outcomes for {count} messages")
    return list(outcomes)
