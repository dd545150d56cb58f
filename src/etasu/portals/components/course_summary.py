"""What a course came to, in words: once, for the page and for the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from etasu.portals.components import dates
from etasu.portals.components.course_tasks import OUTCOMES, vials_said
from etasu.portals.components.day_words import EVENTS, detail_words
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.registry.authorizations.course_facts import CourseAt
from etasu.registry.treatment.day_facts import noted_afterwards, noted_of_day
from etasu.safe_use.course_end import CourseOutcome
from etasu.safe_use.infusion_day import DayEvent, Noted
from etasu.safe_use.program import ProgramVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySummary:
    """One infusion day: its title, and what happened as pairs of a time and words."""

    title: str
    lines: Sequence[tuple[str, str]]

    @property
    def table(self) -> WorklistTable:
        """The day as a page shows it."""
        return WorklistTable(
            caption=self.title,
            columns=[_("Time"), _("What was noted")],
            rows=[[Cell(clock, is_number=True), Cell(said)] for clock, said in self.lines],
            empty=_("Nothing was noted besides the infusion."),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseSummary:
    """A course as its prescriber reads it: how it went, and each day."""

    course: int
    outcome: str
    is_over: bool
    rows: Sequence[SummaryRow]
    days: Sequence[DaySummary]


def course_summary(
    found: CourseAt,
    facility: Any,
    given: Sequence[Any],
    entries: Sequence[Any],
    version: ProgramVersion,
) -> CourseSummary:
    """The course from what was recorded of it; entries are those that stand, oldest first."""
    told = _Told(facility.time_zone, given, entries, version)
    return CourseSummary(
        course=found.course,
        outcome=str(OUTCOMES[found.standing.outcome]),
        is_over=found.standing.outcome is not CourseOutcome.RUNNING,
        rows=list(_rows(found, facility, told)),
        days=[told.day(number, on) for number, on in enumerate(told.days, 1)],
    )


class _Told:
    """Everything recorded of the days of a course."""

    def __init__(
        self, zone: str, given: Sequence[Any], entries: Sequence[Any], version: ProgramVersion
    ) -> None:
        self.zone, self.version = zone, version
        self.infusions = {each.given_on: each for each in given}
        self.entries: dict[Any, list[Any]] = {}
        for each in entries:
            self.entries.setdefault(each.given_on, []).append(each)
        self.days = sorted({*self.infusions, *self.entries})
        self.noted: list[Noted] = [
            each
            for on in self.days
            for each in noted_of_day(self.entries.get(on, ()), self.infusions.get(on), zone)
        ]

    def day(self, number: int, on: Any) -> DaySummary:
        """One day; an infusion written down afterwards says what it says."""
        entries, infusion = self.entries.get(on, []), self.infusions.get(on)
        said = [(each.moment, self._said(each.event, each.detail)) for each in entries]
        if infusion is not None:
            said += self._afterwards(entries, infusion)
        lines = [(self._clock(at, on), what) for at, what in sorted(said, key=lambda each: each[0])]
        facts = {"number": number, "day": dates.day(on)}
        title = _("Day %(number)s, %(day)s") % facts
        return DaySummary(title=title, lines=lines)

    def _clock(self, at: datetime, on: date) -> str:
        """The time; with its day where that is another one, as after midnight."""
        is_same = dates.local_day(at, self.zone) == on
        return dates.clock(at, self.zone) if is_same else dates.moment(at, self.zone)

    def _said(self, event: str, detail: dict[str, Any]) -> str:
        what, more = str(EVENTS[DayEvent(event)]), detail_words(detail, self.version, self.zone)
        return f"{what}: {more}" if more else what

    def _afterwards(self, entries: Sequence[Any], infusion: Any) -> list[tuple[datetime, str]]:
        described = infusion.detail.get("reaction_described", "")
        found = []
        for each in noted_afterwards(noted_of_day(entries, None, self.zone), infusion, self.zone):
            what = str(EVENTS[each.event])
            is_reaction = each.event is DayEvent.REACTION and described
            found.append((each.at, f"{what}: {described}" if is_reaction else what))
        return found


def _rows(found: CourseAt, facility: Any, told: _Told) -> Iterator[SummaryRow]:
    days = sorted(set(found.facts.given))
    yield SummaryRow(_("How it went"), OUTCOMES[found.standing.outcome])
    if found.end is not None:
        yield SummaryRow(_("Why"), found.end.reason)
    yield SummaryRow(_("Facility"), f"{facility.name}, {facility.telephone}".rstrip(", "))
    count = {"given": len(days), "days": found.facts.doses or "?"}
    yield SummaryRow(_("Infusion days given"), _("%(given)s of %(days)s") % count)
    if days:
        yield SummaryRow(_("First infusion"), dates.day(days[0]))
        yield SummaryRow(_("Last infusion"), dates.day(days[-1]))
    yield SummaryRow(_("Infusion reactions"), _reactions(told.noted))
    if found.signed_on is not None:
        yield SummaryRow(_("Checklist signed"), dates.day(found.signed_on))
    elif found.due_on is not None:
        yield SummaryRow(_("Checklist due"), dates.day(found.due_on))
    if any(found.vials):
        yield SummaryRow(_("Vials"), vials_said(found.vials))


def _reactions(noted: Sequence[Noted]) -> str:
    found = [each for each in noted if each.event is DayEvent.REACTION]
    if not found:
        return _("None was noted")
    worst = max((each.grade or 0 for each in found), default=0)
    if worst:
        return _("%(n)s noted, the worst of grade %(grade)s") % {"n": len(found), "grade": worst}
    if any(each.is_a_serious_one for each in found):
        return _("%(n)s noted, a serious one among them") % {"n": len(found)}
    return _("%(n)s noted, none of them serious") % {"n": len(found)}
