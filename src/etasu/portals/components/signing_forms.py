"""The forms a signature is given on: by somebody with an account, and by a patient."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.confirming import ConfirmingForm
from etasu.portals.components.forms import PortalForm
from etasu.safe_use.program import Signer

SELF = "self"


class SigningForm(ConfirmingForm):
    """The name as it is to be printed, and proof of who signs."""

    full_name = forms.CharField(
        label=_("Your name, as you sign"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["drafts", "full_name", "password", "passkey"])


class PatientSigningForm(PortalForm):
    """The patient's name as they sign; or the name of who signs for them, and what they are.

    On a device that is `lent` the browser offers no names, for it knows its owner's.
    """

    full_name = forms.CharField(
        label=_("Your full name"),
        help_text=_("Typing your name here is your signature."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your full name")},
    )

    def __init__(self, signer: Signer, data: Any = None, *, lent: bool = False) -> None:
        super().__init__(data)
        if lent:
            self.fields["full_name"].widget.attrs["autocomplete"] = "off"
        if signer.in_place is None:
            return
        who = forms.ChoiceField(
            label=_("Who signs?"),
            choices=[(SELF, _("I am the patient")), *signer.in_place.choices()],
            initial=SELF if lent else None,
            widget=forms.RadioSelect(attrs={"class": "usa-radio__input--tile"}),
            error_messages={
                "required": _("Say who signs"),
                "invalid_choice": _("Choose one of the answers offered"),
            },
        )
        self.add("relationship", who)
        self.order_fields(["relationship", "full_name"])

    def relationship(self) -> str:
        """What the signer is to the patient; empty for the patient."""
        said = str(self.cleaned_data.get("relationship", SELF))
        return "" if said == SELF else said
