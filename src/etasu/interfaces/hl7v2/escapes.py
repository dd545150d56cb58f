r"""The characters that part a message, and the escapes that stand for them in a text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Separators(NamedTuple):
    """The marks MSH-1 and MSH-2 name; those a sender leaves out are empty, and so never met."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = ""
    subcomponent: str = ""
    truncation: str = ""


USUAL = Separators("|", "^", "~", "\\", "&")
# Where a line of formatted text ends; every other formatting command says nothing in plain text.
_LINE_COMMANDS = (".br", ".sp", ".ce")
_NOTHING = frozenset({"H", "N"})
_HEX = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")


def unescape(text: str, marks: Separators) -> str:
    r"""The text a sender meant: `\T\` is a separator, `\.br\` a line end, `\X41\` a byte.

    An escape nobody knows stays as it is, and so does an escape character that stands alone.
    """
    if not marks.escape or marks.escape not in text:
        return text
    return _pattern(marks.escape).sub(lambda found: _meant(found, marks), text)


def escape(text: str, marks: Separators = USUAL) -> str:
    r"""The text as it goes into a field, so that no character of it parts anything."""
    if text.isalnum():
        return text
    names = {
        marks.escape: "E",
        marks.field: "F",
        marks.component: "S",
        marks.subcomponent: "T",
        marks.repetition: "R",
    }
    names.pop("", None)
    end = marks.escape
    said = [f"{end}{names[each]}{end}" if each in names else each for each in text]
    return "".join(said).replace("\r\n", "\n").replace("\r", "\n").replace("\n", f"{end}.br{end}")


@lru_cache(maxsize=64)
def _pattern(mark: str) -> re.Pattern[str]:
    quoted = re.escape(mark)
    return re.compile(f"{quoted}([A-Za-z.][^{quoted}\r\n]{{0,200}}){quoted}")


def _meant(found: re.Match[str], marks: Separators) -> str:
    said = found[1]
    if len(said) == 1:
        return "" if said in _NOTHING else _mark(said, marks) or found[0]
    if said.startswith("."):
        return "\n" if said.startswith(_LINE_COMMANDS) else ""
    as_bytes = _HEX.fullmatch(said)
    return _bytes_as_text(bytes.fromhex(as_bytes[1])) if as_bytes else found[0]


def _mark(name: str, marks: Separators) -> str:
    """The separator an escape stands for; empty for a name that is none's."""
    return {
        "F": marks.field,
        "S": marks.component,
        "R": marks.repetition,
        "E": marks.escape,
        "T": marks.subcomponent or "&",
        "P": marks.truncation or "#",
    }.get(name, "")


def _bytes_as_text(given: bytes) -> str:
    try:
        text = given.decode()
    except UnicodeDecodeError:
        text = given.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
