"""The facts record: what it says, what is refused, and that its order does not matter."""

import json
from datetime import date
from decimal import Decimal

import pytest

from etasu.safe_use.facts import (
    AuthorizationFact,
    Facts,
    FormFact,
    HoldFact,
    PartyFacts,
    PatientFacts,
    ResultFact,
    UnreadableFacts,
    number_of,
    read_facts,
)
from tests.safe_use.building import facts

FULL = {
    "on": "2025-05-01",
    "asked_on": "2025-04-20",
    "course": 2,
    "days_supply": 30,
    "statements": ["guide-given"],
    "parties": {
        "facility": {
            "id": "F1",
            "certified_from": "2024-02-01",
            "certified_until": "2026-01-31",
            "suspended_from": "2024-03-01",
            "suspended_until": "2024-03-31",
            "decertified_on": "2026-06-01",
            "setting": "hospital",
        },
        "pharmacy": None,
    },
    "patient": {
        "id": "A1",
        "birth_date": "1980-02-29",
        "enrolled_on": "2024-01-02",
        "ended_on": "2027-01-01",
        "end_reason": "moved away",
        "attributes": {"sex": "female", "region": None},
        "holds": [
            {"code": "infection", "opened_on": "2025-04-02"},
            {"code": "pregnancy", "opened_on": "2025-04-01"},
        ],
    },
    "forms": [
        {"form": "status", "signed_on": "2025-01-01", "course": None, "answers": {"well": "no"}},
        {"form": "status", "signed_on": "2025-02-01", "course": 2, "answers": {"well": "yes"}},
    ],
    "results": [
        {"test": "cbc", "collected_on": "2025-04-01", "value": "9.1", "unit": "10*3/uL"},
        {"test": "cbc", "collected_on": "2025-04-15", "value": "negative", "unit": None},
        {"test": "tsh", "collected_on": "2025-04-02"},
    ],
    "infusions": [
        {"course": 1, "given_on": "2024-02-02"},
        {"course": 1, "given_on": "2024-02-01"},
        {"course": 1, "given_on": "2024-02-02"},
        {"course": 2, "given_on": "2025-04-30"},
    ],
    "authorizations": [
        {
            "gate": "infuse",
            "number": "N2",
            "course": 2,
            "day": 1,
            "state": "used",
            "valid_from": "2025-04-30",
            "valid_until": "2025-04-30",
            "names": {"facility": "F1"},
        },
        {
            "gate": "authorize",
            "number": "N1",
            "state": "live",
            "valid_from": "2025-04-20",
            "valid_until": "2025-04-25",
        },
    ],
}


def test_a_full_record_is_read_to_the_letter():
    read = read_facts(FULL)
    assert read == Facts(
        on=date(2025, 5, 1),
        asked_on=date(2025, 4, 20),
        course=2,
        days_supply=30,
        statements=frozenset({"guide-given"}),
        parties={
            "facility": PartyFacts(
                "F1",
                date(2024, 2, 1),
                date(2026, 1, 31),
                date(2024, 3, 1),
                date(2024, 3, 31),
                date(2026, 6, 1),
                "hospital",
            )
        },
        patient=PatientFacts(
            "A1",
            date(1980, 2, 29),
            date(2024, 1, 2),
            date(2027, 1, 1),
            "moved away",
            {"sex": "female"},
            (
                HoldFact("infection", date(2025, 4, 2)),
                HoldFact("pregnancy", date(2025, 4, 1)),
            ),
        ),
        forms=(
            FormFact("status", date(2025, 2, 1), 2, {"well": "yes"}),
            FormFact("status", date(2025, 1, 1), None, {"well": "no"}),
        ),
        results={
            "cbc": (
                ResultFact(date(2025, 4, 15), "negative", None),
                ResultFact(date(2025, 4, 1), "9.1", "10*3/uL"),
            ),
            "tsh": (ResultFact(date(2025, 4, 2), None, None),),
        },
        infusions={
            1: (date(2024, 2, 1), date(2024, 2, 2)),
            2: (date(2025, 4, 30),),
        },
        authorizations=(
            AuthorizationFact(
                "authorize", "N1", None, None, "live", date(2025, 4, 20), date(2025, 4, 25), {}
            ),
            AuthorizationFact(
                "infuse",
                "N2",
                2,
                1,
                "used",
                date(2025, 4, 30),
                date(2025, 4, 30),
                {"facility": "F1"},
            ),
        ),
    )


