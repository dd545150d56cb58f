"""What a program helps with beside its safety duties, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from etasu.programs.describe_words import source
from etasu.safe_use.community import Community
from etasu.safe_use.copay import CopayPlan, CostHelp
from etasu.safe_use.dates import say_date
from etasu.safe_use.lab_program import LabProgram, LabWay
from etasu.safe_use.nurse_line import CallTopic, NurseLine, Wording
from etasu.safe_use.program import ProgramVersion


def support_lines(version: ProgramVersion) -> Iterator[list[str]]:
    """What is paid for whom, the plan first."""
    if version.copay is not None:
        yield [_plan(version.copay)]
        yield from ([_help(each)] for each in version.copay.helps)


def _plan(plan: CopayPlan) -> str:
    until = f" For infusions before {say_date(plan.ended_on)}." if plan.ended_on else ""
    said = "For patients with commercial insurance and no government coverage"
    return f"- {said}, who gave the consent `{plan.consent}`.{until} {source(plan)}"


def _help(each: CostHelp) -> str:
    most = "all of it" if each.most_dollars is None else f"up to ${each.most_dollars}"
    but = f", but not for residents of {', '.join(each.not_in)}" if each.not_in else ""
    return f"- The {each.cost}, of each infusion day: {most}{but}. {source(each)}"


def nurse_line_lines(version: ProgramVersion) -> Iterator[list[str]]:
    """When nurses are reached, what they ask and say, and which words make them ask."""
    line = version.nurse_line
    if line is None:
        return
    yield [_line(line)]
    yield from ([_wording(each, f"*{each.name}* ")] for each in line.identifiers)
    yield from ([_wording(each)] for each in line.scripts)
    yield from ([_topic(each)] for each in line.topics)
    words = ", ".join(f"`{each}`" for each in line.event_words)
    yield [f"- Words that may tell of a side effect: {words}."]


def _line(line: NurseLine) -> str:
    hours = "; ".join(
        f"{', '.join(day.value.title() for day in each.weekdays)} "
        f"{each.begins:%H:%M} to {each.ends:%H:%M}"
        for each in line.office_hours
    )
    return (
        f"- For patients who gave the consent `{line.consent}`, a nurse at every hour. Calls are "
        f"taken {hours} ({line.time_zone}). A message is late after {line.answer_within_hours} "
        f"hours. A caller gives {line.identifiers_needed} of {len(line.identifiers)} identifiers. "
        f"Hours without anybody on duty are told of {line.rota_days} days ahead. {source(line)}"
    )


def _wording(each: Wording, name: str = "") -> str:
    said = "; ".join(f"{one.language}: “{one.text}”" for one in each.says)
    return f"- {name}`{each.code}`: {said} {source(each)}"


def _topic(each: CallTopic) -> str:
    answers = ", ".join(f"`{code}`" for code in each.answers) or "none"
    return f"- A call about *{each.name}*: answers {answers}. {source(each)}"


def lab_program_lines(version: ProgramVersion) -> Iterator[list[str]]:
    """Which tests are taken at no charge, and the ways to have them taken."""
    plan = version.lab_program
    if plan is not None:
        yield [_lab_program(plan)]
        yield from ([_way(each)] for each in plan.ways)


def _lab_program(plan: LabProgram) -> str:
    tests = ", ".join(f"`{each}`" for each in plan.tests)
    return (
        f"- For patients who gave the consent `{plan.consent}`: {tests}. An appointment is for "
        f"what falls due within {plan.due_within_days} days; its results are missed after "
        f"{plan.results_within_days} days. An order counts for {plan.order}, a standing one for "
        f"{plan.standing_order}. {source(plan)}"
    )


def _way(each: LabWay) -> str:
    said = "; ".join(f"{one.language}: *{one.name}*. {one.pays}" for one in each.says)
    return f"- `{each.code}` ({each.kind}): {said} {source(each)}"


def community_lines(version: ProgramVersion) -> Iterator[list[str]]:
    """Where members write, what they are told before, and what makes a moderator read first."""
    community = version.community
    if community is None:
        return
    yield [_community(community)]
    yield from ([_wording(each, "Board ")] for each in community.boards)
    for each in community.guidelines:
        yield [_wording(each, "Rule " if each.is_rule else "Told before ")]
    yield from ([_wording(each, "Nod ")] for each in community.nods)
    yield [f"- Words that say it is the same for somebody: {_listed(community.agreeing_words)}."]
    yield [f"- Words that may tell of an emergency: {_listed(community.emergency_words)}."]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in words)


def _community(community: Community) -> str:
    return (
        f"- For patients and care partners who gave the consent `{community.consent}`. A title has "
        f"at most {community.longest_title} characters, a post {community.longest_post}. What "
        f"waits for a moderator is late after {community.decide_within_hours} hours, and what may "
        f"be an emergency after {community.emergency_within_hours}; nobody is "
        f"suspended for more than {community.longest_suspension} days. {source(community)}"
    )
