"""What falls due is said once, on its night, whatever was looked at before; nobody is forgotten."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from etasu.clock.monitoring import follow, keep_up
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring import deriving, watches
from etasu.registry.monitoring.deciding import waive_obligation
from etasu.registry.monitoring.models import Extension, Result, Touch, Waiver, Watch
from etasu.registry.notices.models import Reminder
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.models import Infusion
from etasu.site.readiness import findings, in_a_word
from tests.factories.reminding import (
    AT,
    BEGAN,
    BY,
    DUE_ON,
    PROGRAM,
    found,
    look,
    say,
    treated,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reminding_program")]
A_DAY = timedelta(days=1)
CBC = "cbc-with-differential"


def find(who: Patient, test: str, on: date) -> Result:
    return Result.objects.create(patient=who, test=test, collected_on=on, **BY)


def withdraw(result: Result, on: date) -> None:
    Result.objects.filter(pk=result.pk).update(replaced_at=AT, replaced_by=PLATFORM.number)
    look(on)


def nights(first: date, days: int) -> list[watches.Due]:
    """What is said in the nights of so many days."""
    return [due for n in range(days) for due in watches.advance(first + n * A_DAY)]


def of(said: Collection[watches.Due], code: str) -> list[tuple[date, int]]:
    return [(due.due_on, due.offset_days) for due in said if due.code == code]


def kept(who: Patient, code: str) -> Watch:
    return Watch.objects.get(patient=who, code=code)


def is_as_derived(on: date) -> bool:
    """Whether everything is kept as it follows from the record once all of it was said."""
    ids = list(Patient.objects.values_list("pk", flat=True))
    names = ("patient_id", "code", "met", "waived", "last", "open_due_on", "status")
    both = [
        {tuple(getattr(row, name) for name in (*names, "next_change_on")) for row in rows}
        for rows in (Watch.objects.all(), deriving.derived(ids, on))
    ]
    return both[0] == both[1]


@pytest.mark.parametrize("days_away", [0, 9])
def test_what_is_looked_at_before_the_night_is_said_all_the_same(days_away: int) -> None:
    ana, ben = treated(2)
    on = DUE_ON + days_away * A_DAY
    Touch.objects.create(patient=ana)
    look(on)
    assert kept(ana, "monthly-cbc").status == ("overdue" if days_away else "due")
    said = watches.advance(on)
    told = [sorted(due[1:] for due in said if due.patient_id == who.pk) for who in (ana, ben)]
    assert told[0] == told[1] and len(told[0]) == 3
    assert watches.advance(on) == [] and is_as_derived(on)


def test_a_result_of_the_month_before_leaves_what_is_due_today_to_be_said() -> None:
    (ana,) = treated()
    on = date(2024, 6, 1)
    say(on - A_DAY)
    find(ana, CBC, date(2024, 5, 3))
    assert follow(datetime(2024, 6, 1, 16, tzinfo=UTC))["added"] == 1
    assert say(on).patients == 1
    row = Reminder.objects.latest("id")
    assert ["monthly-cbc", "2024-06-01"] in row.covers
    assert is_as_derived(on)


def test_what_was_done_before_the_night_is_not_brought_up() -> None:
    (ana,) = treated()
    Touch.objects.create(patient=ana)
    look(DUE_ON)
    found(ana, DUE_ON - A_DAY, CBC, "creatinine", "urinalysis-with-cells")
    assert watches.advance(DUE_ON) == []
    assert is_as_derived(DUE_ON)


def test_what_is_taken_back_after_its_last_step_is_brought_up_once() -> None:
    (ana,) = treated()
    day, later = date(2025, 4, 1), date(2025, 6, 1)
    nights(BEGAN, 365)
    result = find(ana, "skin-exam", day)
    look(day)
    watches.advance(later)
    withdraw(result, later)
    watch = kept(ana, "yearly-skin-exam")
    assert (watch.status, watch.open_due_on) == ("escalated", day)
    assert watch.next_change_on is not None and watch.next_change_on <= later
    assert of(nights(later + A_DAY, 60), "yearly-skin-exam") == [(day, 30)]
    assert is_as_derived(later + 60 * A_DAY)


def test_what_is_owed_again_is_said_though_the_others_were_said_at_the_same_step() -> None:
    (ana,) = treated()
    result = find(ana, "creatinine", DUE_ON)
    look(DUE_ON)
    for n in range(9):
        say(DUE_ON + n * A_DAY)
    later = DUE_ON + 10 * A_DAY
    withdraw(result, later)
    assert [say(later + n * A_DAY).patients for n in range(3)] == [1, 0, 0]
    row = Reminder.objects.latest("id")
    # What still waits to be said of the others is said with it.
    assert ["monthly-creatinine", "2024-05-01"] in row.covers and row.offset_days == 7


def test_of_many_months_that_are_owed_again_the_newest_is_said_and_each_patient_hears_once() -> (
    None
):
    (ana,) = treated()
    result = find(ana, CBC, date(2024, 10, 1))
    look(date(2024, 10, 1))
    nights(date(2024, 10, 1), 10)
    withdraw(result, date(2024, 10, 10))
    assert kept(ana, "monthly-cbc").open_due_on == DUE_ON
    # The newest step is a week after October 1; months before it are as late, and heard with it.
    assert of(watches.advance(date(2024, 10, 11)), "monthly-cbc") == [(date(2024, 10, 1), 7)]


def test_a_waiver_that_ends_late_brings_up_what_it_was_about() -> None:
    (ana,) = treated()
    day = date(2025, 4, 1)
    waiver = waive_obligation(
        ana, "yearly-skin-exam", due_on=day, reason="abroad", by=PLATFORM, at=AT
    )
    look(BEGAN)
    assert of(nights(BEGAN, 450), "yearly-skin-exam") == []
    later = BEGAN + 450 * A_DAY
    Waiver.objects.filter(pk=waiver.pk).update(
        ended_at=AT, ended_by=PLATFORM.number, ended_reason="back"
    )
    look(later)
    assert of(nights(later, 30), "yearly-skin-exam") == [(day, 30)]


def test_whoever_comes_in_with_overdue_tests_hears_of_them_in_one_message() -> None:
    ana, _ben = treated(2)
    Watch.objects.filter(patient=ana).delete()
    Touch.objects.create(patient=ana)
    on = date(2024, 8, 20)
    watches.advance(on - A_DAY)
    look(on)
    said = [due for due in watches.advance(on) if due.patient_id == ana.pk]
    assert of(said, "monthly-cbc") == [(date(2024, 8, 1), 14)]
    assert len(said) == len({due.code for due in said}) == 6
    Watch.objects.filter(patient=ana).delete()
    Touch.objects.create(patient=ana)
    look(on + A_DAY)
    assert say(on + A_DAY).patients == 1
    assert is_as_derived(on + A_DAY)


def test_nothing_is_said_twice_when_a_day_comes_again() -> None:
    (ana,) = treated()
    assert len(watches.advance(DUE_ON)) == 3
    Touch.objects.create(patient=ana)
    look(DUE_ON - 3 * A_DAY)
    assert watches.advance(DUE_ON - 2 * A_DAY) == watches.advance(DUE_ON) == []
    find(ana, CBC, BEGAN)
    look(DUE_ON - 3 * A_DAY)
    assert watches.advance(DUE_ON) == []


def test_a_program_that_begins_to_watch_reaches_whoever_was_treated() -> None:
    ana, twin, untreated = treated(3)
    Infusion.objects.filter(patient=untreated).update(
        struck_at=AT, struck_by="somebody", struck_reason="another patient"
    )
    Infusion.objects.filter(patient=ana).update(
        struck_at=AT, struck_by="somebody", struck_reason="of the other record"
    )
    Patient.objects.filter(pk=twin.pk).update(
        merged_into=ana, merged_at=AT, merged_by=PLATFORM.number
    )
    look(DUE_ON)
    Watch.objects.all().delete()
    for n in range(7):
        keep_up(datetime(2024, 5, 2 + n, 16, tzinfo=UTC))
    assert set(Watch.objects.values_list("patient", flat=True)) == {ana.pk}


def break_one(monkeypatch: pytest.MonkeyPatch, broken: Patient) -> None:
    """Whoever derives that patient fails."""
    known = deriving.derived

    def derived(patients: Collection[int], *given: Any) -> list[Watch]:
        if broken.pk in patients:
            raise ValueError("Ana Prueba cannot be derived")
        return known(patients, *given)

    monkeypatch.setattr(watches, "derived", derived)


def test_a_patient_who_cannot_be_derived_stops_nobody_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = treated(5)
    broken = people[2]
    Watch.objects.all().delete()
    Touch.objects.bulk_create(Touch(patient=who) for who in people)
    find(broken, CBC, DUE_ON)
    with monkeypatch.context() as plant, capture_logs() as logs:
        break_one(plant, broken)
        done = follow(AT)
        assert (done["derived"], done["set_aside"]) == (5, 1)
        assert Watch.objects.values("patient").distinct().count() == 4
        # Not again and again on the same day, and nobody's name is in the log.
        assert follow(AT)["derived"] == 0
        assert [(each["number"], each["reason"]) for each in logs] == [
            (broken.number, "ValueError")
        ]
        assert "Ana" not in str(logs)
        assert in_a_word(findings(AT)) == "degraded"
        assert [each.observed for each in findings(AT) if each.code == "obligations"] == [
            "1 patients set aside"
        ]
        assert keep_up(AT + A_DAY)["set_aside"] == 1
    assert not Watch.objects.filter(patient=broken).exists()
    assert follow(AT + 2 * A_DAY) == {
        "judged_again": False,
        "added": 0,
        "derived": 1,
        "set_aside": 0,
    }
    assert kept(broken, "monthly-cbc").met.startswith("1")
    assert [each.observed for each in findings(AT) if each.code == "obligations"] == ["followed"]


def test_whoever_cannot_be_looked_at_again_in_their_week_stops_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = treated(5)
    Watch.objects.filter(patient=people[4], code="monthly-cbc").update(met="1" + "0" * 47)
    break_one(monkeypatch, people[2])
    assert watches.recheck(0, BEGAN) == (5, 1, people[4].pk)
    assert watches.how_many_set_aside() == 1


def test_a_database_that_fails_is_nobodys_record(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    (ana,) = treated()
    Touch.objects.create(patient=ana)

    def fails(*_: Any) -> list[Watch]:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(watches, "derived", fails)
    with pytest.raises(OperationalError):
        watches.look_again(BEGAN)
    assert watches.how_many_set_aside() == 0
    assert Touch.objects.count() == 1


def test_an_extension_from_before_they_had_an_end_holds_up_nobody() -> None:
    ana, ben = treated(2)
    Extension.objects.bulk_create(
        [
            Extension(
                patient=ana,
                through=date(2074, 4, 1),
                reason="for life",
                decided_on=BEGAN,
                decided_at=AT,
                decided_by=PLATFORM.number,
            )
        ]
    )
    Touch.objects.create(patient=ben)
    look(DUE_ON)
    assert kept(ana, "monthly-cbc").through == date(2074, 4, 1)
    assert kept(ana, "monthly-cbc").last == 600


def test_the_first_result_of_somebody_without_watches_has_everything_derived() -> None:
    """Their first watches may be in the making, by somebody who does not see the result yet."""
    ana, ben = treated(2)
    other = Patient.objects.create(
        program=PROGRAM,
        full_name="Nobody Watched",
        attributes={},
        enrolled_on=BEGAN,
        registered_at=AT,
        registered_by=PLATFORM.number,
    )
    Watch.objects.filter(patient=ben).delete()
    Result.objects.bulk_create(
        Result(patient=who, test=test, collected_on=DUE_ON, **BY)
        for who in (ana, ben, other)
        for test in (CBC, "platelets")
    )
    touches = Touch.objects.order_by("patient").values_list("patient", "test")
    assert list(touches) == [(ana.pk, CBC), (ben.pk, None), (other.pk, None)]
    look(DUE_ON)
    assert [kept(who, "monthly-cbc").met[0] for who in (ana, ben)] == ["1", "1"]
