"""The demo's password and API keys: made from the site's own secret, and so never known elsewhere.

They can be shown again at every start, because they are computed and not stored.
"""

from __future__ import annotations

import base64
import hashlib

from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.utils.crypto import salted_hmac

from etasu.site.seed.words import passphrase


def password() -> str:
    """The password every invented person of this site signs in with."""
    return passphrase(_draw("password"))


def password_hash() -> str:
    """Its hash, computed once for all of them."""
    salt = _draw("salt").hex()[:22]
    return get_hasher("default").encode(password(), salt)


def api_key(system: str) -> str:
    """The API key of one invented system."""
    return f"etasu-demo-{base64.b32encode(_draw(f'key of {system}')[:20]).decode().lower()}"


def key_hash(key: str) -> bytes:
    """What the database keeps of an API key."""
    return hashlib.sha256(key.encode()).digest()


def _draw(purpose: str) -> bytes:
    secret = settings.SECRET_KEY
    return salted_hmac("etasu.demo", purpose, secret=secret, algorithm="sha256").digest()
