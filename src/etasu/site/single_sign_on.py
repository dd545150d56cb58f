"""What the operator said about signing in: the second step, the organization, the proxies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ORGANIZATION = "ETASU_OIDC_SECRET_FILE"


class SignOnMisconfigured(Exception):
    """What the operator said about signing in cannot be used; the message says why."""


def single_sign_on_settings() -> dict[str, str] | None:
    """Issuer, client id, secret and label from the environment; None when no issuer is named."""
    issuer = os.environ.get("ETASU_OIDC_ISSUER", "").strip()
    if not issuer:
        return None
    client_id = os.environ.get("ETASU_OIDC_CLIENT_ID", "").strip()
    if not client_id:
        raise SignOnMisconfigured("ETASU_OIDC_ISSUER is set without ETASU_OIDC_CLIENT_ID.")
    return {
        "issuer": issuer,
        "client_id": client_id,
        "secret": _secret(os.environ.get(_ORGANIZATION, "").strip(), _ORGANIZATION),
        "label": os.environ.get("ETASU_OIDC_LABEL", "").strip(),
    }


# Services that many people have an account with. What Facebook's own description leaves out stands
# here, from its guide to the code flow. Its tokens have an address and never say it was confirmed.
WELL_KNOWN: Mapping[str, dict[str, Any]] = {
    "google": {"issuer": "https://accounts.google.com", "label": "Google"},
    "facebook": {
        "issuer": "https://www.facebook.com",
        "label": "Facebook",
        "scope": "openid email",
        "vouches_for_address": False,
        "beside": {
            "token_endpoint": "https://graph.facebook.com/oauth/access_token",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        },
    },
}


# The variables of each: its client id, and the file with its secret.
_KEYS = {
    "google": ("ETASU_GOOGLE_CLIENT_ID", "ETASU_GOOGLE_SECRET_FILE"),
    "facebook": ("ETASU_FACEBOOK_CLIENT_ID", "ETASU_FACEBOOK_SECRET_FILE"),
}


def well_known_settings() -> dict[str, dict[str, Any]]:
    """Client id and secret of each service the operator has keys for, by its code."""
    found = {}
    for code, service in WELL_KNOWN.items():
        identified, named = _KEYS[code]
        client_id = os.environ.get(identified, "").strip()
        if client_id:
            if service["issuer"] == os.environ.get("ETASU_OIDC_ISSUER", "").strip().rstrip("/"):
                said = f"ETASU_OIDC_ISSUER is {service['label']} already: leave one of the two out."
                raise SignOnMisconfigured(said)
            secret = _secret(os.environ.get(named, "").strip(), named)
            found[code] = {**service, "client_id": client_id, "secret": secret}
    return found


def second_step_setting() -> str:
    """`required` of the roles that need one, or only `offered`, as for demonstrations."""
    said = os.environ.get("ETASU_SECOND_STEP", "").strip().lower() or "required"
    if said not in ("required", "offered"):
        raise SignOnMisconfigured(f"ETASU_SECOND_STEP is required or offered, not {said}.")
    return said


def proxies(usual: int) -> int:
    """How many proxies stand before the site, so that it knows where people come from."""
    said = os.environ.get("ETASU_PROXIES", "").strip() or str(usual)
    if not said.isdecimal() or int(said) > 9:
        raise SignOnMisconfigured(f"ETASU_PROXIES is a number from 0 to 9, not {said}.")
    return int(said)


def _secret(named: str, variable: str) -> str:
    if not named:
        raise SignOnMisconfigured(f"A client id is set without {variable}.")
    try:
        return Path(named).read_text(encoding="utf-8").strip()
    except OSError as trouble:
        said = f"The secret file {named} cannot be read: {trouble.strerror}"
        raise SignOnMisconfigured(said) from None
