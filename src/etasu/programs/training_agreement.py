"""Does the training of a program version fit its steps, and can each question be answered?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, combinations

from etasu.programs.references import missing
from etasu.programs.training import FOLDER
from etasu.programs.yaml_files import Problem
from etasu.safe_use.program import Party, ProgramVersion, Step, StepKind
from etasu.safe_use.training import (
    CHOICES,
    Assessment,
    Item,
    Topic,
    TrainingModule,
    audience_of,
    party_of,
    training_tasks,
)

_LANGUAGE = re.compile(r"[a-z]{2}")


def training_problems(version: ProgramVersion) -> list[Problem]:
    """What cannot be meant, in file order."""
    place = f"{version.label}/{FOLDER}"
    return list(
        chain(
            chain.from_iterable(_in_module(version, place, m) for m in version.modules.values()),
            _twice(version, place),
            chain.from_iterable(
                _in_assessment(version, place, each) for each in version.assessments.values()
            ),
            _left_out(version, place),
        )
    )


def _in_module(version: ProgramVersion, place: str, module: TrainingModule) -> Iterator[Problem]:
    there = (f"{place}/{module.code}.md", "module")
    yield from missing(there, "material", [module.material], version.materials, "a material")
    if not _LANGUAGE.fullmatch(module.language):
        yield Problem(*there, "language", f"two letters such as en, not {module.language!r}")
    for audience in module.audience:
        party = party_of(version, audience)
        reviewed = {step.material for step in party.steps} if party else set()
        if module.material not in reviewed:
            said = f"somebody who has a step to review {module.material}, not {audience!r}"
            yield Problem(*there, "audience", said)


def _twice(version: ProgramVersion, place: str) -> Iterator[Problem]:
    for first, second in combinations(version.modules.values(), 2):
        both = sorted(set(first.audience) & set(second.audience))
        if first.material == second.material and both:
            said = f"one module on {first.material} for {both[0]}, and {first.code} is one"
            yield Problem(f"{place}/{second.code}.md", "module", "audience", said)


def _in_assessment(version: ProgramVersion, place: str, each: Assessment) -> Iterator[Problem]:
    folder = f"{place}/{each.code}"
    there = (f"{folder}/assessment.yaml", f"assessment: {each.code}")
    party = version.parties.get(each.party)
    yield from missing(there, "party", [each.party], version.parties, "a participant kind")
    steps = {s.code: s for s in party.steps if s.kind is StepKind.ASSESS} if party else {}
    if party is not None:
        yield from missing(there, "step", [each.step], steps, "a step to assess")
    step = steps.get(each.step)
    if step is not None:
        yield from _in_step(each, step, there, f"{version.label}/participants.yaml")
    if not _LANGUAGE.fullmatch(each.language):
        yield Problem(*there, "language", f"two letters such as en, not {each.language!r}")
    audience = audience_of(party) if party else ""
    for topic in each.topics:
        yield from _in_topic(version, f"{folder}/{topic.code}.yaml", topic, audience)
    codes = [item.code for topic in each.topics for item in topic.items]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield Problem(folder, f"items: {code}", "code", "each code once in all topics")


def _in_step(each: Assessment, step: Step, there: tuple[str, str], home: str) -> Iterator[Problem]:
    if len(each.topics) != step.items:
        said = f"{step.items} topics, one for each question of {step.code}, not {len(each.topics)}"
        yield Problem(*there, "topics", said)
    if step.pass_percent is not None and not 1 <= step.pass_percent <= 100:
        entry = f"parties: {each.party}: {step.code}"
        yield Problem(home, entry, "pass_percent", "a number from 1 through 100")


def _in_topic(version: ProgramVersion, file: str, topic: Topic, audience: str) -> Iterator[Problem]:
    if not topic.items:
        yield Problem(file, f"topic: {topic.code}", "items", "one question at least")
    for item in topic.items:
        place = (file, f"topic: {topic.code}: items: {item.code}")
        yield from _in_item(item, place)
        known = {m.code: m for m in version.modules.values() if audience in m.audience}
        yield from missing(place, "module", [item.module], known, "a module for the same people")
        if item.module in known:
            pages = [page.code for page in known[item.module].pages]
            yield from missing(place, "page", [item.page], pages, "a page of the module")


def _in_item(item: Item, place: tuple[str, str]) -> Iterator[Problem]:
    texts = [choice.text for choice in item.choices]
    if len(texts) != CHOICES:
        yield Problem(*place, "choices", f"{CHOICES} choices, not {len(texts)}")
    for text in sorted({text for text in texts if texts.count(text) > 1}):
        yield Problem(*place, "choices", f"each choice once, but {text!r} is there twice")
    right = sum(choice.right for choice in item.choices)
    if right != 1:
        yield Problem(*place, "choices", f"one with `right: true`, not {right}")
    if item.version < 1:
        yield Problem(*place, "version", "1 or more")


def _left_out(version: ProgramVersion, place: str) -> Iterator[Problem]:
    """Steps to be trained for, in a version with training, for which there is none."""
    for party in version.parties.values() if version.modules or version.assessments else ():
        trained = {task.step.code for task in training_tasks(version, party)}
        for step in party.steps:
            if step.kind in _NEEDED and step.code not in trained:
                yield Problem(place, "", "", _NEEDED[step.kind](party, step))


def _module_for(party: Party, step: Step) -> str:
    return f"a module on {step.material} for {audience_of(party)}, who has the step {step.code}"


def _assessment_for(party: Party, step: Step) -> str:
    return f"an assessment for the step {step.code} of {party.code}"


_NEEDED = {StepKind.REVIEW: _module_for, StepKind.ASSESS: _assessment_for}
