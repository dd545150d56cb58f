"""The text of a document as a closed set of blocks, read from Markdown.

Whoever shows a document, on paper or on a page, knows every block there can be. Markup that has no
block here is refused with its line, so nothing an author wrote is silently dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from etasu.programs.yaml_files import Problem

_LINKS = ("https://", "mailto:", "tel:")
_CALLOUT = re.compile(r"^\[!([A-Z]+)\]\s*")
_FILL_IN = re.compile(r"_{4,}$")


class CalloutKind(StrEnum):
    """Why a passage stands out."""

    NOTE = "note"
    IMPORTANT = "important"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one look; a line ends at each newline."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title: level 2, 3 or 4."""

    level: int
    runs: Runs
    anchor: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    runs: Runs


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, with bullets or counted from 1."""

    is_counted: bool
    items: tuple[Blocks, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: each column has a heading, and each row as many cells."""

    head: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """A passage that stands out."""

    kind: CalloutKind
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class WriteLine:
    """Words with a line after them, to write on by hand."""

    runs: Runs


@dataclass(frozen=True, slots=True)
class Divider:
    """A break between parts; on a card, between its panels."""


Block = Heading | Paragraph | Listing | Grid | Callout | WriteLine | Divider
Blocks = tuple[Block, ...]


def read_text(markdown: str, file: str, first_line: int = 1) -> tuple[Blocks, list[Problem]]:
    """The blocks of a text and what is wrong with it; `first_line` is where the text begins."""
    reader = _TextReader(file, first_line)
    blocks = reader.blocks(SyntaxTreeNode(_markdown().parse(markdown)).children)
    reader.check_headings()
    return blocks, reader.problems


def plain_text(runs: Runs) -> str:
    """The words alone."""
    return "".join(run.text for run in runs)


def all_runs(blocks: Iterable[Block]) -> Iterator[Runs]:
    """The words of every block, in the order they are read."""
    for block in blocks:
        if isinstance(block, Heading | Paragraph | WriteLine):
            yield block.runs
        elif isinstance(block, Listing):
            for item in block.items:
                yield from all_runs(item)
        elif isinstance(block, Grid):
            yield from block.head
            for row in block.rows:
                yield from row
        elif isinstance(block, Callout):
            yield from all_runs(block.blocks)


def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


