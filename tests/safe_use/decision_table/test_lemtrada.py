"""The gates of one real program against a decision table that a pharmacist can read.

The table is `lemtrada.csv`; `oracle.py` answers from it and shares no code with the gate. Every
situation is written as a facts record, read, decided, and compared: an answer the table does not
allow is unsafe, a reason the table does not give (or a missing one) is unexplained.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from datetime import date
from pathlib import Path

import pytest

from etasu.programs.loader import load_program
from etasu.safe_use.authorization import decide
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.facts import read_facts
from etasu.safe_use.findings import Check, Outcome, Severity
from etasu.safe_use.requirements import Certified, MonthsSince, ResultWithin
from tests.safe_use.building import CHECKOUT
from tests.safe_use.decision_table.comparing import Count, compare, what_was_said
from tests.safe_use.decision_table.oracle import Table
from tests.safe_use.decision_table.situations import STATES, TESTS, record

VERSIONS = {v.label: v for v in load_program(CHECKOUT / "programs" / "lemtrada").versions}
TABLES = {label: Table(Path(__file__).with_name("lemtrada.csv"), label) for label in VERSIONS}
GATES = ["prescribe", "authorize", "dispense", "infuse"]
NEWEST = VERSIONS[max(VERSIONS)]
ORDINARY = date(2025, 5, 1)
DAYS = [
    date(2016, 4, 5),  # the first day of a version
    date(2020, 2, 29),
    date(2024, 3, 4),  # the first day of a version
    date(2024, 5, 31),
    date(2024, 12, 31),
    date(2025, 1, 31),
    date(2025, 3, 30),  # a Sunday, 30 days after the last of February
    ORDINARY,
    date(2027, 3, 1),
    date(2028, 2, 29),
]
every_version = pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
every_gate = pytest.mark.parametrize("gate", GATES)


def base(gate, course):
    """A situation in which nothing is missing."""
    states = {thing: found[0] for thing, found in STATES.items()}
    return states | {"course": course, "authorization": "none" if gate == "authorize" else "good"}


def days_of(version):
    """The boundary days on which the version is in force."""
    return [day for day in DAYS if day >= version.effective_on]


def one_change(gate, version, course):
    """The base and every situation in which one thing is otherwise."""
    for thing in TABLES[version.label].things_of(gate):
        for state in STATES[thing]:
            yield base(gate, course) | {thing: state}


def two_changes(gate, version, course):
    """Every situation in which two things are otherwise."""
    for one, other in itertools.combinations(TABLES[version.label].things_of(gate), 2):
        for states in itertools.product(STATES[one], STATES[other]):
            yield base(gate, course) | dict(zip((one, other), states, strict=True))


def product(gate, **wanted):
    """Every combination of the states given, the rest as in the base."""
    for combination in itertools.product(*wanted.values()):
        changes = dict(zip(wanted, combination, strict=True))
        labs = changes.pop("labs", {})
        yield base(gate, "first") | changes | labs


def agree(gate, version, situations, days):
    """Compares every situation on its day, and asserts that nothing is unsafe or unexplained."""
    count = Count()
    for states, day in zip(situations, itertools.cycle(days), strict=False):
        compare(count, TABLES[version.label], version, gate, states, day)
    print(f"\n{version.label} {gate}: {count}")
    assert count.compared > 0
    assert count.unsafe == []
    assert count.unexplained == []
    return count


@every_version
def test_the_table_speaks_about_every_requirement_of_every_gate(version):
    assert sorted(version.gates) == sorted(GATES)
    for code, gate in version.gates.items():
        reasons = set(TABLES[version.label].rules[code]) - {"validity-too-short"}
        assert reasons == {requirement.code for requirement in gate.requirements}


@every_version
def test_the_table_names_only_states_there_are(version):
    rules = TABLES[version.label].rules.values()
    for conditions, _says in itertools.chain.from_iterable(
        rows for reasons in rules for rows in reasons.values()
    ):
        for thing, states in conditions:
            assert states == {"any"} or states <= set(STATES[thing])


@every_version
@every_gate
def test_every_single_state_on_every_boundary_day_agrees_with_the_table(gate, version):
    for day in days_of(version):
        for course in ("first", "second"):
            agree(gate, version, one_change(gate, version, course), [day])


@every_version
@every_gate
def test_every_pair_of_states_agrees_with_the_table(gate, version):
    for course in ("first", "second"):
        agree(gate, version, two_changes(gate, version, course), days_of(version))


PARTY = ["certified", "never certified", "not named"]
PATIENT = ["enrolled", "never enrolled", "unknown"]
HOLD = ["none", "open"]
STATUS = ["signed lately", "never signed"]
CHECKLIST = ["signed", "missing"]
BEFORE = ["ended 12 months ago", "a day less than 12 months ago", "none recorded"]


def labs(states=("missing",)):
    """All laboratory results as they should be, one of them otherwise, or all of them."""
    yield {}
    for state in states:
        yield from ({lab: state} for lab in TESTS)
        yield dict.fromkeys(TESTS, state)


REDUCED = {
    "prescribe": {
        "prescriber": PARTY,
        "patient": PATIENT,
        "age": ["40", "17 tomorrow", "no birth date"],
        "hold": HOLD,
        "course": ["first", "second", "not said"],
        "before": BEFORE,
        "status": STATUS,
        "checklist": CHECKLIST,
    },
    "authorize": {
        "prescriber": PARTY,
        "facility": PARTY,
        "patient": PATIENT,
        "age": ["40", "17 tomorrow", "no birth date"],
        "hold": HOLD,
        "form": ["says yes", "missing"],
        "labs": list(labs()),
        "course": ["second"],
        "before": BEFORE,
        "status": STATUS,
        "checklist": CHECKLIST,
        "authorization": ["none", "good"],
    },
    "dispense": {
        "prescriber": PARTY,
        "facility": PARTY,
        "pharmacy": PARTY,
        "patient": PATIENT,
        "hold": HOLD,
        "authorization": ["good", "none"],
        "dispensed": ["no", "yes"],
        "course": ["second", "not said"],
        "before": BEFORE,
        "status": STATUS,
        "checklist": CHECKLIST,
    },
    "infuse": {
        "prescriber": PARTY,
        "facility": PARTY,
        "patient": PATIENT,
        "hold": HOLD,
        "authorization": ["good", "none"],
        "labs": list(labs()),
        "course": ["second", "not said"],
        "before": BEFORE,
        "days": ["none given", "3 given", "authorized today"],
        "status": STATUS,
    },
}


@every_gate
def test_every_combination_of_met_not_met_and_unknown_agrees_with_the_table(gate):
    agree(gate, NEWEST, product(gate, **REDUCED[gate]), [ORDINARY])


@pytest.mark.long
@every_version
@every_gate
def test_every_pair_of_states_agrees_with_the_table_on_every_boundary_day(gate, version):
    for day in days_of(version):
        for course in ("first", "second", "third", "not said"):
            agree(gate, version, two_changes(gate, version, course), [day])


@pytest.mark.long
@every_version
@every_gate
def test_every_combination_of_what_bears_on_each_other_agrees_with_the_table(gate, version):
    together = {
        "course": STATES["course"],
        "before": STATES["before"],
        "days": STATES["days"],
        "authorization": STATES["authorization"],
        "status": STATES["status"],
        "checklist": STATES["checklist"],
        "facility": ["certified", "not named"],
        "labs": [{}, {"cbc": "at the limit"}, {"cbc": "a day after"}, {"skin exam": "missing"}],
    }
    agree(gate, version, product(gate, **together), days_of(version))


@pytest.mark.long
@every_version
@every_gate
def test_every_combination_of_results_and_permits_agrees_with_the_table(gate, version):
    together = {
        **{lab: ["on the day", "a day too old"] for lab in TESTS},
        **dict.fromkeys(("prescriber", "facility", "pharmacy"), PARTY),
        "patient": PATIENT,
        "hold": HOLD,
        "form": ["says yes", "says no"],
        "course": ["first", "second"],
    }
    agree(gate, version, product(gate, **together), days_of(version))


@pytest.mark.long
@every_version
@every_gate
def test_half_a_million_random_situations_agree_with_the_table(gate, version):
    chance = random.Random(340)
    mostly_right = {thing: [found[0]] * len(found) * 4 + found for thing, found in STATES.items()}

    def situations():
        for _ in range(125_000):
            states = {thing: chance.choice(found) for thing, found in mostly_right.items()}
            if gate == "authorize":
                states["authorization"] = chance.choice(["none", states["authorization"]])
            else:
                states["authorization"] = chance.choice(["good", states["authorization"]])
            yield states

    agree(gate, version, situations(), days_of(version))


def test_an_authorization_lapses_when_the_first_infusion_moves_past_the_results():
    """Results at the 30-day edge, and the first infusion then moves by five days."""
    on = date(2024, 5, 31)
    states = base("authorize", "first") | {"cbc": "at the limit"}
    granted = decide(NEWEST, "authorize", read_facts(record(states, on)))
    assert (granted.valid_from, granted.valid_until) == (on, on)
    moved = record(states, on) | {
        "on": "2024-06-05",
        "asked_on": "2024-06-05",
        "authorizations": [
            {
                "gate": "authorize",
                "number": "N1",
                "course": 1,
                "state": "live",
                "valid_from": granted.valid_from.isoformat(),
                "valid_until": granted.valid_until.isoformat(),
                "names": {"facility": "facility-1"},
            }
        ],
    }
    refused = what_was_said(decide(NEWEST, "infuse", read_facts(moved)))
    assert refused["not_met"] == {"course-authorized", "baseline-cbc"}


def differences(gate, version):
    """What the table finds wrong with a version when one thing at a time is otherwise."""
    count = Count()
    for course in ("first", "second"):
        for states in one_change(gate, version, course):
            compare(count, TABLES[version.label], version, gate, states, ORDINARY)
    return count


def with_requirement(gate, code, changed):
    """The newest version with one requirement of one gate put otherwise, or taken away."""
    asked = NEWEST.gates[gate]
    requirements = tuple(
        changed(each) if each.code == code else each for each in asked.requirements
    )
    kept = tuple(each for each in requirements if each is not None)
    gates = dict(NEWEST.gates) | {gate: dataclasses.replace(asked, requirements=kept)}
    return dataclasses.replace(NEWEST, gates=gates)


BLOCKING = [
    (code, requirement.code)
    for code, gate in NEWEST.gates.items()
    for requirement in gate.requirements
    if requirement.severity is Severity.BLOCK
]


@pytest.mark.parametrize(("gate", "code"), BLOCKING)
def test_a_requirement_left_out_of_a_gate_is_seen_as_unsafe(gate, code):
    assert differences(gate, with_requirement(gate, code, lambda each: None)).unsafe


@pytest.mark.parametrize(("gate", "code"), BLOCKING)
def test_a_requirement_softened_to_a_warning_is_seen_as_unsafe(gate, code):
    def soften(each):
        return dataclasses.replace(each, severity=Severity.WARN)

    assert differences(gate, with_requirement(gate, code, soften)).unsafe


@pytest.mark.parametrize("window", [29, 31])
@pytest.mark.parametrize("gate", ["authorize", "infuse"])
def test_a_window_of_another_length_is_seen(gate, window):
    for requirement in NEWEST.gates[gate].requirements:
        if isinstance(requirement, ResultWithin) and requirement.days_before == 30:

            def change(each):
                return dataclasses.replace(each, days_before=window)

            count = differences(gate, with_requirement(gate, requirement.code, change))
            assert count.unsafe if window == 31 else count.unexplained


@pytest.mark.parametrize("months", [11, 13])
@pytest.mark.parametrize("gate", ["authorize", "dispense", "infuse"])
def test_an_interval_of_another_length_is_seen(gate, months):
    def change(each):
        return dataclasses.replace(each, at_least=Span(months, Unit.MONTHS))

    count = differences(gate, with_requirement(gate, "course-interval", change))
    assert count.unsafe if months == 11 else count.unexplained


@pytest.mark.parametrize("kind", [Certified, MonthsSince, ResultWithin])
def test_a_requirement_that_takes_unknown_for_met_is_seen(kind, monkeypatch):
    honest = kind.check

    def trusting(self, facts):
        found = honest(self, facts)
        return Check(Outcome.MET, "") if found.outcome is Outcome.UNKNOWN else found

    monkeypatch.setattr(kind, "check", trusting)
    count = differences("infuse", NEWEST)
    assert count.unexplained if kind is ResultWithin else count.unsafe
