"""Units: from what a laboratory sends to the one unit results of a test are kept in.

Everything is reckoned in decimals. A product that has an end is exact; one that has none, such as
a third, is kept to `DIGITS` significant digits, the last one rounded to even. A unit that nobody
knows, or that was not sent, changes nothing and asks for somebody to look: a number is never
graded in a unit that was guessed. A value outside of its window is kept as it is, and looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from etasu.safe_use.readings import (
    GRADES,
    NUMBER,
    RANGE,
    Interval,
    compared,
    interval_of,
)

DIGITS = 15
# Exact up to more digits than any laboratory sends; otherwise rounded, and never in between.
_EXACT = Context(prec=40, traps=[Inexact])
_ROUNDED = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)

_SAME = Fraction(1)
UNIT_REVIEW = "unit-review"
IMPLAUSIBLE = "implausible"


class Window(NamedTuple):
    """What a living person's value lies between, in the unit results are kept in."""

    low: Decimal
    high: Decimal


class Sent(NamedTuple):
    """A value with its unit and the laboratory's own range, as sent.

    An end of the range that is itself outside has `>` or `<` before it.
    """

    value: str
    comparator: str = ""
    unit: str = ""
    low: str | None = None
    high: str | None = None


class Converted(NamedTuple):
    """The same in the unit results are kept in; `review` says why somebody should look at it.

    With `unit-review` everything is as it was sent, and must not be compared with a number.
    """

    value: str
    comparator: str
    unit: str | None
    low: str | None
    high: str | None
    review: str = ""


@dataclass(frozen=True, slots=True)
class UnitTable:
    """What is known of units. `aliases` lead to UCUM codes; `folded` are those without capitals.

    `factors` are by unit sent, unit kept, and test, which is empty for all of them. `beside` are
    units a test is kept in as well, because no number leads from one to the other. `strips` are,
    for a test and a unit, from which number on which grade a strip shows.
    """

    aliases: Mapping[str, str] = field(default_factory=dict)
    folded: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[tuple[str, str, str], Fraction] = field(default_factory=dict)
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)
    strips: Mapping[tuple[str, str], tuple[tuple[Decimal, str], ...]] = field(default_factory=dict)

    def ucum(self, text: str) -> str | None:
        """The UCUM code of a unit as sent; None when it is not known.

        Capitals count where they tell two units apart: `g/L` is not `G/L`.
        """
        plain = plain_unit(text)
        return self.aliases.get(plain) or self.folded.get(plain.casefold())

    def factor(self, sent: str, kept: str, test: str) -> Fraction | None:
        """What a value in one unit is multiplied by to be in the other; None when nobody knows."""
        if sent == kept:
            return _SAME
        found = self.factors.get((sent, kept, test))
        return found if found is not None else self.factors.get((sent, kept, ""))

    def sent_for(self, test: str, kept: str) -> tuple[str, ...]:
        """The units a result kept in this one can be sent in, that one first, then by code."""
        sent = {unit for unit, to, of in self.factors if to == kept and of in ("", test)}
        sent |= self.beside.get(test, frozenset())
        return (kept, *sorted(sent - {kept}))

    def also_written(self, code: str, most: int = 3) -> tuple[str, ...]:
        """How laboratories write a unit besides its code, the usual ways first."""
        known = [written for written, of in self.aliases.items() if of == code]
        return tuple(each for each in known if each != plain_unit(code))[:most]


@lru_cache(maxsize=1 << 12)
def plain_unit(text: str) -> str:
    """A unit without blanks, with the plain letter for micro and the star for powers of ten."""
    return "".join(text.split()).replace("µ", "u").replace("μ", "u").replace("^", "*")


def convert(table: UnitTable, test: str, unit: str | None, sent: Sent) -> Converted:
    """What was sent, in the unit results of the test are kept in; None keeps no unit of its own."""
    if unit is None:
        return _graded(table, test, sent)
    known = interval_of(sent.value, sent.comparator)
    if known is None:
        return Converted(sent.value, sent.comparator, None, sent.low, sent.high)
    code = table.ucum(sent.unit) if sent.unit else None
    if code is None:
        return _as_sent(sent, UNIT_REVIEW)
    if code != unit and code in table.beside.get(test, ()):
        return _as_sent(sent, "")._replace(unit=code)
    factor = table.factor(code, unit, test)
    if factor is None:
        return _as_sent(sent, UNIT_REVIEW)
    converted = Converted(
        scaled(sent.value, factor),
        sent.comparator,
        unit,
        sent.low and scaled(sent.low, factor),
        sent.high and scaled(sent.high, factor),
    )
    if _is_implausible(table.windows.get(test), converted):
        return converted._replace(review=IMPLAUSIBLE)
    return converted


def scaled(text: str, factor: Fraction) -> str:
    """A number, or everything between two, times the factor; other text as it is."""
    if factor is _SAME or factor == _SAME:
        return text
    stripped = text.strip()
    if NUMBER.fullmatch(stripped):
        return _times(Decimal(stripped), factor)
    if found := RANGE.fullmatch(stripped):
        return "-".join(_times(Decimal(each), factor) for each in found.groups())
    if (said := compared(stripped)) and NUMBER.fullmatch(said.number):
        return said.comparator + _times(Decimal(said.number), factor)
    return text


def _times(number: Decimal, factor: Fraction) -> str:
    product = _EXACT.multiply(number, factor.numerator)
    try:
        found = _EXACT.divide(product, factor.denominator)
    except Inexact:
        found = _ROUNDED.divide(product, factor.denominator)
    return format(found, "f")


def _as_sent(sent: Sent, review: str) -> Converted:
    return Converted(sent.value, sent.comparator, sent.unit or None, sent.low, sent.high, review)


def _is_implausible(window: Window | None, converted: Converted) -> bool:
    known = interval_of(converted.value, converted.comparator)
    if window is None or known is None:
        return False
    ends = [end for end in (known.low, known.high) if end is not None]
    return any(not window.low <= end <= window.high for end in ends)


def _graded(table: UnitTable, test: str, sent: Sent) -> Converted:
    """A strip that was read as a number, as its grade; anything else as it was sent."""
    code = table.ucum(sent.unit) if sent.unit else None
    known = interval_of(sent.value, sent.comparator)
    cuts = table.strips.get((test, code or ""))
    if cuts is None or known is None:
        return _as_sent(sent, "")._replace(unit=code or sent.unit or None)
    return Converted(_grade(cuts, known), "", None, None, None)


def _grade(cuts: tuple[tuple[Decimal, str], ...], known: Interval) -> str:
    # The highest grade it may be; of one that is only known to be above, the one it surely is.
    end, is_open = (known.high, known.high_open) if known.high is not None else (known.low, False)
    assert end is not None
    found = [grade for cut, grade in cuts if cut < end or (cut == end and not is_open)]
    return found[-1] if found else GRADES[0]
