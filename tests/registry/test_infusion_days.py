"""What is noted of infusion days, vials and the end of a course: kept as it was, and told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from etasu.programs.library import ProgramLibrary
from etasu.registry import reactions
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.course_facts import course_at, courses_at
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.treatment.actions import AlreadyRecorded, strike_infusion
from etasu.registry.treatment.courses import Vials, strike_course_end, strike_vials
from etasu.registry.treatment.day_facts import noted_of_day, vial_counts
from etasu.registry.treatment.infusion_days import Note, confirm_entry, strike_entry
from etasu.registry.treatment.known import known_of_treatment
from etasu.registry.treatment.models import CourseEnd, DayEntry, Infusion, VialEntry
from etasu.safe_use.course_end import CourseOutcome, VialCounts
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.infusion_day import DayEvent
from etasu.safe_use.monitoring_plan import Duty
from tests.factories.teaching import AT, ON, World, build_world, version

EVENT = DayEvent


@pytest.fixture
def world(db: None) -> World:
    """The people of the teaching program."""
    return build_world()


def note(
    world: World, event: DayEvent, hours: float = 0, days: int = 0, **detail: object
) -> DayEntry:
    """Something noted of Mara's course at Riverside."""
    on, moment = ON + timedelta(days=days), AT + timedelta(days=days, hours=hours)
    noted = Note(1, on, event, moment, dict(detail))
    return reactions.day_noted(world.mara, noted, facility=world.riverside, by=PLATFORM, at=AT)


def test_a_start_records_the_infusion_once_and_never_asks(world: World) -> None:
    first, second = note(world, EVENT.STARTED), note(world, EVENT.STARTED, 1)
    infusion = Infusion.objects.get()
    assert infusion.given_on == ON and ComplianceEvent.objects.count() == 1
    reactions.day_entry_taken_back(first, reason="slip", by=PLATFORM, at=AT)
    assert Infusion.objects.get().struck_at is None
    reactions.day_entry_taken_back(second, reason="not given", by=PLATFORM, at=AT)
    reactions.day_entry_taken_back(second, reason="again", by=PLATFORM, at=AT)
    assert Infusion.objects.get().struck_reason == "not given"
    said = AuditEntry.objects.filter(verb__startswith="infusion_day.").values_list(
        "verb", flat=True
    )
    assert sorted(said) == ["infusion_day.noted"] * 2 + ["infusion_day.struck"] * 2


def test_a_correction_keeps_the_former_entry_and_is_made_once(world: World) -> None:
    entry = note(world, EVENT.VITALS, values={"pulse": "720"})
    put = {"reason": "a slip", "by": PLATFORM, "at": AT}
    right = reactions.day_entry_corrected(entry, AT, {"values": {"pulse": "72"}}, **put)
    again = reactions.day_entry_corrected(entry, AT, {"values": {"pulse": "7"}}, **put)
    assert right == again and right.corrects_id == entry.pk
    entry.refresh_from_db()
    assert entry.detail == {"values": {"pulse": "720"}} and entry.struck_reason == "a slip"
    struck = strike_entry(right, reason="gone", by=PLATFORM, at=AT)
    lost = reactions.day_entry_corrected(struck, AT, {}, **put)
    assert lost == struck
    confirmed = confirm_entry(right, by=PLATFORM, at=AT)
    later = confirm_entry(confirmed, by=PLATFORM, at=AT + timedelta(hours=1))
    assert later.confirmed_at == AT


def test_a_change_is_put_right_as_another_change_and_nothing_else_is(world: World) -> None:
    entry, put = note(world, EVENT.PAUSED, 1), {"reason": "a slip", "by": PLATFORM, "at": AT}
    right = reactions.day_entry_corrected(entry, AT, {}, event=EVENT.SLOWED, **put)
    assert (right.event, right.corrects) == ("slowed", entry)
    assert reactions.day_entry_corrected(right, AT, {}, **put).event == "slowed"
    for former, event in ((note(world, EVENT.PAUSED), EVENT.STOPPED), (right, EVENT.STARTED)):
        with pytest.raises(ValueError, match=f"put right as {event}"):
            reactions.day_entry_corrected(former, AT, {}, event=event, **put)
    arrived = note(world, EVENT.ARRIVED)
    with pytest.raises(ValueError, match="arrived cannot be put right"):
        reactions.day_entry_corrected(arrived, AT, {}, event=EVENT.PAUSED, **put)


