"""Processes that do one work together: all begun before anything is said, replaced, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

WORK = """
import signal, sys, time
from etasu.site.cli.answers import Trouble
from etasu.site.cli.forks import Forks

def work(begun):
    if "broken" in sys.argv:
        raise ValueError("somebody's name")
    begun()
    while True:
        time.sleep(60)

try:
    Forks(2, work).run(lambda: print("ready", flush=True))
except Trouble as trouble:
    sys.exit(f"{trouble.what} {trouble.remedy}")
"""


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process with two forks, or none left."""
    command = [sys.executable, "-c", WORK, *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def forks_of(process: subprocess.Popen[str], *, without: int = 0) -> set[int]:
    """Its forks, once there are two again of which none is that one."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = {each.pid for each in psutil.Process(process.pid).children()}
        if len(found) == 2 and without not in found:
            return found
        time.sleep(0.05)
    raise AssertionError("there are no two processes")


def test_one_that_is_killed_is_replaced_and_all_stop_together() -> None:
    with started() as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        first, second = forks_of(process)
        os.kill(first, signal.SIGKILL)
        now = forks_of(process, without=first)
        assert second in now
        process.terminate()
        assert process.wait(20) == 0
        assert not any(psutil.pid_exists(each) for each in now)


def test_forks_do_not_outlive_the_first_process() -> None:
    with started() as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        forks = forks_of(process)
        process.kill()
        assert not psutil.wait_procs(
            [psutil.Process(each) for each in forks if psutil.pid_exists(each)], 20
        )[1]


def test_what_cannot_begin_is_said_without_quoting_it() -> None:
    with started("broken") as process:
        said, complained = process.communicate(timeout=20)
        assert process.returncode == 1 and "ready" not in said
        assert "A process ended by itself." in complained and "ValueError" in said + complained
        assert "somebody" not in said + complained
