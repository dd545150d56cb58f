"""What was found: a number, words, a range. Nothing is rounded, converted or guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from etasu.interfaces.fhir.elements import (
    CodeableConcept,
    Coding,
    Quantity,
    ReferenceRange,
    plain,
)
from etasu.interfaces.fhir.resources import Measured
from etasu.programs.codes import said_by_codes
from etasu.safe_use.lab_reports import LOCAL, LOINC
from etasu.safe_use.lab_reports import Coding as SentCoding
from etasu.safe_use.readings import compared

LOINC_SYSTEM = "http://loinc.org"
LONGEST_VALUE = 32_000
# What a database can look up; no code of any system is that long.
LONGEST_CODE = 255
MOST_CODES = 20


class Value(NamedTuple):
    """A value with its unit; `trouble` says why it could not be read."""

    value: str | None = None
    comparator: str = ""
    unit: str = ""
    trouble: str = ""


class Limits(NamedTuple):
    """The laboratory's range: its ends as text where they can be told, and its words."""

    low: str | None = None
    high: str | None = None
    text: str = ""


def value_of(measured: Measured) -> Value:
    """The value, whichever kind it has; None where there is none."""
    sent = [name for name in _READERS if getattr(measured, name) is not None]
    if len(sent) > 1:
        names = " and ".join(map(_as_named, sent[:3]))
        return Value(trouble=f"{names} are both there: send one value.")
    return _READERS[sent[0]](measured) if sent else Value()


def _as_named(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _quantity(measured: Measured) -> Value:
    sent = measured.value_quantity or Quantity()
    if sent.is_modified:
        return Value(trouble="valueQuantity has a modifierExtension, which is not read.")
    if sent.digits is None:
        said = "valueQuantity has no value: send the number, or dataAbsentReason."
        return Value(unit=sent.unit_as_sent, trouble=said)
    return Value(sent.digits, sent.comparator or "", sent.unit_as_sent)


def _words(said: str) -> Value:
    if len(said) > LONGEST_VALUE:
        return Value(trouble=f"The value has more than {LONGEST_VALUE} characters: see it as sent.")
    found = compared(said)
    return Value(found.number, found.comparator) if found else Value(said or None)


def _string(measured: Measured) -> Value:
    return _words(plain(measured.value_string))


def _concept(measured: Measured) -> Value:
    sent = measured.value_codeable_concept or CodeableConcept()
    codes = [(plain(each.system), plain(each.code)) for each in (sent.coding or ())[:MOST_CODES]]
    return _words(said_by_codes(sent.words, codes))


def _range(measured: Measured) -> Value:
    sent = measured.value_range
    low, high = (sent.low, sent.high) if sent else (None, None)
    unit = _common_unit((low, high))
    if unit is None:
        return Value(trouble="valueRange has two units: send both ends in the same one.")
    begin, end = _digits(low), _digits(high)
    if begin and end:
        return Value(f"{begin}-{end}", "", unit)
    if begin or end:
        return Value(begin or end, ">=" if begin else "<=", unit)
    return Value(trouble="valueRange has neither low nor high: send at least one of them.")


def _ratio(measured: Measured) -> Value:
    sent = measured.value_ratio
    upper, lower = (sent.numerator, sent.denominator) if sent else (None, None)
    over, under = _digits(upper), _digits(lower)
    if not over or not under:
        return Value(trouble="valueRatio is not whole: send numerator and denominator.")
    if any(each is not None and each.comparator for each in (upper, lower)):
        return Value(trouble="valueRatio has a comparator: send it as words, in valueString.")
    units = [each.unit_as_sent for each in (upper, lower) if each is not None]
    if not any(units):
        return Value(f"{over}:{under}")
    if under == "1":
        return Value(over, "", "/".join(units).removesuffix("/"))
    return Value(trouble="valueRatio has units and a denominator other than 1: send a Quantity.")


def _common_unit(ends: Iterable[Quantity | None]) -> str | None:
    units = {each.unit_as_sent for each in ends if each is not None and each.unit_as_sent}
    return None if len(units) > 1 else next(iter(units), "")


def _digits(quantity: Quantity | None) -> str | None:
    return quantity.digits if quantity is not None else None


def _unread(measured: Measured) -> Value:
    return Value(trouble="valueSampledData is not read: send a number or words.")


_READERS: dict[str, Callable[[Measured], Value]] = {
    "value_quantity": _quantity,
    "value_codeable_concept": _concept,
    "value_string": _string,
    "value_boolean": lambda sent: Value("true" if sent.value_boolean else "false"),
    "value_integer": lambda sent: Value(str(sent.value_integer)),
    "value_range": _range,
    "value_ratio": _ratio,
    "value_sampled_data": _unread,
    "value_time": lambda sent: _words(plain(sent.value_time)),
    "value_date_time": lambda sent: _words(plain(sent.value_date_time)),
    "value_period": lambda sent: Value(
        trouble="valuePeriod is not read: send a number, a day or words."
    ),
}


def codings(concept: CodeableConcept) -> tuple[SentCoding, ...]:
    """The codes, LOINC before the sender's own; words alone stand for one."""
    sent = (concept.coding or ())[:MOST_CODES]
    found = [_coding(each) for each in sent if plain(each.code)]
    if not found and concept.words:
        found = [SentCoding(LOCAL, concept.words[:LONGEST_CODE], plain(concept.text))]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.system != LOINC))


