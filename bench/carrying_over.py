"""Another administrator's delivery brought in, beside plain COPY of the same rows in the same run.

The delivery has faults planted in it. What the import reports must be these, to the row, or nothing
is measured.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.sql import SQL, Identifier

from bench.machine import load
from bench.place import Place, etasu, module, new_database, settle

FROM = ("--from", "Former Administrator", "--program", "lemtrada")
ROWS_LEFT = 3


def carry_over(where: Place, size: int, faults: int) -> Iterator[dict[str, Any]]:
    """One figure after the other; the first has the seconds of the import.

    `size` is how many participants and patients there are, `faults` how many rows are spoiled.
    """
    folder, out = where.home / "delivery", where.home / "export"
    url, empty = new_database(where, "carried_over"), new_database(where, "floor")
    today = datetime.now(UTC).date()  # noqa: TID251
    asked = (str(folder), str(size), str(faults), today.isoformat())
    planted = {tuple(each) for each in json.loads(module(where, url, "bench.delivery", *asked))}
    cpu = _cpu_seconds(where)
    first, seconds = _import(where, url, folder)
    cpu = _cpu_seconds(where) - cpu
    _agree(first, planted)
    delivered = sum(sheet["rows"] for sheet in first["files"].values())
    yield {
        "measure": "import of another administrator",
        "participants_and_patients": size,
        "rows": delivered,
        "rows_spoiled_and_reported": len({(sheet, row) for sheet, row, _, _ in planted}),
        "seconds": seconds,
        "rows_per_second": round(delivered / seconds),
        # What a busy machine cannot make longer: the time of both sides on a processor.
        "cpu_seconds": round(cpu, 1),
        "load": load(),
    }
    exported, export_seconds = _timed(where, url, "export", str(out), "--with-secrets")
    rows = sum(json.loads(exported)["rows"].values())
    cpu = _cpu_seconds(where)
    floor = _copy(empty, out)
    floor_cpu = _cpu_seconds(where) - cpu
    yield {
        "measure": "COPY of the rows that made",
        "rows": rows,
        "seconds": floor,
        "cpu_seconds": round(floor_cpu, 1),
        "import_takes_times_as_long": round(seconds / floor, 1),
    }
    again, again_seconds = _import(where, url, folder)
    if any(sheet["imported"] for sheet in again["files"].values()):
        raise SystemExit("the same delivery brought something in twice")
    yield {"measure": "the same delivery again", "imported": 0, "seconds": again_seconds}
    size_in_bytes = sum(path.stat().st_size for path in out.iterdir())
    megabytes = round(size_in_bytes / 2**20)
    yield {"measure": "export", "rows": rows, "mebibytes": megabytes, "seconds": export_seconds}
    yield from _afterwards(where, url, out, rows)


def _afterwards(where: Place, url: str, out: Path, rows: int) -> Iterator[dict[str, Any]]:
    _, seconds = _timed(where, new_database(where, "restored"), "import", str(out))
    yield {"measure": "export restored", "rows": rows, "seconds": seconds}
    _, seconds = _timed(where, url, "worker", "--once")
    yield {"measure": "sealing, and certificates for all carried over", "seconds": seconds}
    _, seconds = _timed(where, url, "verify-audit")
    yield {"measure": "verify-audit after the import", "seconds": seconds}


def _import(where: Place, url: str, folder: Path) -> tuple[dict[str, Any], float]:
    arguments = ("import", str(folder), *FROM)
    text, seconds = _timed(where, url, *arguments, allowed=(ROWS_LEFT,))
    return json.loads(text), seconds


def _timed(
    where: Place, url: str, *arguments: str, allowed: tuple[int, ...] = (0,)
) -> tuple[str, float]:
    began = time.perf_counter()
    text = etasu(where, url, *arguments, "--json", allowed=allowed)
    return text, round(time.perf_counter() - began, 1)


def _cpu_seconds(where: Place) -> float:
    """What this process, those it waited for, and connections that have ended have used."""
    # The server counts a connection's time once it has noticed its end.
    settle(0.5)
    postmaster = where.server.process.postmaster()
    assert postmaster is not None
    times = psutil.Process(postmaster.pid).cpu_times()
    return sum(os.times()[:4]) + float(times.children_user) + float(times.children_system)


def _agree(report: dict[str, Any], planted: set[tuple[Any, ...]]) -> None:
    found = {
        (each["file"].removesuffix(".csv"), each["row"], each["column"], each["code"])
        for each in report["explained"]
    }
    if found != planted or not report["reconciled"]:
        odd = sorted(found ^ planted, key=str)
        raise SystemExit(f"not what was planted is what was reported: {odd[:10]}")


def _copy(url: str, folder: Path) -> float:
    """Seconds of COPY alone for every row, into tables with all their keys and rules."""
    kept = json.loads((folder / "manifest.json").read_text())["tables"]
    began = time.perf_counter()
    with psycopg.connect(url) as db, db.cursor() as cursor:
        for table in kept:
            columns = SQL(", ").join(map(Identifier, table["columns"]))
            statement = SQL("COPY {} ({}) FROM STDIN (FORMAT csv, HEADER true)")
            with cursor.copy(statement.format(Identifier(table["table"]), columns)) as copy:
                copy.write((folder / table["file"]).read_bytes())
    return round(time.perf_counter() - began, 1)
