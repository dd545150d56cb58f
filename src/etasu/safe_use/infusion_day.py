"""An infusion day as it stands: what was noted, what is left, and when the patient may leave.

A pure function of the program, the day of the course, what was noted, and the moment. It refuses
nothing: what was done in another order, too late or not at all is said, and stays as it was noted.

Source: program `treatment.yaml`; domain rules for dosing and infusion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.treatment_plan import DayRules, Premedication, premedications_on

# From this grade on a reaction is a serious one.
# Source: Common Terminology Criteria for Adverse Events, grades 1 to 5 (3 is severe).
SERIOUS_GRADE = 3
GRADES = (1, 2, 3, 4, 5)


class DayEvent(StrEnum):
    """What can be noted on an infusion day."""

    ARRIVED = "arrived"
    PREMEDICATED = "premedicated"
    VITALS = "vitals"
    STARTED = "started"
    SLOWED = "slowed"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    FINISHED = "finished"
    REACTION = "reaction"
    LONGER = "longer"
    OBSERVED = "observed"


class Stage(StrEnum):
    """Where a patient stands on an infusion day, in the order in which the stages come."""

    EXPECTED = "expected"
    ARRIVED = "arrived"
    PREPARED = "prepared"
    RUNNING = "running"
    PAUSED = "paused"
    OBSERVATION = "observation"
    MAY_LEAVE = "may_leave"
    DONE = "done"


class Step(StrEnum):
    """What an infusion day asks for, in order."""

    PREMEDICATION = "premedication"
    VITALS_BEFORE = "vitals_before"
    START = "start"
    VITALS_DURING = "vitals_during"
    END = "end"
    OBSERVATION = "observation"


class Caution(StrEnum):
    """What whoever reads the day should know."""

    NOT_IN_A_ROW = "not_in_a_row"
    TOO_MANY_DAYS = "too_many_days"
    NO_PREMEDICATION = "no_premedication"
    NO_VITALS_BEFORE = "no_vitals_before"
    STOPPED_EARLY = "stopped_early"
    SERIOUS_REACTION = "serious_reaction"
    LEFT_EARLY = "left_early"


class Noted(NamedTuple):
    """One thing noted on the day, at the moment it happened.

    `what` is the premedication given; `grade` that of a reaction, or `is_serious` where only that
    was said; `until` the end of a longer observation.
    """

    event: DayEvent
    at: datetime
    what: str = ""
    grade: int | None = None
    until: datetime | None = None
    is_serious: bool = False

    @property
    def is_a_serious_one(self) -> bool:
        """Whether a reaction was serious, by its grade or in words."""
        return self.is_serious or (self.grade or 0) >= SERIOUS_GRADE


class CourseDay(NamedTuple):
    """Day `number` of a course of `days` (None where the program says nothing of it).

    `before` is the infusion day before it in the same course; where days are `in_a_row`, that is
    the day before.
    """

    on: date
    number: int
    days: int | None
    before: date | None = None
    in_a_row: bool = True


class DayStanding(NamedTuple):
    """How the day stands. `steps_left` are in order; `missing` those that something came after.

    `since` is when the stage began. The patient may leave from `leaves_from` on, which is known
    once the infusion has ended.
    """

    stage: Stage
    since: datetime | None
    steps_left: tuple[Step, ...]
    missing: tuple[Step, ...]
    cautions: tuple[Caution, ...]
    leaves_from: datetime | None = None

    @property
    def may_leave(self) -> bool:
        """Whether the observation is over."""
        return self.stage in (Stage.MAY_LEAVE, Stage.DONE)


# Changes of an infusion that goes on; one noted for another is put right as that other.
CHANGES = (DayEvent.PAUSED, DayEvent.SLOWED, DayEvent.RESUMED)
_ENDS = (DayEvent.STOPPED, DayEvent.FINISHED)
_RUN = (DayEvent.STARTED, *CHANGES, *_ENDS)
# For how long a patient of whom nothing more is noted may still be here, day or night.
MAY_BE_HERE = timedelta(hours=12)


def end_of_run(noted: Sequence[Noted]) -> Noted | None:
    """The end of the infusion that nothing took up again; `noted` is oldest first."""
    newest = _newest_of_run(noted)
    return newest if newest is not None and newest.event in _ENDS else None


def is_unfinished(standing: DayStanding, noted: Sequence[Noted], now: datetime) -> bool:
    """Whether a patient whose day began may still be here, after midnight as well.

    Until the observation is noted as done; without that, as long as one may still be here after
    whatever was noted last, or after one may leave.
    """
    if standing.stage in (Stage.EXPECTED, Stage.DONE):
        return False
    moments = [*(each.at for each in noted), *filter(None, [standing.leaves_from])]
    return now < max(moments) + MAY_BE_HERE


def standing_of_day(
    rules: DayRules,
    premedications: Mapping[str, Premedication],
    day: CourseDay,
    noted: Sequence[Noted],
    now: datetime,
) -> DayStanding:
    """How the day stands at that moment; what was noted may come in any order."""
    story = _Story(rules, premedications, day, sorted(noted, key=lambda each: each.at))
    stage, since = story.stage(now)
    left = tuple(step for step in story.asked() if not story.is_done(step))
    return DayStanding(
        stage=stage,
        since=since,
        steps_left=left,
        missing=story.missing(left),
        cautions=tuple(story.cautions()),
        leaves_from=story.leaves_from,
    )


def _newest_of_run(noted: Sequence[Noted]) -> Noted | None:
    return next((each for each in reversed(noted) if each.event in _RUN), None)


class _Story:
    """What was noted on one day, oldest first, and what follows from it."""

    def __init__(
        self,
        rules: DayRules,
        premedications: Mapping[str, Premedication],
        day: CourseDay,
        noted: Sequence[Noted],
    ) -> None:
        self.rules, self.day, self.noted = rules, day, noted
        self.needed = {
            each.code for each in premedications_on(premedications, day.number) if each.needed
        }
        self.began = self._first(DayEvent.STARTED)
        self.newest = _newest_of_run(noted)
        self.ended = end_of_run(noted)
        # What was observed before the infusion was taken up again is not its observation.
        self.left = self._first(DayEvent.OBSERVED, self.ended.at) if self.ended else None
        self.leaves_from = self._leaves_from()

    def stage(self, now: datetime) -> tuple[Stage, datetime | None]:
        """The stage, and since when."""
        if self.ended is not None and self.leaves_from is not None:
            if self.left is not None:
                return Stage.DONE, self.left.at
            if now >= self.leaves_from:
                return Stage.MAY_LEAVE, self.leaves_from
            return Stage.OBSERVATION, self.ended.at
        if self.newest is not None:
            is_paused = self.newest.event is DayEvent.PAUSED
            return (Stage.PAUSED if is_paused else Stage.RUNNING), self._run_since()
        return self._before_the_start()

    def asked(self) -> Iterator[Step]:
        """The steps of this day, in order."""
        if self.needed:
            yield Step.PREMEDICATION
        yield from (Step.VITALS_BEFORE, Step.START)
        if self.rules.vitals_during:
            yield Step.VITALS_DURING
        yield from (Step.END, Step.OBSERVATION)

    def is_done(self, step: Step) -> bool:
        """Whether the step was noted."""
        return {
            Step.PREMEDICATION: not self._lacking(None),
            Step.VITALS_BEFORE: self._vitals(before=True),
            Step.START: self.began is not None,
            Step.VITALS_DURING: self._vitals(before=False),
            Step.END: self.ended is not None,
            Step.OBSERVATION: self.left is not None,
        }[step]

    def missing(self, left: Sequence[Step]) -> tuple[Step, ...]:
        """The steps left behind: something after them is done already."""
        order = list(self.asked())
        newest = max((order.index(step) for step in order if step not in left), default=-1)
        return tuple(step for step in left if order.index(step) < newest)

    def cautions(self) -> Iterator[Caution]:
        """What is to be known of this day, gravest last."""
        day = self.day
        if day.in_a_row and day.before is not None and (day.on - day.before).days > 1:
            yield Caution.NOT_IN_A_ROW
        if day.days is not None and day.number > day.days:
            yield Caution.TOO_MANY_DAYS
        if self.began is not None and self._lacking(self.began.at):
            yield Caution.NO_PREMEDICATION
        if self.began is not None and not self._vitals(before=True):
            yield Caution.NO_VITALS_BEFORE
        if self.ended is not None and self.ended.event is DayEvent.STOPPED:
            yield Caution.STOPPED_EARLY
        if self.left is not None and self.leaves_from and self.left.at < self.leaves_from:
            yield Caution.LEFT_EARLY
        if any(each.is_a_serious_one for each in self.noted):
            yield Caution.SERIOUS_REACTION

    def _before_the_start(self) -> tuple[Stage, datetime | None]:
        if not self.noted:
            return Stage.EXPECTED, None
        is_prepared = self.is_done(Step.PREMEDICATION) and self._vitals(before=True)
        return (Stage.PREPARED if is_prepared else Stage.ARRIVED), self.noted[0].at

    def _run_since(self) -> datetime:
        newest = self.newest
        assert newest is not None
        is_paused = newest.event is DayEvent.PAUSED
        return newest.at if is_paused or self.began is None else self.began.at

    def _leaves_from(self) -> datetime | None:
        if self.ended is None:
            return None
        longer = [each.until for each in self.noted if each.until is not None]
        return max([self.ended.at + timedelta(hours=self.rules.observation_hours), *longer])

    def _lacking(self, by: datetime | None) -> set[str]:
        """What is needed on this day and was not given, by that moment if one is named."""
        given = {
            each.what
            for each in self.noted
            if each.event is DayEvent.PREMEDICATED and (by is None or each.at <= by)
        }
        return self.needed - given

    def _vitals(self, *, before: bool) -> bool:
        """Whether vital signs were taken before the infusion, or after it began."""
        began = self.began.at if self.began is not None else None
        return any(
            each.event is DayEvent.VITALS
            and (began is None or each.at <= began if before else began and each.at > began)
            for each in self.noted
        )

    def _first(self, event: DayEvent, since: datetime | None = None) -> Noted | None:
        found = (each for each in self.noted if each.event is event)
        return next((each for each in found if since is None or each.at >= since), None)
