"""An infusion day and the end of a course: what is left, what is missing, when one may leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.safe_use.course_end import (
    CourseFacts,
    CourseOutcome,
    DeclaredEnd,
    VialCounts,
    form_due,
    is_given_after_all,
    standing_of_course,
)
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.infusion_day import (
    Caution,
    CourseDay,
    DayEvent,
    DayStanding,
    Noted,
    Stage,
    Step,
    end_of_run,
    standing_of_day,
)
from etasu.safe_use.infusion_day import is_unfinished as unfinished
from etasu.safe_use.monitoring_plan import Duty
from etasu.safe_use.treatment_plan import (
    DayRules,
    Premedication,
    VitalSign,
    premedications_on,
    unlikely_values,
)

ON = date(2026, 5, 4)
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
RULES = DayRules(
    code="day",
    source="invented",
    dose=Decimal(12),
    dose_unit="mg",
    vials=1,
    infusion_hours=4,
    observation_hours=2,
    vitals_during=True,
)
BEFORE = {
    "steroid": Premedication(code="steroid", source="invented", name="Steroid", days=(1, 2)),
    "other": Premedication(code="other", source="invented", name="Other", needed=False),
}
EVENT = DayEvent
FIRST = CourseDay(ON, 1, 5)
FULL = (
    (0, EVENT.ARRIVED),
    (10, EVENT.PREMEDICATED),
    (20, EVENT.VITALS),
    (30, EVENT.STARTED),
    (90, EVENT.VITALS),
    (270, EVENT.FINISHED),
)


def noted(*story: tuple[int, DayEvent], what: str = "steroid") -> list[Noted]:
    """What was noted so many minutes after nine."""
    return [
        Noted(
            event,
            START + timedelta(minutes=minutes),
            what=what if event is EVENT.PREMEDICATED else "",
        )
        for minutes, event in story
    ]


def stands(
    story: list[Noted], minutes: int, day: CourseDay = FIRST, rules: DayRules = RULES
) -> DayStanding:
    """How the day stands so many minutes after nine."""
    return standing_of_day(rules, BEFORE, day, story, START + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("known", "minutes", "stage", "since"),
    [
        (0, 0, Stage.EXPECTED, None),
        (1, 5, Stage.ARRIVED, 0),
        (2, 15, Stage.ARRIVED, 0),
        (3, 25, Stage.PREPARED, 0),
        (4, 40, Stage.RUNNING, 30),
        (6, 270, Stage.OBSERVATION, 270),
        (6, 389, Stage.OBSERVATION, 270),
        (6, 390, Stage.MAY_LEAVE, 390),
    ],
)
def test_each_stage_begins_with_what_was_noted(
    known: int, minutes: int, stage: Stage, since: int | None
) -> None:
    found = stands(noted(*FULL[:known]), minutes)
    assert found.stage is stage
    assert found.since == (None if since is None else START + timedelta(minutes=since))
    assert found.may_leave is (stage is Stage.MAY_LEAVE)
    assert found.cautions == () and found.missing == ()


def test_a_whole_day_has_no_step_left() -> None:
    found = stands(noted(*FULL, (395, EVENT.OBSERVED)), 400)
    assert (found.stage, found.steps_left, found.missing) == (Stage.DONE, (), ())
    assert found.may_leave and found.leaves_from == START + timedelta(minutes=390)
    assert stands([], 0).steps_left == tuple(Step)


def test_steps_are_those_of_the_day_and_the_program() -> None:
    third = stands([], 0, CourseDay(ON, 3, 5))
    assert Step.PREMEDICATION not in third.steps_left
    quiet = DayRules(
        code="day", source="x", dose=Decimal(1), dose_unit="mg", vials=1,
        infusion_hours=1, observation_hours=0,
    )  # fmt: skip
    found = stands(noted((0, EVENT.STARTED), (60, EVENT.FINISHED)), 60, rules=quiet)
    assert Step.VITALS_DURING not in found.steps_left and found.stage is Stage.MAY_LEAVE


def test_a_break_pauses_and_a_stop_can_be_taken_up_again() -> None:
    story = noted(*FULL[:4], (60, EVENT.PAUSED))
    found = stands(story, 61)
    assert (found.stage, found.since) == (Stage.PAUSED, START + timedelta(minutes=60))
    resumed = stands([*story, *noted((70, EVENT.RESUMED))], 71)
    assert (resumed.stage, resumed.since) == (Stage.RUNNING, START + timedelta(minutes=30))
    stopped = [*story, *noted((80, EVENT.STOPPED))]
    assert Caution.STOPPED_EARLY in stands(stopped, 81).cautions
    again = stands([*stopped, *noted((100, EVENT.RESUMED))], 101)
    assert again.stage is Stage.RUNNING and again.leaves_from is None
    # Its observation begins anew: that of the earlier stop was not the one of this infusion.
    observed = [*stopped, *noted((90, EVENT.OBSERVED), (100, EVENT.RESUMED), (270, EVENT.FINISHED))]
    anew = stands(observed, 271)
    assert (anew.stage, Step.OBSERVATION in anew.steps_left) == (Stage.OBSERVATION, True)
    done = stands([*observed, *noted((390, EVENT.OBSERVED))], 391)
    assert (done.stage, done.since) == (Stage.DONE, START + timedelta(minutes=390))
    # Slowed down without a start on record runs all the same.
    odd = stands(noted((5, EVENT.SLOWED)), 6)
    assert (odd.stage, odd.since) == (Stage.RUNNING, START + timedelta(minutes=5))


def test_the_end_is_the_one_that_nothing_took_up_again() -> None:
    assert end_of_run([]) is None and end_of_run(noted(*FULL[:4])) is None
    story = noted((60, EVENT.STOPPED), (70, EVENT.REACTION))
    assert end_of_run(story) == story[0]
    assert end_of_run([*story, *noted((80, EVENT.RESUMED))]) is None


def test_what_is_missing_is_what_something_came_after() -> None:
    found = stands(noted((30, EVENT.STARTED)), 31)
    assert found.missing == (Step.PREMEDICATION, Step.VITALS_BEFORE)
    assert found.cautions == (Caution.NO_PREMEDICATION, Caution.NO_VITALS_BEFORE)
    late = stands(noted((30, EVENT.STARTED), (40, EVENT.PREMEDICATED), (45, EVENT.VITALS)), 50)
    assert Caution.NO_PREMEDICATION in late.cautions and Step.PREMEDICATION not in late.missing
    assert Caution.NO_VITALS_BEFORE in late.cautions
    other = stands([*noted((5, EVENT.PREMEDICATED), what="other"), *noted((30, EVENT.STARTED))], 31)
    assert Caution.NO_PREMEDICATION in other.cautions


def test_observation_can_be_made_longer_and_cut_short() -> None:
    until = START + timedelta(minutes=500)
    longer = [*noted(*FULL), Noted(EVENT.LONGER, START + timedelta(minutes=300), until=until)]
    assert stands(longer, 400).leaves_from == until
    left = [*longer, *noted((450, EVENT.OBSERVED))]
    found = stands(left, 451)
    assert found.stage is Stage.DONE and Caution.LEFT_EARLY in found.cautions
    shorter = START + timedelta(minutes=300)
    brief = [*noted(*FULL), Noted(EVENT.LONGER, START, until=shorter)]
    assert stands(brief, 400).leaves_from == START + timedelta(minutes=390)


@pytest.mark.parametrize(
    ("known", "hours", "is_unfinished"),
    [
        (0, 1, False),
        (1, 1, True),
        (1, 12, False),
        (4, 12, True),
        (4, 12.5, False),
        (6, 18.4, True),
        (6, 18.5, False),
        (7, 7, False),
    ],
)
def test_a_day_goes_on_until_the_patient_left_or_twelve_hours_after_the_last_of_it(
    known: int, hours: float, is_unfinished: bool
) -> None:
    story = noted(*(*FULL, (395, EVENT.OBSERVED))[:known])
    minutes = round(hours * 60)
    found = stands(story, minutes)
    assert unfinished(found, story, START + timedelta(minutes=minutes)) is is_unfinished


@pytest.mark.parametrize(
    ("reaction", "is_serious"),
    [
        (Noted(EVENT.REACTION, START, grade=2), False),
        (Noted(EVENT.REACTION, START, grade=3), True),
        (Noted(EVENT.REACTION, START), False),
        (Noted(EVENT.REACTION, START, is_serious=True), True),
    ],
)
def test_a_reaction_is_serious_from_grade_3_on(reaction: Noted, is_serious: bool) -> None:
    assert (Caution.SERIOUS_REACTION in stands([reaction], 5).cautions) is is_serious


@pytest.mark.parametrize(
    ("day", "caution"),
    [
        (CourseDay(ON, 2, 5, ON - timedelta(days=1)), None),
        (CourseDay(ON, 2, 5, ON - timedelta(days=2)), Caution.NOT_IN_A_ROW),
        (CourseDay(ON, 2, 5, ON - timedelta(days=2), in_a_row=False), None),
        (CourseDay(ON, 5, 5), None),
        (CourseDay(ON, 6, 5), Caution.TOO_MANY_DAYS),
        (CourseDay(ON, 6, None), None),
    ],
)
def test_gaps_and_days_too_many_are_said(day: CourseDay, caution: Caution | None) -> None:
    assert stands([], 0, day).cautions == ((caution,) if caution else ())


@given(st.lists(st.tuples(st.integers(0, 900), st.sampled_from(EVENT)), max_size=9), st.randoms())
def test_the_order_of_noting_changes_nothing_and_nothing_breaks(
    story: list[tuple[int, DayEvent]], random: object
) -> None:
    story = list({minutes: event for minutes, event in story}.items())
    shuffled = list(story)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = stands(noted(*story), 1000), stands(noted(*shuffled), 1000)
    assert one == other
    assert not one.may_leave or one.leaves_from is not None
    assert set(one.missing) <= set(one.steps_left)


def test_premedication_and_values_are_those_of_the_program() -> None:
    assert [each.code for each in premedications_on(BEFORE, 2)] == ["steroid", "other"]
    assert [each.code for each in premedications_on(BEFORE, 3)] == ["other"]
    pulse = VitalSign(code="pulse", source="x", test="pulse", least=Decimal(35), most=Decimal(180))
    values = {"pulse": Decimal(34), "unheard-of": Decimal(9)}
    assert unlikely_values({"pulse": pulse}, values) == ("pulse",)
    for value in (35, 180):
        assert unlikely_values({"pulse": pulse}, {"pulse": Decimal(value)}) == ()


# The end of a course.

DAYS = tuple(ON + timedelta(days=each) for each in range(5))
OWED = Duty(
    code="list", source="x", form="list", owed_by="infusion_nurse", after="course_end",
    within=Span(5, Unit.BUSINESS_DAYS), even_if_not_done=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "on", "outcome", "ended_on"),
    [
        (CourseFacts(doses=5, given=DAYS), DAYS[4], CourseOutcome.COMPLETED, DAYS[4]),
        (CourseFacts(doses=5, given=DAYS[:4]), DAYS[4], CourseOutcome.RUNNING, None),
        (CourseFacts(doses=None, given=DAYS), DAYS[4], CourseOutcome.RUNNING, None),
        (
            CourseFacts(doses=5, given=DAYS[:2], declared_on=DAYS[4]), DAYS[4],
            CourseOutcome.STOPPED_EARLY, DAYS[1],
        ),
        (
            CourseFacts(doses=5, given=DAYS[:2]), ON + timedelta(days=30),
            CourseOutcome.RUNNING, None,
        ),
        (
            CourseFacts(doses=5, given=DAYS[:2]), ON + timedelta(days=31),
            CourseOutcome.STOPPED_EARLY, DAYS[1],
        ),
        # Given up, and given after all.
        (
            CourseFacts(doses=5, given=DAYS[1:3], declared_on=DAYS[1]), DAYS[2],
            CourseOutcome.RUNNING, None,
        ),
        (CourseFacts(doses=5), ON, CourseOutcome.RUNNING, None),
        (CourseFacts(doses=5, declared_on=ON), ON, CourseOutcome.NOT_GIVEN, ON),
        (CourseFacts(doses=5, unused_until=ON), ON, CourseOutcome.RUNNING, None),
        (CourseFacts(doses=5, unused_until=ON), DAYS[1], CourseOutcome.NOT_GIVEN, ON),
    ],
)  # fmt: skip
def test_how_a_course_stands(
    facts: CourseFacts, on: date, outcome: CourseOutcome, ended_on: date | None
) -> None:
    assert standing_of_course(facts, on) == (outcome, ended_on)


@pytest.mark.parametrize(
    ("outcome", "days", "hours", "goes_on"),
    [
        (CourseOutcome.STOPPED_EARLY, 0, 1, True),
        (CourseOutcome.STOPPED_EARLY, 0, 0, False),
        (CourseOutcome.STOPPED_EARLY, 1, 20, True),
        (CourseOutcome.STOPPED_EARLY, -1, -24, False),
        (CourseOutcome.NOT_GIVEN, 0, -1, True),
        (CourseOutcome.NOT_GIVEN, 1, 24, True),
        (CourseOutcome.NOT_GIVEN, -1, -24, False),
        # It was said in the night after the day it was clear, and begun later.
        (CourseOutcome.NOT_GIVEN, -1, 1, True),
    ],
)
def test_what_began_after_a_course_was_given_up_shows_that_it_goes_on(
    outcome: CourseOutcome, days: int, hours: int, goes_on: bool
) -> None:
    end = DeclaredEnd(outcome, ON, START)
    began = START + timedelta(hours=hours)
    assert is_given_after_all(end, ON + timedelta(days=days), began) is goes_on


def test_the_form_falls_due_five_business_days_after_the_last_infusion() -> None:
    assert form_due(OWED, CourseFacts(doses=5, given=DAYS), DAYS[4]) == date(2026, 5, 15)
    # It moves on with each infusion, and steps over Memorial Day.
    before = tuple(date(2026, 5, day) for day in (18, 19, 20))
    assert form_due(OWED, CourseFacts(doses=5, given=before), before[0]) == date(2026, 5, 28)
    assert form_due(OWED, CourseFacts(doses=5), ON) is None
    declared = CourseFacts(doses=5, declared_on=ON)
    assert form_due(OWED, declared, ON) == date(2026, 5, 11)
    for duty in (_but(after="first_infusion"), _but(within=None), _but(even_if_not_done=False)):
        assert form_due(duty, declared, ON) is None


def _but(**other: object) -> Duty:
    return replace(OWED, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counts", "difference"),
    [
        (VialCounts(), 0),
        (VialCounts(5, 3, 1, 1), 0),
        (VialCounts(5, 3, 1, 0), 1),
        (VialCounts(2, 3), -1),
    ],
)
def test_vials_add_up_or_not(counts: VialCounts, difference: int) -> None:
    assert (counts.difference, counts.add_up) == (difference, difference == 0)
