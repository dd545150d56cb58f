"""What must hold for any facts at all, tried on many invented ones."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etasu.programs.loader import load_program
from etasu.safe_use.authorization import decide, needs
from etasu.safe_use.courses import course_in_question
from etasu.safe_use.facts import Facts, UnreadableFacts, read_facts
from etasu.safe_use.findings import Authorized, CannotDecide, NotAuthorized, Outcome, Severity
from etasu.safe_use.program import GateUnit
from etasu.safe_use.requirements import KINDS
from tests.safe_use.building import CHECKOUT, PLANS

PROGRAMS = [
    load_program(folder)
    for folder in sorted((CHECKOUT / "programs").iterdir())
    if (folder / "program.yaml").is_file()
]
VERSIONS = [version for loaded in PROGRAMS for version in loaded.versions]
GATES = [(version, gate) for version in VERSIONS for gate in version.gates.values()]
REQUIREMENTS = [requirement for _, gate in GATES for requirement in gate.requirements]
FORMS = sorted({form for _, gate in GATES for form in needs(gate).forms} | {"letter"})
TESTS = sorted({test for _, gate in GATES for test in needs(gate).tests} | {"temperature"})
GATE_CODES = sorted({gate.code for _, gate in GATES} | {"other"})
ANSWERS = sorted(
    {getattr(each, "answer", None) or "yes" for each in REQUIREMENTS} | {"no", "", "negative"}
)
QUESTIONS = sorted({getattr(each, "question", None) or "decision" for each in REQUIREMENTS})
ON = date(2025, 5, 1)
quickly = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def near(days):
    """Days around the day asked about, the boundaries of months and windows among them."""
    edges = [0, 1, -1, -30, -31, -29, -365, -366, -5, -7, -183]
    offsets = st.one_of(st.sampled_from(edges), st.integers(-days, 60))
    return offsets.map(lambda n: (ON + timedelta(days=n)).isoformat())


DAY = near(1500)
PARTY_IDS = st.sampled_from(["X1", "X2"])
MAYBE_DAY = st.none() | DAY
COURSE = st.none() | st.integers(-1, 4) | st.just(10**30)
RIGHT_PARTY = {"id": "X1", "certified_from": "2024-01-01"}
PARTY = st.fixed_dictionaries(
    {"id": PARTY_IDS},
    optional=dict.fromkeys(
        ("certified_from", "certified_until", "suspended_from", "suspended_until"), MAYBE_DAY
    )
    | {
        "decertified_on": MAYBE_DAY,
        "setting": st.none() | st.sampled_from(["hospital", "home", "physician-office"]),
    },
)
PATIENT = st.fixed_dictionaries(
    {"id": st.just("A1")},
    optional={
        "birth_date": st.none() | near(20_000),
        "enrolled_on": MAYBE_DAY,
        "ended_on": MAYBE_DAY,
        "end_reason": st.none() | st.text(max_size=9),
        "attributes": st.dictionaries(st.just("sex"), st.sampled_from(["female", "male"])),
        "holds": st.lists(
            st.fixed_dictionaries({"code": st.just("infection"), "opened_on": DAY}), max_size=2
        ),
    },
)
FORM = st.fixed_dictionaries(
    {"form": st.sampled_from(FORMS), "signed_on": DAY},
    optional={
        "course": COURSE,
        "answers": st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(ANSWERS)),
    },
)
RESULT = st.fixed_dictionaries(
    {"test": st.sampled_from(TESTS), "collected_on": DAY},
    optional={
        "value": st.none() | st.sampled_from(["negative", "9", "1e99", "NaN", "", "-1"]),
        "unit": st.none() | st.just("g"),
    },
)
INFUSION = st.fixed_dictionaries({"course": st.integers(1, 4), "given_on": DAY})
AUTHORIZATION = st.fixed_dictionaries(
    {
        "gate": st.sampled_from(GATE_CODES),
        "number": st.text("N123", min_size=1, max_size=3),
        "state": st.sampled_from(["live", "live", "used", "expired"]),
        "valid_from": DAY,
        "valid_until": DAY,
    },
    optional={
        "course": COURSE,
        "day": st.none() | st.integers(0, 6),
        "names": st.dictionaries(st.sampled_from(["facility", "pharmacy"]), PARTY_IDS),
    },
)
RECORDS = st.fixed_dictionaries(
    {"on": st.just(ON.isoformat()) | DAY},
    optional={
        "asked_on": MAYBE_DAY,
        "course": COURSE,
        "days_supply": st.none() | st.integers(-1, 100),
        "statements": st.lists(st.sampled_from(["read", "agreed"]), max_size=2),
        "parties": st.dictionaries(
            st.sampled_from(["prescriber", "facility", "pharmacy"]), st.just(RIGHT_PARTY) | PARTY
        ),
        "patient": st.none() | PATIENT,
        "forms": st.lists(FORM, max_size=5),
        "results": st.lists(RESULT, max_size=8),
        "infusions": st.lists(INFUSION, max_size=7),
        "authorizations": st.lists(AUTHORIZATION, max_size=4),
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | DAY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def right_record(gate, course):
    """A record with everything in place for the gate, as a program's author would write it."""
    by_kind = {}
    for each in gate.requirements:
        by_kind.setdefault(each.kind, []).append(each)
    names = {kind: "X1" for kind in ("prescriber", "facility", "pharmacy")}
    forms = [
        {
            "form": each.form,
            "signed_on": "2025-04-25",
            "course": course if getattr(each, "for_course", False) else None,
            "answers": {each.question: each.answer} if getattr(each, "question", None) else {},
        }
        for each in by_kind.get("form_signed", []) + by_kind.get("form_kept_up", [])
    ]
    forms += [
        {"form": each.form, "signed_on": "2024-02-01", "course": course - 1}
        for each in by_kind.get("course_closed", [])
        if course > 1
    ]
    return {
        "on": "2025-05-01",
        "asked_on": "2025-05-01",
        "course": course,
        "days_supply": 1,
        "statements": [each.statement for each in by_kind.get("acknowledged", [])],
        "parties": {
            kind: RIGHT_PARTY | {"setting": each_setting(by_kind)}
            for kind in ("prescriber", "facility", "pharmacy")
        },
        "patient": {
            "id": "A1",
            "birth_date": "1980-01-01",
            "enrolled_on": "2023-12-01",
            "attributes": {},
        },
        "forms": forms,
        "results": [
            {
                "test": each.test,
                "collected_on": "2025-04-25",
                "value": right_value(each),
                "unit": getattr(each, "unit", None),
            }
            for each in by_kind.get("result_within", []) + by_kind.get("value_within", [])
        ],
        "infusions": [{"course": course - 1, "given_on": "2024-01-10"}] if course > 1 else [],
        "authorizations": [
            {
                "gate": each.gate,
                "number": "N1",
                "course": course,
                "state": "live",
                "valid_from": "2025-04-25",
                "valid_until": "2025-05-20",
                "names": names,
            }
            for each in by_kind.get("authorized_by", [])
        ],
    }


