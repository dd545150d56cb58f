"""What comes back again and again after the first infusion: tests, and the forms kept up."""

from __future__ import annotations

from datetime import date, timedelta

from etasu.safe_use.dates import Span
from etasu.safe_use.requirements import AppliesTo
from etasu.site.seed.chance import Chance
from etasu.site.seed.laboratory import Assay
from etasu.site.seed.patients import PatientStory
from etasu.site.seed.rows import moment


class Habit:
    """How a patient keeps appointments: every so many are missed, some months all of them."""

    __slots__ = ("away_from", "away_until", "missed")

    def __init__(self, missed: float, away_from: date = date.max, away_until: date = date.max):
        self.missed = missed
        self.away_from = away_from
        self.away_until = away_until

    def is_away(self, day: date) -> bool:
        """Whether nothing is done on that day whatever is due."""
        return self.away_from <= day <= self.away_until


class _Turn:
    """One thing that falls due every so often, and the day it is next done."""

    __slots__ = ("assay", "due", "every", "form", "on", "times")

    def __init__(self, every: Span, assay: Assay | None, form: str | None) -> None:
        self.every = every
        self.assay = assay
        self.form = form
        self.times = 0
        self.due = self.on = date.min


class Monitoring:
    """The tests and forms of one patient, done as they fall due until monitoring ends."""

    def __init__(
        self, patient: PatientStory, chance: Chance, habit: Habit, first_infusion: date
    ) -> None:
        self._patient = patient
        self._chance = chance
        self._habit = habit
        self._anchor = first_infusion
        shape = patient.desk.shape_on(first_infusion)
        self._shape = shape
        self._turns = [
            _Turn(each.every, shape.assays[each.test], None)
            for each in shape.version.schedules.values()
            if _is_about(each.applies_to, patient) and each.anchor == "first_infusion"
        ]
        self._turns += [_Turn(every, None, form) for form, every in shape.kept_up.items()]
        for turn in self._turns:
            self._plan(turn)

    def through(self, day: date) -> None:
        """Everything done through that day."""
        horizon = self._shape.version.horizon
        last = max(given for _, given in self._patient.infusions)
        ends = horizon.length.after(last) if horizon else date.max
        for turn in self._turns:
            while turn.on <= day and turn.due <= ends:
                self._do(turn)
                self._plan(turn)

    def catch_up(self, day: date) -> None:
        """Every form kept up is signed on that day, whenever it was due."""
        for turn in self._turns:
            if turn.form is not None:
                self._sign(turn.form, day)

    def _plan(self, turn: _Turn) -> None:
        turn.times += 1
        turn.due = Span(turn.every.count * turn.times, turn.every.unit).after(self._anchor)
        late = self._chance.between(-10, 20) if turn.form else self._chance.between(-3, 6)
        turn.on = turn.due + timedelta(days=late)

    def _do(self, turn: _Turn) -> None:
        if self._chance.happens(self._habit.missed) or self._habit.is_away(turn.on):
            return
        if turn.assay is not None:
            self._patient.collect(turn.assay, turn.on)
        elif turn.form is not None:
            self._sign(turn.form, turn.on)

    def _sign(self, form: str, on: date) -> None:
        last = max(given for _, given in self._patient.infusions if given <= on)
        by, at = self._patient.prescriber.voice, moment(on, 14)
        self._patient.sign(form, at, by, None, {"last-infusion-on": last})


def _is_about(group: AppliesTo, patient: PatientStory) -> bool:
    if group.attribute is None:
        return True
    return patient.person.attributes.get(group.attribute) == group.value
