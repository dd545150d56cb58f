"""The data types of FHIR R4, as far as results use them.

What is not listed is tolerated and not read; what is listed and of another kind is refused by its
name. A member that is null is one that is not there.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

UCUM = "http://unitsofmeasure.org"
_A_DAY = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}"
_A_TIME = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
# Fewer digits than Python refuses to read, more than any laboratory sends.
_A_NUMBER = re.compile(rb"-?[0-9]{1,30}(?:[.][0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")

DateTime = Annotated[
    str,
    Meta(
        pattern=rf"\A{_A_DAY}({_A_TIME})?)?)?\Z",
        description="a date or a moment, such as 2026-11-20 or 2026-11-20T08:15:00-05:00",
    ),
]
Integer = Annotated[
    int, Meta(ge=-(2**31), le=2**31 - 1, description="a whole number of at most 32 bits")
]
Comparator = Literal["<", "<=", ">=", ">"]


class Element(Struct, rename="camel", kw_only=True, frozen=True):
    """What every data type is; `modifierExtension` may turn its meaning around."""

    modifier_extension: Raw = Raw()

    @property
    def is_modified(self) -> bool:
        """Whether something nobody here reads changes what it means."""
        return is_there(self.modifier_extension)


class Coding(Element, frozen=True):
    """A code of a system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element, frozen=True):
    """Something by its codes, or in words."""

    coding: tuple[Coding, ...] | None = None
    text: str | None = None

    @property
    def words(self) -> str:
        """The words of its first code, its own, or the code alone."""
        codes = self.coding or ()
        said = [*(each.display for each in codes), self.text, *(each.code for each in codes)]
        return next((plain(each) for each in said if each and each.strip()), "")


class Quantity(Element, frozen=True):
    """A number with its unit. The number stays the digits that were sent."""

    value: Raw = Raw()
    comparator: Comparator | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        if is_there(self.value) and _A_NUMBER.fullmatch(self.value) is None:
            raise ValueError("value is not a number of at most 30 digits")

    @property
    def digits(self) -> str | None:
        """The number as text, without an exponent; None when there is none."""
        if not is_there(self.value):
            return None
        text = bytes(self.value).decode()
        return f"{Decimal(text):f}" if "e" in text.lower() else text

    @property
    def unit_as_sent(self) -> str:
        """The UCUM code where it is one, else the unit in words, else whatever code there is."""
        code = self.code if self.system == UCUM else None
        return plain(code or self.unit or self.code)


class Range(Element, frozen=True):
    """From one number to another."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element, frozen=True):
    """One number to another."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Period(Element, frozen=True):
    """From one moment to another."""

    start: DateTime | None = None
    end: DateTime | None = None


class Identifier(Element, frozen=True):
    """A name somebody gave to something."""

    system: str | None = None
    value: str | None = None
    type: CodeableConcept | None = None

    @property
    def token(self) -> str:
        """System and value, as FHIR searches for them; empty where one of them is missing.

        A value alone may be anybody's: two senders, or two patients, may both have a 1.
        """
        system, value = plain(self.system), plain(self.value)
        return f"{system}|{value}" if system and value else ""


class Reference(Element, frozen=True):
    """Another resource: where it is, or by what name it goes."""

    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class HumanName(Element, frozen=True):
    """What a person is called."""

    use: str | None = None
    family: str | None = None
    given: tuple[str, ...] | None = None
    text: str | None = None


class Annotation(Element, frozen=True):
    """A note."""

    text: str | None = None


class ReferenceRange(Element, frozen=True):
    """What the laboratory holds for usual, of whom."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    applies_to: tuple[CodeableConcept, ...] | None = None
    age: Range | None = None
    text: str | None = None


class About(Element, frozen=True):
    """`meta`: what is said of a resource itself."""

    tag: tuple[Coding, ...] | None = None
    security: tuple[Coding, ...] | None = None


def is_there(part: Raw) -> bool:
    """Whether a member was sent, and is not null."""
    return len(part) > 0 and bytes(part) != b"null"


def plain(text: str | None) -> str:
    """A text without blanks around it, and without the one character no database keeps."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").strip() if text else ""
