"""The letters on paper: Bitstream Vera, which comes with ReportLab and goes into every file."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

import reportlab  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

REGULAR, BOLD, ITALIC, BOLD_ITALIC = "Vera", "VeraBd", "VeraIt", "VeraBI"
_FOLDER = Path(reportlab.__file__).parent / "fonts"
_NO_LETTER = "?"
_HIDDEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}  # control, direction, white space


def _register() -> frozenset[str]:
    """Make the four faces known; answers with the letters that can be printed."""
    faces = {name: TTFont(name, str(_FOLDER / f"{name}.ttf")) for name in _FACES}
    for face in faces.values():
        pdfmetrics.registerFont(face)
    codes = faces[REGULAR].face.charToGlyph
    return frozenset(each for each in map(chr, codes) if unicodedata.category(each)[0] != "C")


_FACES = (REGULAR, BOLD, ITALIC, BOLD_ITALIC)
_LETTERS = _register()


def face(bold: bool, italic: bool) -> str:
    """The name of a face."""
    return _FACES[bold + 2 * italic]


def width(text: str, font: str, size: float) -> float:
    """How wide the text is, in points."""
    return float(pdfmetrics.stringWidth(text, font, size))


def legible(text: str) -> str:
    """The text in letters that can be printed, in one spelling.

    A letter the font lacks is printed without its accents, or as a question mark: `is_exact` tells.
    What cannot be seen, such as a sign that turns the direction of writing, is left out.
    """
    return "".join(map(_letter, _composed(text)))


def is_exact(text: str) -> bool:
    """Whether the text is printed as it is, letter by letter."""
    return all(_letter(each) == each or _is_hidden(each) for each in set(_composed(text)))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter) in _HIDDEN


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    if letter in _LETTERS or letter == "\n":
        return letter
    category = unicodedata.category(letter)
    if letter == "\t" or category == "Zs":
        return " "
    if category in ("Zl", "Zp"):
        return "\n"
    if category in _HIDDEN:
        return ""
    plain = [each for each in unicodedata.normalize("NFKD", letter) if each in _LETTERS]
    return "".join(plain) or _NO_LETTER
