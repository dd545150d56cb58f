"""Can what a program asks patients about, and watches for in what they take, be meant?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from etasu.programs.yaml_files import Problem
from etasu.safe_use.medicines import MedicinePlan, PregnancyAdvice
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.nurse_line import Wording
from etasu.safe_use.program import ENGLISH, ProgramVersion
from etasu.safe_use.requirement_base import EVERYONE
from etasu.safe_use.self_check import SelfCheckPlan

_CHECK, _MEDICINES = "self_check.yaml", "medicines.yaml"


def wellbeing_disagreements(version: ProgramVersion) -> Iterator[Problem]:
    """Every entry that cannot be meant, in file order."""
    if version.self_check is not None:
        yield from _in_self_check(version.self_check, version)
    if version.medicines is not None:
        yield from _in_medicines(version.medicines)
    if version.pregnancy is not None:
        yield from _in_pregnancy(version.pregnancy, version)


def _in_self_check(plan: SelfCheckPlan, version: ProgramVersion) -> Iterator[Problem]:
    place = (_CHECK, f"self_check: {plan.code}")
    if plan.every.count < 1:
        yield Problem(*place, "every", "a span of some length")
    if not plan.regions:
        yield Problem(*place, "regions", "one region at least")
    every = [each for region in plan.regions for each in (region, *region.symptoms)]
    codes = [each.code for each in every]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield Problem(_CHECK, f"self_check: {code}", "code", "each code once, in whichever region")
    yield from _in_english(_CHECK, "self_check", every)
    for region in plan.regions:
        if not region.symptoms:
            yield Problem(_CHECK, f"self_check: {region.code}", "symptoms", "one symptom at least")
    yield from _unanswered(plan, version)


def _unanswered(plan: SelfCheckPlan, version: ProgramVersion) -> Iterator[Problem]:
    """Symptoms that nobody would have to answer in time."""
    answered = {each.urgency for each in version.responses.values()} - {Urgency.INFORMATION}
    for each in (symptom for region in plan.regions for symptom in region.symptoms):
        if each.urgency not in answered:
            known = ", ".join(sorted(answered)) or "there is none"
            said = f"an urgency with a response in monitoring.yaml ({known}), not {each.urgency}"
            yield Problem(_CHECK, f"self_check: {each.code}", "urgency", said)


def _in_medicines(plan: MedicinePlan) -> Iterator[Problem]:
    if not plan.watched:
        yield Problem(_MEDICINES, f"medicines: {plan.code}", "watched", "one medicine at least")
    yield from _in_english(_MEDICINES, "medicines", plan.watched)
    for each in plan.watched:
        if not each.names:
            yield Problem(_MEDICINES, f"medicines: {each.code}", "names", "one name at least")


def _in_pregnancy(advice: PregnancyAdvice, version: ProgramVersion) -> Iterator[Problem]:
    yield from _in_english(_MEDICINES, "pregnancy", (advice,))
    group = advice.applies_to
    known = {each.code: each.values for each in version.patient.attributes}
    if group != EVERYONE and (
        group.course is not None or group.value not in known.get(group.attribute or "", ())
    ):
        said = "an attribute of patients with one of its values, and no course"
        yield Problem(_MEDICINES, f"pregnancy: {advice.code}", "applies_to", said)


def _in_english(file: str, section: str, wordings: Iterable[Wording]) -> Iterator[Problem]:
    for each in wordings:
        if ENGLISH not in {said.language for said in each.says}:
            yield Problem(file, f"{section}: {each.code}", "says", "the words in English (en)")
