"""Invented identifiers whose check digits are right and which nobody was ever given."""

from __future__ import annotations

import hashlib

from etasu.safe_use.identifiers import ALPHABET, luhn_ok, with_check_character

_BITS = 50
_MASK = (1 << _BITS) - 1
_DIGITS = 100_000_000
_SPREAD = 61_803_399  # coprime with ten, so that neighbors look unrelated and none comes twice


def npi(index: int) -> str:
    """The index-th invented NPI. It begins with 2, which is well-formed and not in use."""
    body = f"2{index * _SPREAD % _DIGITS:08d}"
    return next(body + digit for digit in "0123456789" if luhn_ok(f"80840{body}{digit}"))


def dea(index: int) -> str:
    """The index-th invented DEA number. `Z` stands for no kind of registrant."""
    digits = [int(char) for char in f"{index * 61_803 % 1_000_000:06d}"]
    check = (sum(digits[0::2]) + 2 * sum(digits[1::2])) % 10
    return f"ZZ{''.join(map(str, digits))}{check}"


def ncpdp(index: int) -> str:
    """The index-th invented NCPDP provider ID. No state has the number 99."""
    return f"99{index * 6_181 % 100_000:05d}"


class Numbers:
    """Numbers of the registry's own kind, from a seed: opaque, and none comes twice."""

    def __init__(self, *seed: object) -> None:
        digest = hashlib.sha256("/".join(str(each) for each in seed).encode()).digest()
        self._add = int.from_bytes(digest[:8], "big") & _MASK
        self._times = int.from_bytes(digest[8:16], "big") & _MASK | 1
        self._given = 0

    def next(self) -> str:
        """The next number."""
        # Every step can be undone, so two counts never end in the same number.
        mixed = (self._given * self._times + self._add) & _MASK
        mixed ^= mixed >> 25
        mixed = mixed * self._times & _MASK
        mixed ^= mixed >> 25
        self._given += 1
        return with_check_character(
            "".join(ALPHABET[mixed >> shift & 31] for shift in range(0, _BITS, 5))
        )