def each_setting(by_kind):
    """A setting every requirement about settings allows."""
    allowed = [set(each.settings) for each in by_kind.get("setting_is", [])]
    return min(set.intersection(*allowed)) if allowed else None


def right_value(requirement):
    """A value that is as the requirement asks."""
    if requirement.kind == "result_within":
        return requirement.result
    limit = requirement.at_least if requirement.at_least is not None else requirement.at_most
    return str(limit if limit is not None else 1)


INFUSED = [pair for pair in GATES if pair[0].program.code in ("teaching", "lemtrada")]
every_gate = pytest.mark.parametrize(
    ("version", "gate"),
    INFUSED,
    ids=[f"{version.program.code}-{version.label}-{gate.code}" for version, gate in INFUSED],
)


@quickly
@given(record=RECORDS)
def test_every_gate_of_every_program_has_an_answer_to_any_facts(record):
    facts = read_facts(record)
    for version, gate in GATES:
        decision = decide(version, gate.code, facts)
        assert isinstance(decision, Authorized | NotAuthorized | CannotDecide)
        if isinstance(decision, Authorized):
            assert_well_founded(version, gate, facts, decision)
        elif isinstance(decision, NotAuthorized):
            assert any(finding.blocks for finding in decision.findings)
        else:
            assert decision.faults
            assert "requirement-broken" not in {fault.code for fault in decision.faults} or (
                facts.course is not None and facts.course > 10**9
            )


def assert_well_founded(version, gate, facts, decision):
    """Every authorization covers the day, rests on something, and fills a slot there is."""
    assert decision.valid_from <= facts.on <= decision.valid_until
    assert decision.valid_from >= facts.known_on
    assert not any(finding.blocks for finding in decision.findings)
    blocking = {
        finding.outcome
        for finding in decision.findings
        if finding.requirement.severity is Severity.BLOCK
    } - {Outcome.NOT_APPLICABLE}
    assert blocking & {Outcome.MET, Outcome.OVERRIDDEN} or all_lifted(decision)
    if gate.authorizes in (GateUnit.COURSE, GateUnit.INFUSION_DAY):
        assert facts.course is not None and facts.course >= 1
    if gate.authorizes is GateUnit.INFUSION_DAY:
        assert 1 <= decision.slot.day <= decision.slot.course_days
        assert decision.valid_from == decision.valid_until == facts.on


