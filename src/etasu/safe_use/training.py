"""Training toward certification: what is read, what is asked, and how answers are graded.

Nothing here is left to chance: the same attempt of the same person always asks the same questions
in the same order, so an attempt can be shown again as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeVar

from etasu.safe_use.entries import Entry
from etasu.safe_use.program import Party, ProgramVersion, Step, StepKind

WORDS_A_MINUTE = 200
CHOICES = 4
_Spoken = TypeVar("_Spoken", "TrainingModule", "Assessment")


class TrainingPage(NamedTuple):
    """One screen of a module: `text` is Markdown, `code` stands in its address."""

    code: str
    title: str
    text: str

    @property
    def words(self) -> int:
        """How many words there are to read, the title included, and no rule of a table."""
        said = (*self.title.split(), *self.text.split())
        return sum(any(sign.isalnum() for sign in word) for word in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleHead(Entry):
    """What a module says about itself.

    `edition` is the day of its text. `statement` is what its reader confirms. With `ask_again`
    only readers of this very edition have read it; otherwise those of earlier ones have, too.
    """

    name: str
    material: str
    audience: tuple[str, ...]
    edition: date
    statement: str
    ask_again: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingModule(ModuleHead):
    """A material of the program as short pages to read on a screen.

    The English one has the `translations`, whose pages are called the same.
    """

    pages: tuple[TrainingPage, ...]
    translations: tuple[TrainingModule, ...] = ()

    def in_language(self, language: str | None) -> TrainingModule:
        """The same module in the language; as it was written where there is no translation."""
        return _in_language(self, self.translations, language)

    @property
    def words(self) -> int:
        """How many words there are to read."""
        return sum(page.words for page in self.pages)

    @property
    def minutes(self) -> int:
        """How long it takes to read, in whole minutes."""
        return reading_minutes(self.words)

    @property
    def digest(self) -> str:
        """The SHA-256 of everything its reader saw and confirmed."""
        parts = [self.name, self.edition.isoformat(), self.statement]
        parts += [part for page in self.pages for part in page]
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


class Choice(NamedTuple):
    """One of the answers to choose from."""

    text: str
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Entry):
    """One question with one right choice, and the page of a module that answers it.

    Whoever changes its words counts `version` up, so that statistics do not mix two questions.
    """

    question: str
    choices: tuple[Choice, ...]
    explanation: str
    version: int
    module: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Entry):
    """Something every attempt asks about, with the questions to draw from."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment(Entry):
    """Questions for one step of a party. Each attempt draws one on every topic."""

    name: str
    party: str
    step: str
    edition: date
    topics: tuple[Topic, ...]
    ask_again: bool = False
    language: str = "en"
    translations: tuple[Assessment, ...] = ()

    def in_language(self, language: str | None) -> Assessment:
        """The same questions in the language; as written where there is no translation."""
        return _in_language(self, self.translations, language)


class AskedItem(NamedTuple):
    """A question as one attempt asks it. `right` is the place of the right choice, from 0."""

    topic: str
    item: str
    version: int
    question: str
    choices: tuple[str, ...]
    right: int
    explanation: str
    module: str
    page: str
    source: str
    language: str = "en"


class GradedAnswer(NamedTuple):
    """A question with the choice taken; None where none was, or none that there is."""

    asked: AskedItem
    choice: int | None
    is_right: bool


class Graded(NamedTuple):
    """What an attempt came to. `needed` right answers pass."""

    answers: tuple[GradedAnswer, ...]
    right: int
    needed: int
    passed: bool

    @property
    def missed(self) -> tuple[str, ...]:
        """The topics not answered rightly, in the order asked."""
        return tuple(each.asked.topic for each in self.answers if not each.is_right)


class TrainingTask(NamedTuple):
    """A certification step that is done by training: a module to read, or an assessment."""

    step: Step
    work: TrainingModule | Assessment

    @property
    def is_assessment(self) -> bool:
        """Whether there are questions to answer."""
        return isinstance(self.work, Assessment)


class Done(NamedTuple):
    """A module read or an assessment passed: its code, its edition, and the day."""

    code: str
    edition: date
    on: date


def audience_of(party: Party) -> str:
    """Who trains for this kind of participant: its representative, or the person itself."""
    return f"{party.code}_representative" if party.has_representative else party.code


def party_of(version: ProgramVersion, audience: str) -> Party | None:
    """The kind of participant somebody of the audience trains for; None when there is none."""
    found = [each for each in version.parties.values() if audience_of(each) == audience]
    return found[0] if found else None


