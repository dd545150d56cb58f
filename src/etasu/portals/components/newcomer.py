"""What is asked once about the participant somebody brings in; every later form knows it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.form_pages.words import SAID
from etasu.portals.components.forms import NameField, PortalForm
from etasu.portals.components.words import setting_label
from etasu.registry.participants.enrolling import Newcomer
from etasu.registry.participants.zones import zone_of_zip
from etasu.safe_use.contacts import STATES, phone_ok, zip_in_state, zip_ok
from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.identifiers import dea_ok, ncpdp_ok, npi_ok
from etasu.safe_use.program import Party

_CHECKS = {
    "npi": (npi_ok, Wrong.NOT_NPI),
    "dea": (dea_ok, Wrong.NOT_DEA),
    "ncpdp": (ncpdp_ok, Wrong.NOT_NCPDP),
    "telephone": (phone_ok, Wrong.NOT_PHONE),
    "zip_code": (zip_ok, Wrong.NOT_ZIP),
}
_NEEDED: dict[str, Any] = {"required": SAID[Wrong.MISSING]}


class NewcomerForm(PortalForm):
    """Name, identifiers and place of a participant of one kind."""

    name = NameField(of_place=True, error_messages=_NEEDED)
    npi = forms.CharField(
        label=gettext_lazy("National Provider Identifier (NPI)"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages=_NEEDED,
    )
    city = forms.CharField(label=gettext_lazy("City"), max_length=100, error_messages=_NEEDED)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("Choose a state")), *STATES.items()],
        error_messages={**_NEEDED, "invalid_choice": SAID[Wrong.NOT_STATE]},
    )
    zip_code = forms.CharField(
        label=gettext_lazy("ZIP Code"),
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
        error_messages=_NEEDED,
    )
    telephone = forms.CharField(
        label=gettext_lazy("Telephone"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel"}),
        error_messages=_NEEDED,
    )

    def __init__(self, party: Party, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.party = party
        is_person = party.code == "prescriber"
        self.fields["name"].label = _("Your full name") if is_person else _("Its name")
        self.fields["name"].of_place = not is_person  # type: ignore[attr-defined]
        if "ncpdp" in party.identifiers:
            ncpdp = forms.CharField(label=_("NCPDP ID"), max_length=20, error_messages=_NEEDED)
            self.add("ncpdp", ncpdp)
        if party.settings:
            choices = [(each, setting_label(each)) for each in party.settings]
            setting = forms.ChoiceField(
                label=_("What kind of place is it?"),
                choices=choices,
                widget=forms.RadioSelect,
                error_messages=_NEEDED,
            )
            self.add("setting", setting)
        self.order_fields(["name", "npi", "ncpdp", "setting", "city", "state", "zip_code"])

    def clean(self) -> dict[str, Any]:
        """Identifiers, telephone and ZIP Code that can be right."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name, (is_ok, wrong) in _CHECKS.items():
            said = str(given.get(name, "") or "").strip()
            if said and not is_ok(said):
                self.add_error(name, str(SAID[wrong]))
        zip_code, state = given.get("zip_code"), given.get("state")
        if zip_code and state and "zip_code" not in self.errors:
            if not zip_in_state(zip_code, state):
                self.add_error("zip_code", str(SAID[Wrong.ZIP_ELSEWHERE]))
        return given

    def newcomer(self) -> Newcomer:
        """What was said, in the way the registry takes it."""
        said = self.cleaned_data
        return Newcomer(
            name=said["name"].strip(),
            npi=said["npi"].strip(),
            ncpdp=said.get("ncpdp", "").strip(),
            setting=said.get("setting"),
            city=said["city"].strip(),
            state=said["state"],
            zip_code=said["zip_code"].strip(),
            telephone=said["telephone"].strip(),
            time_zone=zone_of_zip(said["zip_code"].strip()),
        )
