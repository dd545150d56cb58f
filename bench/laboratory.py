"""Results from laboratories: what reading costs, and what the listener takes in beside plain COPY.

Reading is timed beside other libraries, where they are installed. The listener is the one
operators start, on a database with patients, courses and a registered laboratory; every message is
matched, mapped, converted, flagged and kept before it is acknowledged. The floor is the same
messages, parsed before, written by COPY with 200 messages in a transaction: an item is a row.
Beside it stands a bare listener, which parses and writes what the floor does and nothing else.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.laboratory_floor import TABLES, floor
from bench.laboratory_line import PATIENTS, LinePlan, message
from bench.machine import load
from bench.place import Place, environment, module, new_database, settle, with_settings
from etasu.interfaces.hl7v2.exchange import hear

CONNECTIONS = (16, 1)


def reading(seconds: float) -> Iterator[dict[str, Any]]:
    """How many messages each parser takes apart in a CPU-second."""
    sample = [message(number, number % PATIENTS) for number in range(1, 2_001)]
    texts = [each.decode() for each in sample]
    found = {
        "etasu, taken apart and translated": _rate(lambda at: hear(sample[at], "x"), seconds),
        "python-hl7, taken apart": _rate_of("hl7", "parse", texts, seconds),
        "hl7apy, taken apart": _rate_of("hl7apy.parser", "parse_message", texts, seconds),
    }
    yield {
        "measure": "HL7 messages read in a CPU-second",
        "bytes": len(sample[0]),
        "items": sample[0].count(b"\rOBX|"),
        **{name: rate for name, rate in found.items() if rate is not None},
        "load": load(),
    }


def _rate(read: Callable[[int], object], seconds: float) -> int:
    for at in range(20):
        read(at)
    began, done = time.process_time(), 0
    while time.process_time() - began < seconds:
        read(done % 2_000)
        done += 1
    return round(done / (time.process_time() - began))


def _rate_of(library: str, name: str, texts: list[str], seconds: float) -> int | None:
    """Another library's rate; None where it is not installed."""
    try:
        parse = getattr(import_module(library), name)
    except ImportError:
        return None
    began, done = time.process_time(), 0
    while time.process_time() - began < seconds:
        parse(texts[done % len(texts)])
        done += 1
    return round(done / (time.process_time() - began))


def taking_in(where: Place, rounds: int, seconds: float) -> Iterator[dict[str, Any]]:
    """One figure after the other; the last has the medians of all rounds."""
    url, floor_url = new_database(where, "laboratory"), new_database(where, "laboratory_floor")
    module(where, url, "bench.laboratory_world", str(PATIENTS))
    with psycopg.connect(floor_url) as db:
        db.execute(TABLES)
    rates: dict[int, list[float]] = {each: [] for each in CONNECTIONS}
    bare: dict[int, list[float]] = {each: [] for each in CONNECTIONS}
    shares: list[float] = []
    first = 1
    with listening(where, url) as (port, process):
        first += _count(_drive(LinePlan(port, 16, 2.0, PATIENTS, first)))
        for number in range(rounds):
            settle()
            written = floor(floor_url, 10_000_000 * (number + 1))
            settle()
            for done in _bare(where, floor_url, 10_000_000 * (number + 1) + 1_000_000, seconds):
                bare[done["connections"]].append(done["per_second"])
                settle()
            for connections in CONNECTIONS:
                before = _cpu(process)
                done = _drive(LinePlan(port, connections, seconds, PATIENTS, first))
                count = _count(done)
                used = (_cpu(process) - before) / max(1, count) * 1e6
                first += count
                rates[connections].append(done["per_second"])
                yield {
                    "measure": "HL7 over MLLP, round",
                    "round": number + 1,
                    **done,
                    "listener_cpu_microseconds": round(used),
                    "bare_per_second": round(bare[connections][-1]),
                    "floor_per_second": round(written),
                    "share": round(done["per_second"] / written, 3),
                    "load": load(),
                }
                if set(done["answers"]) != {"AA"}:
                    raise SystemExit(f"not the answers this measures: {done['answers']}")
                settle()
            shares.append(rates[CONNECTIONS[0]][-1] / written)
    yield _agreed(url) | {
        "at_16": statistics.median(rates[16]),
        "at_one": statistics.median(rates[1]),
        "bare_at_16": statistics.median(bare[16]),
        "bare_at_one": statistics.median(bare[1]),
        "share": statistics.median(shares),
    }


def _bare(where: Place, url: str, first: int, seconds: float) -> Iterator[dict[str, Any]]:
    """What a listener takes in that only parses and writes, at each number of connections."""
    command = [sys.executable, "-m", "bench.laboratory_bare", url, str(psutil.cpu_count())]
    with subprocess.Popen(
        command, env=with_settings(where, url), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            for connections in CONNECTIONS:
                done = _drive(LinePlan(port, connections, seconds, PATIENTS, first))
                first += _count(done)
                yield done
        finally:
            process.terminate()


def _count(done: dict[str, Any]) -> int:
    return sum(done["answers"].values())


def _agreed(url: str) -> dict[str, Any]:
    """That what was acknowledged is there, and stands for the patients."""
    with psycopg.connect(url) as db:
        row = db.execute(
            "SELECT count(*), sum(items), sum(stored), sum(quarantined) FROM monitoring_message"
        ).fetchone()
        signals = db.execute("SELECT count(*) FROM monitoring_signal").fetchone()
    assert row is not None and signals is not None
    if row[1] != row[2] or not row[0]:
        raise SystemExit(f"not every result was stored: {row}")
    return {
        "measure": "HL7 over MLLP",
        "messages": row[0],
        "results": int(row[2]),
        "signals": signals[0],
    }


def _drive(plan: LinePlan) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.laboratory_line"],
        input=json.dumps(plan._asdict()),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"the laboratory failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def listening(where: Place, url: str) -> Iterator[tuple[int, psutil.Process]]:
    """`etasu hl7 listen` on that database; its port and its process."""
    with (where.home / "hl7.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "etasu.site.cli", "hl7", "listen", "--json", "--port=0"],
            env=environment(where, url),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        told = process.stdout.readline()
        if not told:
            raise SystemExit(f"the listener did not start: {Path(log.name).read_text()[-2000:]}")
        try:
            port = int(json.loads(told)["address"].rpartition(":")[2])
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _cpu(process: psutil.Process) -> float:
    family = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)
