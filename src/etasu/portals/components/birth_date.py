"""Showing by a birth date that one knows the patient: asked in three parts, slips told kindly."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.forms import PortalForm

OLDEST = 130


class BirthDateForm(PortalForm):
    """A birth date in three parts, which nobody has to search a calendar for."""

    month = forms.TypedChoiceField(
        label=gettext_lazy("Month"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose the month of birth")},
    )
    day = forms.IntegerField(
        label=gettext_lazy("Day"),
        min_value=1,
        max_value=31,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 2}),
        error_messages={
            "required": gettext_lazy("Enter the day of birth, such as 7"),
            "invalid": gettext_lazy("Enter the day as a number from 1 to 31"),
            "min_value": gettext_lazy("Enter the day as a number from 1 to 31"),
            "max_value": gettext_lazy("Enter the day as a number from 1 to 31"),
        },
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4}),
        error_messages={
            "required": gettext_lazy("Enter the year of birth, such as 1980"),
            "invalid": gettext_lazy("Enter the year with four digits, such as 1980"),
        },
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = [(number, str(name).capitalize()) for number, name in MONTHS.items()]
        self.fields["month"].choices = [("", _("Choose")), *months]  # type: ignore[attr-defined]
        self.on = on

    def clean_year(self) -> int:
        """A year somebody alive can be born in."""
        year: int = self.cleaned_data["year"]
        if not self.on.year - OLDEST <= year <= self.on.year:
            raise forms.ValidationError(_("Enter the year with four digits, such as 1980"))
        return year

    def clean(self) -> dict[str, Any] | None:
        """A day that is in the calendar."""
        given = super().clean()
        said = self.cleaned_data
        if {"month", "day", "year"} <= said.keys():
            last = calendar.monthrange(said["year"], said["month"])[1]
            if said["day"] > last:
                self.add_error("day", _("This month does not have so many days"))
        return given

    def said(self) -> date:
        """The birth date."""
        found = self.cleaned_data
        return date(found["year"], found["month"], found["day"])


def not_proved(wait_seconds: int) -> str:
    """What is said of one that was wrong, or not looked at because of those before."""
    if not wait_seconds:
        return _("This is not the birth date on record. Check it, and try again.")
    minutes = -(-wait_seconds // 60)
    said = ngettext(
        "Too many tries. Wait %(n)d minute, then try again. Your link stays good.",
        "Too many tries. Wait %(n)d minutes, then try again. Your link stays good.",
        minutes,
    )
    return said % {"n": minutes}
