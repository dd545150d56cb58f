"""Panels: a test that is done once all its parts are there, from one specimen.

Nobody sends that it is done. It is derived from the parts, whatever code they came under, and
derived again when one of them is corrected or taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from etasu.registry.monitoring.matching import Person
from etasu.registry.monitoring.planning import PlannedResult
from etasu.registry.monitoring.standing import Standing
from etasu.safe_use.monitoring_plan import TestDefinition

DONE = "done"


class Part(NamedTuple):
    """One result a panel may rest on."""

    id: int
    patient_id: int
    test: str
    collected_on: date
    moment: datetime | None
    report: int | None


_Group = tuple[int, date, datetime | None]


def part_of(result: PlannedResult) -> Part:
    """A result that is about to be kept, as a part."""
    where = (result.person.id, result.test, result.collected_on, result.moment, result.report)
    return Part(result.id, *where)


def part_of_standing(known: Standing) -> Part:
    """A result on record, as a part."""
    where = (known.patient_id, known.test, known.collected_on, known.moment, known.report)
    return Part(known.id, *where)


def derive(
    parts: Iterable[Part],
    standing: Iterable[Standing],
    tests: Mapping[str, TestDefinition],
    people: Mapping[int, Person],
    next_id: Callable[[], int],
) -> list[PlannedResult]:
    """The panels that are complete now and that no result on record says yet."""
    there = {(_group(part_of_standing(each)), each.test) for each in standing}
    groups: dict[_Group, dict[str, Part]] = {}
    for part in sorted(parts, key=lambda each: each.id):
        groups.setdefault(_group(part), {})[part.test] = part
    found, all_panels = [], _panels_of(tests)
    for group, by_test in groups.items():
        person = people.get(group[0])
        for panel in all_panels if person is not None else ():
            if (group, panel.code) not in there and _is_done(panel, by_test):
                assert person is not None
                rests_on = [by_test[test] for test in panel.needs]
                found.append(_panel(panel.code, group, rests_on, person, next_id()))
    return found


def begun(parts: Iterable[Part], tests: Mapping[str, TestDefinition]) -> list[Part]:
    """Those of the parts that belong to a panel of which others are missing."""
    groups: dict[_Group, dict[str, Part]] = {}
    for part in parts:
        groups.setdefault(_group(part), {})[part.test] = part
    all_panels = _panels_of(tests)
    return [
        by_test[test]
        for by_test in groups.values()
        for panel in all_panels
        if not _is_done(panel, by_test)
        for test in panel.needs
        if test in by_test
    ]


def tests_of_panels(tests: Mapping[str, TestDefinition]) -> set[str]:
    """The tests panels are of, and the panels themselves."""
    found = _panels_of(tests)
    return {panel.code for panel in found} | {test for panel in found for test in panel.needs}


def _panels_of(tests: Mapping[str, TestDefinition]) -> list[TestDefinition]:
    return [test for test in tests.values() if test.needs]


def _group(part: Part) -> _Group:
    """Results of one moment are of one specimen; without a moment, those of one day."""
    return part.patient_id, part.collected_on, part.moment


def _is_done(panel: TestDefinition, by_test: Mapping[str, Part]) -> bool:
    return all(test in by_test for test in panel.needs)


def _panel(
    code: str, group: _Group, rests_on: Sequence[Part], person: Person, number: int
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
