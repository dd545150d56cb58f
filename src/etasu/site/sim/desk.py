"""People at their desks: what waits is settled, and signals are looked at, or not."""

from __future__ import annotations

from datetime import datetime, timedelta

from etasu.registry.monitoring.lab_rows import Reconciliation
from etasu.registry.monitoring.quarantine import WaitingCode, codes_waiting
from etasu.registry.monitoring.resolving import choose_patient, map_code
from etasu.registry.monitoring.signal_facts import open_signals
from etasu.registry.monitoring.signal_models import SignalRow
from etasu.registry.monitoring.signals import acknowledge_signal
from etasu.registry.monitoring.whose import asked_together, unmatched
from etasu.site.sim.laboratory import Laboratory
from etasu.site.sim.world import Did, World

# How long somebody who looks at signals at all lets them lie.
LONGEST_LOOK = 6


class Desk:
    """The program's clerks and the prescribers' inboxes."""

    def __init__(self, world: World, laboratory: Laboratory) -> None:
        self.world, self.laboratory = world, laboratory
        self._seen: set[int] = set()
        self._ignored: set[int] = set()

    def work(self) -> None:
        """One morning's work; what waits for a clerk came with the laboratory's last messages."""
        if self.laboratory.has_delivered:
            for code in codes_waiting(self.world.code):
                self._map(code)
            for each in unmatched(self.world.code):
                self._choose(each.task)
        for signal in open_signals(self.world.code).exclude(pk__in=self._ignored):
            self._look_at(signal)

    def _map(self, waiting: WaitingCode) -> None:
        """Somebody asks the laboratory what its code means; the code begins with it."""
        world, loinc = self.world, waiting.code.split("/")[0]
        tests = world.shapes.version_on(world.day).tests.values()
        test = next((each.code for each in tests if loinc in each.loinc), None)

        def do(at: datetime) -> Did:
            made = map_code(
                self.laboratory.connection,
                world.code,
                waiting.system,
                waiting.code,
                test,
                by=world.administrator,
                at=at,
            )
            return f"{waiting.code} {test}", made

        # Whoever's results waited for it: nobody knows yet.
        world.act("map", "laboratory", do)

    def _choose(self, task: Reconciliation) -> None:
        """Somebody calls the laboratory, which says whose specimen it was."""
        world = self.world
        sent = world.ledger.sent[task.report.message.control_id]
        person = world.people[sent.about]
        for each in asked_together(task):
            world.ledger.sent[each.report.message.control_id].chosen = person.index

        def do(at: datetime) -> Did:
            reason = "The laboratory was called."
            kept = choose_patient(task, person.row, reason, by=world.administrator, at=at)
            counts = " ".join(f"{kept[each]} {each}" for each in sorted(kept))
            return f"{task.trouble} {counts}", kept

        world.act("choose", person.subject, do, [person])

    def _look_at(self, signal: SignalRow) -> None:
        world, chance = self.world, self.world.chance
        if signal.pk not in self._seen:
            self._seen.add(signal.pk)
            if chance.happens(world.plan.rates.signal_ignored):
                self._ignored.add(signal.pk)
                return
        since = world.moment() - signal.raised_at
        if since < timedelta(days=chance.between(0, LONGEST_LOOK)):
            return
        person = next(each for each in world.people if each.pk == signal.patient_id)

        def do(at: datetime) -> Did:
            by = person.prescriber.actor
            made = acknowledge_signal(signal, "Looked at; repeated.", by=by, at=at)
            return signal.limit_code, made

        world.act("acknowledge", person.subject, do, [person])
