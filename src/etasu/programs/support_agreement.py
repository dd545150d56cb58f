"""Does what a program helps with agree with the rest of it, and can each entry be meant?"""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.references import missing
from etasu.programs.yaml_files import Problem
from etasu.safe_use.contacts import STATES
from etasu.safe_use.copay import CopayPlan
from etasu.safe_use.program import ProgramVersion


def support_disagreements(version: ProgramVersion) -> Iterator[Problem]:
    """Every entry of help with costs that cannot be meant, in file order."""
    if version.copay is not None:
        yield from _in_copay(version.copay, version)


def _in_copay(plan: CopayPlan, version: ProgramVersion) -> Iterator[Problem]:
    place = ("support.yaml", f"copay: {plan.code}")
    yield from missing(place, "consent", [plan.consent], version.consents, "a consent")
    if not plan.helps:
        yield Problem(*place, "helps", "one cost at least")
    for number, each in enumerate(plan.helps):
        entry = ("support.yaml", f"copay: {plan.code}: {each.code}")
        if each.cost in {other.cost for other in plan.helps[:number]}:
            yield Problem(*entry, "cost", f"each cost once, but {each.cost} is there twice")
        if each.most_dollars is not None and each.most_dollars < 1:
            yield Problem(*entry, "most_dollars", "a dollar at least, or nothing for all of it")
        yield from missing(entry, "not_in", each.not_in, STATES, "a state")
