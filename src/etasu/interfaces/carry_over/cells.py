"""One cell into a value, or the reason why it is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import date
from typing import Any, NamedTuple

from etasu.interfaces.carry_over.reasons import Reason
from etasu.registry.participants.zones import listed_zones
from etasu.safe_use.contacts import STATES, email_ok, phone_ok, zip_ok
from etasu.safe_use.identifiers import dea_ok, ncpdp_ok, npi_ok

_LOST = "\ufffd"
_RUN = ("=", "@")
# What may follow a plus or minus sign without making a spreadsheet compute.
_SIGNED = re.compile(r"[+-][\d\s().,-]*")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_YES_NO = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "": False}
_YES_NO |= {"false": False, "0": False}
LATEST = date(2100, 1, 1)


class Rules(NamedTuple):
    """What a cell is read by: the last day that is not in the future, and how dates are written."""

    last_day: date
    us_dates: bool


class BadCell(Exception):
    """The cell is no such value."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


Read = Callable[[str, Rules], Any]


def clean(text: str, longest: int) -> str:
    """The text as kept: composed characters, single spaces. Raises BadCell for what is no text."""
    text = text.strip()
    if text.isascii() and text.isprintable():
        # Nearly every cell.
        found = text
    else:
        found = unicodedata.normalize("NFC", text)
        if _LOST in found:
            raise BadCell(Reason.CHARACTERS_LOST)
        if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") for char in found):
            raise BadCell(Reason.CONTROL_CHARACTER)
    if len(found) > longest:
        raise BadCell(Reason.TOO_LONG)
    if _computes(found):
        raise BadCell(Reason.FORMULA)
    return " ".join(found.split())


def as_text(text: str, rules: Rules) -> str:
    """The text itself."""
    return text


def as_code(text: str, rules: Rules) -> str:
    """A code: lower case, whatever the file has."""
    return text.lower()


def identified_by(is_right: Callable[[str], bool], reason: Reason) -> Read:
    """Reads an identifier that has a check of its own."""

    def read(text: str, rules: Rules) -> str:
        found = text.upper()
        if not is_right(found):
            raise BadCell(reason)
        return found

    return read


def one_of(known: Collection[str], reason: Reason = Reason.NOT_ON_THE_LIST) -> Read:
    """Reads one of a few codes, however it is capitalized."""
    codes = {code.lower(): code for code in known}

    def read(text: str, rules: Rules) -> str:
        found = codes.get(text.lower())
        if found is None:
            raise BadCell(reason)
        return found

    return read


def as_day(text: str, rules: Rules, earliest: date, latest: date) -> date:
    """A day as the files write it; 2025-03-31 always, 3/31/2025 when US dates were announced."""
    match = _ISO.fullmatch(text)
    parts = match.groups() if match else ()
    if not match and rules.us_dates and (match := _US.fullmatch(text)):
        month, day, year = match.groups()
        parts = (year, month, day)
    if not parts:
        raise BadCell(Reason.DATE_UNREADABLE)
    try:
        found = date(*map(int, parts))
    except ValueError:
        raise BadCell(Reason.DATE_NOT_IN_CALENDAR) from None
    if found < earliest:
        raise BadCell(Reason.DATE_TOO_EARLY)
    if found > latest:
        raise BadCell(Reason.DATE_IN_FUTURE)
    return found


def past_day(earliest: date) -> Read:
    """Reads a day that has come."""
    return lambda text, rules: as_day(text, rules, earliest, rules.last_day)


def any_day(earliest: date) -> Read:
    """Reads a day that may be still to come."""
    return lambda text, rules: as_day(text, rules, earliest, LATEST)


def as_zip(text: str, rules: Rules) -> str:
    """A ZIP code that exists; four more digits may follow."""
    # Spreadsheets take the zeros in front away.
    found = text.zfill(5) if text.isascii() and text.isdigit() and len(text) in (3, 4) else text
    if not zip_ok(found) or found[:5] not in listed_zones():
        raise BadCell(Reason.UNKNOWN_ZIP)
    return found


def as_count(text: str, rules: Rules) -> int:
    """A whole number from 1."""
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text)):
        raise BadCell(Reason.NOT_A_NUMBER)
    return int(text)


def as_language(text: str, rules: Rules) -> str:
    """The code of a language, such as `en` or `pt-BR`."""
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})?", text, re.IGNORECASE | re.ASCII):
        raise BadCell(Reason.NOT_ON_THE_LIST)
    return text


def as_yes_no(text: str, rules: Rules) -> bool:
    """Yes or no; empty is no."""
    found = _YES_NO.get(text.lower())
    if found is None:
        raise BadCell(Reason.NOT_ON_THE_LIST)
    return found


as_npi = identified_by(npi_ok, Reason.BAD_NPI)
as_dea = identified_by(dea_ok, Reason.BAD_DEA)
as_ncpdp = identified_by(ncpdp_ok, Reason.BAD_NCPDP)
as_state = one_of(STATES, Reason.UNKNOWN_STATE)


def as_email(text: str, rules: Rules) -> str:
    """An e-mail address, lower-case as sign-ins are."""
    if not email_ok(text):
        raise BadCell(Reason.BAD_EMAIL)
    return text.lower()


def as_telephone(text: str, rules: Rules) -> str:
    """A US telephone number as written."""
    if not phone_ok(text):
        raise BadCell(Reason.BAD_TELEPHONE)
    return text


def _computes(text: str) -> bool:
    """Whether a spreadsheet would run the text and not show it."""
    return text.startswith(_RUN) or (text[:1] in ("+", "-") and not _SIGNED.fullmatch(text))


def told(text: str, is_identity: bool) -> str:
    """The cell as a report may show it: of an identity, or of an odd text, only its kind."""
    text = text.strip()
    if not text:
        return "empty"
    if not is_identity and len(text) <= 40 and text.isprintable() and not _computes(text):
        return text
    size = len(text)
    if text.isdigit():
        return f"{size} digits"
    return f"{size} characters, digits among them" if re.search(r"\d", text) else f"{size} letters"
