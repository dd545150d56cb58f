"""Plain data read into a typed value, field by field, with every mistake named."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from typing import Any

from etasu.programs.yaml_files import Problem
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.requirements import KINDS, Requirement

_CODE = re.compile(r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")
_SPAN = re.compile(r"^(\d{1,5}) (day|business day|month|year)s?$")
# A hundred years, so that no date a span leads to is out of reach.
_LONGEST = {Unit.DAYS: 36525, Unit.BUSINESS_DAYS: 26000, Unit.MONTHS: 1200, Unit.YEARS: 100}
# Fields the loader fills in itself, so that no file can.
_FILLED_IN = {
    *("plans", "offered", "said_in", "translations", "spoken"),
    *("relationships_said", "role_said"),
}


class Reader:
    """Reads one file's entries and collects the problems found on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def refuse(self, entry: str, field: str, expected: str) -> None:
        """Note one mistake and go on, so that an author sees them all at once."""
        self.problems.append(Problem(self.file, entry, field, expected))

    def value(self, shape: Any, raw: Any, entry: str, field: str = "") -> Any:
        """`raw` as `shape`, or None after noting why not."""
        origin = typing.get_origin(shape)
        if origin in (types.UnionType, typing.Union):
            return self._optional(shape, raw, entry, field)
        if origin is tuple:
            return self.many(typing.get_args(shape)[0], raw, entry, field)
        if shape is Requirement:
            return self.requirement(raw, entry)
        if dataclasses.is_dataclass(shape) or _is_record(shape):
            return self.entry(shape, raw, entry if not field else f"{entry}: {field}")
        return self._scalar(shape, raw, entry, field)

    def entry(self, shape: Any, raw: Any, entry: str) -> Any:
        """A mapping as a dataclass or named tuple; unknown and missing keys are mistakes."""
        if not isinstance(raw, dict):
            self.refuse(entry, "", f"an entry with named fields, not {_said(raw)}")
            return None
        entry = _entry_name(raw, entry)
        hints, required = _fields(shape)
        for key in raw:
            if key not in hints:
                self.refuse(entry, str(key), f"one of: {', '.join(sorted(hints))}")
        for key in sorted(required - raw.keys()):
            self.refuse(entry, key, "a value, but it is missing")
        before = len(self.problems)
        values = {
            key: self.value(hints[key], value, entry, key)
            for key, value in raw.items()
            if key in hints
        }
        if len(self.problems) > before or required - raw.keys():
            return None
        return shape(**dict.fromkeys(_may_be_left_out(shape)) | values)

    def requirement(self, raw: Any, entry: str) -> Requirement | None:
        """A requirement of the kind it names."""
        if not isinstance(raw, dict):
            self.refuse(entry, "", f"an entry with named fields, not {_said(raw)}")
            return None
        kind = KINDS.get(str(raw.get("kind")))
        if kind is None:
            self.refuse(_entry_name(raw, entry), "kind", f"one of: {', '.join(sorted(KINDS))}")
            return None
        fields = {key: value for key, value in raw.items() if key != "kind"}
        return typing.cast("Requirement | None", self.entry(kind, fields, entry))

    def _optional(self, shape: Any, raw: Any, entry: str, field: str) -> Any:
        if raw is None:
            return None
        inner = [part for part in typing.get_args(shape) if part is not type(None)]
        return self.value(inner[0], raw, entry, field)

    def many(self, shape: Any, raw: Any, entry: str, field: str = "") -> tuple[Any, ...]:
        """A list of `shape`; where its items have codes, each code may be there once."""
        if not isinstance(raw, list):
            self.refuse(entry, field, f"a list, not {_said(raw)}")
            return ()
        found = [self.value(shape, item, f"{entry}", f"{field}") for item in raw]
        codes = [item.code for item in found if hasattr(item, "code")]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            self.refuse(entry, field, f"each code once, but {code} is there twice")
        return tuple(found)

    def _scalar(self, shape: Any, raw: Any, entry: str, field: str) -> Any:
        if isinstance(shape, type) and issubclass(shape, Enum):
            return self._choice(shape, raw, entry, field)
        parse, expected = _SCALARS[shape]
        try:
            value = parse(raw)
        except (ValueError, TypeError, InvalidOperation):
            self.refuse(entry, field, f"{expected}, not {_said(raw)}")
            return None
        if field == "code" and shape is str and not _CODE.match(value):
            self.refuse(entry, field, "lower-case words joined by hyphens")
        return value

    def _choice(self, shape: type[Enum], raw: Any, entry: str, field: str) -> Any:
        try:
            return shape(raw)
        except ValueError:
            choices = ", ".join(str(each.value) for each in shape)
            self.refuse(entry, field, f"one of: {choices}; not {_said(raw)}")
            return None


