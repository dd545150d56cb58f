"""What a program asks for over time, in words: tests, schedules, limits and duties."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.describe_words import (
    days_text,
    group_text,
    plain,
    section,
    source,
    unit_text,
)
from etasu.safe_use.program import Duty, Limit, ProgramVersion, Schedule, TestDefinition
from etasu.safe_use.requirements import EVERYONE

_CONDITIONS = {
    "below": "below {value}",
    "above": "above {value}",
    "at_least": "{value} or more",
    "fall_percent": "{value} or more below the result before",
    "rise_percent": "more than {value} above the baseline",
    "times_upper_limit": "more than {value} times the laboratory's upper limit",
    "below_range": "below the laboratory's range",
    "above_range": "above the laboratory's range",
    "reads": "reads {value}",
    "at_least_grade": "{value} or more on a test strip",
}


def monitoring_lines(version: ProgramVersion) -> Iterator[str]:
    """Tests, schedules, the horizon and the limits."""
    if version.tests:
        yield from ("", "## Tests", "", "| Test | LOINC | Unit | Needs | Confirmed |")
        yield from ("|---|---|---|---|---|", *map(_test, version.tests.values()))
    schedules = version.schedules.values()
    yield from section("Monitoring", ([_schedule(each, version)] for each in schedules))
    if version.horizon:
        extend = ", longer if the prescriber says so" if version.horizon.extendable else ""
        after = plain(version.horizon.after)
        said = f"- Until {version.horizon.length} after the {after}{extend}."
        yield f"{said} {source(version.horizon)}"
    yield from section("Limits", ([_limit(each, version)] for each in version.limits.values()))


def _test(test: TestDefinition) -> str:
    cells = (
        f"{test.name} (`{test.code}`)",
        ", ".join(test.loinc) or "-",
        unit_text(test.unit),
        ", ".join(test.needs) or "-",
        "yes" if test.verified else "no",
    )
    return f"| {' | '.join(cells)} |"


def _schedule(each: Schedule, version: ProgramVersion) -> str:
    who = "" if each.applies_to == EVERYONE else f" for {group_text(each.applies_to)}"
    days = days_text(each.remind_days)
    ladder = f" Reminders on days {days}." if days else ""
    name, anchor = version.tests[each.test].name, plain(each.anchor)
    return f"- {name}{who}: every {each.every} after the {anchor}.{ladder} {source(each)}"


def _limit(each: Limit, version: ProgramVersion) -> str:
    value = " ".join(part for part in (each.value, each.unit and unit_text(each.unit)) if part)
    said = _CONDITIONS[each.condition].format(value=value)
    joint = f", together with {', '.join(each.together_with)}" if each.together_with else ""
    name = version.tests[each.test].name
    return f"- {name} {said}{joint} ({each.urgency}, `{each.code}`). {each.action} {source(each)}"


def duty_line(each: Duty, version: ProgramVersion) -> str:
    """One duty on one line."""
    event = plain(each.after)
    rhythm = f"within {each.within} of" if each.within else f"every {each.every} after"
    until = f" until the {each.until}" if each.until else ""
    always = ", even if it was not done" if each.even_if_not_done else ""
    name = version.forms[each.form].name
    said = f"- {name}: owed by {plain(each.owed_by)} {rhythm} the {event}{until}{always}."
    return f"{said} {source(each)}"