def all_lifted(decision):
    """Whether an authority has lifted everything, so that nothing is left to rest on."""
    blocking = [each for each in decision.findings if each.requirement.severity is Severity.BLOCK]
    lifted = {each.outcome for each in blocking} - {Outcome.NOT_APPLICABLE} == {Outcome.LIFTED}
    return lifted and decision.under_suspension


@quickly
@given(record=RECORDS, data=st.data())
def test_the_order_of_a_record_never_changes_an_answer(record, data):
    mixed = {
        key: data.draw(st.permutations(value)) if isinstance(value, list) else value
        for key, value in record.items()
    }
    for version, gate in GATES:
        before = decide(version, gate.code, read_facts(record))
        assert decide(version, gate.code, read_facts(mixed)) == before


@quickly
@given(record=RECORDS)
def test_a_stored_record_is_decided_again_the_same(record):
    stored = json.loads(json.dumps(record))
    assert read_facts(stored) == read_facts(record)
    for version, gate in GATES:
        first = decide(version, gate.code, read_facts(record))
        assert decide(version, gate.code, read_facts(stored)) == first


@settings(quickly, max_examples=500)
@given(record=JSON | RECORDS.flatmap(lambda known: st.tuples(st.just(known), JSON).map(spoiled)))
def test_whatever_is_given_as_a_record_is_read_or_refused(record):
    try:
        facts = read_facts(record)
    except UnreadableFacts:
        return
    for version, gate in GATES:
        assert isinstance(
            decide(version, gate.code, facts), Authorized | NotAuthorized | CannotDecide
        )


def spoiled(pair):
    """A good record with one of its values put otherwise."""
    record, value = pair
    keys = sorted(record)
    return record | {keys[len(str(value)) % len(keys)]: value}


@quickly
@given(on=DAY, asked_on=MAYBE_DAY, course=COURSE)
def test_empty_facts_never_open_a_gate_unless_everything_is_lifted(on, asked_on, course):
    facts = read_facts({"on": on, "asked_on": asked_on, "course": course})
    for version, gate in GATES:
        decision = decide(version, gate.code, facts)
        assert not isinstance(decision, Authorized) or all_lifted(decision)


@every_gate
@pytest.mark.parametrize("course", [1, 2])
def test_everything_in_place_opens_the_gate(version, gate, course):
    decision = decide(version, gate.code, read_facts(right_record(gate, course)))
    if isinstance(decision, NotAuthorized):
        blocking = [finding for finding in decision.findings if finding.blocks]
        assert not blocking, [(each.requirement.code, each.observed) for each in blocking]
    assert isinstance(decision, Authorized)


def without_one(record):
    """The record again and again, each time with one entry left out."""
    for key in ("on", "asked_on", "days_supply", "statements"):
        yield key, {name: value for name, value in record.items() if name != key}
    for key in ("forms", "results", "infusions", "authorizations"):
        for place, entry in enumerate(record[key]):
            left = record[key][:place] + record[key][place + 1 :]
            yield (key, str(entry)), record | {key: left}
    for kind in record["parties"]:
        left = {name: party for name, party in record["parties"].items() if name != kind}
        yield ("parties", kind), record | {"parties": left}
        party = record["parties"][kind]
        for name in ("certified_from", "setting"):
            less = {key: value for key, value in party.items() if key != name}
            changed = record["parties"] | {kind: less}
            yield ("parties", kind, name), record | {"parties": changed}
    yield "patient", record | {"patient": None}
    for name in ("birth_date", "enrolled_on"):
        less = {key: value for key, value in record["patient"].items() if key != name}
        yield ("patient", name), record | {"patient": less}


def reads(requirement, key):
    """Whether a blocking requirement rests on what was left out."""
    if requirement.severity is not Severity.BLOCK or isinstance(key, str):
        rests_on = {"statements": "acknowledged", "days_supply": "supply_at_most"}
        wanted = rests_on.get(key) if isinstance(key, str) else None
        return requirement.severity is Severity.BLOCK and requirement.kind == wanted
    kind = requirement.kind
    if key[0] == "parties":
        name = key[2] if len(key) == 3 else None
        return (
            (kind == "certified" and requirement.party == key[1] and name != "setting")
            or (kind == "setting_is" and requirement.party == key[1] and name != "certified_from")
            or (kind == "authorized_by" and key[1] in requirement.names and name is None)
        )
    if key[0] == "patient":
        return {"birth_date": "age_at_least", "enrolled_on": "enrolled"}[key[1]] == kind
    field = {"forms": "form", "results": "test", "authorizations": "gate"}.get(key[0])
    if key[0] == "infusions":
        return kind == "months_since"
    if kind in ("not_already_authorized", "days_left"):
        return False
    return getattr(requirement, field, None) is not None and (
        f"'{field}': '{getattr(requirement, field)}'" in key[1]
    )


