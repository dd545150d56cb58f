"""Taking in what was planned: results, panels, signals, items, and the trail, in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import Told, record_all
from etasu.registry.monitoring import keeping, panels, standing
from etasu.registry.monitoring.lab_rows import Reconciliation
from etasu.registry.monitoring.matching import Person
from etasu.registry.monitoring.planning import Planned, PlannedResult, former_key
from etasu.registry.monitoring.raising import Assessing, keep_signals, note_replaced
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.sending import Known
from etasu.registry.monitoring.signal_telling import tell_raised
from etasu.safe_use.program import ProgramVersion

# The channel of results nobody sent: the panels.
DERIVED = "derived"


class Replaced(NamedTuple):
    """Results that no longer stand, and the panels that rested on them."""

    results: list[standing.Standing]
    panels: list[standing.Standing]

    @property
    def ids(self) -> set[int]:
        """All of them."""
        return {each.id for each in (*self.results, *self.panels)}


class TakingIn:
    """Writes what was planned for messages that do not speak of the same."""

    def __init__(self, planned: list[Planned], known: Known, *, by: Actor, at: datetime) -> None:
        self._planned, self._known = planned, known
        self._by, self._at = by, at
        self._numbers = keeping.Numbers("monitoring_result", self._count_results())

    def keep(self) -> None:
        """Everything, in the order the tables point at each other."""
        if not self._planned:
            return
        locked = lock_people({each.person.id for each in self._results()})
        before = self._said_before()
        locked |= lock_people({each.patient_id for each in before.results.values()} - locked)
        replaced = self._replace(standing.settle_with_before(self._planned, before))
        self._give_ids()
        results = list(self._results())
        made = self._panels(results, before, replaced)
        assessing = [(version, Assessing(version, of)) for version, of in self._by_version(results)]
        self._write(made)
        for version, each in assessing:
            raised = keep_signals(each.signals(), version, by=self._by, at=self._at)
            tell_raised(raised, version, by=self._by, at=self._at)
        self._count_changes(results, replaced)
        self._tell()

    def _said_before(self) -> standing.Before:
        keys: dict[str, str] = {}
        for message in self._planned:
            for report in message.reports:
                if report.key is not None:
                    keys[former_key(report, message.incoming)] = report.key
                    keys[report.key] = report.key
        return standing.said_before(keys)

    def _write(self, made: Sequence[PlannedResult]) -> None:
        keeping.keep_messages(self._planned, by=self._by, at=self._at)
        self._write_results(made)
        keeping.keep_items(self._planned)
        self._ask_who_it_is()

    def _ask_who_it_is(self) -> None:
        """A task for every report of which something waits until its patient is known."""
        tasks = [
            Reconciliation(
                program=message.incoming.connection.program,
                report_id=report.id,
                trouble=report.match.trouble,
                opened_at=self._at,
                opened_by=self._by.number,
            )
            for message in self._planned
            if message.incoming.connection is not None
            for report in message.reports
            if any(
                item.outcome is Kept.QUARANTINED and item.reason == report.match.trouble
                for item in report.items
            )
        ]
        Reconciliation.objects.bulk_create(tasks)

    def _write_results(self, made: Sequence[PlannedResult]) -> None:
        for wire, of in self._by_wire():
            keeping.keep_results(of, wire, by=self._by, at=self._at)
        keeping.keep_results(made, DERIVED, by=self._by, at=self._at)

    def _tell(self) -> None:
        record_all(map(self._told, self._planned), by=self._by, at=self._at)

    def _standing_beside(self) -> list[standing.Standing]:
        """Results of the same messages that are on record already; none of a message just come."""
        return []

    def _results(self) -> Iterable[PlannedResult]:
        for message in self._planned:
            for item in message.every_item():
                if item.result is not None:
                    yield item.result

    def _count_results(self) -> int:
        return sum(1 for _ in self._results()) * 5 // 4

    def _give_ids(self) -> None:
        messages = keeping.Numbers("monitoring_message", len(self._planned))
        count = sum(len(each.reports) for each in self._planned)
        reports = keeping.Numbers("monitoring_report", count)
        for message in self._planned:
            message.id = messages()
            for report in message.reports:
                report.id = reports()
                for item in report.items:
                    if item.result is not None:
                        item.result.id, item.result.report = self._numbers(), report.id

    def _replace(self, results: list[standing.Standing]) -> Replaced:
        if not results:
            return Replaced([], [])
        people = {each.patient_id for each in results}
        resting = standing.panels_of(people, [each.id for each in results])
        replaced = Replaced(results, resting)
        replace_results(replaced.ids, by=self._by, at=self._at)
        note_replaced(replaced.ids, by=self._by, at=self._at)
        return replaced

    def _panels(
        self, results: Sequence[PlannedResult], before: standing.Before, replaced: Replaced
    ) -> list[PlannedResult]:
        people = {each.person.id: each.person for each in results}
        gone = replaced.ids
        beside = {each.id: each for each in before.results.values()}
        beside |= {each.id: each for each in self._standing_beside()}
        left = [each for each in beside.values() if each.id not in gone]
        rested = {part for each in replaced.panels for part in each.derived_from or ()}
        if rested - gone:
            left += standing.results_by_id(rested - gone)
        parts = [panels.part_of(each) for each in results]
        parts += [panels.part_of_standing(each) for each in left]
        known = [each for each in left if each.derived_from]
        known += [each for each in before.panels if each.id not in gone]
        made: list[PlannedResult] = []
        for version, of in self._by_version(results):
            own = {each.person.id for each in of}
            about = [part for part in parts if part.patient_id in own]
            made += panels.derive(about, known, version.tests, people, self._numbers)
        return made

    def _by_version(
        self, results: Iterable[PlannedResult]
    ) -> list[tuple[ProgramVersion, list[PlannedResult]]]:
        """The results by the program version of their connection."""
        wanted = {id(each) for each in results}
        found: dict[tuple[str, str], tuple[ProgramVersion, list[PlannedResult]]] = {}
        for message in self._planned:
            if message.incoming.connection is None:
                continue
            version = self._known.of(message.incoming.connection).version
            if version is not None:
                key = (version.program.code, version.label)
                of = found.setdefault(key, (version, []))[1]
                of += [
                    item.result
                    for item in message.every_item()
                    if item.result is not None and id(item.result) in wanted
                ]
        return list(found.values())

    def _by_wire(self) -> list[tuple[str, list[PlannedResult]]]:
        found: dict[str, list[PlannedResult]] = {}
        for message in self._planned:
            of = found.setdefault(message.incoming.received.wire, [])
            of += [item.result for item in message.every_item() if item.result is not None]
        return list(found.items())

    def _count_changes(self, results: Sequence[PlannedResult], replaced: Replaced) -> None:
        changed = {each.person.id for each in results}
        changed |= {each.patient_id for each in replaced.results}
        if changed:
            with connection.cursor() as db:
                db.execute(
                    "UPDATE patients_patient SET revision = revision + 1 WHERE id = ANY(%s)",
                    [sorted(changed)],
                )

    def _told(self, message: Planned) -> Told:
        incoming, people, counts = message.incoming, _people(message), message.counts()
        detail = {
            "wire": incoming.received.wire,
            "answer": str(message.answer),
            **{str(kept): counts[kept] for kept in Kept},
        }
        if incoming.connection is not None:
            detail["connection"] = incoming.connection.number
        if len(people) == 1:
            detail["message"] = message.number
            return Told("results.received", "patient", people[0].number, detail)
        if people:
            detail["patients"] = [each.number for each in people]
        return Told("results.received", "lab_message", message.number, detail)


def _people(message: Planned) -> list[Person]:
    found = {
        report.match.person.id: report.match.person
        for report in message.reports
        if report.match.person is not None
    }
    return list(found.values())


def lock_people(ids: set[int]) -> set[int]:
    """Lock these records against every other change, always in the same order."""
    if ids:
        with connection.cursor() as db:
            db.execute(
                "SELECT id FROM patients_patient WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                [sorted(ids)],
            )
    return ids


class Overtaken(Exception):
    """Somebody else replaced a result meanwhile; what was planned is planned again."""


def replace_results(ids: set[int], *, by: Actor, at: datetime) -> None:
    """Note that these results no longer stand; raises Overtaken when one did not any more."""
    with connection.cursor() as db:
        db.execute(
            "UPDATE monitoring_result SET replaced_at = %s, replaced_by = %s"
            " WHERE id = ANY(%s) AND replaced_at IS NULL",
            [at, by.number, sorted(ids)],
        )
        if db.rowcount != len(ids):
            raise Overtaken