class _TextReader:
    """Turns the nodes of Markdown into blocks and notes what has no block."""

    def __init__(self, file: str, first_line: int) -> None:
        self.file = file
        self.first_line = first_line
        self.problems: list[Problem] = []
        self.headings: list[tuple[int, str, int]] = []
        self.line = first_line

    def blocks(self, nodes: Iterable[SyntaxTreeNode]) -> Blocks:
        return tuple(block for node in nodes for block in self._block(node))

    def check_headings(self) -> None:
        """Levels go down one at a time, and no two headings read the same."""
        before = 1
        seen: set[str] = set()
        for level, anchor, line in self.headings:
            self.line = line
            if not 2 <= level <= 4:
                self._refuse("a heading with ##, ### or ####, for the title is the first level")
            elif level > before + 1:
                self._refuse(f"a heading with {'#' * (before + 1)} before one with {'#' * level}")
            if anchor in seen:
                self._refuse("each heading once")
            seen.add(anchor)
            before = min(max(level, 2), 4)

    def _refuse(self, expected: str) -> None:
        self.problems.append(Problem(self.file, f"line {self.line}", "", expected))

    def _block(self, node: SyntaxTreeNode) -> Iterator[Block]:
        if node.map:
            self.line = self.first_line + node.map[0]
        read: Callable[[SyntaxTreeNode], Block] | None = {
            "heading": self._heading,
            "paragraph": self._paragraph,
            "bullet_list": self._listing,
            "ordered_list": self._listing,
            "table": self._grid,
            "blockquote": self._callout,
            "hr": lambda _node: Divider(),
        }.get(node.type)
        if read is None:
            self._refuse(f"headings, paragraphs, lists, tables and callouts, not {_said(node)}")
        else:
            yield read(node)

    def _heading(self, node: SyntaxTreeNode) -> Heading:
        runs = self._runs(node)
        level = int(node.tag[1])
        anchor = "-".join(re.findall(r"\w+", plain_text(runs).lower()))
        self.headings.append((level, anchor, self.line))
        return Heading(level, runs, anchor)

    def _paragraph(self, node: SyntaxTreeNode) -> Paragraph | WriteLine:
        runs = self._runs(node)
        if runs and _FILL_IN.search(runs[-1].text):
            last = runs[-1]
            words = _FILL_IN.sub("", last.text).rstrip()
            return WriteLine((*runs[:-1], Run(words, last.bold, last.italic)))
        return Paragraph(runs)

    def _listing(self, node: SyntaxTreeNode) -> Listing:
        if node.attrs.get("start", 1) != 1:
            self._refuse("a list counted from 1")
        items = tuple(self.blocks(item.children) for item in node.children)
        return Listing(node.type == "ordered_list", items)

    def _grid(self, node: SyntaxTreeNode) -> Grid:
        rows = [
            tuple(self._runs(cell) for cell in row.children)
            for part in node.children
            for row in part.children
        ]
        if any(not plain_text(cell).strip() for cell in rows[0]):
            self._refuse("a heading for each column")
        return Grid(rows[0], tuple(rows[1:]))

    def _callout(self, node: SyntaxTreeNode) -> Callout:
        blocks = self.blocks(node.children)
        first = blocks[0] if blocks else None
        runs = first.runs if isinstance(first, Paragraph) else ()
        found = _CALLOUT.match(runs[0].text) if runs else None
        if found is None or found[1].lower() not in set(CalloutKind):
            kinds = ", ".join(f"[!{kind.upper()}]" for kind in CalloutKind)
            self._refuse(f"a callout that begins with one of: {kinds}")
            return Callout(CalloutKind.NOTE, blocks)
        rest = (Run(runs[0].text[found.end() :], runs[0].bold, runs[0].italic), *runs[1:])
        kept = tuple(run for run in rest if run.text)
        opening: Blocks = (Paragraph(kept),) if kept else ()
        return Callout(CalloutKind(found[1].lower()), (*opening, *blocks[1:]))

    def _runs(self, node: SyntaxTreeNode) -> Runs:
        """The words of a block; neighbors of one look are one run."""
        joined: list[Run] = []
        for run in self._looks(node.children, Run("")):
            last = joined[-1] if joined else None
            if last and (last.bold, last.italic, last.link) == (run.bold, run.italic, run.link):
                joined[-1] = Run(last.text + run.text, run.bold, run.italic, run.link)
            else:
                joined.append(run)
        return tuple(joined)

    def _looks(self, nodes: Iterable[SyntaxTreeNode], look: Run) -> Iterator[Run]:
        for node in nodes:
            if node.type == "inline":
                yield from self._looks(node.children, look)
            elif node.type in ("text", "softbreak", "hardbreak"):
                words = {"softbreak": " ", "hardbreak": "\n"}.get(node.type, node.content)
                yield Run(words, look.bold, look.italic, look.link)
            elif node.type == "strong":
                yield from self._looks(node.children, Run("", True, look.italic, look.link))
            elif node.type == "em":
                yield from self._looks(node.children, Run("", look.bold, True, look.link))
            elif node.type == "link":
                link = self._link(str(node.attrs.get("href", "")))
                yield from self._looks(node.children, Run("", look.bold, look.italic, link))
            else:
                self._refuse(f"words, bold, italic and links, not {_said(node)}")

    def _link(self, address: str) -> str:
        if not address.startswith(_LINKS):
            self._refuse(f"a link to {', '.join(_LINKS)}, not {address[:60]!r}")
        return address


def _said(node: SyntaxTreeNode) -> str:
    return node.type.replace("_", " ")
