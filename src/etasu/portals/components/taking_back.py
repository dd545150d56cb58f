"""Taking back an authorization asked for by mistake."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.forms import PortalForm
from etasu.registry.authorizations.actions import UNDO_WITHIN
from etasu.registry.authorizations.facts import DecisionStanding, authorization_to_take_back
from etasu.registry.participants.facts import Asker


class ReasonForm(PortalForm):
    """Why something is taken back."""

    reason = forms.CharField(
        label=_("Why do you take it back?"),
        help_text=_("For example: wrong patient number. No names, please."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why you take it back")},
    )


def undo_until(found: DecisionStanding, asker: Asker, at: datetime) -> datetime | None:
    """Until when the reader can take the authorization back; None when they cannot."""
    until = found.decision.asked_at + UNDO_WITHIN
    if at > until or authorization_to_take_back(found.decision.number, asker) is None:
        return None
    return until
