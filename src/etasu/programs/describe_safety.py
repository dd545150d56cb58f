"""What a program says about reports of side effects and pregnancies, in words."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.describe_words import plain, source
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.safety_plan import EventAnswer, ExpectedReaction, ReportingClock


def safety_lines(version: ProgramVersion) -> Iterator[list[str]]:
    """The clock, the answers that state an event, what is watched for, and what is expected."""
    if version.reporting_clock is not None:
        yield [_clock(version.reporting_clock)]
    yield from ([_answer(each)] for each in version.event_answers.values())
    for interest in version.events_of_interest.values():
        yield [f"- Of special interest: {interest.name} (`{interest.code}`). {source(interest)}"]
    yield from ([_expected(each)] for each in version.expected_reactions.values())


def _clock(clock: ReportingClock) -> str:
    left = ", ".join(map(str, clock.remind_days_left)) or "none"
    return (
        f"- {clock.days} calendar days from the first receipt, {clock.follow_up_days} from new "
        f"information, counted in {clock.time_zone}; reminders with days left: {left}. "
        f"{source(clock)}"
    )


def _answer(each: EventAnswer) -> str:
    criteria = f" ({', '.join(map(plain, each.criteria))})" if each.criteria else ""
    said = f"`{each.question}` answered “{each.answer}” on `{each.form}`"
    return f"- A report follows from {said}: {plain(each.kind)}{criteria}. {source(each)}"


def _expected(each: ExpectedReaction) -> str:
    said = f"{each.name} (`{each.code}`), listed as {plain(each.listed_as)}"
    return f"- Expected: {said}. {source(each)}"
