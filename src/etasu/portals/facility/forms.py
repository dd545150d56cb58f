"""Forms of the facility portal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components import dates
from etasu.portals.components.forms import ClockInput, DayInput, NumberField, PortalForm

REACTIONS = {
    "none": gettext_lazy("None"),
    "mild": gettext_lazy("Mild: treated here, and the infusion could go on"),
    "serious": gettext_lazy("Serious: hospital, life-threatening, or the infusion was stopped"),
}
# An infusion that ends by the clock before it began went on after midnight, for so long at most. A
# morning typed for an afternoon is further from it than that.
LONGEST_NIGHT = timedelta(hours=12)
_CLOCK_ERRORS = {"invalid": gettext_lazy("Enter a time, such as 9:30 AM")}


class InfusionForm(PortalForm):
    """What was given, and how it went. `now` is by the facility's clock; `on` the day, if known."""

    started_at = forms.TimeField(
        label=gettext_lazy("Started"),
        widget=ClockInput(attrs={"class": "input--short"}),
        error_messages={"required": gettext_lazy("Enter when it started"), **_CLOCK_ERRORS},
    )
    stopped_at = forms.TimeField(
        label=gettext_lazy("Stopped"),
        widget=ClockInput(attrs={"class": "input--short"}),
        error_messages={"required": gettext_lazy("Enter when it stopped"), **_CLOCK_ERRORS},
    )
    reaction = forms.ChoiceField(
        label=gettext_lazy("Was there an infusion reaction?"),
        choices=list(REACTIONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say whether there was a reaction")},
    )
    described = forms.CharField(
        label=gettext_lazy("What happened, and what was done"),
        help_text=gettext_lazy("Needed for a mild or serious reaction."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, now: datetime, on: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.on = now, on

    def clean(self) -> dict[str, Any]:
        """Times in their order, and words for a reaction."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        started, stopped = given.get("started_at"), given.get("stopped_at")
        on = given.get("given_on", self.on)
        if started and stopped and stopped <= started and not self._ran(started, stopped, on):
            self.add_error("stopped_at", _("It stopped before it started. Check both times."))
        if given.get("reaction") in ("mild", "serious") and not given.get("described", "").strip():
            self.add_error("described", _("Describe the reaction and what was done"))
        return given

    def _ran(self, started: time, stopped: time, on: date | None) -> bool:
        """Whether it can have run from one evening until the morning after it, which has come."""
        evening = on or self.now.date()
        begun = datetime.combine(evening, started, self.now.tzinfo)
        ended = datetime.combine(evening + timedelta(days=1), stopped, self.now.tzinfo)
        return ended - begun <= LONGEST_NIGHT and (on is None or ended <= self.now)

    def detail(self) -> dict[str, Any]:
        """What is kept beside the infusion. Times are those of the facility's clock."""
        given = self.cleaned_data
        return {
            "started_at": _said(given["started_at"]),
            "stopped_at": _said(given["stopped_at"]),
            "reaction": given["reaction"],
            "reaction_described": given["described"].strip(),
        }


class UnauthorizedInfusionForm(InfusionForm):
    """An infusion that was given, whatever was authorized."""

    patient = NumberField(
        label=gettext_lazy("Patient number"),
        help_text=gettext_lazy("For example 7QK2M-X0B4T-N"),
        error_messages={"required": gettext_lazy("Enter the patient number")},
    )
    given_on = forms.DateField(
        label=gettext_lazy("Day it was given"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={
            "required": gettext_lazy("Enter the day it was given"),
            "invalid": gettext_lazy("Enter a date, such as 05/01/2025"),
        },
    )
    course = forms.IntegerField(
        label=gettext_lazy("Course number"),
        min_value=1,
        max_value=99,
        widget=forms.NumberInput(attrs={"class": "input--short", "inputmode": "numeric"}),
        error_messages={
            "required": gettext_lazy("Enter the course number"),
            "invalid": gettext_lazy("Enter the course as a number, such as 1"),
        },
    )
    field_order = ("patient", "given_on", "course")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        today = now.date()
        kwargs.setdefault("initial", {"given_on": today})
        super().__init__(*args, now=now, **kwargs)
        self.fields["given_on"].help_text = _("Today is %(day)s.") % {"day": dates.day(today)}

    def clean_given_on(self) -> date:
        """What is still to come cannot be recorded."""
        day: date = self.cleaned_data["given_on"]
        if day > self.now.date():
            raise ValidationError(_("This day is still to come. Record it once it has happened."))
        return day


def _said(clock: time) -> str:
    return clock.strftime("%H:%M")
