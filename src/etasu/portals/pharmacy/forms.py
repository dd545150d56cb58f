"""Forms of the pharmacy portal."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components import dates
from etasu.portals.components.forms import DayInput, PortalForm


class DispenseForm(PortalForm):
    """What was handed over or shipped."""

    units = forms.IntegerField(
        label=gettext_lazy("Units dispensed"),
        min_value=1,
        max_value=9999,
        widget=forms.NumberInput(attrs={"class": "input--short", "inputmode": "numeric"}),
        error_messages={
            "required": gettext_lazy("Enter how many units you dispensed"),
            "invalid": gettext_lazy("Enter the units as a number, such as 5"),
            "min_value": gettext_lazy("Enter at least 1 unit"),
        },
    )
    dispensed_on = forms.DateField(
        label=gettext_lazy("Day of the hand-over"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={
            "required": gettext_lazy("Enter the day of the hand-over"),
            "invalid": gettext_lazy("Enter a date, such as 05/01/2025"),
        },
    )

    def __init__(self, *args: Any, today: date, course_days: int | None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"dispensed_on": today})
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["dispensed_on"].help_text = _("Today is %(day)s.") % {"day": dates.day(today)}
        if course_days:
            said = _("This course has %(n)s infusion days.") % {"n": course_days}
            self.fields["units"].help_text = said

    def clean_dispensed_on(self) -> date:
        """What is still to come cannot be recorded."""
        day: date = self.cleaned_data["dispensed_on"]
        if day > self.today:
            raise ValidationError(_("This day is still to come. Record it once it has happened."))
        return day