def test_an_infusion_written_down_afterwards_has_a_day_too(world: World) -> None:
    detail = {"started_at": "09:00", "stopped_at": "10:00", "reaction": "serious"}
    given = {"course": 1, "given_on": ON, "by": PLATFORM, "at": AT, "detail": detail}
    infusion = reactions.infusion_written_down(world.mara, facility=world.riverside, **given)
    with pytest.raises(AlreadyRecorded):
        reactions.infusion_written_down(world.mara, facility=None, **given)
    story = noted_of_day((), infusion, "America/New_York")
    assert [each.event for each in story] == [EVENT.STARTED, EVENT.FINISHED, EVENT.REACTION]
    assert story[0].at.isoformat() == f"{ON}T09:00:00-04:00" and story[2].is_a_serious_one
    infusion.detail = {"reaction": "mild"}
    story = noted_of_day((), infusion, "America/New_York")
    assert [each.at for each in story] == [infusion.recorded_at] * 2
    assert not story[1].is_a_serious_one
    started = note(world, EVENT.STARTED)
    story = noted_of_day([started], infusion, "UTC")
    assert [each.event for each in story] == [EVENT.STARTED, EVENT.REACTION]
    assert story[0].at == started.moment


def write_down(world: World, days: int = 0, **detail: str) -> Infusion:
    """An infusion of Mara's first course, written down as a whole."""
    said = {"started_at": "09:00", "stopped_at": "10:00", "reaction": "none"} | detail
    on, at = ON + timedelta(days=days), AT + timedelta(days=days)
    given = {"course": 1, "given_on": on, "facility": world.riverside, "detail": said}
    return reactions.infusion_written_down(world.mara, by=PLATFORM, at=at, **given)


def test_an_infusion_written_down_outlives_a_start_that_was_noted_besides(world: World) -> None:
    given = write_down(world)
    slip = note(world, EVENT.STARTED)
    reactions.day_entry_taken_back(slip, reason="noted twice", by=PLATFORM, at=AT)
    assert Infusion.objects.get() == given and Infusion.objects.get().struck_at is None


def test_an_end_by_the_clock_before_the_start_is_that_of_the_next_day(world: World) -> None:
    given = write_down(world, started_at="22:00", stopped_at="00:30", reaction="mild")
    story = noted_of_day((), given, "America/New_York")
    assert [each.at.isoformat() for each in story] == [
        f"{ON}T22:00:00-04:00",
        *[f"{ON + timedelta(days=1)}T00:30:00-04:00"] * 2,
    ]


@pytest.mark.parametrize("detail", [{"carried_over_from": "another administrator"}, {}])
def test_an_infusion_on_record_before_outlives_a_start_that_was_noted_besides(
    world: World, detail: dict[str, str]
) -> None:
    given = {"course": 1, "given_on": ON, "facility": world.riverside, "detail": detail}
    before = AT if detail else AT - timedelta(hours=1)
    reactions.infusion_given(world.mara, by=PLATFORM, at=before, **given)
    slip = note(world, EVENT.STARTED)
    reactions.day_entry_taken_back(slip, reason="noted twice", by=PLATFORM, at=AT)
    assert Infusion.objects.get().struck_at is None


def test_what_was_written_down_is_told_beside_a_start_that_was_noted_as_well(
    world: World,
) -> None:
    infusion = write_down(world, reaction="serious", reaction_described="Wheezing")
    started = note(world, EVENT.STARTED, -1.75)
    story = noted_of_day([started], infusion, "America/New_York")
    assert [each.event for each in story] == [EVENT.STARTED, EVENT.FINISHED, EVENT.REACTION]
    known = known_of_treatment(world.mara, 1, world.riverside, version(), ON)
    assert known["day_reaction"] == ["serious"] and known["day_stopped_at"] == ["10:00"]
    assert known["day_reaction_described"] == ["Wheezing"]
    stopped = note(world, EVENT.STOPPED, -1.5)
    story = noted_of_day([started, stopped], infusion, "America/New_York")
    assert [each.event for each in story] == [EVENT.STARTED, EVENT.STOPPED, EVENT.REACTION]
    # The stop was not the end: the one that was written down is.
    resumed = note(world, EVENT.RESUMED, -1.25)
    story = noted_of_day([started, stopped, resumed], infusion, "America/New_York")
    assert [each.event for each in story][-2:] == [EVENT.FINISHED, EVENT.REACTION]


