"""Twenty seeds of a simulated program, each promise kept; and each promise seen to be looked at."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from etasu.clock import sender
from etasu.programs import library
from etasu.programs.loader import load_program
from etasu.registry.accounts import access
from etasu.registry.audit import actions as audit
from etasu.registry.authorizations import actions as gate_actions
from etasu.registry.authorizations import answers
from etasu.registry.authorizations.models import Authorization
from etasu.registry.monitoring import keeping, matching, planning, standing, watches
from etasu.registry.participants import visibility
from etasu.registry.patients import actions as patients
from etasu.registry.patients.models import Hold
from etasu.registry.reactions import stopping, treating
from etasu.safe_use import evidence, treatment_days
from etasu.safe_use.requirement_base import MET
from etasu.site.sim import NotScratch, Plan, SimReport, scratch_database, simulate
from etasu.site.sim.invariants import INVARIANTS
from etasu.site.sim.plan import Channel, Rates

# As many as fit: a seed is about 7 seconds. `make test-long` has the full size.
PATIENTS, MONTHS, STEP = 4, 18, 14
SEEDS = range(1, 21)
CALM = Channel(**dict.fromkeys(Channel.__dataclass_fields__, 0.0))


@pytest.fixture(scope="module")
def template(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A migrated scratch database to copy, and the program that is simulated."""
    only = library.ProgramLibrary({"lemtrada": load_program(library.own_folder() / "lemtrada")})
    with django_db_blocker.unblock(), scratch_database() as name:
        library.use(only)
        connection.close()
        yield name
        library.use(None)


@pytest.fixture
def scratch(template: str) -> Iterator[None]:
    """A scratch database of one's own."""
    with scratch_database(like=template):
        yield


def run(seed: int, **named: Any) -> SimReport:
    """One simulation of the usual size."""
    plan = Plan(seed, PATIENTS, MONTHS, STEP)
    return simulate(replace(plan, **named))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_holds(seed: int, scratch: None) -> None:
    made = run(seed)
    assert made.violation is None, "\n".join(made.violation.lines())
    assert made.patients == PATIENTS
    assert made.looked.keys() == {each.code for each in INVARIANTS}
    assert min(made.looked.values()) >= MONTHS
    assert sum(made.events.values()) > 200


def test_a_seed_is_one_history(template: str) -> None:
    told = []
    for seed in (7, 7, 8):
        kept = io.StringIO()
        with scratch_database(like=template):
            plan = Plan(seed, 3, 6, STEP)
            told.append((simulate(plan, trace_file=kept).digest, kept.getvalue()))
    assert told[0] == told[1]
    assert told[0][0] != told[2][0]
    assert told[0][1].count("\n") > 50
