"""The training of a program version: modules to read, and questions to answer.

A module is `training/<code>.md`: a header in YAML between two lines of `---`, then one page under
each heading with `##`. An assessment is a folder `training/<code>/` with `assessment.yaml` and one
file for each topic. All of it is optional.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from etasu.programs.document_text import read_text
from etasu.programs.reading import Reader
from etasu.programs.yaml_files import BadProgram, Problem, parse_yaml, read_utf_8, read_yaml
from etasu.safe_use.entries import Entry
from etasu.safe_use.training import Assessment, ModuleHead, Topic, TrainingModule, TrainingPage

FOLDER = "training"
HEAD = "assessment.yaml"
_PAGE = re.compile(r"^##[ \t]+(.+?)[ \t]*$", re.MULTILINE)


class Training(NamedTuple):
    """What a version's training folder holds, by code, and what is wrong with it."""

    modules: dict[str, TrainingModule]
    assessments: dict[str, Assessment]
    problems: list[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentHead(Entry):
    """What `assessment.yaml` says: which step it is for, and the topics in their order."""

    name: str
    party: str
    step: str
    edition: date
    topics: tuple[str, ...]
    ask_again: bool = False
    language: str = "en"


def read_training(version_folder: Path) -> Training:
    """The training in a version's folder, empty if it has none; mistakes are noted, not raised."""
    found = Training({}, {}, [])
    folder = version_folder / FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = f"{version_folder.name}/{FOLDER}/{path.name}"
        if path.name.startswith("."):
            continue
        try:
            if path.is_dir():
                assessment = _read_assessment(path, name)
                found.assessments[assessment.code] = assessment
            elif path.suffix == ".md":
                module = _read_module(path, name)
                found.modules[module.code] = module
            else:
                found.problems.append(Problem(name, "", "", "a module, <code>.md, or a folder"))
        except BadProgram as bad:
            found.problems.extend(bad.problems)
    return found


def page_code(title: str) -> str:
    """The word a page is called by in addresses: its title in lower case, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def module_parts(path: Path, name: str) -> tuple[str, tuple[TrainingPage, ...], list[Problem]]:
    """The header of a module as written, its pages, and their mistakes; raises BadProgram."""
    text = read_utf_8(path, name)
    before, opening, rest = text.partition("---\n")
    head, closing, body = rest.partition("\n---\n")
    if before or not opening or not closing:
        said = "a header between two lines of ---, at the very beginning"
        raise BadProgram([Problem(name, "", "", said)])
    first_line = text[: len(text) - len(body)].count("\n") + 1
    _blocks, problems = read_text(body, name, first_line)
    pages = tuple(_pages(body))
    return head, pages, [*problems, *_in_pages(name, body, pages)]


def _read_module(path: Path, name: str) -> TrainingModule:
    head, pages, problems = module_parts(path, name)
    reader = Reader(name)
    header = reader.value(ModuleHead, parse_yaml(head, name), "module")
    if header is not None and header.code != path.stem:
        reader.refuse("module", "code", f"the file's name, {path.stem}")
    reader.problems.extend(problems)
    if header is None or reader.problems:
        raise BadProgram(reader.problems)
    fields = {each.name: getattr(header, each.name) for each in dataclasses.fields(header)}
    return TrainingModule(**fields, pages=pages)


def _pages(body: str) -> Iterator[TrainingPage]:
    _before, *parts = _PAGE.split(body)
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        yield TrainingPage(page_code(title), title, text.strip())


def _in_pages(name: str, body: str, pages: tuple[TrainingPage, ...]) -> Iterator[Problem]:
    if not pages or _PAGE.split(body)[0].strip():
        yield Problem(name, "pages", "", "a heading with ## first, for each page begins with one")
    seen: set[str] = set()
    for page in pages:
        if page.code in seen or not page.code:
            yield Problem(name, f"pages: {page.title}", "", "a title no other page has")
        seen.add(page.code)
        if not page.text:
            yield Problem(name, f"pages: {page.title}", "", "a text under the heading")


def _read_assessment(folder: Path, name: str) -> Assessment:
    reader = Reader(f"{name}/{HEAD}")
    head = reader.value(AssessmentHead, read_yaml(folder / HEAD, reader.file), "assessment")
    if head is None or reader.problems:
        raise BadProgram(reader.problems)
    if head.code != folder.name:
        reader.refuse(f"assessment: {head.code}", "code", f"the folder's name, {folder.name}")
    files = {path.stem for path in folder.glob("*.yaml")} - {Path(HEAD).stem}
    if sorted(files) != sorted(head.topics):
        said = f"the files beside it, each once: {', '.join(sorted(files)) or 'there are none'}"
        reader.refuse(f"assessment: {head.code}", "topics", said)
    problems = list(reader.problems)
    topics = []
    for code in head.topics if not problems else ():
        try:
            topics.append(_read_topic(folder / f"{code}.yaml", f"{name}/{code}.yaml"))
        except BadProgram as bad:
            problems.extend(bad.problems)
    if problems:
        raise BadProgram(problems)
    fields = {each.name: getattr(head, each.name) for each in dataclasses.fields(head)}
    return Assessment(**fields | {"topics": tuple(topics)})


def _read_topic(path: Path, name: str) -> Topic:
    reader = Reader(name)
    topic: Topic | None = reader.value(Topic, read_yaml(path, name), "topic")
    if topic is not None and topic.code != path.stem:
        reader.refuse(f"topic: {topic.code}", "code", f"the file's name, {path.stem}")
    if topic is None or reader.problems:
        raise BadProgram(reader.problems)
    return topic
