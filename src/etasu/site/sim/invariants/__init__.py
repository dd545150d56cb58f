"""The promises that must hold whatever happens, and who looks after them.

Each is one function that reads the tables and yields what it finds broken. It is asked after every
event that changed a table it reads, about the patients the event concerned, and about everybody at
the end of each month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from etasu.site.sim.invariants import (
    access,
    authorizations,
    decisions,
    messages,
    obligations,
    refusals,
    reminders,
    results,
    safety,
    signals,
    trail,
)
from etasu.site.sim.invariants.look import Change, Invariant, Look, rows
from etasu.site.sim.world import Person, World

_AUTHORIZATIONS = frozenset({"authorizations_authorization", "authorizations_decision"})
_STOPPED = frozenset({"patients_hold", "participants_participant", "patients_patient"})
_GIVEN = frozenset({"treatment_infusion", "treatment_dispense"})
# Whatever may change an obligation leaves a touch, which goes when it was followed.
_FOLLOWED = frozenset({"monitoring_touch DELETE"})
_WHO_TREATS = frozenset(
    {
        "participants_membership",
        "patients_identifier",
        "patients_patient UPDATE",
        "patients_transfer",
    }
)
_MEASURED = frozenset({"monitoring_result", "monitoring_signal", "treatment_infusion"})
_STATED = frozenset({"submissions_signed_form", "treatment_day_entry", "safety_case"})
_BROUGHT_UP = frozenset({"notices_reminder INSERT"})
_ALWAYS = frozenset[str]()

INVARIANTS: Sequence[Invariant] = (
    Invariant("I1", "no yes without every requirement met", _AUTHORIZATIONS,
        decisions.every_yes_was_right),
    Invariant("I2", "one live authorization for each course and day, no more days than prescribed",
        _AUTHORIZATIONS | _GIVEN, authorizations.one_for_each),
    Invariant("I3", "no authorization survives what it rested on", _AUTHORIZATIONS | _STOPPED,
        authorizations.none_survives),
    Invariant("I4", "an authorization is honored only as it was given", _AUTHORIZATIONS | _GIVEN,
        authorizations.honored_nowhere_else),
    Invariant("I5", "every refusal says why, who can mend it and how", _AUTHORIZATIONS,
        refusals.every_no_says_what_to_do),
    Invariant("I6", "what came in is stored, quarantined or rejected",
        frozenset({"monitoring_message"}), results.nothing_is_lost),
    Invariant("I7", "a result taken back is owed again", _FOLLOWED,
        obligations.taken_back_is_owed_again, named_only=True),
    Invariant("I8", "nobody's obligation is closed by another's result",
        frozenset({"monitoring_result"}), results.results_are_ones_own),
    Invariant("I9", "obligations follow from the record alone", _FOLLOWED,
        obligations.obligations_follow, named_only=True),
    Invariant("I10", "nothing is sent after a stop, twice, or more often than once a day", _ALWAYS,
        messages.nobody_is_pestered),
    Invariant("I11", "whatever event is stated is a safety case", _STATED,
        safety.every_event_is_a_case),
    Invariant("I12", "every change is in the trail, every entry tells of a change", _ALWAYS,
        trail.every_change_is_told),
    Invariant("I13", "a clock that steps back gives no rights", _AUTHORIZATIONS | _STOPPED,
        authorizations.never_revived),
    Invariant("I14", "everybody sees only those they treat", _WHO_TREATS,
        access.seen_only_by_those_who_treat),
    Invariant("I15", "nothing on record is deleted", _ALWAYS, trail.nothing_is_deleted),
    Invariant("I16", "whatever crosses a limit is a signal, and somebody is told", _MEASURED,
        signals.every_crossing_is_told),
    Invariant("I17", "whatever is owed was brought up, as often as the program says", _BROUGHT_UP,
        reminders.everything_is_brought_up),
)  # fmt: skip


class Broken(AssertionError):
    """A promise that was not kept."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}")
        self.code, self.said = code, said


class Judge:
    """Looks at the world after every event, and counts how often each promise was looked at."""

    def __init__(self) -> None:
        self.looked: Counter[str] = Counter()
        self._marks: dict[str, dict[str, Any]] = {each.code: {} for each in INVARIANTS}
        self._last = 0

    def begin(self) -> None:
        """Leave aside what happened so far, before the first event."""
        self._changes()

    def after_event(self, world: World, people: Collection[Person]) -> None:
        """Look at what an event changed. Raises Broken."""
        changes = self._changes()
        tables = {each.table for each in changes}
        tables |= {f"{each.table} {each.how}" for each in changes}
        for each in INVARIANTS:
            if not each.reads or each.reads & tables and (people or not each.named_only):
                self._ask(each, world, people, changes)

    def everything(self, world: World) -> None:
        """Look at everything about everybody. Raises Broken."""
        for each in INVARIANTS:
            self._ask(each, world, (), (), is_everybody=True)

    def _ask(
        self,
        one: Invariant,
        world: World,
        people: Collection[Person],
        changes: Sequence[Change],
        *,
        is_everybody: bool = False,
    ) -> None:
        self.looked[one.code] += 1
        concerned = tuple(people) or tuple(world.people)
        look = Look(world, concerned, is_everybody, changes, self._marks[one.code])
        said = next(iter(one.check(look)), None)
        if said is not None:
            raise Broken(one.code, said)

    def _changes(self) -> list[Change]:
        found = rows(
            "SELECT id, xid::text, relation, op FROM sim.change WHERE id > %s ORDER BY id",
            self._last,
        )
        if found:
            self._last = found[-1][0]
        return [Change(*row[1:]) for row in found]
