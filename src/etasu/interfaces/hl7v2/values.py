"""What stands in a field: moments, numbers, words, ranges, units and codes.

Nothing is rounded, converted or guessed: a number stays the digits that were sent, a day is the day
as written, and what cannot be read stays text with words for what is in the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

from etasu.interfaces.hl7v2.escapes import Separators, unescape
from etasu.interfaces.hl7v2.parser import NULL, Message
from etasu.programs.codes import said_by_codes
from etasu.safe_use.lab_reports import LOCAL, LOINC, Coding, day_where_taken
from etasu.safe_use.readings import WRITTEN, compared, plain_digits

LONGEST_VALUE = 32_000
LONGEST_RANGE = 100
# What the database looks things up by has an end; no number or code is that long.
LONGEST_CODE = 255
_LOINC_NAMES = frozenset({"LN", "LNC", "LOINC", "2.16.840.1.113883.6.1", "HTTP://LOINC.ORG"})

_MOMENT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:\.(\d{1,6})\d*)?)?)?\s*(Z|[+-]\d\d:?\d\d)?"
)
PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BETWEEN = re.compile(rf"({WRITTEN.pattern})\s*(?:-|\u2013|to)\s*({WRITTEN.pattern})")
_A_POWER_SPLIT = re.compile(r"[xX]?10\^-?\d+\S*")
_SAID_RANGE = re.compile(
    r"(?:reference|normal|ref\.?)\s*(?:range|interval|values?)\s*(?:(?:is|:|=)\s*)?(\S.*)",
    re.IGNORECASE,
)


class Moment(NamedTuple):
    """A day where the sender is, and the moment if a time of day and its zone are known too."""

    day: date | None
    at: datetime | None


class Value(NamedTuple):
    """A value with what stands before it; `trouble` says why it could not be read."""

    value: str | None
    comparator: str = ""
    trouble: str = ""


class Range(NamedTuple):
    """The laboratory's range: its ends as text where they can be told, and its words.

    An end that is itself outside has `>` or `<` before it.
    """

    low: str | None
    high: str | None
    text: str


_NO_MOMENT = Moment(None, None)
_NO_RANGE = Range(None, None, "")


@lru_cache(maxsize=8192)
def moment(text: str, agreed: tzinfo | None = None) -> Moment:
    """A time stamp; nothing when not even its day can be read.

    One without a zone is meant in the one `agreed` on, and without such a one it is only a day;
    one in UTC was on the day it was there.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return _NO_MOMENT
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        on = date(int(year), int(month), int(day))
    except ValueError:
        return _NO_MOMENT
    if hour is None or not (zone or agreed):
        return Moment(on, None)
    try:
        where = _zone(zone) if zone else agreed
        micro = int((fraction or "").ljust(6, "0"))
        time_of_day = (int(hour), int(minute), int(second or 0), micro)
        at = datetime(on.year, on.month, on.day, *time_of_day, where)
        # Raises for a moment that is in no year the database gives back.
        at.astimezone(UTC)
        return Moment(day_where_taken(at, agreed), at)
    except (ValueError, OverflowError):
        return Moment(on, None)


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


@lru_cache(maxsize=4096)
def codings(field: str, marks: Separators) -> tuple[Coding, ...]:
    """The codes of a CE or CWE field, LOINC before the sender's own; text alone stands for one."""
    if marks.repetition in field:
        field = field.split(marks.repetition, 1)[0]
    parts = [unescape(part, marks).strip() for part in field.split(marks.component)[:12]]
    parts = ["" if part == NULL else part for part in parts]
    parts += [""] * (12 - len(parts))
    found = []
    for first in (0, 3, 9):
        code, text, system = parts[first : first + 3]
        if code or text:
            is_loinc = system.upper() in _LOINC_NAMES
            system = LOINC if is_loinc else (system or LOCAL)[:LONGEST_CODE]
            found.append(Coding(system, (code or text)[:LONGEST_CODE], text))
    return tuple(sorted(found, key=lambda each: each.system != LOINC))


@lru_cache(maxsize=4096)
def first_code(field: str, marks: Separators) -> str:
    """The first code of a field with its list, as sent; a later message names a result by it."""
    parts = [unescape(part, marks).strip() for part in field.split(marks.component)[:6]]
    parts += [""] * (6 - len(parts))
    for code, text, system in (parts[:3], parts[3:]):
        if (code or text) and code != NULL:
            return f"{code or text}^{system}"
    return ""


@lru_cache(maxsize=4096)
def flags(field: str, marks: Separators) -> tuple[str, ...]:
    """The flags of a result, one for each repetition, as sent."""
    said = (each.split(marks.component, 1)[0] for each in field.split(marks.repetition))
    return tuple(unescape(each, marks).strip() for each in said if each and each != NULL)


@lru_cache(maxsize=4096)
def unit(field: str, marks: Separators) -> str:
    """A unit as sent: the UCUM code where one is marked so, else the first that is there."""
    if not field:
        return ""
    if _A_POWER_SPLIT.fullmatch(field):
        return field
    parts = [unescape(part, marks).strip() for part in field.split(marks.component)[:6]]
    parts = ["" if part == NULL else part for part in parts] + [""] * (6 - len(parts))
    if parts[5].upper() == "UCUM" and parts[2].upper() != "UCUM" and parts[3]:
        return parts[3]
    return parts[0] or parts[1] or parts[3]


