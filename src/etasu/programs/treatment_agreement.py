"""Can what a program says of its infusion days be meant?"""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.yaml_files import Problem
from etasu.safe_use.program import ProgramVersion

_FILE = "treatment.yaml"
_AT_LEAST = {"vials": 1, "infusion_hours": 0, "observation_hours": 0}


def treatment_disagreements(version: ProgramVersion) -> Iterator[Problem]:
    """The rules of the day are there if anything rests on them, and every number is possible."""
    rules = version.infusion_day
    if rules is None and (version.premedications or version.vital_signs):
        yield Problem(_FILE, "infusion_day", "", "an entry, for the lists beside it rest on it")
    for name, least in _AT_LEAST.items() if rules is not None else ():
        if getattr(rules, name) < least:
            yield Problem(_FILE, "infusion_day", name, f"{least} or more")
    yield from _in_premedications(version)
    for sign in version.vital_signs.values():
        if sign.least >= sign.most:
            yield Problem(_FILE, f"vital_signs: {sign.code}", "most", f"more than {sign.least}")


def _in_premedications(version: ProgramVersion) -> Iterator[Problem]:
    most = max((plan.doses for plan in version.courses), default=0)
    for each in version.premedications.values():
        if any(not 1 <= day <= most for day in each.days):
            said = f"days of a course, 1 through {most}"
            yield Problem(_FILE, f"premedications: {each.code}", "days", said)
