"""What is asked about an event: in both languages what it is, and when and for how many."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import ClockInput, DayInput, PortalForm
from etasu.registry.patient_support.event_actions import Planned
from etasu.registry.patient_support.event_facts import EventWords

# The zones of the fifty states, as people call them.
ZONES = (
    ("America/New_York", gettext_lazy("Eastern")),
    ("America/Chicago", gettext_lazy("Central")),
    ("America/Denver", gettext_lazy("Mountain")),
    ("America/Phoenix", gettext_lazy("Arizona")),
    ("America/Los_Angeles", gettext_lazy("Pacific")),
    ("America/Anchorage", gettext_lazy("Alaska")),
    ("Pacific/Honolulu", gettext_lazy("Hawaii")),
    ("America/Puerto_Rico", gettext_lazy("Puerto Rico")),
)
MOST_SEATS = 100_000
_LANGUAGES = ("en", "es")
_NO_TIME = {
    "required": gettext_lazy("Enter a time, such as 9:00 AM"),
    "invalid": gettext_lazy("Enter a time, such as 9:00 AM"),
}


def _line(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=200, error_messages={"required": gettext_lazy("Fill this in")}
    )


def _text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Fill this in")},
    )


class SeatsForm(PortalForm):
    """How many can come."""

    capacity = forms.IntegerField(
        label=gettext_lazy("Seats"),
        min_value=1,
        max_value=MOST_SEATS,
        widget=forms.TextInput(attrs={"class": "input--short", "inputmode": "numeric"}),
        error_messages={
            "required": gettext_lazy("Enter a number, such as 40"),
            "invalid": gettext_lazy("Enter a number, such as 40"),
            "min_value": gettext_lazy("Enter a number, such as 40"),
        },
    )


class EventForm(SeatsForm):
    """An event."""

    title_en = _line(gettext_lazy("Title in English"))
    about_en = _text(gettext_lazy("What it is about, in English"))
    place_en = _line(gettext_lazy("Where, in English"))
    title_es = _line(gettext_lazy("Title in Spanish"))
    about_es = _text(gettext_lazy("What it is about, in Spanish"))
    place_es = _line(gettext_lazy("Where, in Spanish"))
    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={
            "required": gettext_lazy("Enter a day, such as 4/30/2027"),
            "invalid": gettext_lazy("Enter a day, such as 4/30/2027"),
        },
    )
    begins = forms.TimeField(label=gettext_lazy("From"), widget=ClockInput, error_messages=_NO_TIME)
    ends = forms.TimeField(label=gettext_lazy("Until"), widget=ClockInput, error_messages=_NO_TIME)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=ZONES)
    field_order = (
        *("title_en", "about_en", "place_en", "title_es", "about_es", "place_es"),
        *("day", "begins", "ends", "time_zone", "capacity"),
    )

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    def clean(self) -> dict[str, Any]:
        """It begins in the future, and ends after it begins."""
        said: dict[str, Any] = super().clean() or {}
        if {"day", "begins", "time_zone"} <= said.keys() and self._moment("begins") <= self.at:
            self.add_error("day", _("This is over already"))
        if {"begins", "ends"} <= said.keys() and said["ends"] <= said["begins"]:
            self.add_error("ends", _("This time comes before the first one"))
        return said

    def planned(self) -> Planned:
        """The event as it is offered."""
        said = self.cleaned_data
        words = {
            each: EventWords(said[f"title_{each}"], said[f"about_{each}"], said[f"place_{each}"])
            for each in _LANGUAGES
        }
        return Planned(
            words,
            self._moment("begins"),
            self._moment("ends"),
            said["time_zone"],
            said["capacity"],
        )

    def _moment(self, name: str) -> datetime:
        said = self.cleaned_data
        return datetime.combine(said["day"], said[name], ZoneInfo(said["time_zone"]))


class AttendanceForm(PortalForm):
    """Who was there."""

    there = forms.MultipleChoiceField(
        label=gettext_lazy("Who was there?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def offer(self, people: Any) -> None:
        """Offer everybody who is not noted yet."""
        field: Any = self.fields["there"]
        field.choices = [(each.number, each.full_name) for each in people]
