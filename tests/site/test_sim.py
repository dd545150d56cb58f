"""Twenty seeds of a simulated program, each promise kept; and one seed is one history."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pytest

from etasu.registry.authorizations import actions as gate_actions
from etasu.registry.patients.models import Patient
from etasu.site.cli import run as run_command
from etasu.site.sim import NotScratch, Plan, Unforeseen, scratch_database, shared_cast, simulate
from etasu.site.sim.invariants import INVARIANTS
from etasu.site.sim.plan import Rates
from tests.site.conftest import MONTHS

# As many as fit into the suite; `make test-long` runs two seeds at full size.
PATIENTS, STEP = 3, 28
SEEDS = range(1, 21)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("scratch")
def test_every_promise_holds(seed: int) -> None:
    made = simulate(Plan(seed, PATIENTS, MONTHS, STEP))
    assert made.violation is None, "\n".join(made.violation.lines())
    assert made.patients == PATIENTS
    assert made.looked.keys() == {each.code for each in INVARIANTS}
    assert min(made.looked.values()) >= MONTHS // 6
    assert sum(made.events.values()) > 120


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.usefixtures("simulated_program")
def test_a_program_at_full_size_keeps_every_promise(seed: int) -> None:
    plan = Plan(seed, 200, 60)
    with shared_cast(plan), scratch_database():
        made = simulate(plan)
    assert made.violation is None, "\n".join(made.violation.lines())
    assert made.scored.sensitivity is not None
    assert made.scored.sensitivity > 0.8


@pytest.mark.usefixtures("simulated_program")
def test_a_seed_is_one_history() -> None:
    told = []
    for seed in (7, 7, 8):
        kept = io.StringIO()
        with scratch_database():
            plan = Plan(seed, 8, MONTHS, STEP, stop_at=date(2023, 9, 1))
            digest = simulate(plan, trace_file=kept).digest
        told.append((digest, kept.getvalue()))
    assert told[0] == told[1]
    assert told[0][0] != told[2][0]
    assert told[0][1].count("\n") > 40
    assert told[0][1].splitlines()[-1].startswith("2023-09-01 judge everything")


@pytest.mark.usefixtures("scratch")
def test_a_cast_of_another_plan_is_refused() -> None:
    with pytest.raises(NotScratch):
        simulate(Plan(1, 1, MONTHS - 2))


@pytest.mark.django_db
def test_a_database_that_is_not_its_own_is_left_alone() -> None:
    with pytest.raises(NotScratch):
        simulate(Plan(1, 1, 1))
    assert not Patient.objects.exists()


@pytest.mark.usefixtures("simulated_program")
def test_the_command_tells_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace"
    arguments = f"sim --seed 5 --patients 2 --months {MONTHS} --step 14 --json".split()
    until = ["--stop-at", "2023-09-01", "--trace", str(trace)]
    assert run_command([*arguments, *until]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["through"], said["violation"]) == ("2023-09-01", None)
    assert len(trace.read_text().splitlines()) == sum(said["events"].values())


@pytest.mark.usefixtures("scratch")
def test_a_verb_that_breaks_is_told_with_the_way_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(gate_actions, "_authorize", broken)
    with pytest.raises(Unforeseen) as told:
        simulate(Plan(2, 12, MONTHS, STEP, rates=Rates(asked_by_machine=0)))
    assert told.value.violation.said.startswith("ZeroDivisionError")
