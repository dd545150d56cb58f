"""The training of a program in words: what is read, and what is asked, without the answers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from etasu.programs.describe_words import plain, section, source
from etasu.safe_use.dates import say_date
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.training import Assessment, Topic, TrainingModule


def training_lines(version: ProgramVersion) -> Iterator[str]:
    """Modules and assessments, those to read first."""
    modules = (_module(version, each) for each in version.modules.values())
    assessments = (_assessment(version, each) for each in version.assessments.values())
    yield from section("Training", chain(modules, assessments))


def _module(version: ProgramVersion, module: TrainingModule) -> Iterator[str]:
    yield from (f"### {module.name} (`{module.code}`)", "")
    material = version.materials[module.material].name
    audience = ", ".join(map(plain, module.audience))
    again = " A new edition is to be read again." if module.ask_again else ""
    yield f"To read: {material}, for {audience}. Edition of {say_date(module.edition)}.{again}"
    yield f"Pages: {len(module.pages)}. Minutes to read: {module.minutes}. {source(module)}"
    yield ""
    yield from (f"{number}. {page.title}" for number, page in enumerate(module.pages, 1))
    yield from ("", f"The reader confirms: {module.statement}")


def _assessment(version: ProgramVersion, assessment: Assessment) -> Iterator[str]:
    yield from (f"### {assessment.name} (`{assessment.code}`)", "")
    step = next(s for s in version.parties[assessment.party].steps if s.code == assessment.step)
    again = " A new edition is to be passed again." if assessment.ask_again else ""
    yield (
        f"For the step `{step.code}` of {assessment.party}: {step.items} questions, "
        f"{step.pass_percent} percent to pass. Edition of {say_date(assessment.edition)}.{again} "
        f"{source(assessment)}"
    )
    yield from chain.from_iterable(_topic(each) for each in assessment.topics)


def _topic(topic: Topic) -> Iterator[str]:
    yield from ("", f"{topic.name} (`{topic.code}`). {source(topic)}", "")
    for item in topic.items:
        yield f"- {item.question} (`{item.code}`, version {item.version}) {source(item)}"
