"""What a version's participants, steps, gates and tests are called in other languages.

A file of words names every one of them or is refused, so that no page is half in a language.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etasu.programs.reading import Reader
from etasu.programs.yaml_files import BadProgram, Problem, read_yaml
from etasu.safe_use.entries import Spoken
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.safe_use.program import Gate, Party

WORDS = "words.yaml"
FOLDER = "translations"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    """A certification step in another language."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyWords:
    """A kind of participant in another language, with its steps."""

    code: str
    name: str
    steps: tuple[StepWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateWords:
    """A gate in another language."""

    code: str
    name: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestWords:
    """A test in another language."""

    __test__ = False  # so that no test runner collects it

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionWords:
    """A file of words."""

    notice: str
    parties: tuple[PartyWords, ...]
    gates: tuple[GateWords, ...]
    tests: tuple[TestWords, ...]


class Words:
    """The words of a version folder, by language. Ask for each part, then look at `problems`."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[Problem] = []
        self._said: dict[str, tuple[str, VersionWords]] = {}
        for path in sorted(folder.glob(f"{FOLDER}/*/{WORDS}")):
            reader = Reader(f"{folder.name}/{FOLDER}/{path.parent.name}/{WORDS}")
            try:
                said: Any = reader.value(VersionWords, read_yaml(path, reader.file), "words")
            except BadProgram as bad:
                self.problems.extend(bad.problems)
                continue
            self.problems.extend(reader.problems)
            if said is not None:
                self._said[path.parent.name] = (reader.file, said)

    def notices(self) -> dict[str, str]:
        """What the program says about itself below every page, by language."""
        return {language: said.notice for language, (_file, said) in self._said.items()}

    def parties(self, english: Mapping[str, Party]) -> dict[str, Party]:
        """The kinds of participant and their steps, each with its words."""
        found = dict(english)
        for language, (file, words) in self._said.items():
            said = {each.code: each for each in words.parties}
            self._refuse_gaps(file, "parties", english, said)
            for code in english.keys() & said.keys():
                found[code] = self._party(file, language, found[code], said[code])
        return found

    def gates(self, english: Mapping[str, Gate]) -> dict[str, Gate]:
        """The gates, each with its words."""
        found = dict(english)
        for language, (file, words) in self._said.items():
            said = {each.code: each for each in words.gates}
            self._refuse_gaps(file, "gates", english, said)
            for code in english.keys() & said.keys():
                gate, wording = found[code], said[code]
                words_ = Spoken(language=language, name=wording.name, question=wording.question)
                found[code] = dataclasses.replace(gate, spoken=(*gate.spoken, words_))
        return found

    def tests(self, english: Mapping[str, TestDefinition]) -> dict[str, TestDefinition]:
        """The tests, each with its words."""
        found = dict(english)
        for language, (file, words) in self._said.items():
            said = {each.code: each.name for each in words.tests}
            self._refuse_gaps(file, "tests", english, said)
            for code in english.keys() & said.keys():
                test, words_ = found[code], Spoken(language=language, name=said[code])
                found[code] = dataclasses.replace(test, spoken=(*test.spoken, words_))
        return found

    def _party(self, file: str, language: str, party: Party, said: PartyWords) -> Party:
        named = {each.code: each.name for each in said.steps}
        codes = [each.code for each in party.steps]
        self._refuse_gaps(file, f"parties: {party.code}", codes, named)
        steps = tuple(
            dataclasses.replace(
                step, spoken=(*step.spoken, Spoken(language=language, name=named[step.code]))
            )
            for step in party.steps
            if step.code in named
        )
        spoken = (*party.spoken, Spoken(language=language, name=said.name))
        return dataclasses.replace(party, spoken=spoken, steps=steps)

    def _refuse_gaps(
        self, file: str, entry: str, english: Iterable[str], said: Iterable[str]
    ) -> None:
        self.problems.extend(_gaps(file, entry, set(english), set(said)))


def _gaps(file: str, entry: str, english: set[str], said: set[str]) -> Iterator[Problem]:
    for code in sorted(english - said):
        yield Problem(file, entry, code, "its words, but it is missing")
    for code in sorted(said - english):
        yield Problem(file, entry, code, "nothing, for there is no such code")
