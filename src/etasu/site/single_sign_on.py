"""What the operator said about signing in: the second step, the organization, the proxies."""

from __future__ import annotations

import os
from pathlib import Path


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
        "secret": _secret(os.environ.get("ETASU_OIDC_SECRET_FILE", "").strip()),
        "label": os.environ.get("ETASU_OIDC_LABEL", "").strip(),
    }


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


def _secret(named: str) -> str:
    if not named:
        raise SignOnMisconfigured("ETASU_OIDC_ISSUER is set without ETASU_OIDC_SECRET_FILE.")
    try:
        return Path(named).read_text(encoding="utf-8").strip()
    except OSError as trouble:
        said = f"The secret file {named} cannot be read: {trouble.strerror}"
        raise SignOnMisconfigured(said) from None
