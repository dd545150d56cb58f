"""Telephone numbers that lead nowhere, people who say STOP, and people who move, all at once."""

from __future__ import annotations

import pytest

from etasu.site.sim import Plan, simulate
from etasu.site.sim.plan import Channel, Rates
from tests.site.conftest import MONTHS

CALM = Channel(late=0, corrected=0, withdrawn=0, code_unknown=0)


@pytest.mark.parametrize(
    ("says_stop", "wrong_number"), [(0, 100), (100, 0)], ids=["nowhere", "stop"]
)
@pytest.mark.usefixtures("scratch")
def test_a_new_number_is_used_unless_somebody_said_stop_at_the_old_one(
    says_stop: float, wrong_number: float
) -> None:
    rates = Rates(
        channel=CALM, moves=100, says_stop=says_stop, wrong_number=wrong_number, test_missed=60,
        outage=0, leaves=0, dies=0, hold=0,
    )  # fmt: skip
    made = simulate(Plan(5, 3, MONTHS, 7, rates=rates))
    assert made.violation is None, "\n".join(made.violation.lines())
    moved = sum(count for kind, count in made.events.items() if kind.startswith("move "))
    assert moved >= 2, made.events
