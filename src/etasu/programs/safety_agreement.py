"""Can what a program says about reports of side effects be meant?"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etasu.programs.form_agreement import answers_to
from etasu.programs.yaml_files import Problem
from etasu.safe_use.program import FormDefinition, FormField, ProgramVersion
from etasu.safe_use.safety_plan import EventAnswer, ReportingClock

_FILE = "safety.yaml"
_MOST_DAYS = 365


def safety_disagreements(version: ProgramVersion) -> Iterator[Problem]:
    """The clock can run, and every answer that states an event can be given."""
    lists = (version.expected_reactions, version.events_of_interest, version.event_answers)
    if version.reporting_clock is None and any(lists):
        yield Problem(_FILE, "reporting_clock", "", "an entry, for the lists beside it rest on it")
    elif version.reporting_clock is not None:
        yield from _in_clock(version.reporting_clock)
    for each in version.event_answers.values():
        yield from _in_answer(each, version.forms.get(each.form), version)


def _in_clock(clock: ReportingClock) -> Iterator[Problem]:
    for name in ("days", "follow_up_days"):
        if not 1 <= getattr(clock, name) <= _MOST_DAYS:
            yield Problem(_FILE, "reporting_clock", name, f"a number from 1 through {_MOST_DAYS}")
    if any(not 0 <= each < clock.days for each in clock.remind_days_left):
        said = f"numbers from 0 through {clock.days - 1}"
        yield Problem(_FILE, "reporting_clock", "remind_days_left", said)
    try:
        ZoneInfo(clock.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Problem(_FILE, "reporting_clock", "time_zone", "a zone such as America/New_York")


def _in_answer(
    each: EventAnswer, form: FormDefinition | None, version: ProgramVersion
) -> Iterator[Problem]:
    place = (_FILE, f"event_answers: {each.code}")
    if form is None:
        known = ", ".join(sorted(version.forms)) or "none is defined"
        yield Problem(*place, "form", f"a form ({known}), not {each.form!r}")
        return
    fields = {field.code: field for part in form.sections for field in part.fields}
    for name, question in _asked(each):
        if question not in fields:
            yield Problem(*place, name, f"a question of the form, not {question!r}")
    given = [("answer", each.question, each.answer)]
    given += [("criteria_answers", one.question, one.answer) for one in each.criteria_answers]
    for name, question, answer in given:
        if question in fields:
            yield from _can_be_given(place, name, fields[question], answer)


def _asked(each: EventAnswer) -> Iterator[tuple[str, str]]:
    yield "question", each.question
    yield from (("words", question) for question in each.words)
    yield from (("details", one.question) for one in each.details)
    yield from (("criteria_answers", one.question) for one in each.criteria_answers)
    if each.of_day is not None:
        yield "of_day", each.of_day


def _can_be_given(
    place: tuple[str, str], name: str, field: FormField, answer: str
) -> Iterator[Problem]:
    choices = answers_to(field)
    if answer not in choices:
        said = f"an answer to {field.code} ({', '.join(choices) or 'it has none to choose from'})"
        yield Problem(*place, name, f"{said}, not {answer!r}")
