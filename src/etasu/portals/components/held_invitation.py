"""The invitation to help somebody that is open in this browser, and whose birth date was given."""

from __future__ import annotations

from django.http import HttpRequest

from etasu.registry.patient_support.sharing import open_invitation
from etasu.registry.patient_support.sharing_facts import Helping

# What the session keeps: the secret of the link, and whose birth date was given.
TOKEN, PROVED = "care_invitation", "care_invitation_proved"


def invitation_here(request: HttpRequest) -> Helping | None:
    """The invitation, once whoever holds it has shown that they know the patient."""
    at = request.at  # type: ignore[attr-defined]
    found = open_invitation(request.session.get(TOKEN, ""), at)
    is_proved = found is not None and request.session.get(PROVED) == found.number
    return found if is_proved else None
