"""What patients are asked about and what is watched for in what they take, in words."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.describe_words import group_text, source
from etasu.safe_use.nurse_line import Wording
from etasu.safe_use.program import ENGLISH, ProgramVersion


def self_check_lines(version: ProgramVersion) -> Iterator[list[str]]:
    """The plan first, then each region with what may be noticed there."""
    plan = version.self_check
    if plan is None:
        return
    yield [f"- A self-check every {plan.every}, one region a page. {source(plan)}"]
    for region in plan.regions:
        yield [f"- `{region.code}`: {_said(region)} {source(region)}"]
        yield from (
            [f"  - `{each.code}` ({each.urgency}): {_said(each)} {source(each)}"]
            for each in region.symptoms
        )


def medicine_lines(version: ProgramVersion) -> Iterator[list[str]]:
    """What is watched for by name, and how long pregnancy is to be avoided."""
    if (plan := version.medicines) is not None:
        yield [
            f"- No live vaccine in the {plan.live_vaccine_before} before a course. {source(plan)}"
        ]
        for each in plan.watched:
            names = ", ".join(f"`{name}`" for name in each.names)
            yield [f"- `{each.code}`: {_said(each)} Names: {names}. {source(each)}"]
    if (advice := version.pregnancy) is not None:
        group = group_text(advice.applies_to) or "everybody"
        until = f"through {advice.after_infusion} after the newest infusion, for {group}"
        yield [f"- Pregnancy is to be avoided {until}. {_said(advice)} {source(advice)}"]


def _said(wording: Wording) -> str:
    return f"“{wording.said(ENGLISH).text}”"
