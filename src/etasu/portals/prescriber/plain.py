"""A question about an own patient to a gate that authorizes nothing: one page."""

from __future__ import annotations

from datetime import date
from typing import Any

from etasu.portals.components.asking import GateForm
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.participants.facts import Asker
from etasu.safe_use.program import Gate


class OwnPatientForm(GateForm):
    """What one gate must be asked with; the patient is the one whose page this is."""

    patient = None  # type: ignore[assignment]

    def __init__(
        self, number: str, *args: Any, gate: Gate, asker: Asker, on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, gate=gate, asker=asker, on=on, **kwargs)
        self.number = number

    def request(self) -> AuthorizationRequest:
        """The question, from a valid form."""
        self.cleaned_data["patient"] = self.number
        return super().request()
