"""Is one answer what its question asks for? Nothing here knows of other questions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from etasu.safe_use.contacts import STATES, email_ok, phone_ok, zip_ok
from etasu.safe_use.identifiers import dea_ok, ncpdp_ok, npi_ok
from etasu.safe_use.names import LONGEST_NAME, name_ok
from etasu.safe_use.program import FieldType, FormField, Tense

LONGEST_LINE, LONGEST_TEXT = 400, 4000
YES, NO = "yes", "no"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_FIRST_DAY = date(1900, 1, 1)
_YEARS_AHEAD = 100
_SHORTEST_ADDRESS = 3
# Control characters and other ends of lines, and marks that make text read in another order than
# it is stored in: with them a signer would see something else than what is kept.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What is known as one of these is the name of a person.
_NAMES = frozenset(
    (
        *("patient_name", "patient_first_name", "patient_last_name", "prescriber_name"),
        *("own_full_name", "own_first_name", "own_last_name", "representative_name"),
    )
)
_UNREADABLE = frozenset(("Cc", "Cs", "Zl", "Zp"))


class Wrong(StrEnum):
    """What can be wrong with an answer."""

    MISSING = "missing"
    UNKNOWN_QUESTION = "unknown-question"
    NOT_TEXT = "not-text"
    UNREADABLE = "unreadable"
    TOO_LONG = "too-long"
    NOT_OFFERED = "not-offered"
    NOT_A_DAY = "not-a-day"
    DAY_OUT_OF_RANGE = "day-out-of-range"
    IN_THE_FUTURE = "in-the-future"
    IN_THE_PAST = "in-the-past"
    NOT_A_TIME = "not-a-time"
    NOT_A_NUMBER = "not-a-number"
    TOO_SMALL = "too-small"
    TOO_LARGE = "too-large"
    NOT_NPI = "not-npi"
    NOT_DEA = "not-dea"
    NOT_NCPDP = "not-ncpdp"
    NOT_PHONE = "not-phone"
    NOT_EMAIL = "not-email"
    NOT_STATE = "not-state"
    NOT_ZIP = "not-zip"
    ZIP_ELSEWHERE = "zip-elsewhere"
    NOT_ADDRESS = "not-address"
    NOT_A_NAME = "not-a-name"
    NEEDS_CONSENT = "needs-consent"


# What is wrong and the bound that was crossed or the answers offered; None when nothing is wrong.
Found = tuple[Wrong, str] | None


def cleaned(value: object) -> str:
    """An answer as it is kept: composed characters, one kind of line end, no space around it.

    Anything that is not text reads as no answer.
    """
    if not isinstance(value, str):
        return ""
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def wrong_with(field: FormField, value: object, on: date) -> Found:
    """What is wrong with an answer to the question on that day. An empty answer is never wrong."""
    if value is not None and not isinstance(value, str):
        return Wrong.NOT_TEXT, type(value).__name__
    said = cleaned(value)
    if not said:
        return None
    return _wrong_text(field, said) or _wrong_name(field, said) or _checked(field, said, on)


def _checked(field: FormField, said: str, on: date) -> Found:
    return _CHECKS.get(field.type, _any)(field, said, on)


def _wrong_name(field: FormField, said: str) -> Found:
    is_name = field.known_as in _NAMES
    return (Wrong.NOT_A_NAME, str(LONGEST_NAME)) if is_name and not name_ok(said) else None


def _wrong_text(field: FormField, said: str) -> Found:
    longest = LONGEST_TEXT if field.type is FieldType.LONG_TEXT else LONGEST_LINE
    if len(said) > longest:
        return Wrong.TOO_LONG, str(longest)
    lines = ("\n", "\t") if field.type is FieldType.LONG_TEXT else ()
    for char in said:
        unreadable = unicodedata.category(char) in _UNREADABLE and char not in lines
        if unreadable or char in _TURNING:
            return Wrong.UNREADABLE, f"U+{ord(char):04X}"
    return None


def _any(_field: FormField, _said: str, _on: date) -> Found:
    return None


def _among(choices: tuple[str, ...], said: str) -> Found:
    return None if said in choices else (Wrong.NOT_OFFERED, ", ".join(choices))


def _choice(field: FormField, said: str, _on: date) -> Found:
    return _among(field.values, said)


def _yes_no(_field: FormField, said: str, _on: date) -> Found:
    return _among((YES, NO), said)


def _checkbox(_field: FormField, said: str, _on: date) -> Found:
    return _among((YES,), said)


def read_day(said: str) -> date | None:
    """The day an answer names, `2025-05-01`; None when there is no such day."""
    try:
        return date.fromisoformat(said) if _DAY.fullmatch(said) else None
    except ValueError:
        return None


def read_number(said: str) -> Decimal | None:
    """The number an answer names; None when it names none."""
    return Decimal(said) if _NUMBER.fullmatch(said) else None


def _day(field: FormField, said: str, on: date) -> Found:
    day = read_day(said)
    if day is None:
        return Wrong.NOT_A_DAY, ""
    tense = Tense.PAST if field.test is not None else field.tense
    if tense is Tense.PAST and day > on:
        return Wrong.IN_THE_FUTURE, on.isoformat()
    if tense is Tense.FUTURE and day < on:
        return Wrong.IN_THE_PAST, on.isoformat()
    if day < _FIRST_DAY or day.year > on.year + _YEARS_AHEAD:
        return Wrong.DAY_OUT_OF_RANGE, _FIRST_DAY.isoformat()
    return None


def _number(field: FormField, said: str, _on: date) -> Found:
    number = read_number(said)
    if number is None:
        return Wrong.NOT_A_NUMBER, ""
    if field.at_least is not None and number < field.at_least:
        return Wrong.TOO_SMALL, str(field.at_least)
    if field.at_most is not None and number > field.at_most:
        return Wrong.TOO_LARGE, str(field.at_most)
    return None


def _address(_field: FormField, said: str, _on: date) -> Found:
    is_one = len(said) >= _SHORTEST_ADDRESS and any(char.isalpha() for char in said)
    return None if is_one else (Wrong.NOT_ADDRESS, "")


def _shaped(
    is_right: Callable[[str], bool], wrong: Wrong
) -> Callable[[FormField, str, date], Found]:
    return lambda _field, said, _on: None if is_right(said) else (wrong, "")


_CHECKS: Mapping[FieldType, Callable[[FormField, str, date], Found]] = {
    FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no,
    FieldType.CHECKBOX: _checkbox,
    FieldType.DATE: _day,
    FieldType.TIME: _shaped(lambda said: _TIME.fullmatch(said) is not None, Wrong.NOT_A_TIME),
    FieldType.NUMBER: _number,
    FieldType.ADDRESS: _address,
    FieldType.NPI: _shaped(npi_ok, Wrong.NOT_NPI),
    FieldType.DEA: _shaped(dea_ok, Wrong.NOT_DEA),
    FieldType.NCPDP: _shaped(ncpdp_ok, Wrong.NOT_NCPDP),
    FieldType.PHONE: _shaped(phone_ok, Wrong.NOT_PHONE),
    FieldType.EMAIL: _shaped(email_ok, Wrong.NOT_EMAIL),
    FieldType.STATE: _shaped(STATES.__contains__, Wrong.NOT_STATE),
    FieldType.ZIP: _shaped(zip_ok, Wrong.NOT_ZIP),
}
