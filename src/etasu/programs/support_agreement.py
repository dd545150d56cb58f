"""Does what a program offers beside its duties agree with the rest of it?"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etasu.programs.references import missing
from etasu.programs.yaml_files import Problem
from etasu.safe_use.community import Community
from etasu.safe_use.contacts import STATES
from etasu.safe_use.copay import CopayPlan
from etasu.safe_use.lab_program import LabProgram
from etasu.safe_use.messages import LANGUAGES
from etasu.safe_use.nurse_line import NurseLine
from etasu.safe_use.program import ENGLISH, ProgramVersion

# Who reads the record of whoever gave the consent that the nurses' line needs.
_NURSES = "support_nurse"


def support_disagreements(version: ProgramVersion) -> Iterator[Problem]:
    """Every entry of what is offered beside the program that cannot be meant, in file order."""
    if version.copay is not None:
        yield from _in_copay(version.copay, version)
    if version.nurse_line is not None:
        yield from _in_nurse_line(version.nurse_line, version)
    if version.lab_program is not None:
        yield from _in_lab_program(version.lab_program, version)
    if version.community is not None:
        yield from _in_community(version.community, version)


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


def _in_nurse_line(line: NurseLine, version: ProgramVersion) -> Iterator[Problem]:
    place = ("support.yaml", f"nurse_line: {line.code}")
    yield from missing(place, "consent", [line.consent], version.consents, "a consent")
    consent = version.consents.get(line.consent)
    if consent is not None and _NURSES not in consent.opens_to:
        yield Problem(*place, "consent", f"a consent that opens the record to {_NURSES}")
    yield from _in_hours(line, place)
    if not 1 <= line.identifiers_needed <= len(line.identifiers):
        said = f"a number from 1 through {len(line.identifiers)}, as many as there are"
        yield Problem(*place, "identifiers_needed", said)
    for each in (*line.identifiers, *line.scripts):
        if ENGLISH not in {said.language for said in each.says}:
            yield Problem(*place, each.code, f"words in the language {ENGLISH}")


def _in_hours(line: NurseLine, place: tuple[str, str]) -> Iterator[Problem]:
    try:
        ZoneInfo(line.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Problem(*place, "time_zone", "a zone such as America/New_York")
    if not line.office_hours or any(each.begins >= each.ends for each in line.office_hours):
        yield Problem(*place, "office_hours", "hours at least once, which begin before they end")
    for name in ("answer_within_hours", "rota_days"):
        if getattr(line, name) < 1:
            yield Problem(*place, name, "one at least")


def _in_lab_program(plan: LabProgram, version: ProgramVersion) -> Iterator[Problem]:
    place = ("support.yaml", f"lab_program: {plan.code}")
    yield from missing(place, "consent", [plan.consent], version.consents, "a consent")
    yield from missing(place, "tests", plan.tests, version.tests, "a test")
    for name in ("due_within_days", "results_within_days"):
        if getattr(plan, name) < 1:
            yield Problem(*place, name, "one at least")
    for name in ("tests", "ways"):
        if not getattr(plan, name):
            yield Problem(*place, name, "one at least")
    for each in plan.ways:
        for language in sorted(set(LANGUAGES) - {said.language for said in each.says}):
            yield Problem(*place, each.code, f"words in the language {language}")


def _in_community(community: Community, version: ProgramVersion) -> Iterator[Problem]:
    place = ("community.yaml", f"community: {community.code}")
    yield from missing(place, "consent", [community.consent], version.consents, "a consent")
    hours = ("decide_within_hours", "emergency_within_hours")
    for name in ("longest_title", "longest_post", *hours, "longest_suspension"):
        if getattr(community, name) < 1:
            yield Problem(*place, name, "one at least")
    if community.emergency_within_hours > community.decide_within_hours:
        yield Problem(*place, "emergency_within_hours", "no more than decide_within_hours")
    for name in ("boards", "rules", "nods"):
        if not getattr(community, name):
            yield Problem(*place, name, "one at least")
    for each in (*community.boards, *community.guidelines, *community.nods):
        for language in sorted(set(LANGUAGES) - {said.language for said in each.says}):
            yield Problem(*place, each.code, f"words in the language {language}")
