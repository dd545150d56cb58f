"""What a facility sees of courses and infusion days is the same whichever record it is kept on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from etasu.portals.components.course_summary import course_summary
from etasu.programs.library import ProgramLibrary
from etasu.registry import reactions
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations import records
from etasu.registry.authorizations.actions import expire_past
from etasu.registry.authorizations.course_facts import course_at, courses_at
from etasu.registry.authorizations.infusion_day_facts import days_at, expected_at
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.courses import Vials
from etasu.registry.treatment.day_facts import entries_of_course
from etasu.registry.treatment.facts import infusions_of
from etasu.registry.treatment.infusion_days import Note
from etasu.registry.treatment.models import CourseEnd
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.infusion_day import DayEvent
from etasu.safe_use.monitoring_plan import Duty
from tests.factories.teaching import AT, ON, World, version
from tests.registry.test_merging import CLERK, LATER, ask, authorize, reviewed, twin, world

__all__ = ["world"]
NOON = AT + timedelta(hours=1.5)


@pytest.fixture(autouse=True)
def checklist_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program wants a checklist about every course."""
    duty = Duty(
        code="list", source="x", form="checklist", owed_by="infusion_nurse", after="course_end",
        within=Span(5, Unit.BUSINESS_DAYS), even_if_not_done=True,
    )  # fmt: skip
    owing = replace(version(), duties={"list": duty})
    monkeypatch.setattr(ProgramLibrary, "effective", lambda *args: owing)


def note(world: World, who: Patient, event: DayEvent, hours: float = 0, **detail: object) -> None:
    noted = Note(1, ON, event, AT + timedelta(hours=hours), dict(detail))
    reactions.day_noted(who, noted, facility=world.riverside, by=PLATFORM, at=AT)


def infuse(world: World, who: Patient) -> None:
    """A day under its authorization, over, with a serious reaction."""
    authorize(world, who)
    ask("infuse", who, "ben")
    note(world, who, DayEvent.STARTED)
    note(world, who, DayEvent.REACTION, 0.2, grade=3, described="Hives")
    note(world, who, DayEvent.FINISHED, 1)


def receive(world: World, who: Patient, vials: int, kind: str = "received") -> None:
    counted = Vials(1, kind, vials, "L1", ON)
    reactions.vials_counted(who, counted, facility=world.riverside, by=PLATFORM, at=AT)


def give_up(world: World, who: Patient) -> None:
    given = {"ended_on": ON, "reason": "hives", "facility": world.riverside}
    reactions.course_given_up(who, 1, **given, by=PLATFORM, at=AT)


def sign(who: Patient) -> None:
    SignedForm.objects.create(
        program=who.program, program_version="2020-01-01", form="checklist",
        subject_kind="patient", subject_id=who.pk, course=1, gate_answers={}, signed_on=ON,
        signed_at=AT, signed_by="test", signer_name="Somebody", meaning="test",
        content_hash="none",
    )  # fmt: skip


def lapse(world: World, who: Patient) -> None:
    authorize(world, who)
    on = ON + timedelta(days=200)
    expire_past([who.pk], on=on, by=PLATFORM, at=AT + timedelta(days=200))


def given_whole(world: World, who: Patient) -> None:
    for days in (0, 1):
        given = {"given_on": ON + timedelta(days=days), "facility": world.riverside}
        reactions.infusion_given(who, course=1, **given, by=PLATFORM, at=AT)


def stopped(world: World, who: Patient) -> None:
    infuse(world, who)
    receive(world, who, 5)
    receive(world, who, 1, "used")
    give_up(world, who)


def signed(world: World, who: Patient) -> None:
    given_whole(world, who)
    receive(world, who, 5)
    sign(who)


def settled(world: World, who: Patient) -> None:
    infuse(world, who)
    give_up(world, who)
    sign(who)


def seen(world: World, who: Patient, on: date) -> dict[str, Any]:
    """What the facility sees, without whose record it is in."""
    site = world.riverside
    board = days_at(site, ON)
    owner = answered_for(Patient.objects.select_related("merged_into").get(pk=who.pk))
    known = course_at(owner, 1, site, on)
    summary = None
    if known is not None:
        given = [each for each in infusions_of(owner) if each.course == 1]
        entries = list(entries_of_course(owner, 1))
        summary = course_summary(known, site, given, entries, version())
    here = {each.patient.pk for each in board}
    return {
        "board": [(each.number, each.standing(NOON), len(each.entries)) for each in board],
        "expected": [each[1:] for each in expected_at(site, ON, here)],
        "courses": [
            (each.course, each.standing, each.vials, each.vials_differ, each.due_on,
             each.signed_on, each.owes_form, each.end, each.unused)
            for each in courses_at(site, on)
        ],
        "course": known and known._replace(patient=world.mara),
        "summary": summary,
    }  # fmt: skip


@pytest.mark.parametrize("known", [infuse, stopped, signed, settled, lapse, give_up, authorize])
@pytest.mark.parametrize("days", [0, 10, 200])
def test_a_facility_sees_the_same_before_and_after_records_are_merged(
    world: World, known: Callable[[World, Patient], object], days: int
) -> None:
    newer, on = twin(world), ON + timedelta(days=days)
    known(world, newer)
    before = seen(world, newer, on)
    assert any(before.values())
    review = reviewed(world, newer)
    compared = seen(world, newer, on)
    records.records_merged(review, world.mara, reason="same", by=CLERK, at=LATER)
    assert seen(world, newer, on) == compared
    assert [each.patient for each in courses_at(world.riverside, on)] == [world.mara] * len(
        compared["courses"]
    )
    records.records_unmerged(review, reason="two", by=CLERK, at=LATER + timedelta(hours=1))
    assert seen(world, newer, on) == compared
    assert all(before[what] == compared[what] for what in ("board", "courses", "summary"))


def test_whoever_is_here_under_one_record_is_not_expected_under_the_other(world: World) -> None:
    newer = twin(world)
    infuse(world, newer)
    receive(world, world.mara, 1)
    records.records_merged(reviewed(world, newer), world.mara, reason="same", by=CLERK, at=LATER)
    [here] = days_at(world.riverside, ON)
    assert here.patient == world.mara
    assert expected_at(world.riverside, ON, {here.patient.pk}) == []
    [tomorrow] = expected_at(world.riverside, ON + timedelta(days=1), ())
    assert (tomorrow.patient, tomorrow.next_day, tomorrow.last_given) == (world.mara, 2, ON)


def test_vials_counted_on_two_records_are_those_of_one_course(world: World) -> None:
    newer = twin(world)
    given_whole(world, newer)
    sign(newer)
    receive(world, newer, 2, "used")
    receive(world, world.mara, 5)
    review = reviewed(world, newer)
    records.records_merged(review, world.mara, reason="same", by=CLERK, at=LATER)
    [found] = courses_at(world.riverside, ON)
    assert found.vials.difference == 3 and found.vials_differ and not found.owes_form
    assert found.vials == course_at(world.mara, 1, world.riverside, ON).vials  # type: ignore[union-attr]
    receive(world, world.mara, 3, "returned")
    assert courses_at(world.riverside, ON) == []


def test_a_course_ended_on_one_record_is_not_ended_again_on_the_other(world: World) -> None:
    newer = twin(world)
    give_up(world, newer)
    review = reviewed(world, newer)
    records.records_merged(review, world.mara, reason="same", by=CLERK, at=LATER)
    give_up(world, world.mara)
    assert CourseEnd.objects.get().patient == newer
