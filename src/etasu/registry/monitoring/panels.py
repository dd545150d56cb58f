"""Panels: a test that is done once all its parts are there, from one specimen.

Nobody sends that it is done. It is derived from the parts, whatever code they came under, and
derived again when one of them is corrected or taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from etasu.registry.monitoring.matching import Person
from etasu.registry.monitoring.planning import PlannedResult
from etasu.registry.monitoring.standing import PatientDay, Standing
from etasu.safe_use.signals import Limits

DONE = "done"


class Part(NamedTuple):
    """One result a panel may rest on."""

    id: int
    patient_id: int
    test: str
    collected_on: date
    moment: datetime | None
    report: int | None


# Results of one moment are of one specimen; without a moment, those of one day.
Group = tuple[int, date, datetime | None]
_id = attrgetter("id")


def part_of(result: PlannedResult) -> Part:
    """A result that is about to be kept, as a part."""
    where = (result.person.id, result.test, result.collected_on, result.moment, result.report)
    return Part(result.id, *where)


def part_of_standing(known: Standing) -> Part:
    """A result on record, as a part."""
    where = (known.patient_id, known.test, known.collected_on, known.moment, known.report)
    return Part(known.id, *where)


class Panel(NamedTuple):
    """A test that is done once all those it needs are."""

    code: str
    needs: tuple[str, ...]
    all_needed: frozenset[str]


class Panels(NamedTuple):
    """The panels of a program version, with the tests they are of and their own codes."""

    each: tuple[Panel, ...]
    tests: frozenset[str]


@lru_cache(maxsize=64)
def panels_of(limits: Limits) -> Panels:
    """Those of the program version the limits are of."""
    found = tuple(
        Panel(test.code, tuple(test.needs), frozenset(test.needs))
        for test in limits.version.tests.values()
        if test.needs
    )
    return Panels(found, frozenset().union(*(each.all_needed | {each.code} for each in found)))


def derive(
    parts: Iterable[Part],
    standing: Iterable[Standing],
    panels: Panels,
    people: Mapping[int, Person],
    next_id: Callable[[], int],
) -> list[PlannedResult]:
    """The panels that are complete now and that no result on record says yet."""
    there = {(_group(part_of_standing(each)), each.test) for each in standing}
    groups: dict[Group, dict[str, Part]] = {}
    for part in sorted(parts, key=_id):
        groups.setdefault(_group(part), {})[part.test] = part
    found = []
    for group, by_test in groups.items():
        person = people.get(group[0])
        for panel in panels.each if person is not None else ():
            if (group, panel.code) not in there and panel.all_needed <= by_test.keys():
                assert person is not None
                rests_on = [by_test[test] for test in panel.needs]
                found.append(_panel(panel.code, group, rests_on, person, next_id()))
    return found


def begun(results: Iterable[tuple[Group, str]], panels: Panels) -> set[PatientDay]:
    """The days on which somebody has a part of a panel of which others are missing.

    Of each result its group, as `grouped` has it, and its test.
    """
    groups: dict[Group, set[str]] = {}
    for group, test in results:
        groups.setdefault(group, set()).add(test)
    return {
        (patient, day)
        for (patient, day, _), tests in groups.items()
        for panel in panels.each
        if not panel.all_needed <= tests and not panel.all_needed.isdisjoint(tests)
    }


def grouped(part: Part) -> tuple[Group, str]:
    """Which results it belongs with, and its test."""
    return _group(part), part.test


def _group(part: Part) -> Group:
    return part.patient_id, part.collected_on, part.moment


def _panel(
    code: str, group: Group, rests_on: Sequence[Part], person: Person, number: int
) -> PlannedResult:
    return PlannedResult(
        id=number,
        person=person,
        test=code,
        collected_on=group[1],
        moment=group[2],
        value=DONE,
        unit=None,
        report=rests_on[0].report,
        derived_from=[part.id for part in rests_on],
    )
