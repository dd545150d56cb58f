"""Paragraphs out of runs. No text is read as markup, so nothing anybody typed can become any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reportlab.platypus import Paragraph  # type: ignore[import-untyped]
from reportlab.platypus.paraparser import ParaFrag  # type: ignore[import-untyped]

from etasu.portals.components.paper import fonts, looks
from etasu.programs.document_text import Run, Runs


def paragraph(said: str | Runs, style: Any, *, bullet: str | None = None) -> Any:
    """A paragraph that wraps, however long its words are; a newline begins a new line."""
    runs = (Run(said),) if isinstance(said, str) else said
    frags = list(_frags(runs, style)) or [_frag("", style.fontName, style.fontSize, style)]
    return Paragraph("", style, frags=frags, bulletText=bullet)


def bold(said: str) -> Run:
    """Words in bold."""
    return Run(said, bold=True)


def _frags(runs: Iterable[Run], style: Any) -> Iterator[Any]:
    base_bold = style.fontName in (fonts.BOLD, fonts.BOLD_ITALIC)
    for number, run in enumerate(runs):
        name = fonts.face(run.bold or base_bold, run.italic)
        lines = fonts.legible(_with_address(run)).split("\n")
        for place, line in enumerate(lines):
            if place:
                yield _frag("", name, style.fontSize, style, lineBreak=True)
            if line:
                frag = _frag(line, name, style.fontSize, style)
                if run.link:
                    frag.link = [(number, run.link)]
                    frag.textColor = looks.BLUE
                yield frag


def _frag(text: str, font: str, size: float, style: Any, **more: Any) -> Any:
    return ParaFrag(
        text=text,
        fontName=font,
        fontSize=size,
        textColor=style.textColor,
        rise=0,
        greek=0,
        link=[],
        us_lines=[],
        **more,
    )


def _with_address(run: Run) -> str:
    """A link with its address after it, for nobody can press paper."""
    address = run.link.removeprefix("mailto:").removeprefix("tel:")
    bare = run.link.partition(":")[2].strip("/")
    if not address or run.text.strip().strip("/") in (bare, address.strip("/")):
        return run.text
    return f"{run.text} ({address})"
