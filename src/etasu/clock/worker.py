"""The worker: each job in a thread of its own, again and again until told to stop.

A job that fails is logged and done again after a pause that grows; it never ends the worker.
Whatever a job does, it does as of one moment that is read here and handed down.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import structlog
from django.db import connection

from etasu.clock import (
    community,
    events,
    laboratories,
    monitoring,
    nightly,
    nurse_line,
    reminders,
    safety,
    sealer,
    sender,
)
from etasu.clock.failures import note_failure
from etasu.clock.reminders import Sending
from etasu.clock.sender import Letterhead
from etasu.clock.texting import Texting
from etasu.clock.time import now_utc
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.heartbeats import beat, expect, expect_no_others, pulse_of
from etasu.registry.authorizations.announcing import announce
from etasu.registry.monitoring.signals import escalate_due
from etasu.registry.patient_support.copies import tell_care_partners
from etasu.registry.patient_support.symptom_telling import escalate_symptoms

LONGEST_PAUSE = timedelta(seconds=10)
SECONDS_TO_STOP = 10
PLAIN = Sending(Letterhead("Etasu", "http://localhost", "etasu@localhost"), Texting([]))
_log = structlog.get_logger("etasu.worker")


class Job(NamedTuple):
    """Something to do again and again.

    `is_due` is asked every `every`; a success is noted at most every `beats`, and the job counts
    as late when none was noted for `within`.
    """

    code: str
    do: Callable[[datetime], dict[str, Any]]
    every: timedelta
    is_due: Callable[[datetime], bool] = lambda at: True
    beats: timedelta = timedelta(seconds=30)
    within: timedelta = timedelta(minutes=10)


class WorkerBroken(RuntimeError):
    """A job's thread ended by itself, which none ever should."""


def run(once: bool = False, heads: Path | None = None, sending: Sending = PLAIN) -> dict[str, Any]:
    """Do what is due until a TERM or INT signal; with `once`, do everything one time.

    Answers what was done in that one time. `heads` is where each day's audit head is kept,
    `sending` what the site's messages say of the site, and who takes text messages.
    """
    stop = threading.Event()
    jobs = jobs_of(stop, heads, sending)
    if once:
        return {job.code: attempt(job, now_utc()) for job in jobs}
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _expect_no_others(jobs)
    work_until(stop, jobs)
    return {}


def jobs_of(
    stop: threading.Event, heads: Path | None = None, sending: Sending = PLAIN
) -> list[Job]:
    """The worker's jobs. The day's work is due at the start and on every new day."""
    begun, done_before = threading.Event(), dict[str, Any]()

    def do_nightly(at: datetime) -> dict[str, Any]:
        done = nightly.run(at, go_on=lambda: not stop.is_set(), heads=heads, done=done_before)
        begun.set()
        done_before.clear()
        return done

    def is_nightly_due(at: datetime) -> bool:
        pulse = pulse_of("nightly", at)
        day = pulse.said.get("day", "") if pulse else ""
        return not begun.is_set() or day < nightly.day_at(at).isoformat()

    a_second, a_minute = timedelta(seconds=1), timedelta(minutes=1)
    each_minute = partial(Job, every=a_minute, beats=timedelta(0), within=30 * a_minute)
    letterhead = sending.letterhead
    return [
        Job("sealer", sealer.seal, 0.4 * a_second, beats=15 * a_second, within=2 * a_minute),
        Job(
            "nightly",
            do_nightly,
            a_minute,
            is_nightly_due,
            beats=timedelta(0),
            within=timedelta(hours=30),
        ),
        Job(
            "monitoring",
            lambda at: monitoring.follow(at, go_on=lambda: not stop.is_set()),
            a_second,
        ),
        Job("signals", _pass_on_silence, 15 * a_second),
        each_minute("laboratories", laboratories.tell_of_held),
        Job(
            "safety",
            safety.remind_of_cases,
            10 * a_minute,
            beats=timedelta(0),
            within=timedelta(hours=1),
        ),
        each_minute("nurses", nurse_line.look_after_line),
        each_minute("community", community.look_after_community),
        each_minute("community-letters", lambda at: community.tell_members(at, letterhead)),
        Job("letters", lambda at: nurse_line.tell_patients(at, letterhead), 10 * a_second),
        Job("announcer", _announce, a_second),
        Job("reminders", lambda at: reminders.send_reminders(at, sending), 2 * a_second),
        Job("events", lambda at: events.write_to_those_who_come(at, letterhead), 5 * a_second),
        Job("sender", lambda at: sender.send_waiting(at, letterhead), 2 * a_second),
    ]


def _pass_on_silence(at: datetime) -> dict[str, Any]:
    """Tell who hears next of what nobody has answered in time."""
    return {
        "escalated": escalate_due(by=PLATFORM, at=at),
        "symptoms": escalate_symptoms(by=PLATFORM, at=at),
    }


def _announce(at: datetime) -> dict[str, Any]:
    return {"told": announce(at=at), "copies": tell_care_partners(by=PLATFORM, at=at)}


def work_until(stop: threading.Event, jobs: list[Job]) -> None:
    """Keep every job going until the event is set; raises WorkerBroken if one ends before."""
    threads = [
        threading.Thread(target=_keep_doing, args=(job, stop), name=job.code, daemon=True)
        for job in jobs
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):
        ended = [thread.name for thread in threads if not thread.is_alive()]
        if ended:
            stop.set()
            raise WorkerBroken(f"the job {ended[0]} ended by itself")
    until = monotonic() + SECONDS_TO_STOP
    for thread in threads:
        thread.join(max(0.1, until - monotonic()))


def _keep_doing(job: Job, stop: threading.Event) -> None:
    pause, beaten, is_expected = job.every, None, False
    try:
        while not stop.is_set():
            at = now_utc()
            is_expected = is_expected or _note_expected(job, at)
            notes = beaten is None or at - beaten >= job.beats or at < beaten
            done = attempt(job, at, notes=notes)
            is_well = done is None or "failed" not in done
            if is_well and done is not None and notes:
                beaten = at
            pause = job.every if is_well else min(2 * pause, max(job.every, LONGEST_PAUSE))
            stop.wait(pause.total_seconds())
    finally:
        connection.close()


def attempt(job: Job, at: datetime, *, notes: bool = True) -> dict[str, Any] | None:
    """Do the job if it is due, and note that it was done; None when it is not due.

    A failure is answered as `failed` with the exception's name; nothing is raised.
    """
    try:
        if not job.is_due(at):
            return None
        done = job.do(at)
        if notes and done.get("finished", True):
            beat(job.code, by=_name_of_worker(), at=at, within=job.within, said=done)
    except Exception as error:  # noqa: BLE001 - whatever happens, the worker goes on
        note_failure("job failed", error, job=job.code)
        return {"failed": type(error).__name__}
    return done


def _note_expected(job: Job, at: datetime) -> bool:
    """Note that the job is to be done from now on, should it never have been; whether that is so.

    One that fails from the first day on is late like any other.
    """
    try:
        expect(job.code, at=at, within=job.within)
    except Exception as error:  # noqa: BLE001 - a database that is away is asked again
        note_failure("job not expected", error, job=job.code)
        return False
    return True


def _expect_no_others(jobs: list[Job]) -> None:
    """Let what only an earlier version did be late no more; if not now, at the next start."""
    try:
        expect_no_others([job.code for job in jobs])
    except Exception as error:  # noqa: BLE001 - a database that is away keeps nobody from starting
        note_failure("former jobs not forgotten", error)
    finally:
        connection.close()


def _name_of_worker() -> str:
    return f"{socket.gethostname()}/{os.getpid()}"
