"""Processes that do the same work together: forked from one that has loaded everything.

Python computes in one thread of a process at a time, so that each core needs a process of its own.
"""

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import structlog

from etasu.site.cli.answers import Trouble
from etasu.site.cli.supervisor import die_with_parent

SECONDS_BETWEEN_STARTS = 1.0
_SECONDS_BETWEEN_LOOKS = 0.1
_STOPPING = (signal.SIGTERM, signal.SIGINT)
_log = structlog.get_logger("etasu.forks")

# What a process does until it is told to stop by a signal; it calls what it is given once it began.
Work = Callable[[Callable[[], None]], None]


class Forks:
    """So many processes at one work. Another takes the place of each that ends by itself."""

    def __init__(self, count: int, work: Work) -> None:
        self._count, self._work = count, work
        self._running: set[int] = set()
        self._is_stopping = False
        self._begun, self._say_begun = os.pipe()

    def run(self, ready: Callable[[], None]) -> None:
        """Call `ready` once all have begun; returns when they were told to stop and have ended.

        Raises Trouble when one ends before it has begun.
        """
        for number in _STOPPING:
            signal.signal(number, self._note_the_wish)
        for _ in range(self._count):
            self._fork()
        self._wait_until_all_begun()
        if not self._is_stopping:
            ready()
        while self._running:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            if self._ended() and not self._is_stopping:
                time.sleep(SECONDS_BETWEEN_STARTS)
                while len(self._running) < self._count and not self._is_stopping:
                    self._fork()

    def _wait_until_all_begun(self) -> None:
        waiting = self._count
        while waiting and not self._is_stopping:
            if self._ended():
                self._stop()
                raise Trouble("A process ended by itself.", "Its last lines above say why.")
            if select.select([self._begun], [], [], _SECONDS_BETWEEN_LOOKS)[0]:
                waiting -= len(os.read(self._begun, waiting))

    def _note_the_wish(self, number: int, frame: FrameType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        self._is_stopping = True
        for process in self._running:
            # One that has just ended may not have been noted yet.
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)

    def _ended(self) -> bool:
        """Whether any of them ended since this was last asked."""
        ended = set()
        for process in self._running:
            if os.waitpid(process, os.WNOHANG)[0]:
                ended.add(process)
                _log.info("process ended", was_asked_to=self._is_stopping)
        self._running -= ended
        return bool(ended)

    def _fork(self) -> None:
        # Who stops us between the fork and its note would not stop the new one.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            process = os.fork()
            if process == 0:
                self._be_one_of_them()
            self._running.add(process)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)

    def _be_one_of_them(self) -> None:
        """Work, and end without anything that the first process does at its end."""
        code = 1
        try:
            die_with_parent()
            for number in _STOPPING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            self._work(self._tell_begun)
            code = 0
        except Exception as error:  # noqa: BLE001 - whatever it is, its kind is all that may be said
            _log.error("process broke", kind=type(error).__qualname__)
        finally:
            os._exit(code)

    def _tell_begun(self) -> None:
        os.write(self._say_begun, b".")