def training_tasks(version: ProgramVersion, party: Party) -> tuple[TrainingTask, ...]:
    """The steps of the party that are done by training, in their order.

    A step for which the version has no module or assessment is left out.
    """
    found = ((step, _work_of(version, party, step)) for step in party.steps)
    return tuple(TrainingTask(step, work) for step, work in found if work is not None)


def steps_trained(
    tasks: Iterable[TrainingTask], done: Collection[Done], since: date | None = None
) -> dict[str, date]:
    """The newest day each step was done by training, by step; what was not done is left out.

    Only what was done after `since` counts, such as the certification to be renewed.
    """
    found: dict[str, date] = {}
    for task in tasks:
        days = [each.on for each in done if _counts(task.work, each, since)]
        if days:
            found[task.step.code] = max(days)
    return found


def draw(
    assessment: Assessment, attempt: int, who: str, missed: Collection[str] = ()
) -> tuple[AskedItem, ...]:
    """The questions of one attempt, counted from 1: one on every topic, those missed before first.

    The next attempt asks another question on each topic, where there is another. Colleagues are
    asked different ones in a different order, for `who` takes part in the drawing.
    """
    again = [topic for topic in assessment.topics if topic.code in missed]
    rest = [topic for topic in assessment.topics if topic.code not in missed]
    asked = (_asked(topic, attempt, who) for topic in (*again, *rest))
    return tuple(each._replace(language=assessment.language) for each in asked)


def grade(
    asked: Sequence[AskedItem], answers: Mapping[str, Any], pass_percent: int | None
) -> Graded:
    """Each answer by its item, and whether they pass together. Never raises.

    Anything but the place of a choice is no answer. Without questions nobody passes, and without
    a usable pass mark only those who have everything right.
    """
    graded = tuple(_graded(each, answers.get(each.item)) for each in asked)
    right = sum(each.is_right for each in graded)
    needed = right_to_pass(len(graded), pass_percent)
    return Graded(graded, right, needed, right >= needed)


def right_to_pass(questions: int, pass_percent: int | None) -> int:
    """How many right answers pass, rounded up; at least one, and all where the mark is unusable."""
    is_usable = pass_percent is not None and 0 < pass_percent <= 100
    percent = pass_percent if is_usable and pass_percent is not None else 100
    return max(1, -(-questions * percent // 100))


def reading_minutes(words: int) -> int:
    """Whole minutes to read so many words at an unhurried pace; one at least."""
    return max(1, -(-words // WORDS_A_MINUTE))


def _in_language(first: _Spoken, others: tuple[_Spoken, ...], language: str | None) -> _Spoken:
    wanted = (language or first.language)[:2]
    return next((each for each in others if each.language == wanted), first)


def _work_of(
    version: ProgramVersion, party: Party, step: Step
) -> TrainingModule | Assessment | None:
    if step.kind is StepKind.REVIEW:
        audience = audience_of(party)
        for module in version.modules.values():
            if module.material == step.material and audience in module.audience:
                return module
    elif step.kind is StepKind.ASSESS:
        for assessment in version.assessments.values():
            if (assessment.party, assessment.step) == (party.code, step.code):
                return assessment
    return None


def _counts(work: TrainingModule | Assessment, done: Done, since: date | None) -> bool:
    if done.code != work.code or (since is not None and done.on <= since):
        return False
    return done.edition == work.edition or not work.ask_again


def _asked(topic: Topic, attempt: int, who: str) -> AskedItem:
    first = int(_digest(who, topic.code), 16)
    item = topic.items[(first + attempt) % len(topic.items)]
    places = sorted(
        range(len(item.choices)), key=lambda place: _digest(who, attempt, item.code, place)
    )
    shown = [item.choices[place] for place in places]
    return AskedItem(
        topic=topic.code,
        item=item.code,
        version=item.version,
        question=item.question,
        choices=tuple(each.text for each in shown),
        right=[each.right for each in shown].index(True),
        explanation=item.explanation,
        module=item.module,
        page=item.page,
        source=item.source,
    )


def _graded(asked: AskedItem, answer: Any) -> GradedAnswer:
    # A truth value is a whole number to Python, but nobody's choice.
    is_place = type(answer) is int and 0 <= answer < len(asked.choices)
    choice = answer if is_place else None
    return GradedAnswer(asked, choice, choice is not None and choice == asked.right)


def _digest(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()
