"""What the representatives' pages ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import DayInput, NameField, PortalForm
from etasu.portals.components.inviting import InviteForm
from etasu.portals.organization.words import staff_role

NOBODY = "nobody"


class SearchForm(PortalForm):
    """A site's name, place or number."""

    words = forms.CharField(
        label=gettext_lazy("Name, city or number of a site"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class OrganizationForm(PortalForm):
    """What the organization is called."""

    name = NameField(
        of_place=True,
        label=gettext_lazy("Name of the organization"),
        error_messages={"required": gettext_lazy("Enter the name of the organization")},
    )


class RepresentativeForm(InviteForm):
    """Who is to be representative, and whether in somebody's place."""

    replaces = forms.ChoiceField(
        label=gettext_lazy("Whose place do they take?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whose place they take")},
    )
    for_all_sites = forms.BooleanField(
        label=gettext_lazy("They represent all sites of the organization"), required=False
    )

    def __init__(
        self, now: Sequence[tuple[str, str]], has_more_sites: bool, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        nobody = (NOBODY, _("Nobody’s: they come in addition"))
        self.fields["replaces"].choices = [*now, nobody]  # type: ignore[attr-defined]
        if not has_more_sites:
            del self.fields["for_all_sites"]


class LeaveForm(PortalForm):
    """That it is understood what follows when nobody is left."""

    begins_grace = forms.BooleanField(
        label=gettext_lazy("I understand what this means for these sites"),
        error_messages={"required": gettext_lazy("Say that you understand what follows")},
    )


class RosterFileForm(PortalForm):
    """A roster as a file."""

    file = forms.FileField(
        label=gettext_lazy("The roster, as a CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose the file")},
    )


class PersonForm(InviteForm):
    """One person on the roster."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the role")},
    )
    trained_on = forms.DateField(
        label=gettext_lazy("Trained on"),
        required=False,
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"invalid": gettext_lazy("Enter a day that exists")},
    )

    def __init__(self, roles: Sequence[str], today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choices = [(role, staff_role(role)) for role in roles]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]

    def clean_trained_on(self) -> date | None:
        """Nobody was trained tomorrow."""
        day: date | None = self.cleaned_data["trained_on"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("This day is yet to come."))
        return day
