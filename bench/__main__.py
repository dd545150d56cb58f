"""`python -m bench`: the gate over HTTP beside pgbench; an import and results beside COPY.

There is one JSON line for each measure; `python -m bench --only import` runs one part alone.

Absolute figures belong to the machine they were measured on; shares and ratios come from the same
run, in rounds that alternate, and the median round counts.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from bench import machine
from bench.carrying_over import carry_over
from bench.driver import Plan
from bench.floor import Sample, measure
from bench.laboratory import reading, taking_in
from bench.place import (
    Driven,
    Place,
    Served,
    drive,
    drop_database,
    module,
    new_database,
    place,
    populate,
    served,
    settle,
)
from bench.world import Population, population
from etasu.programs import library
from etasu.safe_use.authorization import needs

# Questions kept for warming up; what is measured comes after.
WARM = 100_000_000
# What the design asks for.
BARS = {
    "share_of_floor": 0.30,
    "p99_milliseconds": 50.0,
    "slowdown_at_largest": 1.3,
    "cpu_microseconds": 1500.0,
    "import_seconds": 300.0,
    "sweep_of_scan": 8.0,
    "sweep_day_of_scan": 3.0,
    "sweep_growth": 12.0,
    "sweep_differences": 0.0,
    "sweep_mebibytes": 2048.0,
    "hl7_at_16": 1000.0,
    "hl7_at_one": 400.0,
    "hl7_share_of_floor": 0.15,
}


class Site(NamedTuple):
    """One population, its database, and a server on it."""

    people: Population
    url: str
    server: Served


def share_of_floor(site: Site, given: argparse.Namespace) -> None:
    """Authorizations over HTTP beside pgbench running the same statements; then how long one takes.

    Every question is about a patient nobody asked about yet, so every answer is a yes.
    """
    sample = _sample(site, given, authorizes=True)
    shares: list[float] = []
    driven: list[Driven] = []
    at = WARM
    for number in range(given.rounds):
        floor = measure(
            site.url, site.people, sample, first=at, seconds=given.seconds, clients=given.clients
        )
        at += floor.count * 2
        settle()
        done = drive(site.server, _plan(site, given, authorizes=True, first=at))
        at += done.count + given.clients
        settle()
        shares.append(done.report["per_second"] / floor.per_second)
        driven.append(done)
        of_floor = {
            "floor_per_second": round(floor.per_second, 1),
            "floor_mean_ms": floor.mean_milliseconds,
            "share": round(shares[-1], 3),
        }
        say({"measure": "gate over HTTP, round", "round": number + 1, **of_floor, **_said(done)})
    per_second = statistics.median(each.report["per_second"] for each in driven)
    cpu = statistics.median(each.etasu_microseconds for each in driven)
    judge("share_of_floor", statistics.median(shares), higher_is_better=True)
    judge("cpu_microseconds", cpu)
    plan = _plan(site, given, authorizes=True, first=at)._replace(rate=per_second / 2)
    judge("p99_milliseconds", statistics.median(_calm(site, given, plan)))


def _calm(site: Site, given: argparse.Namespace, plan: Plan) -> Iterator[float]:
    """The 99th percentile in milliseconds of each round at the plan's rate."""
    at = plan.first
    for number in range(given.rounds):
        settle()
        done = drive(site.server, plan._replace(first=at))
        at += done.count + given.clients
        of_rate = {"round": number + 1, "rate": round(plan.rate, 1)}
        say({"measure": "gate over HTTP, at half that rate", **of_rate, **_said(done)})
        yield done.report["milliseconds"]["p99"]


