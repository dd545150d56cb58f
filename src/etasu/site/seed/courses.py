"""One course of treatment: tests and forms before it, the gates in order, its days, its end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from etasu.safe_use.courses import doses_in
from etasu.safe_use.program import Gate
from etasu.site.seed.asking import Question, ask
from etasu.site.seed.participants import ParticipantStory
from etasu.site.seed.patients import KeptAuthorization, PatientStory
from etasu.site.seed.rows import moment
from etasu.site.seed.shape import Shape, asks_for

DAY = timedelta(days=1)


class Sites(NamedTuple):
    """Where a course is given and where its product comes from, if pharmacies take part."""

    facility: ParticipantStory
    pharmacy: ParticipantStory | None


class CourseStory:
    """One course of a patient at one place, planned to begin on a day."""

    def __init__(self, patient: PatientStory, course: int, first: date, sites: Sites) -> None:
        self.patient = patient
        self.course = course
        self.first = first
        self.sites = sites

    @property
    def shape(self) -> Shape:
        """What the program asks for on the planned day."""
        return self.patient.desk.shape_on(self.first)

    @property
    def doses(self) -> int:
        """How many infusion days the course has."""
        return doses_in(self.shape.version.courses, self.course) or 1

    def collect_baseline(self, on: date) -> None:
        """Every test the course needs is collected."""
        for each in self.shape.tests_for(self.course, self.patient.person.attributes):
            self.patient.collect(self.shape.assays[each.test], on, each.value)

    def sign_forms(self, on: date) -> None:
        """The prescriber signs what the course needs signed, with the answer that passes."""
        known: dict[str, Any] = {
            "course": str(self.course),
            "first_course": "yes" if self.course == 1 else "no",
            "planned_on": self.first,
            "facility_name": self.sites.facility.row.name,
        }
        known |= {
            test: newest.collected_on
            for test in self.patient.results
            if (newest := self.patient.newest_result(test, on)) is not None
        }
        for each in self.shape.forms_for(self.course, self.patient.person.attributes):
            about = self.course if each.for_course else None
            by, at = self.patient.prescriber.voice, moment(on, 14)
            self.patient.sign(each.form, at, by, about, known | dict(each.answers))

    def begin(self, on: date) -> KeptAuthorization | None:
        """The gate that comes first authorizes the course, or not."""
        gates = self.shape.course_gates
        return self._ask(gates[0], on) if gates else None

    def supply(self, on: date) -> None:
        """The gates that come after it, each followed by what it authorizes."""
        for gate in self.shape.course_gates[1:]:
            opened = self._ask(gate, on)
            if opened is not None and asks_for(gate) == "pharmacy" and self.sites.pharmacy:
                self.patient.dispense(opened, on, self.sites.pharmacy)

    def give_day(self, on: date) -> bool:
        """The day is asked for, and given when authorized."""
        opened = [self._ask(gate, on) for gate in self.shape.day_gates]
        if None in opened or not opened:
            return False
        self.patient.infuse(self.course, on, self.sites.facility)
        return True

    def give_unasked(self, on: date) -> None:
        """The day is given though nobody asked: recorded all the same, with an event."""
        self.patient.infuse(self.course, on, self.sites.facility)

    def close(self, on: date) -> None:
        """The facility signs what it owes after a course."""
        facility = self.sites.facility
        for form in self.shape.after_course:
            known = {"course": str(self.course), "facility-number": facility.number}
            by = facility.voice
            self.patient.sign(form, moment(on, 21), by, self.course, known)

    def _ask(self, gate: Gate, on: date) -> KeptAuthorization | None:
        sites = self.sites
        askers = {
            "prescriber": self.patient.prescriber,
            "facility": sites.facility,
            "pharmacy": sites.pharmacy,
        }
        asker = askers.get(asks_for(gate) or "")
        if asker is None:
            return None
        is_day = gate in self.shape.day_gates
        question = Question(
            gate,
            asker,
            moment(on, 16 if is_day else 15),
            on if is_day else self.first,
            self.course,
            sites.facility,
            sites.pharmacy if "pharmacy" in gate.parties else None,
        )
        return ask(self.patient, question)
