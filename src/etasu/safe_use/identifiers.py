"""Check digits of the identifiers participants give: NPI, DEA, NCPDP, and our own numbers.

Sources: NPI check digit, 45 CFR 162.406 (Luhn over the card issuer prefix 80840); DEA number
format, 21 CFR 1301; NCPDP provider IDs have seven digits and no published formula.
"""

from __future__ import annotations

# Crockford's alphabet: no I, L, O or U, so a number read over the telephone is not misheard.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NPI_LENGTH, _DEA_LENGTH, _NCPDP_LENGTH = 10, 9, 7
_NUMBER_BODY = 10


def luhn_ok(digits: str) -> bool:
    """Whether the right-most digit is the Luhn check digit of the others."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        digit = int(char)
        if index % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0


def npi_ok(value: str) -> bool:
    """Whether `value` can be a National Provider Identifier."""
    shaped = _is_digits(value) and len(value) == _NPI_LENGTH and value[0] in ("1", "2")
    return shaped and luhn_ok("80840" + value)


def dea_ok(value: str) -> bool:
    """Whether `value` can be a DEA registration number."""
    if len(value) != _DEA_LENGTH or not value.isascii() or not _is_digits(value[2:]):
        return False
    if not value[0].isalpha() or not (value[1].isalpha() or value[1] == "9"):
        return False
    digits = [int(char) for char in value[2:]]
    return (sum(digits[:6:2]) + 2 * sum(digits[1::2])) % 10 == digits[6]


def ncpdp_ok(value: str) -> bool:
    """Whether `value` has the shape of an NCPDP provider ID; its check digit is not public."""
    return _is_digits(value) and len(value) == _NCPDP_LENGTH


def with_check_character(body: str) -> str:
    """A number as printed: ten characters in two groups and a check character.

    `body` is ten characters of `ALPHABET`; raises ValueError for anything else.
    """
    if len(body) != _NUMBER_BODY:
        raise ValueError("a number has ten characters before its check character")
    return f"{body[:5]}-{body[5:]}-{_check_character(body)}"


def number_ok(value: str) -> bool:
    """Whether `value` is a number of ours as printed, so a typing slip is seen at once."""
    body = value.replace("-", "")
    if len(value) != _NUMBER_BODY + 3 or any(char not in ALPHABET for char in body):
        return False
    return len(body) == _NUMBER_BODY + 1 and value == with_check_character(body[:-1])


def _check_character(body: str) -> str:
    # Luhn over base 32 finds every single slip and nearly every swap of neighbors.
    total = 0
    for index, char in enumerate(reversed(body)):
        digit = ALPHABET.index(char) * (1 if index % 2 else 2)
        total += digit // 32 + digit % 32
    return ALPHABET[-total % 32]


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()
