"""The answers of a program version: questions people ask, lessons, and what a nurse says.

One file for each answer and language, `answers/<code>.<language>.md`: a header in YAML between two
lines of `---`, then Markdown, as documents have. The English header says everything about the
answer; a translation brings words, for the version it was made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from etasu.programs.document_files import read_text_file, shape
from etasu.programs.document_text import Blocks
from etasu.programs.references import missing
from etasu.programs.yaml_files import BadProgram, Problem
from etasu.safe_use.entries import Entry
from etasu.safe_use.program import ENGLISH, Program, ProgramVersion

FOLDER = "answers"
# Pages an answer can lead to, beside answers and materials of its program.
PAGES = (
    *("safety", "signs", "patients", "medicine", "enroll", "sites", "downloads", "reactions"),
    "trials",
)
_ELSEWHERE = "https://"


class Audience(StrEnum):
    """Whom an answer is written for."""

    PROFESSIONALS = "professionals"
    PATIENTS = "patients"


class AnswerKind(StrEnum):
    """A question that people ask, a lesson to read as a whole, or a nurse's own words."""

    QUESTION = "question"
    LESSON = "lesson"
    COLUMN = "column"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHeader(Entry):
    """What is on record about an answer. `version` counts its wordings; `also` is found as well.

    `learn_more` leads on: `answer/<code>`, `material/<code>`, `page/<name>`, or an address.
    """

    kind: AnswerKind
    audience: Audience
    order: int
    question: str
    version: int
    reviewed_on: date
    next_review: date
    also: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    learn_more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedHeader:
    """What a translation says of itself: the wording it was made of, and the question."""

    code: str
    version: int
    question: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """An answer in one language."""

    language: str
    question: str
    also: tuple[str, ...]
    blocks: Blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(AnswerHeader):
    """An answer with its text in each language."""

    sayings: Mapping[str, Saying]

    def said(self, language: str) -> Saying:
        """The answer in the language, in English where there is no translation."""
        return self.sayings.get(language, self.sayings[ENGLISH])


def read_answers(folder: Path, program: Program) -> tuple[Answer, ...]:
    """The answers of a version folder, in the order they are shown; raises BadProgram."""
    place = folder / FOLDER
    headers: dict[str, dict[str, Any]] = {}
    sayings: dict[str, dict[str, Saying]] = {}
    problems: list[Problem] = []
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        if path.name.startswith("."):
            continue
        name = f"{folder.name}/{FOLDER}/{path.name}"
        try:
            found = read_text_file(path, name, program, {ENGLISH: AnswerHeader}, TranslatedHeader)
        except BadProgram as bad:
            problems.extend(bad.problems)
            continue
        header = found.header
        headers.setdefault(header.code, {})[found.language] = header
        sayings.setdefault(header.code, {})[found.language] = Saying(
            language=found.language,
            question=header.question,
            also=header.also,
            blocks=found.blocks,
        )
    problems = problems or list(_untrue_translations(folder.name, headers, sayings))
    if problems:
        raise BadProgram(problems)
    answers = [_answer(each[ENGLISH], sayings[code]) for code, each in headers.items()]
    return tuple(sorted(answers, key=lambda each: (each.audience, each.kind, each.order)))


def answer_problems(version: ProgramVersion, answers: Iterable[Answer]) -> Iterator[Problem]:
    """Reviews before their time, two answers in one place, and links that lead nowhere."""
    known = {each.code: each for each in answers}
    taken: dict[tuple[str, str, int], str] = {}
    for each in known.values():
        place = (f"{version.label}/{FOLDER}/{each.code}.{ENGLISH}.md", "header")
        if each.next_review <= each.reviewed_on:
            yield Problem(*place, "next_review", f"a day after {each.reviewed_on}")
        if each.version < 1:
            yield Problem(*place, "version", "a count from 1")
        other = taken.setdefault((each.audience, each.kind, each.order), each.code)
        if other != each.code:
            said = f"a place of its own among those of its kind, for {other} has {each.order}"
            yield Problem(*place, "order", said)
        for link in each.learn_more:
            if not _leads_somewhere(link, each, known, version):
                said = f"answer/<code>, material/<code>, page/<name> or https://, not {link!r}"
                yield Problem(*place, "learn_more", said)
    for topic in version.nurse_line.topics if version.nurse_line is not None else ():
        place = (f"{version.label}/support.yaml", f"nurse_line: {topic.code}")
        yield from missing(place, "answers", topic.answers, known, "an answer")


def overdue(answers: Iterable[Answer], on: date) -> list[Answer]:
    """The answers somebody should have looked over again by that day, the longest wait first."""
    return sorted(
        (each for each in answers if each.next_review < on), key=lambda each: each.next_review
    )


def _answer(header: AnswerHeader, sayings: Mapping[str, Saying]) -> Answer:
    fields = {name: getattr(header, name) for name in AnswerHeader.__dataclass_fields__}
    return Answer(**fields, sayings=sayings)


def _untrue_translations(
    label: str,
    headers: Mapping[str, Mapping[str, Any]],
    sayings: Mapping[str, Mapping[str, Saying]],
) -> Iterator[Problem]:
    """A translation has the version and the parts of its English text."""
    for code, languages in headers.items():
        file = f"{label}/{FOLDER}/{code}"
        first = languages.get(ENGLISH)
        if first is None:
            yield Problem(f"{file}.{ENGLISH}.md", "", "", "this file, but it is missing")
            continue
        for language, header in languages.items():
            if header.version != first.version:
                said = f"{first.version}, that of the English text"
                yield Problem(f"{file}.{language}.md", "header", "version", said)
            if shape(sayings[code][language].blocks) != shape(sayings[code][ENGLISH].blocks):
                said = "the same headings, paragraphs, lists and tables as the English text"
                yield Problem(f"{file}.{language}.md", "", "", said)


def _leads_somewhere(
    link: str, answer: Answer, known: Mapping[str, Answer], version: ProgramVersion
) -> bool:
    if link.startswith(_ELSEWHERE):
        return True
    kind, _, name = link.partition("/")
    places = {"answer": known.keys() - {answer.code}, "material": version.materials, "page": PAGES}
    return name in places.get(kind, ())
