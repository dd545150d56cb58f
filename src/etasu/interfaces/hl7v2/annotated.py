"""A message for somebody to read: every segment and field named, what is wrong at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from etasu.interfaces.hl7v2 import values
from etasu.interfaces.hl7v2.answer import Problem, Verdict
from etasu.interfaces.hl7v2.names import field_name, segment_name
from etasu.interfaces.hl7v2.parser import NULL, Message, Unreadable, parse

MOST_SEGMENTS = 400
LONGEST_FIELD = 300
_LINE_END = re.compile(r"\r\n?|\n")


class FieldShown(NamedTuple):
    """A field: where it stands, what it is, what was sent, and what is wrong with it."""

    place: str
    name: str
    said: str
    problems: tuple[str, ...] = ()


class SegmentShown(NamedTuple):
    """A segment with the fields that say something. `place` is the item's for an OBX."""

    place: str
    name: str
    fields: tuple[FieldShown, ...]
    problems: tuple[str, ...] = ()

    @property
    def is_item(self) -> bool:
        """Whether it is one thing found."""
        return self.place.startswith("OBX^")


class Shown(NamedTuple):
    """The segments of a message, and how many more there are than are shown."""

    segments: tuple[SegmentShown, ...]
    more: int = 0


def annotate(raw: bytes, verdict: Verdict, character_set: str = "utf-8") -> Shown:
    """The message with the verdict's problems at their places; raises nothing."""
    try:
        message = parse(raw, character_set)
    except Unreadable:
        return _as_lines(raw, verdict.problems)
    counts: dict[str, int] = {}
    shown: list[SegmentShown] = []
    left = list(verdict.problems)
    for segment in message.segments[:MOST_SEGMENTS]:
        name = segment[0]
        counts[name] = counts.get(name, 0) + 1
        place = f"{name}^{counts[name]}"
        own = [each for each in left if each.place == place]
        left = [each for each in left if each.place != place]
        shown.append(_segment(place, segment, own, message))
    if left and shown:
        shown[0] = shown[0]._replace(problems=(*shown[0].problems, *map(_said, left)))
    return Shown(tuple(shown), max(0, len(message.segments) - MOST_SEGMENTS))


def _segment(
    place: str, segment: list[str], problems: Sequence[Problem], message: Message
) -> SegmentShown:
    name = segment[0]
    fields = [
        FieldShown(
            f"{name}-{number}",
            field_name(name, number),
            _read(name, number, field, message),
            tuple(_said(each) for each in problems if each.field == number),
        )
        for number, field in enumerate(segment[1:], 1)
        if field or any(each.field == number for each in problems)
    ]
    placed = {each.place for each in fields}
    others = (each for each in problems if f"{name}-{each.field}" not in placed)
    return SegmentShown(place, segment_name(name), tuple(fields), tuple(map(_said, others)))


def _read(name: str, number: int, field: str, message: Message) -> str:
    """The field as somebody would read it: its parts with blanks between, its escapes resolved."""
    if name == "MSH" and number < 3:
        return field
    if field == NULL:
        return 'is to be empty from now on ("")'
    said = "; ".join(
        " · ".join(filter(None, message.parts(each)))
        for each in message.repetitions(field[: LONGEST_FIELD * 4])
    )
    moment = values.moment(said) if "·" not in said and len(said) >= 8 else None
    if moment is not None and moment.day is not None:
        said = f"{said} ({moment.at or moment.day})"
    return f"{said[:LONGEST_FIELD]} …" if len(said) > LONGEST_FIELD else said


def _as_lines(raw: bytes, problems: Iterable[Problem]) -> Shown:
    """What cannot be taken apart, line by line."""
    text = raw[: LONGEST_FIELD * MOST_SEGMENTS].decode("utf-8", "replace")
    lines = [line for line in _LINE_END.split(text) if line.strip("\x0b\x1c \t\0")]
    said = tuple(map(_said, problems))
    shown = [
        SegmentShown(
            str(number),
            "Not read",
            (FieldShown(str(number), "As sent", line[:LONGEST_FIELD]),),
            said if number == 1 else (),
        )
        for number, line in enumerate(lines[:MOST_SEGMENTS], 1)
    ]
    return Shown(tuple(shown), max(0, len(lines) - MOST_SEGMENTS))


def _said(problem: Problem) -> str:
    return f"{problem.said}. {problem.remedy}".strip() if problem.remedy else problem.said