def test_a_record_of_the_day_alone_knows_nothing_else():
    assert facts() == Facts(on=date(2025, 5, 1))


def test_null_reads_like_nothing_wherever_a_key_may_be_missing():
    empty = dict.fromkeys(FULL, None) | {"on": "2025-05-01"}
    assert read_facts(empty) == facts()


def test_a_record_means_the_same_after_a_round_trip_through_json():
    assert read_facts(json.loads(json.dumps(FULL))) == read_facts(FULL)


def test_the_order_of_lists_in_a_record_does_not_matter():
    backwards = FULL | {
        key: FULL[key][::-1] for key in ("forms", "results", "infusions", "authorizations")
    }
    backwards["patient"] = FULL["patient"] | {"holds": FULL["patient"]["holds"][::-1]}
    assert read_facts(backwards) == read_facts(FULL)
    assert read_facts(backwards).results == read_facts(FULL).results


def test_entries_of_the_same_day_have_one_order_however_they_were_written():
    def written(entries, **more):
        return facts(**{kind: [more | each for each in found] for kind, found in entries.items()})

    entries = {
        "forms": [
            {"form": "b", "signed_on": "2025-01-01", "course": 2, "answers": {"x": "yes"}},
            {"form": "b", "signed_on": "2025-01-01", "course": 2, "answers": {"x": "no"}},
            {"form": "b", "signed_on": "2025-01-01", "course": 3},
            {"form": "b", "signed_on": "2025-01-01"},
            {"form": "b", "signed_on": "2025-01-01", "course": 1},
            {"form": "a", "signed_on": "2025-01-01", "course": 9},
        ],
        "results": [
            {"test": "t", "collected_on": "2025-01-01", "value": "2", "unit": "b"},
            {"test": "t", "collected_on": "2025-01-01", "value": "2", "unit": "a"},
            {"test": "t", "collected_on": "2025-01-01", "value": "2"},
            {"test": "t", "collected_on": "2025-01-01", "value": "2", "unit": "A"},
            {"test": "t", "collected_on": "2025-01-01", "value": "A"},
            {"test": "t", "collected_on": "2025-01-01", "value": "1", "unit": "b"},
            {"test": "t", "collected_on": "2025-01-01"},
        ],
        "authorizations": [
            {
                "gate": "g",
                "number": number,
                "state": "live",
                "valid_from": valid_from,
                "valid_until": valid_until,
            }
            for valid_until in ("2025-02-01", "2025-02-02")
            for valid_from in ("2025-01-01", "2025-01-02")
            for number in ("N1", "N2")
        ],
    }
    forwards = written(entries)
    backwards = written({kind: found[::-1] for kind, found in entries.items()})
    assert forwards == backwards
    assert [(form.form, form.course, form.answers) for form in forwards.forms] == [
        ("b", 3, {}),
        ("b", 2, {"x": "yes"}),
        ("b", 2, {"x": "no"}),
        ("b", 1, {}),
        ("b", None, {}),
        ("a", 9, {}),
    ]
    assert [(result.value, result.unit) for result in forwards.results["t"]] == [
        ("A", None),
        ("2", "b"),
        ("2", "a"),
        ("2", "A"),
        ("2", None),
        ("1", "b"),
        (None, None),
    ]
    assert [(known.number, known.valid_from.day) for known in forwards.authorizations] == [
        ("N1", 1),
        ("N2", 1),
        ("N1", 2),
        ("N2", 2),
    ] * 2


