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
from etasu.safe_use.monitoring_plan import Duty, Limit, Response, Schedule, TestDefinition
from etasu.safe_use.program import ProgramVersion
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
    if version.lateness:
        late = version.lateness
        said = f"- Overdue {late.overdue_after_days} days after its due day"
        yield f"{said}, escalated after {late.escalated_after_days}. {source(late)}"
    yield from section("Limits", ([_limit(each, version)] for each in version.limits.values()))
    yield from section("Responses", ([_response(each)] for each in version.responses.values()))


def _response(each: Response) -> str:
    hours = f"{each.within_hours} hour{'s' if each.within_hours > 1 else ''}"
    told = ", ".join(map(plain, each.escalates_to)) or "nobody else"
    return f"- {each.urgency}: acknowledged within {hours}; then {told} is told. {source(each)}"


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
    if each.together_with:
        others = ", ".join(each.together_with)
        said += f", together with {others} in the {each.together_days} days around"
    near = f" Up to {each.infusion_days} days after an infusion: {each.infusion_note}"
    action = each.action + (near if each.infusion_days is not None else "")
    reflex = f" Then test: {', '.join(each.reflex)}." if each.reflex else ""
    name = version.tests[each.test].name
    return f"- {name} {said} ({each.urgency}, `{each.code}`). {action}{reflex} {source(each)}"


def duty_line(each: Duty, version: ProgramVersion) -> str:
    """One duty on one line."""
    event = plain(each.after)
    rhythm = f"within {each.within} of" if each.within else f"every {each.every} after"
    until = f" until the {each.until}" if each.until else ""
    always = ", even if it was not done" if each.even_if_not_done else ""
    name = version.forms[each.form].name
    days = days_text(each.remind_days)
    ladder = f" Reminders on days {days}." if days else ""
    said = f"- {name}: owed by {plain(each.owed_by)} {rhythm} the {event}{until}{always}.{ladder}"
    return f"{said} {source(each)}"
