"""A ZIP code near which something is looked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import PortalForm
from etasu.registry.participants import locator
from etasu.safe_use.contacts import zip_ok


class ZipForm(PortalForm):
    """A ZIP code; `place` is where it is, once it was understood."""

    unknown = gettext_lazy("We do not know where %(zip)s is. Check the five digits.")
    zip_code = forms.CharField(
        label=gettext_lazy("ZIP code"),
        max_length=10,
        widget=forms.TextInput(
            attrs={"class": "input--short", "autocomplete": "postal-code", "inputmode": "numeric"}
        ),
        error_messages={
            "required": gettext_lazy("Enter a ZIP code of five digits, such as 45402"),
            "invalid": gettext_lazy("Enter a ZIP code of five digits, such as 45402"),
            "max_length": gettext_lazy("Enter a ZIP code of five digits, such as 45402"),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place: locator.Place | None = None

    def clean_zip_code(self) -> str:
        """The ZIP code, once it is known where it is."""
        text = str(self.cleaned_data["zip_code"]).strip()
        if not zip_ok(text):
            raise forms.ValidationError(self.fields["zip_code"].error_messages["invalid"])
        self.place = locator.place_of(text)
        if self.place is None:
            raise forms.ValidationError(self.unknown % {"zip": text})
        return text
