"""Codes that change every half minute, as RFC 6238 and every authenticator app make them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

DIGITS, SECONDS = 6, 30
# A clock may be half a minute off either way.
STEPS_AROUND = 1


def new_secret() -> bytes:
    """A new secret of 160 bits."""
    return secrets.token_bytes(20)


def step_at(at: datetime) -> int:
    """Which half minute it is."""
    return int(at.timestamp()) // SECONDS


def code_of(secret: bytes, step: int) -> str:
    """The code of one half minute."""
    mac = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(code: str, secret: bytes, at: datetime, later_than: int) -> int | None:
    """The half minute the code belongs to; None for a wrong one and for one already taken."""
    typed = "".join(code.split())
    now = step_at(at)
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        if step > later_than and hmac.compare_digest(
            code_of(secret, step).encode(), typed.encode()
        ):
            return step
    return None


def spelled(secret: bytes) -> str:
    """The secret as one types it into an app."""
    return base64.b32encode(secret).decode()


def app_address(secret: bytes, issuer: str, label: str) -> str:
    """What the QR code says to an authenticator app."""
    name = f"{quote(issuer)}:{quote(label)}"
    return f"otpauth://totp/{name}?secret={spelled(secret)}&issuer={quote(issuer)}"