def changed(path, value):
    """The full record with one value at the path put in its place."""
    record = json.loads(json.dumps(FULL))
    place = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return record


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["on"], None),
        (["on"], "May 1"),
        (["on"], 20250501),
        (["asked_on"], "2025-02-30"),
        (["asked_on"], 5),
        (["course"], "2"),
        (["course"], 2.0),
        (["course"], True),
        (["days_supply"], "30"),
        (["days_supply"], False),
        (["statements"], "guide-given"),
        (["statements"], {"guide-given": True}),
        (["statements"], [1]),
        (["statements"], [["guide-given"]]),
        (["parties"], ["facility"]),
        (["parties"], "facility"),
        (["parties", "facility"], "F1"),
        (["parties", "facility"], {}),
        (["parties", "facility", "id"], None),
        (["parties", "facility", "id"], 1),
        (["parties", "facility", "id"], ""),
        (["parties", "facility", "setting"], 1),
        (["parties", "facility", "certified_from"], "soon"),
        (["parties", "facility", "certified_until"], "soon"),
        (["parties", "facility", "suspended_from"], "soon"),
        (["parties", "facility", "suspended_until"], "soon"),
        (["parties", "facility", "decertified_on"], "soon"),
        (["parties", "facility", "certified_untill"], "2024-01-01"),
        (["patient"], "A1"),
        (["patient"], []),
        (["patient", "id"], None),
        (["patient", "birth_date"], "unknown"),
        (["patient", "enrolled_on"], "unknown"),
        (["patient", "ended_on"], "unknown"),
        (["patient", "end_reason"], 3),
        (["patient", "attributes"], ["female"]),
        (["patient", "attributes", "sex"], 1),
        (["patient", "hold"], []),
        (["patient", "holds"], 1),
        (["patient", "holds", 0], "infection"),
        (["patient", "holds", 0, "code"], None),
        (["patient", "holds", 0, "opened_on"], None),
        (["patient", "holds", 0, "closed_on"], None),
        (["forms"], 1),
        (["forms", 0], None),
        (["forms", 0, "form"], None),
        (["forms", 0, "signed_on"], None),
        (["forms", 0, "course"], "2"),
        (["forms", 0, "answers"], "yes"),
        (["forms", 0, "answers"], {"well": ["yes"]}),
        (["forms", 0, "withdrawn_on"], "2025-01-01"),
        (["results"], {"cbc": "2025-04-01"}),
        (["results", 0], "cbc"),
        (["results", 0, "test"], None),
        (["results", 0, "collected_on"], None),
        (["results", 0, "value"], 9.1),
        (["results", 0, "unit"], 1),
        (["results", 0, "status"], "preliminary"),
        (["infusions", 0], 1),
        (["infusions", 0, "course"], None),
        (["infusions", 0, "course"], "1"),
        (["infusions", 0, "course"], 0),
        (["infusions", 0, "course"], -1),
        (["infusions", 0, "given_on"], None),
        (["infusions", 0, "stopped"], True),
        (["authorizations", 0, "gate"], None),
        (["authorizations", 0, "number"], 7),
        (["authorizations", 0, "course"], "2"),
        (["authorizations", 0, "day"], "1"),
        (["authorizations", 0, "state"], None),
        (["authorizations", 0, "valid_from"], None),
        (["authorizations", 0, "valid_until"], None),
        (["authorizations", 0, "names"], "F1"),
        (["authorizations", 0, "names"], {"facility": 1}),
        (["authorizations", 0, "reversed_on"], "2025-01-01"),
        (["form"], []),
    ],
)
def test_an_entry_that_is_not_in_the_form_is_refused(path, value):
    with pytest.raises(UnreadableFacts, match=r"^facts record: \w+: "):
        read_facts(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["course"], "2", "facts record: TypeError: course must be a whole number"),
        (["days_supply"], "2", "facts record: TypeError: days_supply must be a whole number"),
        (["statements"], "x", "facts record: TypeError: statements must be a list of texts"),
        (["parties"], "x", "facts record: TypeError: parties must be named values"),
        (["patient", "id"], 1, "facts record: TypeError: id must be text"),
        (["patient", "id"], None, "facts record: TypeError: id must be text"),
        (["patient", "id"], "", "facts record: TypeError: id must be text"),
        (["patient", "holds", 0, "code"], 1, "facts record: TypeError: code must be text"),
        (["patient", "end_reason"], 1, "facts record: TypeError: end_reason must be text"),
        (
            ["patient", "attributes"],
            "x",
            "facts record: TypeError: attributes must be named values",
        ),
        (["patient", "attributes", "sex"], 1, "facts record: TypeError: sex must be text"),
        (["forms", 0, "form"], 1, "facts record: TypeError: form must be text"),
        (["forms", 0, "course"], "1", "facts record: TypeError: course must be a whole number"),
        (["forms", 0, "answers"], "x", "facts record: TypeError: answers must be named values"),
        (["results", 0, "test"], 1, "facts record: TypeError: test must be text"),
        (["results", 0, "value"], 1, "facts record: TypeError: value must be text"),
        (["results", 0, "unit"], 1, "facts record: TypeError: unit must be text"),
        (["parties", "facility", "id"], 1, "facts record: TypeError: id must be text"),
        (["parties", "facility", "setting"], 1, "facts record: TypeError: setting must be text"),
        (["infusions", 0, "course"], "1", "facts record: TypeError: course must be a whole number"),
        (
            ["infusions", 0, "course"],
            0,
            "facts record: ValueError: course of an infusion must be 1 or more",
        ),
        (["authorizations", 0, "day"], "1", "facts record: TypeError: day must be a whole number"),
        (
            ["authorizations", 0, "course"],
            "1",
            "facts record: TypeError: course must be a whole number",
        ),
        (
            ["authorizations", 0, "names"],
            "x",
            "facts record: TypeError: names must be named values",
        ),
        (["authorizations", 0, "gate"], 1, "facts record: TypeError: gate must be text"),
        (["authorizations", 0, "number"], 1, "facts record: TypeError: number must be text"),
        (["authorizations", 0, "state"], 1, "facts record: TypeError: state must be text"),
        (["certified"], 1, "facts record: KeyError: 'certified'"),
    ],
)
def test_a_refusal_names_the_entry(path, value, said):
    with pytest.raises(UnreadableFacts) as refused:
        read_facts(changed(path, value))
    assert str(refused.value) == said


