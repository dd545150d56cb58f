"""No reminder is lost or doubled, whatever is killed while nights are said and messages go out."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.crash.reminder_world import RHYTHM
from tests.crash.test_kill import Site, site  # noqa: F401
from tests.factories.homes import ROOT, run
from tests.factories.sms_provider import Desk, sms_provider

PEOPLE = 40
NIGHT = datetime(2024, 5, 1, 16, tzinfo=UTC)


class Told(NamedTuple):
    """What the database and the provider say: a number for each reminder."""

    queued: list[str]
    people: list[str]
    handed_over: list[str]
    taken: list[str]


def start(site: Site, *arguments: str) -> subprocess.Popen[bytes]:  # noqa: F811
    """A process that says or sends."""
    log = Path(site.home / "reminders.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.crash.reminder_world", *arguments],
            env=site.environment, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip


@contextmanager
def database(site: Site) -> Iterator[str]:  # noqa: F811
    """The address of the database, which stays up whoever is killed."""
    code = (
        "from etasu.site.database import database_url; import time; "
        "print(database_url(), flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, env=site.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        try:
            yield holder.stdout.readline().strip()
        finally:
            holder.kill()


def read(address: str, desk: Desk, since: int) -> Told:
    """What was said after the reminder with that id."""
    with psycopg.connect(address) as db:
        rows: list[Any] = db.execute(
            "SELECT number, person, state FROM notices_reminder WHERE id > %s ORDER BY id", [since]
        ).fetchall()
    handed = [number for number, _, state in rows if state == "handed_over"]
    return Told(
        [number for number, *_ in rows],
        [person for _, person, _ in rows],
        handed,
        [each["key"] for each in desk.taken()],
    )


def contradictions(told: Told) -> list[str]:
    """What was said twice, or never, or is not what the record says."""
    found = []
    if doubled := [who for who, times in Counter(told.people).items() if times > 1]:
        found.append(f"queued twice: {doubled[:3]}")
    if len(told.people) != PEOPLE:
        found.append(f"{len(told.people)} of {PEOPLE} people are reminded")
    if sent_twice := [each for each, times in Counter(told.taken).items() if times > 1]:
        found.append(f"sent twice: {sent_twice[:3]}")
    if lost := set(told.queued) - set(told.taken):
        found.append(f"never sent: {sorted(lost)[:3]}")
    if set(told.handed_over) != set(told.taken):
        found.append("the record says something else than the provider")
    return found


@pytest.mark.parametrize(
    ("nights", "sendings"), [(1, 3), pytest.param(6, 14, marks=pytest.mark.long)]
)
def test_no_reminder_is_lost_or_doubled_whatever_is_killed(
    site: Site,  # noqa: F811
    nights: int,
    sendings: int,
) -> None:
    chance = random.Random(20)
    night = ("night", "2024-05-01", NIGHT.isoformat())
    with database(site) as address, sms_provider() as desk:
        with psycopg.connect(address) as db:
            # Others may have been reminded before in this database.
            found = db.execute("SELECT coalesce(max(id), 0) FROM notices_reminder").fetchone()
            since: int = found[0] if found else 0
        run(site.environment, "-m", "tests.crash.reminder_world", "people", str(PEOPLE))
        for _ in range(nights):
            kill_after(start(site, *night), chance, 0.9, 1.6)
        run(site.environment, "-m", "tests.crash.reminder_world", *night)
        # A provider that answers slowly, so that many are killed between its yes and our note.
        desk.misbehave(seconds=0.08)
        at = NIGHT
        for _ in range(sendings):
            at += RHYTHM
            process = start(site, "send", f"{desk.url}/messages", at.isoformat())
            waits_for_more(desk, process)
            kill_after(process, chance, 0.0, 0.3)
        desk.misbehave()
        process = start(site, "send", f"{desk.url}/messages", (at + RHYTHM).isoformat())
        deadline = time.monotonic() + 60
        told = read(address, desk, since)
        while contradictions(told) and time.monotonic() < deadline:
            time.sleep(0.2)
            told = read(address, desk, since)
        said = desk.said()
        process.kill()
        process.wait()
    assert contradictions(told) == []
    # Some were handed over again: the provider knew them by their numbers.
    assert said["asked"] > len(told.taken)
    the_checker_sees_planted_faults(told)


def waits_for_more(desk: Desk, process: subprocess.Popen[bytes]) -> None:
    """Until the provider was asked once more, or everything is out."""
    before, deadline = desk.said()["asked"], time.monotonic() + 15
    while desk.said()["asked"] == before and time.monotonic() < deadline:
        if len(desk.taken()) == PEOPLE:
            return
        time.sleep(0.01)


def kill_after(
    process: subprocess.Popen[bytes], chance: random.Random, least: float, most: float
) -> None:
    time.sleep(chance.uniform(least, most))
    process.kill()
    process.wait()


def the_checker_sees_planted_faults(told: Told) -> None:
    """Take something away or double it: each is named."""
    faults = {
        "queued twice": told._replace(people=[*told.people, told.people[0]]),
        f"{PEOPLE - 1} of": told._replace(people=told.people[1:]),
        "sent twice": told._replace(taken=[*told.taken, told.taken[0]]),
        "never sent": told._replace(taken=told.taken[1:]),
        "the record says": told._replace(handed_over=told.handed_over[1:]),
    }
    for word, fault in faults.items():
        assert any(line.startswith(word) for line in contradictions(fault)), word
