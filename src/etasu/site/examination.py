"""Every part of an installation looked at, one line each, with a remedy where one is needed."""

import os
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import psycopg

from etasu.clock.time import now_utc
from etasu.site import database

GIGABYTE = 1024**3


class State(StrEnum):
    """How one part is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


class Line(NamedTuple):
    """What was seen of one part; the remedy is empty when all is well."""

    part: str
    state: State
    said: str
    remedy: str = ""


def examine() -> list[Line]:
    """Every part, in the order they depend on each other; never raises."""
    found: list[Line] = []
    for part, look in _PARTS:
        try:
            found.extend(look())
        except Exception as trouble:
            said = str(trouble).strip().splitlines()
            words = said[0] if said else type(trouble).__name__
            found.append(Line(part, State.FAIL, words, "Mend this first, then run it again."))
            if part == "database":
                break
    return found


def _python() -> Iterator[Line]:
    is_known = sys.version_info >= (3, 11)
    state = State.OK if is_known else State.FAIL
    yield Line("python", state, platform.python_version(), "" if is_known else "Use 3.11 or newer.")


def _home() -> Iterator[Line]:
    home = database.home_folder()
    if home.exists() and not os.access(home, os.W_OK):
        remedy = "Use the account that owns it, or another folder with ETASU_HOME."
        yield Line("home", State.FAIL, f"{home} may not be written", remedy)
        return
    yield Line("home", State.OK, str(home))
    kept = home / "secret-key"
    if kept.exists() and stat.S_IMODE(kept.stat().st_mode) & 0o077:
        yield Line("secret", State.FAIL, "others may read it", f"chmod 600 {kept}")
    elif kept.exists() or os.environ.get("ETASU_SECRET_KEY"):
        yield Line("secret", State.OK, "kept" if kept.exists() else "given by the environment")


def _database() -> Iterator[Line]:
    found = database.describe()
    said = f"PostgreSQL {found.version}, {found.kind}, {found.place}"
    if found.is_supported:
        yield Line("database", State.OK, said)
    else:
        oldest = database.OLDEST_POSTGRES
        yield Line("database", State.FAIL, said, f"Upgrade to PostgreSQL {oldest} or newer.")
    unsafe = [name for name, value in found.durability.items() if value in ("off", "local")]
    said = ", ".join(f"{name} {value}" for name, value in found.durability.items())
    remedy = f"Set {', '.join(unsafe)} to on: a decision once given must not be lost."
    state = State.FAIL if unsafe else State.OK
    yield Line("durability", state, said, remedy if unsafe else "")
    is_utc = found.time_zone in ("UTC", "Etc/UTC", "GMT")
    remedy = "" if is_utc else "Set the database's time zone to UTC; Etasu does so for itself."
    yield Line("time zone", State.OK if is_utc else State.WARN, found.time_zone, remedy)


def _disk() -> Iterator[Line]:
    home = database.home_folder()
    there = home if home.exists() else Path("/")
    free = shutil.disk_usage(there).free / GIGABYTE
    state = State.FAIL if free < 1 else State.WARN if free < 5 else State.OK
    remedy = "" if state is State.OK else f"Free some space where {there} lies."
    yield Line("disk", state, f"{free:.1f} GB free", remedy)


def _clock() -> Iterator[Line]:
    with psycopg.connect(database.database_url(), connect_timeout=10) as db:
        before = now_utc()
        row = db.execute("SELECT clock_timestamp()").fetchone()
        after = now_utc()
    theirs = row[0] if row else after
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    state = State.FAIL if apart > 60 else State.WARN if apart > 2 else State.OK
    remedy = "" if state is State.OK else "Let both machines keep time with NTP."
    yield Line("clock", state, f"{apart:.1f} s from the database's", remedy)


def _migrations() -> Iterator[Line]:
    from etasu.site.cli.preparation import prepare

    prepare()
    from etasu.site.readiness import migrations_missing

    missing = len(migrations_missing())
    if missing:
        yield Line("migrations", State.FAIL, f"{missing} not applied", "Run `etasu migrate`.")
    else:
        yield Line("migrations", State.OK, "applied")


def _worker() -> Iterator[Line]:
    from etasu.site.readiness import worker

    found = worker(now_utc())
    remedy = "" if found.is_met else "Start `etasu worker`; if it runs, look at its log."
    yield Line("worker", State.OK if found.is_met else State.WARN, found.observed, remedy)


def _texts() -> Iterator[Line]:
    from etasu.site.readiness import texts

    found = texts(now_utc())
    remedy = "" if found.is_met else "Look at your account there, and at the worker's log."
    yield Line(found.code, State.OK if found.is_met else State.WARN, found.observed, remedy)


def _settings() -> Iterator[Line]:
    from django.conf import settings

    if settings.DEBUG:
        yield Line("debug", State.WARN, "on: error pages show internals", "Unset ETASU_DEBUG.")
    if not settings.ETASU_HTTPS:
        remedy = "Behind HTTPS set ETASU_HTTPS=1: cookies are then bound to this host."
        yield Line("https", State.WARN, "off: for one machine and for demonstrations", remedy)
    else:
        yield Line("https", State.OK, "on")


_PARTS: tuple[tuple[str, Callable[[], Iterator[Line]]], ...] = (
    ("python", _python),
    ("home", _home),
    ("disk", _disk),
    ("database", _database),
    ("clock", _clock),
    ("migrations", _migrations),
    ("worker", _worker),
    ("text messages", _texts),
    ("settings", _settings),
)