def scaling(sites: Sequence[Site], given: argparse.Namespace) -> None:
    """The same question at every size, in turns; its answer is a no with the number that holds.

    Every other round goes from the largest to the smallest, so that a machine that slows down or
    warms up favors neither; each round gives a ratio, and the median of them counts.
    """
    slowdowns = []
    for number in range(given.rounds * 2):
        rates: dict[int, float] = {}
        for site in sites if number % 2 == 0 else reversed(sites):
            first = WARM + number * 1_000_000
            done = drive(site.server, _plan(site, given, authorizes=False, first=first))
            rates[site.people.patients] = done.report["per_second"]
            of_size = {"patients": site.people.patients, "round": number + 1}
            say({"measure": "gate over HTTP, by size", **of_size, **_said(done)})
            settle()
        slowdowns.append(rates[min(rates)] / rates[max(rates)])
    say({"measure": "slowdown, by round", "found": [round(each, 3) for each in slowdowns]})
    judge("slowdown_at_largest", statistics.median(slowdowns))


def carrying_over(where: Place, given: argparse.Namespace) -> None:
    """How long the delivery of another administrator takes; then what follows from it."""
    say(machine.database(where.url("etasu")))
    figures = carry_over(where, given.delivered, given.delivered // 100)
    first = next(figures)
    say(first)
    judge("import_seconds", first["seconds"])
    for figure in figures:
        say(figure)


def results_in(where: Place, given: argparse.Namespace) -> None:
    """What laboratories send, read and taken in."""
    say(machine.database(where.url("etasu")))
    for figure in reading(1.0):
        say(figure)
    last: dict[str, Any] = {}
    for last in taking_in(where, given.rounds, given.seconds):
        say(last)
    judge("hl7_at_16", last["at_16"], higher_is_better=True)
    judge("hl7_at_one", last["at_one"], higher_is_better=True)
    judge("hl7_share_of_floor", last["share"], higher_is_better=True)


def sweeping(where: Place, given: argparse.Namespace) -> None:
    """All obligations of a tenth of the patients, and then of all, each in an empty database."""
    seconds: dict[str, list[float]] = {}
    for size in (given.population // 10, given.population):
        url = new_database(where, f"sweep_{size}")
        say(machine.database(url))
        printed = module(where, url, "bench.sweep", str(size), str(given.days))
        figures = [json.loads(line) for line in printed.splitlines()]
        for figure in figures:
            say(figure)
        all_of_it, a_day, compared, memory = figures
        seconds.setdefault("all", []).append(all_of_it["seconds"])
        seconds.setdefault("day", []).append(a_day["median_seconds"])
        drop_database(where, f"sweep_{size}")
    judge("sweep_of_scan", all_of_it["of_scan"])
    judge("sweep_day_of_scan", a_day["of_scan"])
    judge("sweep_growth", max(large / small for small, large in seconds.values()))
    judge("sweep_differences", compared["differences"] + compared["differences_to_safe_use"])
    judge("sweep_mebibytes", sum(memory[each] for each in memory if each.endswith("_mebibytes")))


def say(found: dict[str, Any]) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def judge(bar: str, found: float, *, higher_is_better: bool = False) -> None:
    """Print a figure beside its bar."""
    is_met = found >= BARS[bar] if higher_is_better else found <= BARS[bar]
    say({"measure": bar, "found": round(found, 3), "bar": BARS[bar], "met": is_met})


def _said(done: Driven) -> dict[str, Any]:
    return {
        **done.report,
        "etasu_cpu_microseconds": round(done.etasu_microseconds),
        "driver_cpu_microseconds": round(
            done.report.pop("driver_cpu_seconds") / max(1, done.count) * 1e6
        ),
        "load": machine.load(),
    }


def _plan(site: Site, given: argparse.Namespace, *, authorizes: bool, first: int) -> Plan:
    people = site.people
    low, patients = people.asked_about(authorizes)
    return Plan(
        port=site.server.port,
        connections=given.clients,
        seconds=given.seconds,
        rate=0.0,
        program=people.program,
        gate=people.gate,
        planned_on=people.planned_on.isoformat(),
        low=low,
        patients=patients,
        prescribers=people.prescribers,
        facilities=people.facilities,
        first=first,
        run=secrets.token_hex(4),
    )


def _warm(site: Site, given: argparse.Namespace) -> None:
    """Every thread connected and every statement prepared, before anything is measured."""
    done = drive(site.server, _plan(site, given, authorizes=False, first=0)._replace(seconds=2))
    if set(done.report["answers"]) != {"201 not_authorized"}:
        raise SystemExit(f"not the answers this measures: {done.report['answers']}")


def _sample(site: Site, given: argparse.Namespace, *, authorizes: bool) -> Sample:
    """What one true answer reads and writes, for pgbench to send along."""
    plan = _plan(site, given, authorizes=authorizes, first=0)._replace(rate=1.0, seconds=1)
    done = drive(site.server, plan)
    if not any("authorized" in answer for answer in done.report["answers"]):
        raise SystemExit(f"not the answers this measures: {done.report['answers']}")
    with psycopg.connect(site.url) as db:
        row = db.execute(
            "SELECT facts, answer, outcome FROM authorizations_decision "
            "WHERE id < 1000000000 ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    version = library.load_library().effective(site.people.program, site.people.planned_on)
    assert version is not None
    gate = version.gates[site.people.gate]
    found = needs(gate)
    lists = {"forms": found.forms, "tests": found.tests, "asked_by": gate.asked_by}
    wanted = {name: "{" + ",".join(codes) + "}" for name, codes in lists.items()}
    if (row[2] == "authorized") is not authorizes:
        raise SystemExit(f"the gate said {row[2]}: the population does not fit the program")
    return Sample(row[0], row[1], wanted, authorizes)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    given = _arguments(arguments)
    say(machine.machine())
    with place() as where:
        if given.only in (None, "gate"):
            gate(where, given)
        if given.only in (None, "import"):
            carrying_over(where, given)
        if given.only in (None, "hl7"):
            results_in(where, given)
        if given.only in (None, "sweep"):
            sweeping(where, given)
        if given.only in (None, "printing"):
            printing_forms(where, given)


def printing_forms(where: Place, given: argparse.Namespace) -> None:
    """Forms on paper, in a process that knows no database."""
    said = module(where, "", "bench.printing", str(given.rounds))
    say(json.loads(said))


def gate(where: Place, given: argparse.Namespace) -> None:
    """The gate at every size, each with a database and a server of its own."""
    with ExitStack() as stack:
        sites = [_site(stack, where, given, size) for size in sorted(given.sizes)]
        say(machine.database(sites[-1].url))
        for site in sites:
            _warm(site, given)
        share_of_floor(sites[-1], given)
        scaling(sites, given)


def _site(stack: ExitStack, where: Place, given: argparse.Namespace, size: int) -> Site:
    began = time.perf_counter()

    def tell(what: str) -> None:
        sys.stderr.write(f"{time.perf_counter() - began:6.1f} s  {what}\n")

    planned_on = datetime.now(UTC).date() + timedelta(days=3)  # noqa: TID251
    people = population(size, given.program, given.gate, planned_on)
    url = populate(where, people, tell)
    server = stack.enter_context(served(where, url, given.workers, given.threads))
    return Site(people, url, server)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", choices=("gate", "import", "hl7", "sweep", "printing"), help="one part alone"
    )
    parser.add_argument("--program", default="lemtrada", help="whose gate (default %(default)s)")
    parser.add_argument("--gate", default="authorize", help="which gate (default %(default)s)")
    parser.add_argument(
        "--sizes", type=_sizes, default=[1_000, 100_000, 1_000_000], help="patients, with commas"
    )
    for name, value, said in (
        ("delivered", 100_000, "participants and patients of the import"),
        ("population", 1_000_000, "patients whose obligations are kept up"),
        ("days", 30, "days they are kept up for"),
        ("clients", 32, "connections"),
        ("rounds", 3, "rounds of each measure"),
        ("seconds", 6, "seconds of each round"),
        ("workers", 2, "processes of the web server"),
        ("threads", 16, "threads in each"),
    ):
        parser.add_argument(f"--{name}", type=int, default=value, help=f"{said} (%(default)s)")
    return parser.parse_args(given)


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.replace("_", "").split(",")]


if __name__ == "__main__":
    main()
