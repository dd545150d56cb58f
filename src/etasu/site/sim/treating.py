"""Courses of treatment: asked for, authorized or refused, given day by day, and closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.reactions import (
    course_given_up,
    day_noted,
    infusion_given,
    infusion_struck,
    infusion_written_down,
    product_dispensed,
)
from etasu.registry.treatment.infusion_days import Note
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.courses import doses_in
from etasu.safe_use.infusion_day import DayEvent
from etasu.safe_use.program import Gate
from etasu.site.seed.shape import asks_for
from etasu.site.sim.gates import Answer, ask, ask_with_form
from etasu.site.sim.laboratory import Laboratory
from etasu.site.sim.papers import as_signed, sign
from etasu.site.sim.visits import visit
from etasu.site.sim.world import DAY, Did, Office, Person, World

# Of a hundred patients, how many go on to each course once the one before is over.
GOING_ON = {1: 100, 2: 85, 3: 40}
MOST_TRIES = 5
REACTION = MappingProxyType({"grade": 2, "described": "A rash, which went away."})


class Treatment:
    """One course of one patient, planned to begin on a day."""

    def __init__(
        self, world: World, laboratory: Laboratory, person: Person, course: int, first: date
    ) -> None:
        self.world, self.laboratory = world, laboratory
        self.person, self.course, self.first = person, course, first
        self.facility = world.chance.pick(world.offices["facility"])
        self.pharmacy = world.chance.pick(world.offices["pharmacy"])
        self.tries = 0

    def plan(self) -> None:
        """Everything that leads up to the first infusion day."""
        chance, world = self.world.chance, self.world
        drawn = self.first - timedelta(days=chance.between(8, 18))
        if chance.happens(world.plan.rates.asked_too_early):
            world.on(drawn - DAY, self._ask_too_early)
        world.on(drawn, self._draw)
        world.on(self.first - timedelta(days=chance.between(2, 4)), self._authorize)

    def _ask_too_early(self) -> None:
        if not self._is_over():
            self._ask(self._gates()[0], self.person.prescriber, self.first)

    def _draw(self) -> None:
        """Have everything done that the course needs."""
        if self._is_over():
            return
        shape = self.world.shapes.shape_on(self.first)
        wanted = shape.tests_for(self.course, {"sex": self.person.sex})
        visit(self.world, self.laboratory, self.person, [each.test for each in wanted])

    def _authorize(self) -> None:
        """The first gate with its form; then what it opens."""
        if self._is_over():
            return
        self.tries += 1
        if not self._ask_with_form(self._gates()[0]).is_yes:
            self._try_again()
            return
        for gate in self._gates()[1:]:
            self._supply(gate)
        doses = doses_in(self.world.shapes.version_on(self.first).courses, self.course) or 1
        self.world.on(self.first, partial(self._infuse, doses))

    def _try_again(self) -> None:
        """A week later, mostly with new tests; given up in the end."""
        if self.tries < MOST_TRIES:
            self.first += 7 * DAY
            if self.world.chance.happens(60):
                self._draw()
            self.world.on(self.first - 2 * DAY, self._authorize)

    def _ask_with_form(self, gate: Gate) -> Answer:
        person, office = self.person, self.person.prescriber
        shape = self.world.shapes.shape_on(self.first)
        wanted = shape.forms_for(self.course, {"sex": person.sex})
        known = {
            "course": str(self.course),
            "first_course": "yes" if self.course == 1 else "no",
            "planned_on": self.first,
            "facility_name": self.facility.name,
        }
        own = next(each for each in wanted if each.form in shape.forms_of[gate.code])
        form = as_signed(self.world, own.form, person, office, known | dict(own.answers))
        return ask_with_form(self.world, person, office, self._question(gate, self.first), form)

    def _ask(self, gate: Gate, office: Office, planned_on: date) -> Answer:
        return ask(self.world, self.person, office, self._question(gate, planned_on))

    def _question(self, gate: Gate, planned_on: date) -> AuthorizationRequest:
        return AuthorizationRequest(
            program=self.world.code,
            gate=gate.code,
            patient=self.person.number,
            planned_on=planned_on,
            course=self.course,
            facility=self.facility.row.number if "facility" in gate.parties else None,
            pharmacy=self.pharmacy.row.number if "pharmacy" in gate.parties else None,
        )

    def _supply(self, gate: Gate) -> None:
        if asks_for(gate) != "pharmacy":
            return
        answer = self._ask(gate, self.pharmacy, self.world.day)
        if not answer.is_yes:
            return
        office = self.pharmacy

        def do(at: datetime) -> Did:
            made = product_dispensed(
                self.person.row,
                units=5,
                dispensed_on=self.world.day,
                pharmacy=office.row,
                authorization_number=answer.number,
                by=office.actor,
                at=at,
            )
            return "done", made

        self.world.act("dispense", self.person.subject, do, [self.person])

    def _infuse(self, left: int) -> None:
        """One day, and the next one after it until the course is done or stopped."""
        if self._is_over():
            return
        world, rates = self.world, self.world.plan.rates
        is_unasked = world.chance.happens(rates.given_unasked)
        if not is_unasked and not self._ask(self._day_gate(), self.facility, world.day).is_yes:
            if self.person.given.get(self.course):
                self._give_up("not authorized any more")
            return
        self._record(is_last=left == 1)
        if left > 1 and world.chance.happens(rates.course_stopped):
            world.on(world.day + DAY, partial(self._give_up, "a reaction to the infusion"))
        elif left > 1:
            world.on(world.day + DAY, partial(self._infuse, left - 1))
        else:
            self._end()

    def _record(self, *, is_last: bool) -> None:
        """Write the day down: at once, days later, or first for somebody else by mistake."""
        world, rates, day = self.world, self.world.plan.rates, self.world.day
        self.person.given.setdefault(self.course, []).append(day)
        others = [each for each in world.people if each is not self.person and not each.given]
        if world.chance.happens(rates.written_down_late):
            world.on(day + 2 * DAY, partial(self._write_down, day))
        elif others and world.chance.happens(rates.wrong_patient):
            self._record_for_somebody_else(world.chance.pick(others))
        else:
            self._note(DayEvent.STARTED)
            if world.chance.happens(rates.reaction):
                self._note(DayEvent.REACTION, REACTION)
            if is_last:
                self._note(DayEvent.OBSERVED)

    def _note(self, event: DayEvent, detail: Mapping[str, Any] = MappingProxyType({})) -> None:
        office, day = self.facility, self.world.day

        def do(at: datetime) -> Did:
            note = Note(self.course, day, event, at, dict(detail))
            made = day_noted(self.person.row, note, facility=office.row, by=office.actor, at=at)
            return f"{event.value} course {self.course}", made

        self.world.act("day", self.person.subject, do, [self.person])

    def _write_down(self, day: date) -> None:
        office = self.facility

        def do(at: datetime) -> Did:
            made = infusion_written_down(
                self.person.row,
                course=self.course,
                given_on=day,
                facility=office.row,
                by=office.actor,
                at=at,
                detail={},
            )
            return f"of {day} course {self.course}", made

        self.world.act("written-down", self.person.subject, do, [self.person])

    def _record_for_somebody_else(self, other: Person) -> None:
        """A nurse picks the wrong patient, sees it the next day, and puts it right."""
        office, day = self.facility, self.world.day

        def slip(at: datetime) -> Did:
            made = infusion_given(
                other.row, course=1, given_on=day, facility=office.row, by=office.actor, at=at
            )
            return f"meant {self.person.subject}", made

        made = self.world.act("slip", other.subject, slip, [other])
        if made is not None:
            self.world.on(day + DAY, partial(self._strike, other, made))
        self.world.on(day + DAY, partial(self._write_down, day))

    def _strike(self, other: Person, entry: Infusion) -> None:
        def do(at: datetime) -> Did:
            row = Infusion.objects.select_related("patient", "facility").get(pk=entry.pk)
            reason = "entered for the wrong patient"
            return "done", infusion_struck(row, reason=reason, by=self.facility.actor, at=at)

        self.world.act("strike", other.subject, do, [other])

    def _give_up(self, reason: str) -> None:
        office = self.facility

        def do(at: datetime) -> Did:
            made = course_given_up(
                self.person.row,
                self.course,
                ended_on=self.world.day,
                reason=reason,
                facility=office.row,
                by=office.actor,
                at=at,
            )
            return f"course {self.course}", made

        self.world.act("given-up", self.person.subject, do, [self.person])
        self._end()

    def _end(self) -> None:
        """The form after the course, and the next course when its time has come."""
        world, chance = self.world, self.world.chance
        late = chance.happens(world.plan.rates.form_after_course_late)
        days = chance.between(8, 60) if late else chance.between(1, 4)
        world.on(world.day + timedelta(days=days), self._close)
        following = self.course + 1
        gap = world.shapes.shape_on(world.day).gap_before(following)
        if gap is None or not chance.happens(GOING_ON.get(following, 0)):
            return
        # Some are planned too early, and have to be refused.
        after = gap.after(world.day) + timedelta(days=chance.between(-10, 60))
        again = Treatment(world, self.laboratory, self.person, following, after)
        world.on(after - 25 * DAY, again.plan)

    def _close(self) -> None:
        if self.person.is_dead:
            return
        office = self.facility
        for form in self.world.shapes.shape_on(self.world.day).after_course:
            known = {"course": str(self.course), "facility-number": office.row.number}
            sign(self.world, form, self.person, office, known, self.course)

    def _gates(self) -> tuple[Gate, ...]:
        return self.world.shapes.shape_on(self.first).course_gates

    def _day_gate(self) -> Gate:
        return self.world.shapes.shape_on(self.world.day).day_gates[0]

    def _is_over(self) -> bool:
        """Whether nobody treats the person any more; gates are still asked about those who left."""
        return self.person.is_dead
