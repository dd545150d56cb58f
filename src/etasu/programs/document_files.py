"""The documents of a program version: texts that become leaflets, cards and pages.

One file for each document and language, `documents/<code>.<language>.md`: a header in YAML between
two lines of `---`, then Markdown. `{telephone}` and the like stand for what program.yaml says, so
that a number is written once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from etasu.programs.document_text import (
    Block,
    Blocks,
    Callout,
    Divider,
    Grid,
    Heading,
    Listing,
    Paragraph,
    Run,
    Runs,
    WriteLine,
    read_text,
)
from etasu.programs.reading import Reader
from etasu.programs.yaml_files import BadProgram, Problem, parse_yaml, read_utf_8
from etasu.safe_use.entries import Entry
from etasu.safe_use.program import Program, ProgramVersion

FOLDER = "documents"
# The language every document is in; the others are translations of it.
FIRST_LANGUAGE = "en"
_MOST_PANELS = 4
_NAME = re.compile(r"(?P<code>[a-z0-9]+(?:-[a-z0-9]+)*)\.(?P<language>[a-z]{2})\.md")
_STANDS_FOR = re.compile(r"(?:\{|%7B)([a-z-]+)(?:\}|%7D)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Entry):
    """What the header of a document says.

    `notice` is the program's notice in the language. A card is folded: a rule parts its panels.
    """

    title: str
    edition: date
    audience: tuple[str, ...]
    notice: str | None = None
    is_card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Entry):
    """A text in one language. `edition` is the day of this wording."""

    language: str
    title: str
    edition: date
    audience: tuple[str, ...]
    notice: str
    is_card: bool
    blocks: Blocks


class TextFile(NamedTuple):
    """A file of a header and a text, as it was read."""

    header: Any
    language: str
    blocks: Blocks


def read_documents(folder: Path, program: Program) -> tuple[tuple[Document, ...], list[Problem]]:
    """The documents of a version folder, by code and language, and what is wrong with them."""
    found: list[Document] = []
    problems: list[Problem] = []
    place = folder / FOLDER
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        if path.name.startswith("."):
            continue
        name = f"{folder.name}/{FOLDER}/{path.name}"
        try:
            found.append(_read_document(path, name, program))
        except BadProgram as bad:
            problems.extend(bad.problems)
    return tuple(found), problems


def document_problems(version: ProgramVersion, documents: Iterable[Document]) -> Iterator[Problem]:
    """Where documents and materials disagree, or a translation and its original."""
    by_code: dict[str, dict[str, Document]] = {}
    for document in documents:
        by_code.setdefault(document.code, {})[document.language] = document
    yield from _named(version, by_code)
    for code, languages in by_code.items():
        first = languages.get(FIRST_LANGUAGE)
        if first is None:
            yield Problem(_file(version, code), "", "", "this file, but it is missing")
            continue
        for language, document in languages.items():
            if language != FIRST_LANGUAGE:
                yield from _as_the_first(version, document, first)


def _named(
    version: ProgramVersion, by_code: Mapping[str, Mapping[str, Document]]
) -> Iterator[Problem]:
    used: dict[str, str] = {}
    for material in version.materials.values():
        if material.document is None:
            continue
        place = (f"{version.label}/materials.yaml", f"materials: {material.code}")
        if material.document not in by_code:
            known = ", ".join(sorted(by_code)) or "none is there"
            said = f"a document ({known}), not {material.document!r}"
            yield Problem(*place, "document", said)
        used[material.document] = material.audience
    for code, languages in by_code.items():
        if code not in used:
            said = f"a material with `document: {code}`"
            yield Problem(f"{version.label}/materials.yaml", "materials", "", said)
        for language, document in languages.items():
            if code in used and used[code] not in document.audience:
                file = _file(version, code, language)
                yield Problem(file, "header", "audience", f"that of the material, {used[code]}")


def _as_the_first(
    version: ProgramVersion, document: Document, first: Document
) -> Iterator[Problem]:
    """A translation has the day and the parts of its original, and a notice in its language."""
    file = _file(version, document.code, document.language)
    if document.edition != first.edition:
        said = f"{first.edition}, the day of the {FIRST_LANGUAGE} text"
        yield Problem(file, "header", "edition", said)
    if shape(document.blocks) != shape(first.blocks):
        said = f"the same headings, paragraphs, lists and tables as the {FIRST_LANGUAGE} text"
        yield Problem(file, "", "", said)
    if document.notice == version.program.notice and not version.program.invented:
        yield Problem(file, "header", "notice", f"the program's notice in {document.language}")


def shape(blocks: Blocks) -> tuple[Any, ...]:
    """The parts of a text without its words: two texts of one shape say the same, part by part."""
    return tuple(_shape(block) for block in blocks)


def _shape(block: Block) -> Any:
    if isinstance(block, Heading):
        return Heading, block.level
    if isinstance(block, Listing):
        return Listing, block.is_counted, tuple(shape(item) for item in block.items)
    if isinstance(block, Grid):
        return Grid, len(block.head), len(block.rows)
    if isinstance(block, Callout):
        return Callout, block.kind, shape(block.blocks)
    return type(block)


def _file(version: ProgramVersion, code: str, language: str = FIRST_LANGUAGE) -> str:
    return f"{version.label}/{FOLDER}/{code}.{language}.md"


def read_text_file(
    path: Path, name: str, program: Program, shapes: Mapping[str, Any], further: Any = None
) -> TextFile:
    """A file of a header and a text; `shapes` says what the header holds in which language.

    A language that is not there has the shape `further`. Raises BadProgram.
    """
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise BadProgram([Problem(name, "", "", "a file called <code>.<language>.md")])
    head, body, first_line = _parts(path, name)
    reader = Reader(name)
    shape = shapes.get(named["language"], further)
    header = reader.value(shape, parse_yaml(f"\n{head}", name), "header")
    blocks, problems = read_text(body, name, first_line)
    if header is not None and header.code != named["code"]:
        reader.refuse("header", "code", f"the file's name, {named['code']}")
    values = _values(program, header)
    strange = sorted(set(_STANDS_FOR.findall(body)) - values.keys())
    if header is not None and strange:
        known = ", ".join(f"{{{each}}}" for each in sorted(values))
        reader.refuse("text", "", f"only {known}, not {{{strange[0]}}}")
    if header is None or reader.problems or problems:
        raise BadProgram([*reader.problems, *problems])
    filled = tuple(_filled_in(block, values) for block in blocks)
    return TextFile(header, named["language"], filled)


def _read_document(path: Path, name: str, program: Program) -> Document:
    header, language, blocks = read_text_file(path, name, program, {}, Header)
    if header.is_card and not 2 <= _panels(blocks) <= _MOST_PANELS:
        said = f"2 to {_MOST_PANELS} panels with a rule between each two"
        raise BadProgram([Problem(name, "text", "", said)])
    return Document(
        code=header.code,
        source=header.source,
        verified=header.verified,
        language=language,
        title=header.title,
        edition=header.edition,
        audience=header.audience,
        notice=header.notice or program.notice,
        is_card=header.is_card,
        blocks=blocks,
    )


def _parts(path: Path, name: str) -> tuple[str, str, int]:
    """Header, text, and the line the text begins on."""
    text = read_utf_8(path, name)
    _before, opening, rest = text.partition("---\n")
    head, closing, body = rest.partition("\n---\n")
    if _before or not opening or not closing:
        said = "a header between two lines of ---, at the very beginning"
        raise BadProgram([Problem(name, "", "", said)])
    return head, body, text[: len(text) - len(body)].count("\n") + 1


def _panels(blocks: Blocks) -> int:
    return 1 + sum(isinstance(block, Divider) for block in blocks)


def _values(program: Program, header: Any) -> dict[str, str]:
    """What the words in braces stand for."""
    values = {"program": program.name, "product": program.product, "sponsor": program.sponsor}
    for contact in program.contacts:
        values.setdefault(contact.kind, contact.value)
    return values | ({"edition": header.edition.isoformat()} if hasattr(header, "edition") else {})


def _filled_in(block: Block, values: Mapping[str, str]) -> Block:
    """The block with the values in it."""
    if isinstance(block, Heading | Paragraph | WriteLine):
        return replace(block, runs=_runs(block.runs, values))
    if isinstance(block, Listing):
        items = tuple(tuple(_filled_in(each, values) for each in item) for item in block.items)
        return Listing(block.is_counted, items)
    if isinstance(block, Grid):
        rows = tuple(tuple(_runs(cell, values) for cell in row) for row in block.rows)
        return Grid(tuple(_runs(cell, values) for cell in block.head), rows)
    if isinstance(block, Callout):
        return Callout(block.kind, tuple(_filled_in(each, values) for each in block.blocks))
    return block


def _runs(runs: Runs, values: Mapping[str, str]) -> Runs:
    def fill(text: str) -> str:
        return _STANDS_FOR.sub(lambda found: values.get(found[1], found[0]), text)

    return tuple(Run(fill(run.text), run.bold, run.italic, fill(run.link)) for run in runs)
