"""What waits on all connections, handed in together: one transaction, then everybody is answered.

A thread takes whatever has come meanwhile, so the busier it is the more one commit carries. Where
several processes share the cores, a second thread of one waits a moment: half as many commits with
twice as much in each are quicker. Whatever goes wrong, everybody gets an answer or a closed line,
and nobody is told yes before the commit.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import structlog
from django.db import connection

from etasu.interfaces.hl7v2.exchange import NOTHING_AGREED, hear, reply
from etasu.registry.monitoring.intake import AWAY
from etasu.registry.monitoring.received import Agreed, Answer, Outcome, Received

MOST_AT_ONCE = 200
# While one waits for the database, another reads and translates.
WRITERS = 2
# How many seconds another thread leaves what waits to the one that is at work.
PATIENCE = 0.05
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


class _Queue:
    """What waits. One thread at a time takes it, unless it has waited longer than `patience`.

    Whoever was at work last is the next: what it and its end of the database use is at hand still.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._waiting: deque[tuple[float, _Waiting]] = deque()
        self._lock = threading.Lock()
        # Each thread that waits for work, the one that was at work last at the end.
        self._idle: list[threading.Condition] = []
        self._at_work = 0
        self._is_ended = False

    def put(self, one: _Waiting) -> None:
        """Let it wait."""
        with self._lock:
            self._waiting.append((time.monotonic(), one))
            # Whoever was told of the first takes the others with it.
            if len(self._waiting) == 1:
                self._tell_somebody()

    def end(self) -> None:
        """Nothing more will come."""
        with self._lock:
            self._is_ended = True
            for each in self._idle:
                each.notify()

    def take(self, *, after_another: bool = False) -> list[_Waiting] | None:
        """What waits, at least one; None when it is time to end."""
        with self._lock:
            self._at_work -= after_another
            while True:
                if self._waiting:
                    seconds = self._seconds_left()
                    if seconds <= 0:
                        return self._some()
                elif self._is_ended:
                    return None
                else:
                    seconds = None
                self._wait_to_be_told(seconds)

    def _tell_somebody(self) -> None:
        if self._idle:
            self._idle[-1].notify()

    def _wait_to_be_told(self, seconds: float | None) -> None:
        told = threading.Condition(self._lock)
        self._idle.append(told)
        told.wait(seconds)
        self._idle.remove(told)

    def _seconds_left(self) -> float:
        if self._is_ended or not self._at_work:
            return 0.0
        return self._waiting[0][0] + self._patience - time.monotonic()

    def _some(self) -> list[_Waiting]:
        self._at_work += 1
        taken: list[_Waiting] = []
        size = 0
        while self._waiting and len(taken) < MOST_AT_ONCE and size < MOST_BYTES_AT_ONCE:
            one = self._waiting.popleft()[1]
            taken.append(one)
            size += len(one.raw)
        if self._waiting:
            self._tell_somebody()
        return taken


class HandingIn:
    """Collects messages and hands them in, from threads of its own.

    With `patience`, a thread leaves what waits so long to another one that is at work.
    """

    def __init__(
        self,
        receive_all: ReceiveAll,
        clock: Clock,
        pauses: Sequence[float] = PAUSES,
        writers: int = WRITERS,
        agreed: AskAgreed = nothing_agreed,
        settle: Callable[[Settled], object] = settle,
        patience: float = 0.0,
    ) -> None:
        self._receive_all = receive_all
        self._settle = settle
        self._agreed = agreed
        self._clock = clock
        self._pauses = pauses
        self._queue = _Queue(patience)
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
        self._queue.end()
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
            taken = self._queue.take()
            while taken is not None:
                self._answer(taken)
                taken = self._queue.take(after_another=True)
        finally:
            connection.close()

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