@every_gate
@pytest.mark.parametrize("course", [1, 2])
def test_without_any_one_fact_it_rests_on_a_gate_is_shut(version, gate, course):
    record = right_record(gate, course)
    asked = [
        each
        for each in gate.requirements
        if each.applies_to.covers(read_facts(record)) is not False
        and (course > 1 or each.kind not in ("months_since", "form_kept_up", "course_closed"))
    ]
    for key, less in without_one(record):
        if key in ("on", "asked_on"):
            continue
        opened = isinstance(decide(version, gate.code, read_facts(less)), Authorized)
        rests_on_it = key == "patient" or any(reads(each, key) for each in asked)
        assert opened != rests_on_it, key


@every_gate
@pytest.mark.parametrize("course", [1, 2])
@settings(quickly, max_examples=30)
@given(
    forms=st.lists(FORM, max_size=3),
    results=st.lists(RESULT, max_size=3),
    authorizations=st.lists(AUTHORIZATION, max_size=3),
    parties=st.dictionaries(st.just("wholesaler"), PARTY),
)
def test_facts_about_something_else_change_no_answer(
    version, gate, course, forms, results, authorizations, parties
):
    record = right_record(gate, course)
    decision = decide(version, gate.code, read_facts(record))
    wanted = needs(gate)
    more = {
        "forms": [each for each in forms if each["form"] not in wanted.forms],
        "results": [each for each in results if each["test"] not in wanted.tests],
        "authorizations": [
            each | {"gate": "other"} for each in authorizations if each["gate"] not in version.gates
        ],
    }
    fuller = {key: record[key] + found for key, found in more.items()}
    sound = {
        kind: {"id": party["id"]} for kind, party in parties.items() if kind not in gate.parties
    }
    fuller["parties"] = record["parties"] | sound
    assert decide(version, gate.code, read_facts(record | fuller)) == decision


@every_gate
def test_forms_and_permits_of_another_course_change_no_answer(version, gate):
    record = right_record(gate, 2)
    decision = decide(version, gate.code, read_facts(record))
    shape = {"state": "live", "valid_from": "2025-04-25", "valid_until": "2025-06-20"}
    for each in gate.requirements:
        if getattr(each, "for_course", False) and hasattr(each, "form"):
            other = {"form": each.form, "signed_on": "2025-04-30", "course": 3, "answers": {}}
            record["forms"].append(other)
        elif getattr(each, "for_course", False):
            other = {"gate": each.gate, "number": "N9", "course": 3, "names": {}} | shape
            record["authorizations"].append(other)
    assert decide(version, gate.code, read_facts(record)) == decision


@quickly
@given(record=RECORDS, later=st.integers(1, 60))
def test_what_is_dated_after_the_question_never_opens_a_gate(record, later):
    on = date.fromisoformat(record["on"])
    asked_on = date.fromisoformat(record.get("asked_on") or record["on"])
    day = (min(on, asked_on) + timedelta(days=later)).isoformat()
    shut = read_facts(record)
    forms = [
        {"form": form, "signed_on": day, "course": record.get("course"), "answers": {}}
        for form in FORMS
    ]
    results = [{"test": test, "collected_on": day} for test in TESTS]
    more = record | {
        "forms": [*(record.get("forms") or []), *forms],
        "results": [*(record.get("results") or []), *results],
    }
    for version, gate in GATES:
        assert decide(version, gate.code, read_facts(more)) == decide(version, gate.code, shut)


@quickly
@given(
    infusions=st.dictionaries(
        st.integers(1, 5), st.lists(st.dates(date(2020, 1, 1), date(2026, 1, 1)), max_size=6)
    ),
    authorized=st.lists(st.integers(1, 6), max_size=3),
    on=st.dates(date(2020, 1, 1), date(2026, 1, 1)),
)
def test_a_question_is_never_about_a_course_that_is_over(infusions, authorized, on):
    course = course_in_question(PLANS, infusions, authorized, on)
    newest = max(infusions, default=0)
    assert course >= max(newest, 1)
    if course == newest:
        assert 0 <= (on - min(infusions[newest])).days <= 30


def test_every_kind_of_requirement_answers_to_empty_facts():
    texts = dict.fromkeys(("code", "required", "how", "who_can_fix", "source"), "x")
    fillings = {"settings": (), "names": (), "plans": (), "also": ()}
    for kind in KINDS.values():
        needed = {
            field.name: fillings.get(field.name, 1)
            for field in dataclasses.fields(kind)
            if field.default is dataclasses.MISSING
        }
        outcome = kind(**(needed | texts)).check(Facts(on=ON)).outcome
        assert outcome is Outcome.UNKNOWN
