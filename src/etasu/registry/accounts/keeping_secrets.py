"""Secrets that must be read again are kept encrypted; all others only as hashes."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


class UnreadableSecret(Exception):
    """A kept secret cannot be read: the site's secret is no longer the one it was kept under."""


def encrypted(secret: bytes) -> bytes:
    """The secret as it may lie in the database."""
    return _lock().encrypt(secret)


def decrypted(kept: bytes) -> bytes:
    """The secret again. Raises UnreadableSecret under another site's secret."""
    try:
        return _lock().decrypt(kept)
    except InvalidToken:
        raise UnreadableSecret from None


def digest(secret: str) -> bytes:
    """The hash of a long random secret."""
    return hashlib.sha256(secret.encode()).digest()


def keyed_digest(purpose: str, secret: str) -> bytes:
    """The hash of a short code, which nobody can reverse without the site's secret."""
    return salted_hmac(f"etasu.{purpose}", secret, algorithm="sha256").digest()


def _lock() -> Fernet:
    key = salted_hmac("etasu.kept", "authenticator apps", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
