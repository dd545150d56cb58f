r"""A message taken apart: segments, fields, and the characters that part them.

Nothing is believed and nothing raises but `Unreadable`: the separators come from the message
itself, any line end is taken, segments nobody knows are kept, and what a line break tore apart is
put together again. A field stays the text it was; `Message.parts` and `Message.text` open it when
somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import tzinfo
from functools import lru_cache

from etasu.interfaces.hl7v2.escapes import Separators, unescape

LARGEST_MESSAGE = 2 * 1024 * 1024
MOST_SEGMENTS = 20_000
MOST_FIELDS = 1_000
MOST_MESSAGES = 1_000
# What HL7 says in place of a value that is to be taken away; an empty field says nothing.
NULL = '""'

VT, FS = b"\x0b", b"\x1c"
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_AROUND = b"\x0b\x1c\r\n\t \x00"
UTF_8 = "utf-8"
_UNICODE = frozenset({"UNICODE UTF-8", "UTF-8", "UTF8"})
_LATIN = frozenset({"8859/1", "ISO8859/1", "ISO-8859-1", "ISO 8859-1", "8859-1", "LATIN1"})
# Segments that count even when nothing follows their name; any other bare word is text.
_BARE = frozenset({"OBX", "OBR", "ORC", "PID", "SPM", "NTE"})
_A_LINE_END = re.compile(rb"\r\n?|\n")
_A_HEADER = re.compile(rb"^[ \t\x0b]*(?=(?:MSH|FHS|BHS|BTS|FTS)[^0-9A-Za-z\r\n])", re.MULTILINE)


class Unreadable(Exception):
    """A message that cannot be read: which field, a code of HL7 table 0357, and what to do."""

    def __init__(self, field: str, remedy: str, *, code: int = 100) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field
        self.remedy = remedy
        self.code = code


class Message:
    """Segments as lists of fields; the number of a field is its place in the list.

    `zone` is where times without a zone are meant, as agreed with the sender.
    """

    __slots__ = ("encoding", "header", "segments", "separators", "zone")

    def __init__(
        self, segments: list[list[str]], separators: Separators, encoding: str = "utf-8"
    ) -> None:
        self.segments = segments
        self.header = segments[0]
        self.separators = separators
        self.encoding = encoding
        self.zone: tzinfo | None = None

    def text(self, segment: list[str], number: int) -> str:
        """A field's first component, read out; empty when there is none, and for HL7's null."""
        return self.part(segment[number], 1) if number < len(segment) else ""

    def part(self, field: str, number: int) -> str:
        """One component of a field's first repetition, read out. A sub-component is its first."""
        marks = self.separators
        if marks.repetition in field:
            field = field.split(marks.repetition, 1)[0]
        if marks.component in field:
            parts = field.split(marks.component, number)
            field = parts[number - 1] if number <= len(parts) else ""
        elif number > 1:
            return ""
        if marks.subcomponent and marks.subcomponent in field:
            field = field.split(marks.subcomponent, 1)[0]
        return "" if field == NULL else unescape(field, marks).strip()

    def parts(self, field: str) -> list[str]:
        """Every component of one repetition, read out, sub-components joined as they were."""
        found = field.split(self.separators.component)
        return ["" if part == NULL else unescape(part, self.separators).strip() for part in found]

    def repetitions(self, field: str) -> list[str]:
        """The repetitions of a field, as they were sent; none for an empty one."""
        mark = self.separators.repetition
        if not field:
            return []
        return field.split(mark) if mark and mark in field else [field]


def parse(raw: bytes, character_set: str = UTF_8) -> Message:
    """Take one message apart; raises Unreadable.

    `character_set` counts where the message does not state its own.
    """
    if len(raw) > LARGEST_MESSAGE:
        remedy = f"Send at most {LARGEST_MESSAGE} bytes in one message; split it by order."
        raise Unreadable("MSH", remedy, code=104)
    body = _unwrapped(raw)
    if not body.startswith(b"MSH"):
        raise Unreadable("MSH", "Begin the message with an MSH segment, and put nothing before it.")
    text, encoding = _decoded(body, character_set)
    lines = text.split("\r")
    separators = separators_of(lines[0])
    segments = list(_segments(lines, separators.field))
    if len(segments) > MOST_SEGMENTS:
        remedy = f"Send at most {MOST_SEGMENTS} segments in one message; split it by order."
        raise Unreadable("MSH", remedy, code=104)
    _put_separators_in_place(segments[0], separators)
    return Message(segments, separators, encoding)


def separators_of(line: str) -> Separators:
    """The separators that MSH-1 and MSH-2 name; raises Unreadable."""
    field = line[3:4]
    return _separators(field, line[4:16].split(field, 1)[0] if field else "")


