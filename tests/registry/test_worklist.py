"""Whom to turn to first: the most pressing reason decides, and everybody sees only their own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.actions import record_result
from etasu.registry.monitoring.deciding import (
    NothingToDecide,
    end_waiver,
    extend_monitoring,
    waive_obligation,
)
from etasu.registry.monitoring.models import SignalRow, Watch
from etasu.registry.monitoring.watches import look_again
from etasu.registry.monitoring.worklist import Order, Rank, Wanted, how_many, worklist
from etasu.registry.patients.actions import enroll_patient
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.actions import record_infusion
from etasu.safe_use.obligations import OPEN
from tests.factories.teaching import AT, PROGRAM, World, build_world
from tests.portals.world import add_person, asker

NOW = datetime(2025, 5, 1, 15, 0, tzinfo=UTC)
TODAY = date(2025, 5, 1)


@pytest.fixture
def world(db: None) -> World:
    """A prescriber with patients treated so many days ago, and one more."""
    made = build_world()
    add_person(PROGRAM, "amara", "prescriber", made.amara, AT)
    add_person(PROGRAM, "ada", "administrator", None, AT)
    return made


def treated(world: World, name: str, days_ago: int, **more: Any) -> Patient:
    """A patient whose monthly test is the only thing owed."""
    given = {"prescriber": world.amara, "enrolled_on": date(2024, 1, 2)} | more
    who = enroll_patient(PROGRAM, name, by=PLATFORM, at=AT, **given)
    day = TODAY - timedelta(days=days_ago)
    record_infusion(
        who,
        course=1,
        given_on=day,
        facility=world.riverside,
        authorization_number=None,
        by=PLATFORM,
        at=AT,
    )
    return who


def signal(who: Patient, urgency: str, test: str = "platelets", **more: Any) -> SignalRow:
    """A result that crossed a limit."""
    result = record_result(
        who,
        test,
        collected_on=TODAY,
        value="80",
        unit="10*3/uL",
        by=PLATFORM,
        at=AT,
    )
    row = {
        "program": PROGRAM,
        "program_version": library.current().programs[PROGRAM].versions[-1].label,
        "limit_code": f"{urgency}-limit",
        "patient": who,
        "result": result,
        "owner": who.prescriber,
        "urgency": urgency,
        "certainty": "crossed",
        "seen": "80",
        "raised_at": NOW,
        "raised_by": PLATFORM.number,
        "answer_until": None if urgency == "information" else NOW + timedelta(hours=2),
    }
    return SignalRow.objects.create(**row | more)


def listed(who: str = "amara", **wanted: Any) -> list[tuple[str, Rank]]:
    lines = worklist(asker(who), Wanted(**wanted), on=TODAY, at=NOW)
    return [(line.patient.full_name, line.rank) for line in lines]


def test_the_most_pressing_comes_first_and_says_why(world: World) -> None:
    people = {
        "Due today": treated(world, "Due today", 30),
        "Overdue": treated(world, "Overdue", 38),
        "Escalated": treated(world, "Escalated", 50),
        "Escalated longer": treated(world, "Escalated longer", 55),
        "Soon": treated(world, "Soon", 25),
        "Far off": treated(world, "Far off", 2),
        "Emergency": treated(world, "Emergency", 2),
        "Urgent": treated(world, "Urgent", 2),
        "Too late": treated(world, "Too late", 2),
        "Routine": treated(world, "Routine", 50),
        "Known": treated(world, "Known", 2),
    }
    while any(look_again(TODAY)):
        pass
    signal(people["Emergency"], "emergency")
    signal(people["Urgent"], "urgent")
    signal(people["Too late"], "routine", answer_until=NOW - timedelta(minutes=1))
    signal(people["Routine"], "routine")
    signal(people["Known"], "urgent", acknowledged_at=NOW, acknowledged_by="she", done="seen")
    assert listed() == [
        ("Emergency", Rank.EMERGENCY_SIGNAL),
        ("Too late", Rank.UNANSWERED_SIGNAL),
        ("Urgent", Rank.URGENT_SIGNAL),
        ("Escalated longer", Rank.ESCALATED),
        ("Escalated", Rank.ESCALATED),
        ("Routine", Rank.ESCALATED),
        ("Overdue", Rank.OVERDUE),
        ("Due today", Rank.DUE),
    ]
    # What patients told themselves has a place of its own, also of whom nothing else is asked.
    told = {
        Rank.EMERGENCY_SYMPTOM: {people["Known"].pk},
        Rank.SYMPTOM: {people["Emergency"].pk, people["Far off"].pk},
    }
    first = listed(told=told)[:5]
    assert [first[0], first[1], first[4]] == [
        ("Known", Rank.EMERGENCY_SYMPTOM),
        ("Emergency", Rank.EMERGENCY_SIGNAL),
        ("Far off", Rank.SYMPTOM),
    ]
    assert listed(told=told, ranks=frozenset([Rank.SYMPTOM])) == [("Far off", Rank.SYMPTOM)]
    assert ("Known", Rank.EMERGENCY_SYMPTOM) not in listed(told=told, rule="monthly-cbc")
    assert listed(ranks=frozenset([Rank.SOON])) == [("Soon", Rank.SOON)]
    assert listed(ranks=frozenset([Rank.OVERDUE])) == [("Overdue", Rank.OVERDUE)]
    counts = how_many(asker("amara"), Wanted(), on=TODAY, at=NOW)
    assert counts[Rank.ESCALATED] == 3
    assert counts[Rank.EMERGENCY_SIGNAL] == counts[Rank.DUE] == 1
    routine = next(
        line
        for line in worklist(asker("amara"), Wanted(), on=TODAY, at=NOW)
        if line.patient.full_name == "Routine"
    )
    assert [(rule.code, rule.status.value) for rule in routine.rules] == [
        ("monthly-cbc", "escalated")
    ]
    assert all(rule.status in OPEN for rule in routine.rules)
    assert [each.limit_code for each in routine.signals] == ["routine-limit"]


def test_somebody_else_and_the_administrator_see_what_is_theirs(world: World) -> None:
    treated(world, "Overdue", 38)
    Patient.objects.filter(pk=treated(world, "Of nobody", 38).pk).update(prescriber=None)
    treated(world, "Gone", 38)
    Patient.objects.filter(full_name="Gone").update(ended_on=TODAY, end_reason="withdrawn")
    while any(look_again(TODAY)):
        pass
    assert listed() == [("Overdue", Rank.OVERDUE)]
    assert [name for name, _ in listed("ada")] == ["Of nobody", "Overdue"]
    assert [name for name, _ in listed("ada", prescriber=world.amara.pk)] == ["Overdue"]
    assert listed(rule="monthly-cbc") == [("Overdue", Rank.OVERDUE)]
    assert listed(rule="something-else") == []


def test_whoever_left_stays_while_a_signal_is_open(world: World) -> None:
    gone = treated(world, "Gone", 38)
    low = signal(gone, "emergency")
    Patient.objects.filter(pk=gone.pk).update(ended_on=TODAY, end_reason="withdrawn")
    while any(look_again(TODAY)):
        pass
    assert listed() == [("Gone", Rank.EMERGENCY_SIGNAL)]
    assert how_many(asker("ada"), Wanted(), on=TODAY, at=NOW) == {Rank.EMERGENCY_SIGNAL: 1}
    low.acknowledged_at, low.acknowledged_by, low.done = NOW, "she", "transfused"
    low.save()
    assert listed() == []


def test_nothing_is_due_of_whoever_left_and_has_a_result_to_look_at(world: World) -> None:
    gone = treated(world, "Gone", 50)
    signal(gone, "routine")
    Patient.objects.filter(pk=gone.pk).update(ended_on=TODAY, end_reason="withdrawn")
    while any(look_again(TODAY)):
        pass
    (line,) = worklist(asker("amara"), Wanted(), on=TODAY, at=NOW)
    assert (line.rank, line.rules) == (Rank.ROUTINE_SIGNAL, ())
    assert how_many(asker("amara"), Wanted(), on=TODAY, at=NOW) == {Rank.ROUTINE_SIGNAL: 1}
    assert listed(order=Order.DUE) == [("Gone", Rank.ROUTINE_SIGNAL)]
    Patient.objects.filter(pk=gone.pk).update(ended_on=TODAY + timedelta(days=1))
    (line,) = worklist(asker("amara"), Wanted(), on=TODAY, at=NOW)
    assert (line.rank, len(line.rules)) == (Rank.ESCALATED, 1)


def test_one_rule_is_narrowed_to_with_its_signals_and_what_falls_due_soon(world: World) -> None:
    people = {
        name: treated(world, name, days)
        for name, days in (("Low", 2), ("High TSH", 2), ("Due, high TSH", 30), ("Soon", 25))
    }
    while any(look_again(TODAY)):
        pass
    signal(people["Low"], "urgent", test="cbc")
    signal(people["High TSH"], "urgent", test="tsh")
    signal(people["Due, high TSH"], "urgent", test="tsh")
    flagged = frozenset([Rank.URGENT_SIGNAL])
    assert len(listed(ranks=flagged)) == 3
    # What another rule asks for is no flag here, and what this one asks for is due all the same.
    assert listed(ranks=flagged, rule="monthly-cbc") == [("Low", Rank.URGENT_SIGNAL)]
    assert listed(rule="monthly-cbc") == [("Low", Rank.URGENT_SIGNAL), ("Due, high TSH", Rank.DUE)]
    soon = frozenset([Rank.SOON])
    assert listed(ranks=soon, rule="monthly-cbc") == [("Soon", Rank.SOON)]


def test_a_waiver_takes_it_off_the_list_and_its_end_puts_it_back(world: World) -> None:
    who = treated(world, "Overdue", 38)
    while any(look_again(TODAY)):
        pass
    (row,) = Watch.objects.filter(patient=who)
    assert row.open_due_on is not None
    given: dict[str, Any] = {"due_on": row.open_due_on, "by": PLATFORM, "at": NOW}
    waiver = waive_obligation(who, row.code, reason="tested elsewhere", **given)
    with pytest.raises(NothingToDecide, match="already"):
        waive_obligation(who, row.code, reason="again", **given)
    with pytest.raises(NothingToDecide, match="why"):
        waive_obligation(who, row.code, reason=" ", **given)
    look_again(TODAY)
    assert listed() == []
    with pytest.raises(NothingToDecide, match="why"):
        end_waiver(waiver, reason="", by=PLATFORM, at=NOW)
    end_waiver(waiver, reason="nothing was found", by=PLATFORM, at=NOW)
    with pytest.raises(NothingToDecide, match="ended already"):
        end_waiver(waiver, reason="again", by=PLATFORM, at=NOW)
    look_again(TODAY)
    assert listed() == [("Overdue", Rank.OVERDUE)]


def test_monitoring_is_extended_with_a_reason_and_a_day_to_come(world: World) -> None:
    who = treated(world, "Overdue", 38)
    while any(look_again(TODAY)):
        pass
    before = Watch.objects.get(patient=who).through
    given: dict[str, Any] = {"decided_on": TODAY, "by": PLATFORM, "at": NOW}
    for reason, through, said in (
        (" ", date(2030, 1, 1), "why"),
        ("low", TODAY, "to come"),
        ("for life", date(9999, 12, 31), "within 50 years"),
        ("for life", date(2075, 5, 2), "within 50 years"),
    ):
        with pytest.raises(NothingToDecide, match=said):
            extend_monitoring(who, through=through, reason=reason, **given)
    extend_monitoring(who, through=date(2030, 1, 1), reason="platelets not steady", **given)
    look_again(TODAY)
    assert Watch.objects.get(patient=who).through == date(2030, 1, 1) > before
    extend_monitoring(who, through=date(2025, 6, 1), reason="a month more", **given)
    look_again(TODAY)
    assert Watch.objects.get(patient=who).through == date(2030, 1, 1)