def first_code(concept: CodeableConcept) -> str:
    """The first code with its system, as sent; a later message names a result by it."""
    for each in concept.coding or ():
        if plain(each.code):
            return f"{plain(each.code)}^{plain(each.system)}"[: 2 * LONGEST_CODE]
    return concept.words[:LONGEST_CODE]


def is_overlong(concept: CodeableConcept) -> bool:
    """Whether there are more codes, or longer ones, than anything has."""
    codes = concept.coding or ()
    parts = (part for each in codes[:MOST_CODES] for part in (each.code, each.system))
    return len(codes) > MOST_CODES or any(part and len(part) > LONGEST_CODE for part in parts)


def _coding(sent: Coding) -> SentCoding:
    is_loinc = sent.system == LOINC_SYSTEM
    system = LOINC if is_loinc else plain(sent.system)[:LONGEST_CODE] or LOCAL
    return SentCoding(system, plain(sent.code)[:LONGEST_CODE], plain(sent.display))


def flags(concepts: Iterable[CodeableConcept]) -> tuple[str, ...]:
    """The laboratory's flags, which share their letters with HL7 table 0078."""
    said = (next((plain(each.code) for each in one.coding or ()), "") for one in concepts)
    return tuple(each for each in said if each and len(each) <= 20 and not each.split()[1:])


def limits(ranges: Iterable[ReferenceRange], unit: str) -> Limits:
    """The usual range. Where several are sent, none of them is known to be the patient's."""
    sent = [each for each in ranges if _is_usual(each)]
    words = "; ".join(filter(None, map(_range_words, sent)))[:LONGEST_CODE]
    if len(sent) != 1 or sent[0].is_modified:
        return Limits(text=words)
    low, high = _end(sent[0].low, unit), _end(sent[0].high, unit)
    return Limits(low, high, words)


def _is_usual(sent: ReferenceRange) -> bool:
    codes = (sent.type.coding or ()) if sent.type else ()
    return all(each.code in ("normal", None) for each in codes)


def _end(quantity: Quantity | None, unit: str) -> str | None:
    """One end of a range, unless it is in another unit than the value."""
    if quantity is None or (quantity.unit_as_sent and quantity.unit_as_sent != unit):
        return None
    return _compared(quantity)


def _compared(quantity: Quantity | None) -> str | None:
    # FHIR means both ends to be inside, and allows no comparator; whoever sends one means it.
    digits = _digits(quantity)
    return (quantity.comparator or "") + digits if quantity and digits else None


def _range_words(sent: ReferenceRange) -> str:
    low, high = _compared(sent.low), _compared(sent.high)
    if low and high:
        said = f"{low}-{high}"
    else:
        said = _from(low, ">=") or _from(high, "<=")
    return plain(sent.text) or said


def _from(end: str | None, inclusive: str) -> str:
    return f"{inclusive}{end}" if end and end[0] not in "<>" else end or ""
