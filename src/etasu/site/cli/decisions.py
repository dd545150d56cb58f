"""A gate's answer for a person at a terminal: the answer first, then why, then what to do next."""

import os
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

from etasu.safe_use.dates import say_date

ANSWERS = {
    "authorized": ("AUTHORIZED", "32"),
    "not_authorized": ("NOT AUTHORIZED", "31"),
    "cannot_decide": ("CANNOT DECIDE", "33"),
}
OUTCOMES = {
    "met": "met",
    "not_met": "NOT MET",
    "unknown": "NOT KNOWN",
    "not_applicable": "not asked",
    "lifted": "lifted",
    "overridden": "overridden",
}
BOLD = "1"


def lines_of(said: Mapping[str, Any], closing: str) -> list[str]:
    """The answer in lines; `closing` says what was, or was not, recorded."""
    words, color = ANSWERS[said["outcome"]]
    lines = [_painted(words, f"{BOLD};{color}"), _about(said)]
    if said["outcome"] == "authorized" and said["valid_until"]:
        lines.append(_opened(said))
    lines += ["", _painted("Why", BOLD), *_reasons(said)]
    if steps := _steps(said):
        lines += ["", _painted("What to do next", BOLD), *steps]
    return [*lines, "", closing]


def _about(said: Mapping[str, Any]) -> str:
    course = f", course {said['course']}" if said["course"] is not None else ""
    asked = f"{said['program']} {said['gate']} on {_day(said['planned_on'])}{course}"
    kinds = ("patient", "prescriber", "facility", "pharmacy")
    named = ", ".join(f"{kind} {said[kind]}" for kind in kinds if said[kind])
    version = f"the program as of {_day(said['program_version'])}"
    return "\n".join(part for part in (f"{asked}, by {version}", named) if part)


def _opened(said: Mapping[str, Any]) -> str:
    days = f"from {_day(said['valid_from'])} through {_day(said['valid_until'])}"
    day = f", day {said['day']} of {said['course_days']}" if said["day"] else ""
    under = ", with requirements lifted" if said["under_suspension"] else ""
    return f"It {'holds' if said['number'] else 'would hold'} {days}{day}{under}."


def _day(text: str) -> str:
    return say_date(date.fromisoformat(text))


def _reasons(said: Mapping[str, Any]) -> list[str]:
    found = sorted(said["findings"], key=lambda each: not each["blocks"])
    return [_finding(each) for each in found] + [
        f"  {_painted('fault', '33'):<12}{each['observed']} ({each['code']})"
        for each in said["faults"]
    ]


def _finding(found: Mapping[str, Any]) -> str:
    outcome = OUTCOMES[found["outcome"]].ljust(11)
    if found["blocks"]:
        outcome = _painted(outcome, "31")
    elif found["severity"] == "warn" and found["outcome"] in ("not_met", "unknown"):
        outcome = _painted(outcome, "33")
    until = f" Until {_day(found['until'])}." if found["until"] else ""
    return f"  {outcome} {found['required']} {found['observed']}{until} ({found['code']})"


def _steps(said: Mapping[str, Any]) -> list[str]:
    """One line for each thing to do, with who does it; the same thing is said once."""
    steps = [
        f"{found['how']} ({found['who_can_fix'].replace('_', ' ')})"
        for found in said["findings"]
        if found["blocks"]
    ]
    steps += [fault["how"] for fault in said["faults"]]
    return [f"  {number}. {step}" for number, step in enumerate(dict.fromkeys(steps), 1)]


def _painted(text: str, color: str) -> str:
    """The text in a color on a terminal; as it is anywhere else, and where NO_COLOR is set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{color}m{text}\x1b[0m"
