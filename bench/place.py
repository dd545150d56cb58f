"""A place to measure in: an embedded database of its own, and servers started as operators do."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg

from bench.driver import Plan
from bench.world import Population, load
from etasu.programs import library
from etasu.site.embedded import EmbeddedServer


class Place(NamedTuple):
    """A home folder with its database server."""

    home: Path
    server: EmbeddedServer

    def url(self, database: str) -> str:
        """The address of one database of this server."""
        return self.server.process.url(database)


@contextmanager
def place() -> Iterator[Place]:
    """A new home under /tmp, removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="etasu-bench-", dir="/tmp"))
    home.chmod(0o755)
    server = EmbeddedServer(home)
    server.ensure_running()
    try:
        yield Place(home, server)
    finally:
        server.stop()
        shutil.rmtree(server.process.data, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def new_database(where: Place, name: str) -> str:
    """A new database with all tables, empty; its address."""
    with psycopg.connect(where.url("etasu"), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    url = where.url(name)
    etasu(where, url, "migrate")
    return url


def drop_database(where: Place, name: str) -> None:
    """The database is gone, and its room on the disk free again."""
    with psycopg.connect(where.url("etasu"), autocommit=True) as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def populate(where: Place, people: Population, tell: Callable[[str], None]) -> str:
    """A new database with these people in it; its address."""
    url = new_database(where, f"bench_{people.patients}")
    version = library.load_library().effective(people.program, people.planned_on)
    assert version is not None
    load(url, people, version, tell)
    return url


class Served(NamedTuple):
    """A running `etasu serve`."""

    process: subprocess.Popen[str]
    port: int

    def family(self) -> list[psutil.Process]:
        """Etasu's own processes: the supervisor, the web server and its workers."""
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """The CPU time these processes have used so far."""
        return sum(sum(one.cpu_times()[:2]) for one in self.family())


@contextmanager
def served(where: Place, url: str, workers: int, threads: int) -> Iterator[Served]:
    """`etasu serve` on that database, without the worker for due work."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"--json --no-worker --port={port} --workers={workers} --threads={threads}"
    with (where.home / f"serve-{port}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "etasu.site.cli", "serve", *options.split()],
            env=environment(where, url),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        if not process.stdout.readline():
            raise SystemExit(f"the server did not start: {Path(log.name).read_text()[-2000:]}")
        try:
            yield Served(process, port)
        finally:
            process.terminate()
            process.wait(30)


class Driven(NamedTuple):
    """What the driver reported, and the CPU Etasu's processes used for each answer."""

    report: dict[str, Any]
    etasu_microseconds: float

    @property
    def count(self) -> int:
        """How many answers there were."""
        return sum(self.report["answers"].values())


def drive(server: Served, plan: Plan) -> Driven:
    """Run the load driver in a process of its own."""
    before = server.cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "bench.driver"],
        input=json.dumps(plan._asdict()),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"the driver failed: {done.stderr[-2000:]}")
    used = server.cpu_seconds() - before
    report = json.loads(done.stdout)
    return Driven(report, used / max(1, sum(report["answers"].values())) * 1e6)


def settle(seconds: float = 1.0) -> None:
    """Let what the last measure left behind pass."""
    time.sleep(seconds)


def etasu(where: Place, url: str, *arguments: str, allowed: tuple[int, ...] = (0,)) -> str:
    """What a command of Etasu on that database prints; it must end with an exit code allowed."""
    return module(where, url, "etasu.site.cli", *arguments, allowed=allowed)


def module(
    where: Place, url: str, name: str, *arguments: str, allowed: tuple[int, ...] = (0,)
) -> str:
    """What a module run with that database prints; it must end with an exit code allowed."""
    command = [sys.executable, "-m", name, *arguments]
    settings = with_settings(where, url)
    # What it says of its progress, or of an error, goes where this process says its own.
    done = subprocess.run(command, env=settings, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in allowed:
        raise SystemExit(f"{name} {' '.join(arguments)}: {done.stdout}")
    return done.stdout


def with_settings(where: Place, url: str) -> dict[str, str]:
    """The environment of a module that sets Django up by itself."""
    return {"DJANGO_SETTINGS_MODULE": "etasu.site.settings", **environment(where, url)}


def environment(where: Place, url: str) -> dict[str, str]:
    """The settings a process of Etasu's is started with, for this database."""
    left_out = ("DJANGO_SETTINGS_MODULE", "ETASU_DEBUG")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    # Whoever measures reads the log of requests as any operator does: into a file.
    return {**kept, "ETASU_HOME": str(where.home), "DATABASE_URL": url}
