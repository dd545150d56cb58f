"""The answers of a program in words: what is asked, for whom, and when it is looked over."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.answers import Answer
from etasu.programs.describe_words import section, source
from etasu.programs.loader import LoadedProgram
from etasu.safe_use.dates import say_date
from etasu.safe_use.program import ENGLISH, ProgramVersion


def answer_lines(loaded: LoadedProgram, version: ProgramVersion) -> Iterator[str]:
    """Every answer by its question, those for patients first."""
    answers = loaded.answers.get(version.label, ())
    yield from section("Answers", ([_line(each)] for each in answers))


def _line(answer: Answer) -> str:
    languages = ", ".join(answer.sayings)
    reviewed = f"looked over on {say_date(answer.reviewed_on)}, again by"
    return (
        f"- {answer.said(ENGLISH).question} (`{answer.code}`, {answer.kind} for "
        f"{answer.audience}, version {answer.version}, {languages}), {reviewed} "
        f"{say_date(answer.next_review)}. {source(answer)}"
    )
