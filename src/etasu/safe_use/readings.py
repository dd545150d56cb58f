"""What a result says: a number, everything between two numbers, or a word.

A laboratory says `<5`, `>=60` or `3-10` as often as `7`. All of them are read as the interval the
true value lies in, so that whoever compares can tell what is sure from what may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

# What follows from it is always safe to reckon with: no more digits, no enormous exponent.
_NUMBER = r"[+-]?\d{1,15}(?:\.\d{1,15})?"
NUMBER = re.compile(_NUMBER)
RANGE = re.compile(rf"({_NUMBER})\s*-\s*({_NUMBER})")
# A number as it is written, which may lack the digits on one side of its point.
WRITTEN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_COMPARED = re.compile(rf"(<=|>=|=<|=>|<|>|\u2264|\u2265)\s*({WRITTEN.pattern})")
_COMPARATORS = {"=<": "<=", "=>": ">=", "\u2264": "<=", "\u2265": ">="}

# How strongly a test strip changed color, from nothing on.
GRADES = ("negative", "trace", "1+", "2+", "3+", "4+")


class Interval(NamedTuple):
    """Every number it may mean. An end that is None has no limit; an open one is outside."""

    low: Decimal | None
    high: Decimal | None
    low_open: bool = False
    high_open: bool = False


class End(NamedTuple):
    """One end of a laboratory's range; an open one is itself outside."""

    number: Decimal
    is_open: bool


class Compared(NamedTuple):
    """A number in plain digits with `<`, `<=`, `>=` or `>` before it."""

    comparator: str
    number: str


@lru_cache(maxsize=1 << 15)
def compared(text: str) -> Compared | None:
    """A number with a comparator before it, however that is written; None for anything else."""
    found = _COMPARED.fullmatch(text)
    if found is None:
        return None
    return Compared(_COMPARATORS.get(found[1], found[1]), plain_digits(found[2]))


def plain_digits(written: str) -> str:
    """The digits of a number as written, without a plus sign or a point at an end."""
    digits = written.removeprefix("+").removesuffix(".")
    return "0" + digits if digits[0] == "." else digits.replace("-.", "-0.", 1)


@lru_cache(maxsize=1 << 15)
def interval_of(value: str | None, comparator: str = "") -> Interval | None:
    """What the value says as an interval; None when it is a word, or nothing."""
    text = (value or "").strip()
    if NUMBER.fullmatch(text):
        return _interval(comparator, Decimal(text))
    if comparator:
        return None
    if (said := compared(text)) and NUMBER.fullmatch(said.number):
        return _interval(said.comparator, Decimal(said.number))
    if found := RANGE.fullmatch(text):
        low, high = Decimal(found[1]), Decimal(found[2])
        return Interval(low, high) if low <= high else None
    return None


def _interval(comparator: str, number: Decimal) -> Interval | None:
    if comparator in ("<", "<="):
        return Interval(None, number, high_open=comparator == "<")
    if comparator in (">", ">="):
        return Interval(number, None, low_open=comparator == ">")
    return Interval(number, number) if comparator == "" else None


@lru_cache(maxsize=1 << 15)
def number_of_text(text: str | None) -> Decimal | None:
    """The plain number a text is; None for anything else."""
    stripped = (text or "").strip()
    return Decimal(stripped) if NUMBER.fullmatch(stripped) else None


@lru_cache(maxsize=1 << 15)
def end_of_range(text: str | None, *, is_low: bool) -> End | None:
    """The end a range has on one side, such as `3`, or `<3` for an open upper one; None for none.

    What says something of the other side is no end.
    """
    number = number_of_text(text)
    if number is not None:
        return End(number, is_open=False)
    said = compared((text or "").strip())
    if said is None or (said.comparator[0] == ">") is not is_low:
        return None
    number = number_of_text(said.number)
    return None if number is None else End(number, is_open=said.comparator in ("<", ">"))


def folded(text: str) -> str:
    """A word as it is looked up: small letters, one blank between, nothing around."""
    return " ".join(text.casefold().replace("_", " ").split()).strip(" .")


def word_of(words: Mapping[str, str], text: str | None) -> str | None:
    """The one word for what the text says; None when it is none of those that are known."""
    return words.get(folded(text or ""))
