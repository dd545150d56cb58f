"""Taking in what was planned: results, panels, signals, items, and the trail, in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import Told, ask_to_record
from etasu.registry.audit.round_trips import Question, RoundTrip, round_trip
from etasu.registry.monitoring import keeping, panels, standing
from etasu.registry.monitoring.assessing import Assessing, signals_without
from etasu.registry.monitoring.lab_rows import Reconciliation
from etasu.registry.monitoring.message_trail import told
from etasu.registry.monitoring.on_record import Days, OnRecord
from etasu.registry.monitoring.planning import Planned, PlannedResult, former_key
from etasu.registry.monitoring.raising import keep_signals, note_replaced
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.replacing import lock_people, replace_results
from etasu.registry.monitoring.senders import Known
from etasu.registry.monitoring.settling import is_all_new, settle
from etasu.registry.monitoring.signal_telling import tell_raised
from etasu.safe_use.signals import Limits

# The channel of results nobody sent: the panels.
DERIVED = "derived"
COUNT_CHANGES = """
UPDATE patients_patient SET revision = revision + 1 WHERE id = ANY(%s::bigint[])
"""


class Replaced(NamedTuple):
    """Results that no longer stand, and the panels that rested on them."""

    results: list[standing.Standing]
    panels: list[standing.Standing]

    @property
    def ids(self) -> set[int]:
        """All of them."""
        return {each.id for each in (*self.results, *self.panels)}


class TakingIn:
    """Writes what was planned for messages that do not speak of the same.

    The patients they are about are locked already. What `is_last` in its transaction ends it where
    nothing else has to follow. With `spoken_of`, reports with other keys said nothing before. What
    was asked `ahead` of whoever it may be about, for the limits of each program version, is used.
    """

    def __init__(
        self,
        planned: list[Planned],
        known: Known,
        *,
        by: Actor,
        is_last: bool = False,
        spoken_of: Collection[str] | None = None,
        numbers: keeping.Numbers | None = None,
        ahead: Mapping[Limits, OnRecord] | None = None,
    ) -> None:
        self._planned, self._known, self._is_last = planned, known, is_last
        self._spoken_of = spoken_of
        self._ahead = ahead or {}
        self._by, self._at = by, known.at
        # The results of `_results`, until some of them turn out to be none.
        self._found: dict[Limits | None, list[PlannedResult]] = {}
        if numbers is None:
            reports = sum(len(each.reports) for each in planned)
            numbers = keeping.Numbers(len(planned), reports, len(self._results()))
        self._numbers = numbers
        # Ready to be written ahead where nothing is spoken of that was said before.
        self._came: keeping.Came | None = None

    def keep(self) -> None:
        """Everything, in the order the tables point at each other."""
        if not self._planned:
            return
        limits = self._limits()
        assessing = [Assessing(each, self._results(each), self._ahead.get(each)) for each in limits]
        around = [self._panel_parts(each) for each in limits]
        before = self._read([*assessing, *around])
        replaced = Replaced([], [])
        if self._came is None:
            replaced = self._settled(before)
            if replaced.results:
                self._read_again(assessing)
            self._give_ids()
        made = self._panels(list(zip(limits, around, strict=True)), before, replaced)
        for each in assessing:
            each.read()
        with round_trip() as trip:
            self._ask_to_write(trip, made, replaced)
            # While the database writes, what was written is held against the limits.
            trip.begin()
            raised = [
                each.signals(self._results(of)) for of, each in zip(limits, assessing, strict=True)
            ]
            ends = self._is_last and not (replaced.results or any(raised) or self._leaves_tasks())
            if ends:
                trip.commit()
        if ends:
            return
        self._leave_tasks()
        for of, signals in zip(limits, raised, strict=True):
            found = signals + signals_without(of, replaced.results) if replaced.results else signals
            rows = keep_signals(found, of.version, by=self._by, at=self._at)
            tell_raised(rows, of.version, by=self._by, at=self._at)

    def _settled(self, before: standing.Before) -> Replaced:
        """Settle everything with what was said before; what no longer stands."""
        lock_people({each.patient_id for each in before.standing()} - self._people())
        replaced = self._replace(settle(self._planned, before))
        self._found.clear()
        return replaced

    def _limits(self) -> list[Limits]:
        """What the messages' results are held against, each program version once."""
        found = {id(each): each for each in map(self._limits_of, self._planned)}
        return [each for each in found.values() if each is not None]

    def _limits_of(self, message: Planned) -> Limits | None:
        connection = message.incoming.connection
        return None if connection is None else self._known.of(connection).limits

    def _panel_parts(self, limits: Limits) -> standing.PanelParts:
        of = panels.panels_of(limits)
        parts = (panels.part_of(each) for each in self._results(limits) if each.test in of.tests)
        days = panels.begun(map(panels.grouped, parts), of)
        ahead = self._ahead.get(limits)
        there = ahead.parts(_by_person(days)) if ahead is not None else None
        return standing.PanelParts(of.tests, days, there)

    def _read(self, asking: Sequence[Question]) -> standing.Before:
        """What the same reports said before, with everything else there is to know in one go.

        What speaks of nothing that was said before is made ready to be written in the meantime.
        """
        keys = self._keys()
        asked = standing.Asking(keys)
        with round_trip() as trip:
            questions: tuple[Question, ...] = (asked, self._numbers, *asking)
            for each in questions:
                each.ask(trip)
            if self._numbers.are_there and is_all_new(self._planned, keys):
                trip.send()
                self._give_ids()
                self._came = self._written()
        self._numbers.take()
        return asked.before()

    def _read_again(self, assessing: Sequence[Assessing]) -> None:
        with round_trip() as trip:
            for each in assessing:
                each.ask_again(trip)

    def _keys(self) -> dict[str, str]:
        keys: dict[str, str] = {}
        for message in self._planned:
            for report in message.reports:
                if report.key is not None:
                    keys[former_key(report.key, message.incoming)] = report.key
                    keys[report.key] = report.key
        if self._spoken_of is None:
            return keys
        return {key: now for key, now in keys.items() if key in self._spoken_of}

    def _ask_to_write(
        self, trip: RoundTrip, made: Sequence[PlannedResult], replaced: Replaced
    ) -> None:
        came = self._came or self._written()
        with trip.as_one():
            came.ask_to_keep(trip, by=self._by, at=self._at)
            keeping.ask_to_keep_results(trip, self._derived(made), by=self._by, at=self._at)
            self._ask_to_count_changes(trip, replaced)
            ask_to_record(trip, map(self._told, self._planned), by=self._by, at=self._at)

    def _written(self) -> keeping.Came:
        return keeping.Came(self._planned)

    def _derived(self, made: Iterable[PlannedResult]) -> str:
        return keeping.result_rows((DERIVED, each) for each in made)

    def _leaves_tasks(self) -> bool:
        """Whether somebody has to look at any of it: who it is, what it says or takes back."""
        return any(
            each.outcome is Kept.QUARANTINED or each.takes_away
            for message in self._planned
            for each in message.every_item()
        )

    def _leave_tasks(self) -> None:
        """What somebody has to look at."""
        self._ask_who_it_is()
        keeping.keep_awaited(self._planned, by=self._by, at=self._at)

    def _ask_who_it_is(self) -> None:
        """A task for every report of which something waits until its patient is known."""
        Reconciliation.objects.bulk_create(self._whose_is_asked())

    def _whose_is_asked(self) -> list[Reconciliation]:
        return [
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

    def _standing_beside(self) -> list[standing.Standing]:
        """Results of the same messages that are on record already; none of a message just come."""
        return []

    def _results(self, held_against: Limits | None = None) -> list[PlannedResult]:
        """The results about to be kept: all of them, or those held against these limits."""
        found = self._found.get(held_against)
        if found is None:
            found = self._found[held_against] = [
                item.result
                for message in self._planned
                if held_against is None or self._limits_of(message) is held_against
                for report in message.reports
                for item in report.items
                if item.result is not None
            ]
        return found

    def _people(self) -> set[int]:
        return {each.person.id for each in self._results()}

    def _give_ids(self) -> None:
        for message in self._planned:
            message.id = next(self._numbers.messages)
            for report in message.reports:
                report.id = next(self._numbers.reports)
        self._give_result_ids()

    def _give_result_ids(self) -> None:
        for message in self._planned:
            for report in message.reports:
                for item in report.items:
                    if item.result is not None:
                        item.result.id, item.result.report = self._numbers.result(), report.id

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
        self,
        around: Sequence[tuple[Limits, standing.PanelParts]],
        before: standing.Before,
        replaced: Replaced,
    ) -> list[PlannedResult]:
        results = self._results()
        people = {each.person.id: each.person for each in results}
        gone = replaced.ids
        beside = {each.id: each for each in before.standing()}
        beside |= {each.id: each for each in self._standing_beside()}
        left = [each for each in beside.values() if each.id not in gone]
        rested = {part for each in replaced.panels for part in each.derived_from or ()}
        if rested - gone:
            left += standing.results_by_id(rested - gone)
        wanted = {test for _, asked in around for test in asked.tests}
        left = standing.of_owners(left, people)
        parts = [panels.part_of(each) for each in results if each.test in wanted]
        parts += [panels.part_of_standing(each) for each in left]
        known = [each for each in left if each.derived_from]
        known += standing.of_owners([each for each in before.panels if each.id not in gone], people)
        made: list[PlannedResult] = []
        for limits, asked in around:
            own = {each.person.id for each in self._results(limits)}
            about = [part for part in parts if part.patient_id in own]
            of = panels.panels_of(limits)
            there = {part.id for part in about} | gone
            # What was foreseen is all there is where nothing else stands beside.
            is_all = not left and len(around) == 1
            days = asked.days if is_all else panels.begun(map(panels.grouped, about), of)
            near = asked.of(days)
            others = [each for each in near if each.id not in there]
            about += [panels.part_of_standing(each) for each in others if not each.derived_from]
            derived = known + [each for each in others if each.derived_from]
            made += panels.derive(about, derived, of, people, self._numbers.result)
        return made

    def _ask_to_count_changes(self, trip: RoundTrip, replaced: Replaced) -> None:
        changed = self._people() | {each.patient_id for each in replaced.results}
        if changed:
            trip.ask(COUNT_CHANGES, sorted(changed))

    def _told(self, message: Planned) -> Told:
        return told(message)


def _by_person(days: Iterable[standing.PatientDay]) -> dict[int, Days]:
    found: dict[int, list[date]] = {}
    for person, day in days:
        found.setdefault(person, []).append(day)
    return {person: Days.of(its) for person, its in found.items()}
