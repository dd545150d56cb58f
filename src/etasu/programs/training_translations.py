"""Training in other languages: modules and questions with the same pages and choices as in English.

All of it is in `translations/<language>/training/`, in files called as in English: modules with a
shorter header, and for an assessment a folder with `assessment.yaml` and a file for each topic.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from etasu.programs.document_files import shape
from etasu.programs.document_text import read_text
from etasu.programs.reading import Reader
from etasu.programs.training import HEAD, Training, module_parts
from etasu.programs.translations import FOLDER, LANGUAGES, TRAINING
from etasu.programs.yaml_files import BadProgram, Problem, parse_yaml, read_yaml
from etasu.safe_use.training import Assessment, Choice, Item, Topic, TrainingModule, TrainingPage


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleWords:
    """The header of a module in another language; `edition` is the one that was translated."""

    code: str
    name: str
    edition: date
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWords:
    """A question in another language; `choices` in the order of the English ones."""

    code: str
    version: int
    question: str
    choices: tuple[str, ...]
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWords:
    """A topic in another language."""

    code: str
    name: str
    items: tuple[ItemWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentWords:
    """An assessment in another language; `edition` is the one that was translated."""

    code: str
    name: str
    edition: date


def translated_training(version_folder: Path, english: Training) -> Training:
    """The training with its translations; mistakes in them are noted beside the others."""
    for language in LANGUAGES:
        place = version_folder / FOLDER / language / TRAINING
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if path.name.startswith("."):
                continue
            name = f"{version_folder.name}/{FOLDER}/{language}/{TRAINING}/{path.name}"
            try:
                _add(path, name, english, language)
            except BadProgram as bad:
                english.problems.extend(bad.problems)
    return english


def _add(path: Path, name: str, training: Training, language: str) -> None:
    code = path.stem
    if path.suffix == ".md" and code in training.modules:
        module = training.modules[code]
        said = _module(path, name, module, language)
        training.modules[code] = dataclasses.replace(
            module, translations=(*module.translations, said)
        )
    elif path.is_dir() and code in training.assessments:
        bank = training.assessments[code]
        spoken = _assessment(path, name, bank, language)
        training.assessments[code] = dataclasses.replace(
            bank, translations=(*bank.translations, spoken)
        )
    else:
        known = [f"{each}.md" for each in training.modules]
        known += list(training.assessments)
        raise BadProgram([Problem(name, "", "", f"one of: {', '.join(sorted(known)) or 'none'}")])


def _module(path: Path, name: str, english: TrainingModule, language: str) -> TrainingModule:
    head, pages, problems = module_parts(path, name)
    reader = Reader(name)
    words: ModuleWords | None = reader.value(ModuleWords, parse_yaml(head, name), "module")
    problems = [*problems, *reader.problems]
    if words is not None:
        problems += _other_head(name, "module", words, english)
    if not problems and [_shape(each) for each in pages] != [_shape(e) for e in english.pages]:
        said = "the same pages, with the same paragraphs, lists and tables as in English"
        problems.append(Problem(name, "pages", "", said))
    if problems or words is None:
        raise BadProgram(problems)
    return dataclasses.replace(
        english,
        name=words.name,
        statement=words.statement,
        language=language,
        pages=tuple(
            TrainingPage(first.code, said.title, said.text)
            for first, said in zip(english.pages, pages, strict=True)
        ),
    )


def _assessment(path: Path, name: str, english: Assessment, language: str) -> Assessment:
    reader = Reader(f"{name}/{HEAD}")
    words: AssessmentWords | None = reader.value(
        AssessmentWords, read_yaml(path / HEAD, reader.file), "assessment"
    )
    problems = list(reader.problems)
    if words is not None:
        problems += _other_head(reader.file, "assessment", words, english)
    files = {each.stem for each in path.glob("*.yaml")} - {Path(HEAD).stem}
    codes = {topic.code for topic in english.topics}
    if files != codes:
        said = f"a file for each topic and no other: {', '.join(sorted(codes))}"
        problems.append(Problem(name, "", "", said))
    if problems or words is None:
        raise BadProgram(problems)
    topics = tuple(_topic(path, f"{name}/{each.code}.yaml", each) for each in english.topics)
    return dataclasses.replace(english, name=words.name, language=language, topics=topics)


def _other_head(
    name: str,
    entry: str,
    words: ModuleWords | AssessmentWords,
    english: TrainingModule | Assessment,
) -> Iterator[Problem]:
    if words.code != english.code:
        yield Problem(name, entry, "code", f"the file's name, {english.code}")
    if words.edition != english.edition:
        yield Problem(name, entry, "edition", f"{english.edition}, as the English text has")


def _topic(folder: Path, name: str, topic: Topic) -> Topic:
    reader = Reader(name)
    raw = read_yaml(folder / f"{topic.code}.yaml", name)
    words: TopicWords | None = reader.value(TopicWords, raw, "topic")
    problems = list(reader.problems)
    if words is not None:
        problems += [Problem(name, *each) for each in _other_topic(words, topic)]
    if problems or words is None:
        raise BadProgram(problems)
    items = zip(topic.items, words.items, strict=True)
    said = tuple(_item(item, wording) for item, wording in items)
    return dataclasses.replace(topic, name=words.name, items=said)


def _other_topic(words: TopicWords, topic: Topic) -> Iterator[tuple[str, str, str]]:
    if words.code != topic.code:
        yield f"topic: {words.code}", "code", f"the file's name, {topic.code}"
    codes = [item.code for item in topic.items]
    if codes != [item.code for item in words.items]:
        yield f"topic: {topic.code}", "items", f"in this order: {', '.join(codes)}"
        return
    for item, wording in zip(topic.items, words.items, strict=True):
        place = f"topic: {topic.code}: {item.code}"
        if wording.version != item.version:
            yield place, "version", f"{item.version}, as the English question has"
        if len(set(wording.choices)) != len(item.choices):
            yield place, "choices", f"{len(item.choices)} that differ, in the English order"


def _item(item: Item, words: ItemWords) -> Item:
    choices = zip(item.choices, words.choices, strict=True)
    return dataclasses.replace(
        item,
        question=words.question,
        explanation=words.explanation,
        choices=tuple(Choice(text, choice.right) for choice, text in choices),
    )


def _shape(page: TrainingPage) -> object:
    return shape(read_text(page.text, "")[0])