@lru_cache(maxsize=64)
def _separators(field: str, marks: str) -> Separators:
    if not _can_separate(field) or not 2 <= len(marks) <= 5 or not all(map(_can_separate, marks)):
        remedy = r"Begin the message with the separators, as in MSH|^~\&|."
        raise Unreadable("MSH-2", remedy, code=102)
    if len({field, *marks}) != len(marks) + 1:
        raise Unreadable("MSH-2", "Use a different character for each separator.", code=102)
    return Separators(field, *marks)


def messages_in(raw: bytes) -> list[bytes]:
    """The messages of a batch, or the one message; wrappers are left out, nothing else is.

    Raises Unreadable for too many.
    What stands before the first header stays with it, so that it is answered and not dropped.
    """
    if raw.find(b"MSH", raw.find(b"MSH") + 1) < 0 and b"HS" not in raw[:16]:
        return [raw]
    even = _A_LINE_END.sub(b"\n", raw)
    starts = [found.start() for found in _A_HEADER.finditer(even)]
    if len(starts) < 2:
        return [raw]
    if even[: starts[0]].strip(_AROUND + _BOM):
        starts[0] = 0
    ends = [*starts[1:], len(even)]
    if len(starts) > MOST_MESSAGES:
        raise Unreadable("BHS", f"Send at most {MOST_MESSAGES} messages in one batch.", code=104)
    chunks = [even[start:end] for start, end in zip(starts, ends, strict=True)]
    return [chunk for chunk in chunks if not _is_wrapper(chunk)] or [raw]


def wrapper_of(raw: bytes) -> bytes:
    """The first line of a batch with a wrapper around its messages; empty for anything else."""
    if b"HS" not in raw[:16]:
        return b""
    line = _A_LINE_END.split(_unwrapped(raw), maxsplit=1)[0]
    return line if line[:3] in (b"FHS", b"BHS") else b""


def _is_wrapper(chunk: bytes) -> bool:
    """Whether it is a header or trailer of a batch with nothing else in it."""
    lines = [line for line in chunk.split(b"\n") if line.strip(_AROUND)]
    return len(lines) == 1 and lines[0].lstrip(_AROUND)[:3] in (b"FHS", b"BHS", b"BTS", b"FTS")


def _unwrapped(raw: bytes) -> bytes:
    body = raw.strip(_AROUND)
    if body.startswith(_BOM):
        body = body[3:].strip(_AROUND)
    if body.startswith(_UTF_16):
        raise Unreadable("MSH-18", "Send the message in UTF-8.", code=102)
    return body


def _decoded(body: bytes, character_set: str) -> tuple[str, str]:
    """The text with one kind of line end, and its encoding: as stated, else as agreed.

    What neither is right for is read as Latin-1, in which every byte is a letter.
    """
    encoding = UTF_8 if body.isascii() else _stated(body) or character_set
    try:
        text = body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        encoding = "latin-1"
        text = body.decode(encoding)
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    # PostgreSQL keeps no NUL, and none means anything.
    return (text.replace("\0", "\ufffd") if "\0" in text else text), encoding


def _stated(body: bytes) -> str:
    """The character set that MSH-18 names, empty for none or one nobody knows."""
    header = _A_LINE_END.split(body, maxsplit=1)[0].decode("latin-1")
    fields = header.split(header[3:4]) if header[3:4] else []
    stated = fields[17].strip().upper() if len(fields) > 17 else ""
    if stated in _LATIN:
        return "latin-1"
    return UTF_8 if stated in _UNICODE else ""


def _segments(lines: list[str], mark: str) -> Iterator[list[str]]:
    """Each segment's fields. A line that is no segment goes on with the one before it."""
    whole = ""
    torn: list[str] = []
    for line in lines:
        if line[3:4] != mark or not (line[:3].isupper() and line[:3].isalnum()):
            line = line.strip("\x00\x0b\x1c\t \ufeff")
            if not line:
                continue
            if not _is_segment(line, mark):
                torn.append(line)
                continue
        if whole:
            yield _fields(whole, torn, mark)
        whole, torn = line, []
    yield _fields(whole, torn, mark)


def _is_segment(line: str, mark: str) -> bool:
    name = line[:3]
    if line[3:4] == mark:
        return name.isalnum() and (name.isupper() or name.upper() in _BARE)
    return line in _BARE


def _fields(line: str, torn: list[str], mark: str) -> list[str]:
    if torn:
        # Text after a bare name is its first field, and no part of the name.
        line = "\n".join((line, *torn)) if mark in line else mark.join((line, "\n".join(torn)))
    fields = line.split(mark)
    if len(fields) > MOST_FIELDS:
        raise Unreadable(fields[0], f"Send at most {MOST_FIELDS} fields in one segment.", code=104)
    if not fields[0].isupper():
        fields[0] = fields[0].upper()
    return fields


def _put_separators_in_place(header: list[str], separators: Separators) -> None:
    # Splitting took MSH-1 for a separator; with it back, every field stands at its number.
    header.insert(1, separators.field)


def _can_separate(mark: str) -> bool:
    return bool(mark) and not mark.isalnum() and mark not in ' \r\n\t"' and mark.isprintable()
