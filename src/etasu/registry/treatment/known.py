"""What was recorded of a course, by the program's `known_as`, so that no form asks for it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.day_facts import (
    course_end_of,
    entries_of_course,
    noted_of_day,
    vial_counts,
)
from etasu.registry.treatment.facts import infusions_of
from etasu.registry.treatment.models import DayEntry, Infusion
from etasu.safe_use.course_end import CourseFacts, CourseOutcome, standing_of_course
from etasu.safe_use.courses import doses_in
from etasu.safe_use.infusion_day import DayEvent, Noted
from etasu.safe_use.program import ProgramVersion

# How the forms of programs name what the platform found.
OUTCOMES = {
    CourseOutcome.COMPLETED: "completed",
    CourseOutcome.STOPPED_EARLY: "stopped early",
    CourseOutcome.NOT_GIVEN: "not given",
}
_ENDS = (DayEvent.FINISHED, DayEvent.STOPPED)


def known_of_treatment(
    patient: Patient, course: int, facility: Participant, version: ProgramVersion, on: date
) -> dict[str, object]:
    """What a form about the course can be filled in with; what is not known is left out."""
    end = course_end_of(patient, course)
    given = [each for each in infusions_of(patient) if each.course == course]
    facts = CourseFacts(
        doses=doses_in(version.courses, course),
        given=tuple(each.given_on for each in given),
        declared_on=end.ended_on if end else None,
        # Nobody asks about a course that was never given while it still may be.
        unused_until=None if given or end else date.min,
    )
    vials = vial_counts(patient, course, facility.pk)
    known: dict[str, object] = {
        "course_outcome": OUTCOMES.get(standing_of_course(facts, on).outcome, ""),
        "course_end_reason": end.reason if end else "",
        **{f"vials_{kind}": count for kind, count in vials._asdict().items() if any(vials)},
        **_days(patient, course, given, facility, version),
    }
    return {key: value for key, value in known.items() if value != ""}


def _days(
    patient: Patient,
    course: int,
    given: Sequence[Infusion],
    facility: Participant,
    version: ProgramVersion,
) -> dict[str, object]:
    entries: dict[date, list[DayEntry]] = {each.given_on: [] for each in given}
    for entry in entries_of_course(patient, course):
        entries.setdefault(entry.given_on, []).append(entry)
    infusions = {each.given_on: each for each in given}
    rows = [
        _Day(day, entries[day], infusions.get(day), facility, version).row()
        for day in sorted(entries)
    ]
    names = rows[0] if rows else {}
    return {name: [row[name] for row in rows] for name in names}


class _Day:
    """One infusion day in the words of a form."""

    def __init__(
        self,
        on: date,
        entries: Sequence[DayEntry],
        infusion: Infusion | None,
        facility: Participant,
        version: ProgramVersion,
    ) -> None:
        self.on, self.entries, self.infusion, self.version = on, entries, infusion, version
        self.zone = ZoneInfo(facility.time_zone)
        self.noted = noted_of_day(entries, infusion, facility.time_zone)

    def row(self) -> dict[str, str]:
        """The answers of its row, by `known_as`."""
        start, end = self._first(DayEvent.STARTED), self._last(*_ENDS)
        before = [each for each in self._of(DayEvent.VITALS) if not start or each.moment <= start]
        during = [each for each in self._of(DayEvent.VITALS) if each not in before]
        left = self._last(DayEvent.OBSERVED)
        if left is not None and end is not None and left.at < end.at:
            left = None
        return {
            "day_given_on": self.on.isoformat(),
            "day_premedication": self._premedication(),
            "day_vitals_before": "; ".join(map(self._values, before)),
            "day_started_at": self._clock(start),
            "day_stopped_at": self._clock(end.at if end else None),
            "day_dose": self._dose(end),
            "day_vitals_during": "; ".join(map(self._values, during)),
            "day_observed_until": self._clock(left.at if left else None),
            "day_reaction": self._reaction(),
            "day_reaction_described": self._described(),
            "day_result": self._result(end),
            "day_result_reason": self._reason(),
        }

    def _of(self, event: DayEvent) -> list[DayEntry]:
        return [each for each in self.entries if each.event == event]

    def _first(self, event: DayEvent) -> datetime | None:
        return next((each.at for each in self.noted if each.event is event), None)

    def _last(self, *events: DayEvent) -> Noted | None:
        return next((each for each in reversed(self.noted) if each.event in events), None)

    def _clock(self, moment: datetime | None) -> str:
        return moment.astimezone(self.zone).strftime("%H:%M") if moment is not None else ""

    def _premedication(self) -> str:
        known = self.version.premedications
        said = []
        for each in self._of(DayEvent.PREMEDICATED):
            code = each.detail.get("premedication", "")
            name = known[code].name if code in known else ""
            parts = [name, each.detail.get("dose", ""), self._clock(each.moment)]
            said.append(" ".join(part for part in parts if part))
        return "; ".join(said)

    def _values(self, entry: DayEntry) -> str:
        said = []
        for code, value in entry.detail.get("values", {}).items():
            sign = self.version.vital_signs.get(code)
            test = self.version.tests.get(sign.test) if sign else None
            said.append(f"{test.name if test else code} {value} {test.unit or '' if test else ''}")
        return f"{self._clock(entry.moment)}: {', '.join(each.strip() for each in said)}"

    def _dose(self, end: Noted | None) -> str:
        stopped = [each.detail.get("dose", "") for each in self._of(DayEvent.STOPPED)]
        rules = self.version.infusion_day
        if end is not None and end.event is DayEvent.FINISHED and rules is not None:
            return str(rules.dose)
        return str(stopped[-1]) if stopped else ""

    def _reaction(self) -> str:
        found = [each for each in self.noted if each.event is DayEvent.REACTION]
        if not found:
            return "no" if self.infusion is not None else ""
        return "serious" if any(each.is_a_serious_one for each in found) else "yes"

    def _described(self) -> str:
        said = [
            " ".join(str(part) for part in _words_of(each) if part)
            for each in self._of(DayEvent.REACTION)
        ]
        afterwards = self.infusion.detail.get("reaction_described", "") if self.infusion else ""
        return "; ".join([*said, *([afterwards] if afterwards else [])])

    def _result(self, end: Noted | None) -> str:
        if self.infusion is None:
            return "not given"
        is_stopped = end is not None and end.event is DayEvent.STOPPED
        return "interrupted" if is_stopped or self._of(DayEvent.PAUSED) else "completed"

    def _reason(self) -> str:
        kinds = (DayEvent.STOPPED, DayEvent.PAUSED)
        said = [each.detail.get("reason", "") for kind in kinds for each in self._of(kind)]
        return "; ".join(each for each in said if each)


def _words_of(entry: DayEntry) -> Iterable[str]:
    grade = entry.detail.get("grade")
    yield f"Grade {grade}:" if grade else ""
    yield entry.detail.get("described", "")
    yield f"({entry.detail['action']})" if entry.detail.get("action") else ""