@lru_cache(maxsize=4096)
def range_of(text: str) -> Range:
    """A reference range such as `150-400`, `<5` or `>= 60`; its words are always kept."""
    text = text.strip()
    if not text:
        return _NO_RANGE
    if len(text) > LONGEST_RANGE:
        return Range(None, None, text)
    between = _BETWEEN.fullmatch(text)
    if between is not None:
        return Range(plain_digits(between[1]), plain_digits(between[2]), text)
    said = compared(text)
    if said is None:
        return Range(None, None, text)
    end = said.number if "=" in said.comparator else "".join(said)
    is_upper = said.comparator[0] == "<"
    return Range(None, end, text) if is_upper else Range(end, None, text)


def range_sent(field: str, message: Message) -> Range:
    """The range in OBX-7; where there are components, the first says it and all are kept."""
    if message.separators.component not in field:
        return range_of(words(field, message))
    return range_of(message.part(field, 1))._replace(text=words(field, message))


def range_in_note(note: str) -> Range:
    """A reference range that a note says in words, such as `Reference range: 0.4-4.0`."""
    found = _SAID_RANGE.search(note)
    if found is None:
        return _NO_RANGE
    return range_of(found[1].split("\n", 1)[0].rstrip(". "))


def value_of(kind: str, field: str, message: Message) -> Value:
    """What OBX-5 says, read as the type in OBX-2."""
    if not field:
        return Value(None)
    if field == NULL:
        return Value(None, "", 'OBX-5 says "" (no value any more): send what is true now.')
    if len(field) > LONGEST_VALUE:
        return Value(None, "", f"OBX-5 has more than {LONGEST_VALUE} characters: see the message.")
    cut = message.separators.truncation
    if cut and field.endswith(cut):
        return Value(words(field, message), "", "OBX-5 was cut off by the sender: send all of it.")
    read = _READERS.get(kind)
    if read is None:
        said = words(field, message)
        return Value(
            said, "", f"OBX-2 names the type {kind[:20]}, which is not read: send NM or ST."
        )
    return read(field, message)


def _numeric(field: str, message: Message) -> Value:
    said = words(field, message)
    read = _as_number(said)
    if read is not None:
        return read
    return Value(said, "", "OBX-5 is not a number, though OBX-2 says NM: send the number, or ST.")


def _structured(field: str, message: Message) -> Value:
    """SN: comparator, number, separator, number. Ranges and ratios stay words."""
    if message.separators.repetition in field:
        return Value(words(field, message), "", "OBX-5 has several values: send one in each OBX.")
    sign, first, between, second = (
        part.strip() for part in [*message.parts(field), "", "", ""][:4]
    )
    read = _as_number(sign.removeprefix("=") + first)
    if read is not None and not between and not second:
        return read
    if not sign and between and WRITTEN.fullmatch(first):
        return Value(first + between + second)
    said = "".join((sign, first, between, second))
    return Value(said, "", "OBX-5 is not a number with its comparator (SN): send it as ^2^-^4.")


def _text(field: str, message: Message) -> Value:
    said = words(field, message)
    return _as_number(said) or Value(said or None)


def _as_written(field: str, message: Message) -> Value:
    return Value(words(field, message) or None)


def _coded(field: str, message: Message) -> Value:
    """The words of a coded value, what its codes stand for, or its code when it has no words."""
    said = []
    for each in message.repetitions(field):
        parts = [*message.parts(each), *[""] * 9]
        shown = parts[1] or parts[0] or parts[4] or parts[3] or parts[8]
        said.append(said_by_codes(shown, ((parts[2], parts[0]), (parts[5], parts[3]))))
    joined = "; ".join(filter(None, said))
    return _as_number(joined) or Value(joined or None)


def _day(field: str, message: Message) -> Value:
    said = message.part(field, 1)
    read = moment(said)
    if read.at is not None:
        return Value(read.at.isoformat())
    if read.day is None:
        return Value(said, "", "OBX-5 is not a day: write it as YYYYMMDD.")
    return Value(read.day.isoformat())


def _attached(field: str, message: Message) -> Value:
    return Value(None)


_READERS: dict[str, Callable[[str, Message], Value]] = {
    "NM": _numeric,
    "SN": _structured,
    **dict.fromkeys(("", "ST", "TX", "FT", "SI"), _text),
    **dict.fromkeys(("TM", "ID", "IS", "TN"), _as_written),
    **dict.fromkeys(("CE", "CWE", "CNE", "CF", "CX"), _coded),
    **dict.fromkeys(("DT", "TS", "DTM"), _day),
    **dict.fromkeys(("ED", "RP"), _attached),
}
ATTACHED = frozenset({"ED", "RP"})


def words(field: str, message: Message) -> str:
    """A text as somebody would read it: its lines, and separators that were not escaped."""
    marks = message.separators
    if marks.repetition in field:
        field = field.replace(marks.repetition, "\n")
    return unescape(field, marks).strip()


def _as_number(words: str) -> Value | None:
    """A number, with or without a comparator before it; None for anything else."""
    if WRITTEN.fullmatch(words):
        return Value(plain_digits(words))
    said = compared(words)
    return Value(said.number, said.comparator) if said is not None else None