def read_span(raw: Any) -> Span:
    """A span as written, `30 days`; raises ValueError otherwise."""
    match = _SPAN.match(raw) if isinstance(raw, str) else None
    if match is None:
        raise ValueError(raw)
    span = Span(int(match[1]), Unit(match[2] + "s"))
    if span.count > _LONGEST[span.unit]:
        raise ValueError(raw)
    return span


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip() or "\x00" in raw:
        raise TypeError(raw)
    return raw.strip()


def _whole(raw: Any) -> int:
    if type(raw) is not int:
        raise TypeError(raw)
    return raw


def _truth(raw: Any) -> bool:
    if type(raw) is not bool:
        raise TypeError(raw)
    return raw


def _date(raw: Any) -> date:
    return date.fromisoformat(_text(raw))


def _time(raw: Any) -> time:
    return time.fromisoformat(_text(raw))


def _decimal(raw: Any) -> Decimal:
    value = Decimal(_text(str(raw) if type(raw) is int else raw))
    if not value.is_finite():
        raise ValueError(raw)
    return value


_SCALARS: dict[Any, tuple[Callable[[Any], Any], str]] = {
    str: (_text, "text (put codes and dates in quotes if in doubt)"),
    int: (_whole, "a whole number"),
    bool: (_truth, "true or false"),
    date: (_date, "a date such as 2024-03-04"),
    time: (_time, 'a time of day such as "08:30"'),
    Decimal: (_decimal, "a number"),
    Span: (read_span, "a span such as `30 days`, `5 business days`, `12 months`, `2 years`"),
}


def _said(raw: Any) -> str:
    """What was written, by kind: `the text 'thirty'`, `the number 6`, `true`, `a list`."""
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, int):
        return f"the number {raw}"
    if isinstance(raw, str):
        return f"the text {raw[:60]!r}"
    return "a list" if isinstance(raw, list) else "an entry"


def _entry_name(raw: dict[str, Any], entry: str) -> str:
    code = raw.get("code")
    return f"{entry}: {code}" if isinstance(code, str) and code != entry else entry


def _is_record(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, tuple) and shape is not Span


@lru_cache
def _may_be_left_out(shape: Any) -> frozenset[str]:
    """Fields without a default whose value may be None: leaving them out means None."""
    hints, required = _fields(shape)
    if not dataclasses.is_dataclass(shape):
        return frozenset()
    nothing = dataclasses.MISSING
    return frozenset(
        each.name
        for each in dataclasses.fields(shape)
        if each.name in hints.keys() - required
        and each.default is nothing
        and each.default_factory is nothing
    )


@lru_cache
def _fields(shape: Any) -> tuple[dict[str, Any], frozenset[str]]:
    hints = typing.get_type_hints(shape)
    if dataclasses.is_dataclass(shape):
        fields = [each for each in dataclasses.fields(shape) if each.name not in _FILLED_IN]
        nothing = dataclasses.MISSING
        required = {f.name for f in fields if f.default is nothing and f.default_factory is nothing}
        names = [each.name for each in fields]
    else:
        names = list(shape._fields)
        required = set(names) - shape._field_defaults.keys()
    optional = {name for name in required if type(None) in typing.get_args(hints[name])}
    return {name: hints[name] for name in names}, frozenset(required - optional)
