"""What is asked for an appointment, one form for each question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from etasu.portals.components import lab_appointment_words as words
from etasu.portals.components.forms import DayInput, PortalForm
from etasu.registry.patient_support.draw_sites import FoundSite
from etasu.safe_use.contacts import STATES, phone_ok, zip_in_state, zip_ok
from etasu.safe_use.lab_program import LabProgram

LONGEST_AHEAD = timedelta(days=90)
_CHOOSE = {"required": gettext_lazy("Choose one of these"),
           "invalid_choice": gettext_lazy("Choose one of these")}  # fmt: skip


class WayForm(PortalForm):
    """How the tests are taken."""

    way = forms.ChoiceField(
        label=gettext_lazy("Where do you want to have your tests?"),
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )

    def offer(self, plan: LabProgram) -> None:
        """Offer the program's ways, each with who pays."""
        field: Any = self.fields["way"]
        said = [(each.code, each.said(get_language())) for each in plan.ways]
        field.choices = [(code, _described(each.name, each.pays)) for code, each in said]


class SiteForm(PortalForm):
    """One of the sites that were found."""

    site = forms.ChoiceField(
        label=gettext_lazy("Which place suits you?"),
        help_text=gettext_lazy("The nearest first. Miles are straight lines."),
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )

    def offer(self, found: Sequence[FoundSite]) -> None:
        """Offer these sites."""
        field: Any = self.fields["site"]
        field.choices = [(each.site.number, _site_line(each)) for each in found]


class AddressForm(PortalForm):
    """Where the technician comes to."""

    street = forms.CharField(
        label=gettext_lazy("Street address"),
        help_text=gettext_lazy("Home or work, with the floor or apartment."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={"required": gettext_lazy("Enter the street address")},
    )
    city = forms.CharField(
        label=gettext_lazy("City"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        error_messages={"required": gettext_lazy("Enter the city")},
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("Choose a state")), *STATES.items()],
        error_messages=_CHOOSE,
    )
    zip_code = forms.CharField(
        label=gettext_lazy("ZIP code"),
        max_length=10,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "postal-code"}),
        error_messages={"required": gettext_lazy("Enter a ZIP code of five digits, such as 45402")},
    )

    def clean(self) -> dict[str, Any]:
        """The ZIP code must be one, and in the state."""
        said: dict[str, Any] = super().clean() or {}
        zip_code, state = said.get("zip_code", "").strip(), said.get("state", "")
        if zip_code and not zip_ok(zip_code):
            self.add_error("zip_code", _("Enter a ZIP code of five digits, such as 45402"))
        elif zip_code and state and not zip_in_state(zip_code, state):
            self.add_error("zip_code", _("This ZIP code is not in the state you chose"))
        return said


class WhenForm(PortalForm):
    """When it suits."""

    on = forms.DateField(
        label=gettext_lazy("Which day suits you?"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={
            "required": gettext_lazy("Enter a day, such as 4/30/2027"),
            "invalid": gettext_lazy("Enter a day, such as 4/30/2027"),
        },
    )
    part = forms.ChoiceField(
        label=gettext_lazy("When on that day?"),
        choices=[(each.value, said) for each, said in words.PARTS.items()],
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        """A day to come, not too far ahead."""
        on: date = self.cleaned_data["on"]
        if not self.today < on <= self.today + LONGEST_AHEAD:
            raise forms.ValidationError(_("Choose a day from tomorrow on, within 90 days"))
        return on


class TelephoneForm(PortalForm):
    """Where to call about it."""

    telephone = forms.CharField(
        label=gettext_lazy("Which number may the laboratory call?"),
        help_text=gettext_lazy("In case it must reach you on the day."),
        max_length=40,
        widget=forms.TextInput(
            attrs={"class": "input--short", "autocomplete": "tel", "type": "tel"}
        ),
        error_messages={"required": gettext_lazy("Enter a telephone number")},
    )

    def clean_telephone(self) -> str:
        """A number that can be one."""
        text = str(self.cleaned_data["telephone"]).strip()
        if not phone_ok(text):
            raise forms.ValidationError(_("Enter a telephone number, such as 555-555-0142"))
        return text


def _site_line(found: FoundSite) -> SafeString:
    site, miles = found.site, round(found.miles)
    near = ngettext("%(n)d mile", "%(n)d miles", miles) % {"n": miles}
    about = filter(None, (near if miles else _("less than a mile"), site.hours, site.telephone))
    return _described(words.site_line(site), " · ".join(about))


def _described(name: str, about: str) -> SafeString:
    """A choice with a line below that says more of it."""
    line = '{} <span class="usa-radio__label-description">{}</span>'
    return format_html(line, name, about)
