"""Reads the decision table and answers from it. Shares no code with what it judges.

For one gate and one reason the rows are read from the top; the first row whose conditions all hold
says how the reason stands. A condition names a thing and the states it may be in; `any` is every
state. A reason about which no row speaks is a hole in the table, and an error.
"""

from __future__ import annotations

import csv
from operator import itemgetter
from pathlib import Path

KINDS = {
    "stops": "not_met",
    "cannot tell": "unknown",
    "warns": "warns",
    "no answer": "faults",
}


class HoleInTheTable(Exception):
    """No row of the table speaks about this."""


class Expected:
    """What the table says: the blocking reasons by how they stand, the warnings, the faults."""

    def __init__(self):
        self.not_met, self.unknown, self.warns, self.faults = set(), set(), set(), set()

    @property
    def answer(self):
        """One of three; a fault is looked for only when nothing else stops."""
        if self.not_met or self.unknown:
            return "not_authorized"
        return "cannot_decide" if self.faults else "authorized"


class Table:
    """The rows about one version of one program, by gate and reason."""

    def __init__(self, path, version):
        self.rules = {}
        self.things = {}
        self.known = {}
        with Path(path).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["versions"] not in ("all", version):
                    continue
                conditions = [
                    self._condition(row[name]) for name in ("when", "and", "and also") if row[name]
                ]
                for gate in self._gates(row["gates"]):
                    rules = self.rules.setdefault(gate, {}).setdefault(row["reason"], [])
                    rules.append((conditions, row["says"]))
                    things = self.things.setdefault((gate, row["reason"]), {})
                    things |= dict.fromkeys(thing for thing, _ in conditions)
        self.looks = {key: itemgetter(*things) for key, things in self.things.items()}

    def expected(self, gate, states):
        """What the gate must answer in these states."""
        expected = Expected()
        for reason in self.rules[gate]:
            key = (gate, reason, self.looks[gate, reason](states))
            if key not in self.known:
                self.known[key] = self._says(gate, reason, states)
            says = self.known[key]
            if says != "passes":
                getattr(expected, KINDS[says]).add(reason)
        return expected

    def things_of(self, gate):
        """Everything the rows of the gate look at."""
        return sorted({thing for reason in self.rules[gate] for thing in self.things[gate, reason]})

    def _says(self, gate, reason, states):
        for conditions, says in self.rules[gate][reason]:
            if all(wanted == {"any"} or states[thing] in wanted for thing, wanted in conditions):
                return says
        raise HoleInTheTable(f"{gate}: {reason}: {states}")

    @staticmethod
    def _condition(written):
        thing, _, states = written.partition(": ")
        return thing, set(states.split("/"))

    @staticmethod
    def _gates(written):
        return (
            ["prescribe", "authorize", "dispense", "infuse"]
            if written == "all"
            else (written.split("/"))
        )
