"""Numbers people see: opaque, unguessable, with a check character."""

from __future__ import annotations

import secrets

from etasu.safe_use.identifiers import ALPHABET, with_check_character


def new_number() -> str:
    """A new number such as `7QK2M-X0B4T-N`: 50 random bits and a check character."""
    bits = secrets.randbits(50)
    body = "".join(ALPHABET[bits >> shift & 31] for shift in range(0, 50, 5))
    return with_check_character(body)