def test_the_observation_of_an_earlier_stop_is_not_written_into_the_form(world: World) -> None:
    for hours, event in ((0, EVENT.STARTED), (1, EVENT.STOPPED), (3, EVENT.OBSERVED)):
        note(world, event, hours)
    for hours, event in ((3.25, EVENT.RESUMED), (4, EVENT.FINISHED)):
        note(world, event, hours)
    known = known_of_treatment(world.mara, 1, world.riverside, version(), ON)
    assert known["day_observed_until"] == [""]
    note(world, EVENT.OBSERVED, 6)
    known = known_of_treatment(world.mara, 1, world.riverside, version(), ON)
    assert known["day_observed_until"] == ["17:00"]


def count(world: World, kind: str, vials: int) -> VialEntry:
    """Vials of Mara's course."""
    counted = Vials(1, kind, vials, "L1", ON)
    return reactions.vials_counted(
        world.mara, counted, facility=world.riverside, by=PLATFORM, at=AT
    )


def test_vials_are_counted_as_they_are_said_to_be(world: World) -> None:
    for kind, vials in (("received", 3), ("used", 1), ("wasted", 1)):
        count(world, kind, vials)
    slip = count(world, "returned", 5)
    assert vial_counts(world.mara, 1, world.riverside.pk) == VialCounts(3, 1, 1, 5)
    for reason in ("typed 5 for 1", "once more"):
        strike_vials(slip, reason=reason, by=PLATFORM, at=AT)
    slip.refresh_from_db()
    assert slip.struck_reason == "typed 5 for 1"
    assert vial_counts(world.mara, 1, world.riverside.pk).difference == 1


def test_a_course_is_given_up_once_and_says_how_far_it_came(world: World) -> None:
    given = {"ended_on": ON, "facility": world.riverside, "by": PLATFORM, "at": AT}
    end = reactions.course_given_up(world.mara, 1, reason="never begun", **given)
    assert end.outcome == "not_given"
    assert reactions.course_given_up(world.mara, 1, reason="again", **given) == end
    note(world, EVENT.STARTED)
    begun = reactions.course_given_up(world.mara, 2, reason="other", **given)
    assert begun.outcome == "not_given" and CourseEnd.objects.count() == 2


def give_up(world: World, days: int = 0, hours: float = 0) -> CourseEnd:
    """Somebody says on a day that Mara's first course goes no further."""
    on, at = ON + timedelta(days=days), AT + timedelta(days=days, hours=hours)
    who = {"facility": world.riverside, "by": PLATFORM, "at": at}
    return reactions.course_given_up(world.mara, 1, ended_on=on, reason="no chair", **who)


def outcome_of(world: World, days: int) -> CourseOutcome:
    """How the course stands on a day."""
    found = course_at(world.mara, 1, world.riverside, ON + timedelta(days=days))
    assert found is not None
    return found.standing.outcome


def test_a_course_given_up_is_given_after_all_when_it_is_started(world: World) -> None:
    end = give_up(world)
    note(world, EVENT.STARTED, -1)
    end.refresh_from_db()
    assert end.struck_reason == "given after all"
    assert outcome_of(world, 0) is CourseOutcome.RUNNING
    said = AuditEntry.objects.get(verb="course.taken_up")
    assert said.detail["struck"] == "given after all" and said.actor == PLATFORM.number
    # Stopped for good, and begun again on the same day at another site.
    again = give_up(world, hours=2)
    assert (again.outcome, outcome_of(world, 0)) == ("stopped_early", CourseOutcome.STOPPED_EARLY)
    started = Note(1, ON, EVENT.STARTED, AT + timedelta(hours=3))
    reactions.day_noted(world.mara, started, facility=world.hillview, by=PLATFORM, at=AT)
    assert outcome_of(world, 0) is CourseOutcome.RUNNING
    give_up(world, hours=4)
    write_down(world, 1)
    assert not CourseEnd.objects.filter(struck_at__isnull=True).exists()


