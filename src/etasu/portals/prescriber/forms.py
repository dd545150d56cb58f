"""What the prescriber's pages ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import short_day
from etasu.portals.components.forms import DayInput, PortalForm
from etasu.portals.prescriber.asking import TestAsked
from etasu.registry.authorizations.requests import LONGEST_AHEAD
from etasu.safe_use.requirements import Acknowledged

# Reasons to wait, as codes the gates and the audit trail carry; the words are for the reader.
HOLDS = {
    "infection": gettext_lazy("Infection"),
    "hypersensitivity": gettext_lazy("Hypersensitivity"),
    "side-effect": gettext_lazy("Side effect to be looked into"),
    "test-result": gettext_lazy("Test result to be looked into"),
    "pregnancy": gettext_lazy("Pregnancy, or it may be"),
    "patient-wish": gettext_lazy("The patient wishes to wait"),
    "other": gettext_lazy("Something else"),
}


class SearchForm(PortalForm):
    """A name or a number."""

    words = forms.CharField(
        label=gettext_lazy("Name or patient number"),
        max_length=100,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CourseForm(PortalForm):
    """Which course."""

    course = forms.IntegerField(
        label=gettext_lazy("Course number"),
        min_value=1,
        max_value=99,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input--short"}),
        error_messages={"required": gettext_lazy("Enter the course number")},
    )


class DayForm(PortalForm):
    """When."""

    planned_on = forms.DateField(
        label=gettext_lazy("Planned day"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={
            "required": gettext_lazy("Enter the day"),
            "invalid": gettext_lazy("Enter a day that exists"),
        },
    )

    def __init__(self, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_planned_on(self) -> date:
        """A day from today on, at most a year ahead."""
        day: date = self.cleaned_data["planned_on"]
        if day < self.today:
            raise forms.ValidationError(_("This day is past. Enter today or a later day."))
        if day > self.today + LONGEST_AHEAD:
            raise forms.ValidationError(_("This is more than a year ahead. Check the year."))
        return day


class FacilityForm(PortalForm):
    """Where: one of the facilities found."""

    facility = forms.ChoiceField(
        label=gettext_lazy("Facility"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a facility"),
            "invalid_choice": gettext_lazy("Choose a facility from the list"),
        },
    )

    def __init__(self, choices: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facility"].choices = list(choices)  # type: ignore[attr-defined]


class TestsForm(PortalForm):
    """On which day each test was collected; empty when it was not done."""

    def __init__(self, asked: Sequence[TestAsked], today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked, self.today = asked, today
        for test in asked:
            self.add(f"{test.code}-on", _day_of(test))
            if test.takes_value:
                self.add(f"{test.code}-value", _value_of(test))

    def clean(self) -> dict[str, Any]:
        """No test is collected tomorrow, and a value belongs to a day."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for test in self.asked:
            on = cleaned.get(f"{test.code}-on")
            if on and on > self.today:
                self.add_error(f"{test.code}-on", _("This day is yet to come."))
            if not on and cleaned.get(f"{test.code}-value"):
                self.add_error(f"{test.code}-on", _("Enter the day of this result."))
        return cleaned

    def tests(self) -> dict[str, dict[str, str]]:
        """For each test the day as ISO text and the value, as a draft keeps them."""
        said = self.cleaned_data
        return {
            test.code: {
                "on": said[f"{test.code}-on"].isoformat() if said.get(f"{test.code}-on") else "",
                "value": said.get(f"{test.code}-value") or "",
            }
            for test in self.asked
        }


class StatementsForm(PortalForm):
    """What the prescriber states with the request."""

    def __init__(self, asked: Sequence[Acknowledged], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in asked:
            self.add(each.statement, forms.BooleanField(label=each.required, required=False))

    def statements(self) -> list[str]:
        """The statements made, by code."""
        return sorted(code for code, made in self.cleaned_data.items() if made)


class ReasonForm(PortalForm):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why")},
    )


class HoldForm(ReasonForm):
    """Why treatment is to wait."""

    code = forms.ChoiceField(
        label=gettext_lazy("What is the matter?"),
        choices=list(HOLDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is the matter")},
    )
    field_order = ("code", "reason")


def _day_of(test: TestAsked) -> forms.Field:
    hint = _("Counts when collected on or after %(day)s.") % {"day": short_day(test.since)}
    if test.on_file is not None:
        on_file = _("On file: %(day)s.") % {"day": short_day(test.on_file)}
        hint = f"{on_file} {hint}"
    return forms.DateField(
        label=test.name,
        help_text=hint,
        required=False,
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"invalid": _("Enter a day that exists")},
    )


def _value_of(test: TestAsked) -> forms.Field:
    label = _("%(test)s: result") % {"test": test.name}
    if test.unit:
        label = f"{label} ({test.unit})"
    return forms.CharField(label=label, required=False, max_length=40)
