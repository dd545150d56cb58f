"""What a program helps with beside its safety duties, in words."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.describe_words import source
from etasu.safe_use.copay import CopayPlan, CostHelp
from etasu.safe_use.dates import say_date
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