def test_a_course_stays_given_up_when_the_infusion_was_none(world: World) -> None:
    end = give_up(world, hours=-1)
    slip = note(world, EVENT.STARTED)
    reactions.day_entry_taken_back(slip, reason="another patient", by=PLATFORM, at=AT)
    again = CourseEnd.objects.get(struck_at__isnull=True)
    assert (again.reason, again.outcome, again.ended_on) == ("no chair", "not_given", ON)
    assert again != end and outcome_of(world, 0) is CourseOutcome.NOT_GIVEN
    # What was said of it meanwhile stands instead; what somebody took back stays taken back.
    slip = note(world, EVENT.STARTED, 1)
    other = give_up(world, hours=2)
    reactions.day_entry_taken_back(slip, reason="another patient", by=PLATFORM, at=AT)
    assert CourseEnd.objects.get(struck_at__isnull=True) == other
    strike_course_end(other, reason="it goes on", by=PLATFORM, at=AT)
    later = write_down(world, 1)
    reactions.infusion_struck(later, reason="slip", by=PLATFORM, at=AT)
    assert not CourseEnd.objects.filter(struck_at__isnull=True).exists()


def test_what_was_given_before_a_course_was_given_up_leaves_it_given_up(world: World) -> None:
    note(world, EVENT.STARTED)
    end = give_up(world, 1, hours=1)
    # The first start comes once more, late; the second day is written down in the evening.
    note(world, EVENT.STARTED)
    write_down(world, 1)
    reactions.infusion_struck(Infusion.objects.latest("id"), reason="slip", by=PLATFORM, at=AT)
    write_down(world, 1, started_at="")
    end.refresh_from_db()
    assert end.struck_at is None and outcome_of(world, 1) is CourseOutcome.COMPLETED
    given = {"course": 1, "given_on": ON + timedelta(days=3), "detail": {}, "facility": None}
    reactions.infusion_written_down(world.mara, by=PLATFORM, at=AT, **given)
    end.refresh_from_db()
    assert end.struck_reason == "given after all"


def test_courses_to_close_are_those_that_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = Duty(
        code="list", source="x", form="checklist", owed_by="infusion_nurse", after="course_end",
        within=Span(5, Unit.BUSINESS_DAYS), even_if_not_done=True,
    )  # fmt: skip
    owing = replace(version(), duties={"list": duty})
    monkeypatch.setattr(ProgramLibrary, "effective", lambda *args: owing)
    note(world, EVENT.STARTED)
    riverside = world.riverside
    assert courses_at(riverside, ON) == [] == courses_at(riverside, ON + timedelta(days=1))
    [late] = courses_at(riverside, ON + timedelta(days=2))
    assert late.standing.outcome is CourseOutcome.RUNNING and late.owes_form
    note(world, EVENT.STARTED, days=1)
    [done] = courses_at(riverside, ON + timedelta(days=1))
    assert done.standing.outcome is CourseOutcome.COMPLETED
    assert done.due_on == Span(5, Unit.BUSINESS_DAYS).after(ON + timedelta(days=1))
    for infusion in Infusion.objects.all():
        strike_infusion(infusion, reason="never", by=PLATFORM, at=AT)
    assert courses_at(riverside, ON + timedelta(days=9)) == []


def test_a_form_is_filled_in_with_what_was_noted(world: World) -> None:
    note(world, EVENT.PREMEDICATED, -1, premedication="antihistamine", dose="10 mg")
    note(world, EVENT.VITALS, -0.5, values={"pulse": "70"})
    note(world, EVENT.STARTED)
    note(world, EVENT.PAUSED, 0.2, reason="itching")
    note(world, EVENT.REACTION, 0.2, grade=3, described="Hives", action="Adrenaline")
    note(world, EVENT.FINISHED, 2)
    note(world, EVENT.OBSERVED, 3)
    count(world, "received", 2)
    known = known_of_treatment(world.mara, 1, world.riverside, version(), ON)
    assert known["day_premedication"] == ["Antihistamine 10 mg 10:00"]
    assert known["day_vitals_before"] == ["10:30: pulse 70"]
    assert (known["day_started_at"], known["day_observed_until"]) == (["11:00"], ["14:00"])
    assert known["day_reaction"] == ["serious"] and known["day_dose"] == [str(Decimal(10))]
    assert known["day_reaction_described"] == ["Grade 3: Hives (Adrenaline)"]
    assert known["day_result"] == ["interrupted"] and known["day_result_reason"] == ["itching"]
    assert "course_outcome" not in known and known["vials_received"] == 2