def test_an_answer_or_a_value_may_be_empty():
    read = read_facts(
        {
            "on": "2025-05-01",
            "forms": [{"form": "f", "signed_on": "2025-05-01", "answers": {"why": ""}}],
            "results": [{"test": "t", "collected_on": "2025-05-01", "value": "", "unit": ""}],
        }
    )
    assert read.forms[0].answers == {"why": ""}
    assert read.results["t"] == (ResultFact(date(2025, 5, 1), "", ""),)


def test_a_record_without_a_day_is_refused():
    with pytest.raises(UnreadableFacts) as refused:
        read_facts({})
    assert str(refused.value) == "facts record: KeyError: 'on'"


@pytest.mark.parametrize("record", [None, [], "on", 5, [("on", "2025-05-01")]])
def test_what_is_no_record_at_all_is_refused(record):
    with pytest.raises(UnreadableFacts):
        read_facts(record)


@pytest.mark.parametrize(
    ("asked_on", "known_on"),
    [
        (None, date(2025, 5, 1)),
        ("2025-04-30", date(2025, 4, 30)),
        ("2025-05-01", date(2025, 5, 1)),
        ("2025-05-02", date(2025, 5, 1)),
    ],
)
def test_facts_speak_until_the_day_of_the_question_or_the_day_asked_about(asked_on, known_on):
    assert facts(asked_on=asked_on).known_on == known_on


@pytest.mark.parametrize(
    ("course", "given", "starts_on"),
    [
        (None, ["2025-04-30"], "2025-05-01"),
        (1, [], "2025-05-01"),
        (2, ["2025-04-30"], "2025-05-01"),
        (1, ["2025-04-30", "2025-04-29"], "2025-04-29"),
        (1, ["2025-05-01"], "2025-05-01"),
        (1, ["2025-05-02"], "2025-05-01"),
        (1, ["2025-04-01", "2025-04-30"], "2025-04-01"),
        (1, ["2025-03-31", "2025-04-30"], "2025-05-01"),
    ],
)
def test_a_course_starts_with_its_first_infusion_while_it_is_running(course, given, starts_on):
    infusions = [{"course": 1, "given_on": day} for day in given]
    known = facts(course=course, infusions=infusions)
    assert known.course_starts_on == date.fromisoformat(starts_on)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("9.1", Decimal("9.1")),
        ("-0", Decimal(0)),
        ("1e3", Decimal(1000)),
        (None, None),
        ("", None),
        ("negative", None),
        ("<5", None),
        ("9,1", None),
        ("NaN", None),
        ("sNaN", None),
        ("Infinity", None),
        ("-inf", None),
    ],
)
def test_a_value_is_a_number_only_when_it_is_finite(value, number):
    assert number_of(value) == number
