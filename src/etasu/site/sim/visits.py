"""A visit: specimens for what laboratories examine, and a note of what somebody looked at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from etasu.registry.monitoring.actions import record_result
from etasu.site.sim.laboratory import Laboratory
from etasu.site.sim.world import Did, Person, World


def visit(world: World, laboratory: Laboratory, person: Person, tests: Iterable[str]) -> None:
    """Have these tests of the program done today."""
    known = world.shapes.version_on(world.day).tests
    wanted = list(tests)
    examined = [test for test in wanted if known[test].loinc or known[test].needs]
    laboratory.collect(person, examined)
    for test in wanted:
        if test not in examined:
            _note_done(world, person, test)


def _note_done(world: World, person: Person, test: str) -> None:
    office, day = person.prescriber, world.day

    def do(at: datetime) -> Did:
        made = record_result(
            person.row, test, collected_on=day, value="done", unit=None, by=office.actor, at=at
        )
        return test, made

    world.act("noted", person.subject, do, [person])
