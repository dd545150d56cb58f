"""What the delegates' pages ask for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import PortalForm, as_printed
from etasu.safe_use.identifiers import npi_ok, number_ok


class SearchForm(PortalForm):
    """A name or a number."""

    words = forms.CharField(
        label=gettext_lazy("Name or patient number"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PrescriberForm(PortalForm):
    """The prescriber somebody wants to work for."""

    number = forms.CharField(
        label=gettext_lazy("The prescriber’s number or NPI"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the prescriber’s number or NPI")},
    )

    def clean_number(self) -> str:
        """The number as printed, or the NPI; a slip is told before anything is looked up."""
        text: str = self.cleaned_data["number"].strip()
        if npi_ok(text):
            return text
        number = as_printed(text)
        if not number_ok(number):
            raise forms.ValidationError(gettext_lazy("This number holds a slip. Check it."))
        return number
