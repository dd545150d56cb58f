"""The link a patient holds on this device: its token, encrypted in the session, and the proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from etasu.registry.accounts.keeping_secrets import UnreadableSecret, decrypted
from etasu.registry.patients.facts import patient_of_subject
from etasu.registry.submissions.facts import consent_link_of, signing_link_of

# What the session holds: the token, encrypted; whose proof was given; what was read.
HELD = "patient_link"
# A proof is good for so long, on the same device.
PROVED_FOR_SECONDS = 2 * 60 * 60


def held_in(request: HttpRequest) -> dict[str, Any]:
    """What the session keeps of a link; empty without one."""
    found = request.session.get(HELD)
    return found if isinstance(found, dict) else {}


def token_in(request: HttpRequest) -> str:
    """The token of the link; empty without one, or when it cannot be read any more."""
    try:
        return decrypted(held_in(request).get("token", "").encode()).decode()
    except UnreadableSecret:
        return ""


def is_proved(request: HttpRequest) -> bool:
    """Whether the birth date was given on this device not long ago."""
    at: datetime = request.at  # type: ignore[attr-defined]
    proved = held_in(request).get("proved")
    return isinstance(proved, int) and 0 <= at.timestamp() - proved <= PROVED_FOR_SECONDS


def let_go(request: HttpRequest) -> None:
    """Forget the link on this device, and refuse every form that was shown by it."""
    rotate_token(request)
    request.session.pop(HELD, None)


def patient_here(request: HttpRequest) -> Any:
    """The patient who holds a link and proved who they are; None for everybody else."""
    token = token_in(request) if is_proved(request) else ""
    if not token:
        return None
    choosing = consent_link_of(token)
    if choosing is not None:
        at: datetime = request.at  # type: ignore[attr-defined]
        known = patient_of_subject(choosing.subject_kind, choosing.subject_id)
        return known if at < choosing.valid_until else None
    signing = signing_link_of(token)
    if signing is None:
        return None
    return patient_of_subject(signing.draft.subject_kind, signing.draft.subject_id)
