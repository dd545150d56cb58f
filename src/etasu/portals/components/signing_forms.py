"""The forms a signature is given on: by somebody with an account, and by a patient."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.confirming import ConfirmingForm
from etasu.portals.components.forms import NameField, PortalForm
from etasu.portals.components.signing_words import name_words
from etasu.portals.components.words import capital
from etasu.registry.submissions.facts import named_patient, refusal_of_name
from etasu.safe_use.program import Signer

SELF = "self"


class SigningForm(ConfirmingForm):
    """Proof of who signs. The name that is printed is that of the account, and no other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["drafts", "password", "passkey"])

    @property
    def printed_name(self) -> str:
        """The name that will stand under what is signed."""
        return str(self.person.full_name)


class PatientSigningForm(PortalForm):
    """The patient's name as they sign; or the name of who signs for them, and what they are.

    On a device that is `lent` the browser offers no names, for it knows its owner's.
    """

    full_name = NameField(
        label=_("Your full name"),
        help_text=_("Typing your name here is your signature."),
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
            choices=[
                (SELF, _("I am the patient")),
                *((kept, capital(said)) for kept, said in signer.in_place.choices()),
            ],
            initial=SELF if lent else None,
            widget=forms.RadioSelect(attrs={"class": "usa-radio__input--tile"}),
            error_messages={
                "required": _("Say who signs"),
                "invalid_choice": _("Choose one of the answers offered"),
            },
        )
        self.add("relationship", who)
        self.order_fields(["relationship", "full_name"])

    def takes_name(self, draft: Any) -> bool:
        """Whether the name can stand under the draft; otherwise the field says why not."""
        name, relationship = str(self.cleaned_data["full_name"]), self.relationship()
        refusal = refusal_of_name(draft, name, relationship)
        if refusal is not None:
            self.add_error("full_name", name_words(refusal, named_patient(draft)))
        return refusal is None

    def relationship(self) -> str:
        """What the signer is to the patient; empty for the patient."""
        said = str(self.cleaned_data.get("relationship", SELF))
        return "" if said == SELF else said
