"""Child processes kept running together: started, watched, and stopped as one.

While it watches, an embedded database that was killed is started again, and so is a worker that
runs and does nothing.
"""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import Protocol

from etasu.clock.time import now_utc
from etasu.site import database
from etasu.site.cli.answers import Trouble

SECONDS_TO_START = 60
SECONDS_TO_STOP = 15
FAILED_STARTS_ALLOWED = 5
SECONDS_BETWEEN_LOOKS = 60
_DIE_WITH_PARENT = 1


class Watch(Protocol):
    """Knows whether a process that was started at `begun_at` does what it should."""

    begun_at: datetime

    def is_late(self, at: datetime) -> bool: ...


@dataclass(frozen=True)
class Child:
    """One process to keep running; `watch` says whether it does what it is for."""

    name: str
    command: list[str]
    watch: Watch | None = None


class Supervisor:
    """Starts the children, waits until the first of them answers, and watches them all."""

    def __init__(self, children: list[Child], await_address: tuple[str, int]) -> None:
        self._children = children
        self._address = await_address
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._told_to_stop = False
        self._failed_starts = 0
        self._looked = time.monotonic()

    def start(self) -> None:
        """Start every child; returns when the address answers requests.

        Raises Trouble when the address is taken or a child ends while starting.
        """
        self._refuse_if_taken()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_the_wish)
        for child in self._children:
            self._running[child.name] = _start(child)
        try:
            self._wait_until_answering()
        except Trouble:
            self.stop()
            raise

    def watch(self) -> None:
        """Wait for the wish to stop. A child that ends by itself ends everything with Trouble."""
        try:
            while not self._told_to_stop:
                self._refuse_if_one_ended()
                self._keep_the_database_running()
                self._start_again_what_is_late()
                time.sleep(0.25)
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask every child to end, wait, and kill those that do not."""
        _end(self._running.values())

    def _note_the_wish(self, number: int, frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _keep_the_database_running(self) -> None:
        """Start an embedded database that was killed; one failure is forgiven, many are not."""
        if not database.is_embedded() or database.postmaster_pid() is not None:
            return
        try:
            database.database_url()
            self._failed_starts = 0
        except database.DatabaseUnavailable as trouble:
            self._failed_starts += 1
            if self._failed_starts >= FAILED_STARTS_ALLOWED:
                raise Trouble(str(trouble), "`etasu doctor` looks at every part.") from trouble

    def _start_again_what_is_late(self) -> None:
        """Once a minute: a process that runs and does not do what it should is started again."""
        if time.monotonic() - self._looked < SECONDS_BETWEEN_LOOKS:
            return
        for child in self._children:
            if child.watch is not None and child.watch.is_late(now_utc()):
                _end([self._running[child.name]])
                self._running[child.name] = _start(child)
                child.watch.begun_at = now_utc()
        self._looked = time.monotonic()

    def _refuse_if_taken(self) -> None:
        host, port = self._address
        if port and _accepts(host, port):
            raise Trouble(f"{host}:{port} is already in use.", "Choose another with --port.")

    def _refuse_if_one_ended(self) -> None:
        for name, process in self._running.items():
            if process.poll() is not None:
                raise Trouble(
                    f"The {name} ended by itself (exit {process.returncode}).",
                    "Its last lines above say why; `etasu doctor` looks at every part.",
                )

    def _wait_until_answering(self) -> None:
        latest = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < latest:
            self._refuse_if_one_ended()
            if self._told_to_stop or _answers(*self._address):
                return
            time.sleep(0.05)
        raise Trouble("The web server did not start in a minute.", "Try `etasu doctor`.")


def _start(child: Child) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches only us, and ending when we are killed."""
    return subprocess.Popen(
        child.command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,  # standard output is for the command's own answer
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def die_with_parent() -> None:
    """In a child: be asked to end when the process that started it is gone, where Linux says so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _end(processes: Collection[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    latest = time.monotonic() + SECONDS_TO_STOP
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, latest - time.monotonic()))
        # What is left of its group: itself when it did not end, or children it left behind.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(host: str, port: int) -> bool:
    """Whether a request is answered: the port is open before the application is loaded."""
    asking = http.client.HTTPConnection(_reachable(host), port, timeout=2)
    try:
        asking.request("GET", "/livez")
        return asking.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((_reachable(host), port), timeout=1):
            return True
    except OSError:
        return False


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
