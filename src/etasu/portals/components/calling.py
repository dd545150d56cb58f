"""When somebody wants to be called: parts of the next days, by the clock where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.dates import clock, day, short_day
from etasu.portals.components.forms import PortalForm
from etasu.safe_use.contacts import phone_ok
from etasu.safe_use.rota import Window, window_of, windows_ahead

# As many days as a call can be promised ahead.
DAYS_AHEAD = 7
# As much as anybody writes to a nurse at once.
LONGEST = 4000
PARTS: Mapping[str, str | Promise] = {
    "morning": gettext_lazy("in the morning, 8:00 to noon"),
    "afternoon": gettext_lazy("in the afternoon, noon to 5:00"),
    "evening": gettext_lazy("in the evening, 5:00 to 9:00"),
}
_CHOOSE = gettext_lazy("Choose when")


class WindowField(forms.ChoiceField):
    """A part of one of the next days; what it gives is the window, or None when left out."""

    zone = "UTC"

    def __init__(self, **kwargs: Any) -> None:
        messages = {"required": _CHOOSE, "invalid_choice": _CHOOSE}
        super().__init__(error_messages=messages, **kwargs)

    def offer(self, at: datetime, zone: str) -> None:
        """The parts that are still to come where somebody is."""
        self.zone = zone
        ahead = windows_ahead(at, zone, DAYS_AHEAD)
        offered = [(_value(each, zone), _said(each, zone)) for each in ahead]
        self.choices = [("", _("Choose when")), *offered]

    def clean(self, value: Any) -> Any:
        """The window."""
        chosen = super().clean(value)
        if not chosen:
            return None
        on, part = chosen.split()
        return window_of(date.fromisoformat(on), part, self.zone)


class CallbackForm(PortalForm):
    """When, at which number, and what about."""

    window = WindowField(label=gettext_lazy("When may a nurse call?"))
    telephone = forms.CharField(
        label=gettext_lazy("At which number?"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    words = forms.CharField(
        label=gettext_lazy("What is it about, and what should the nurse mind?"),
        help_text=gettext_lazy("Such as: do not call at work. You can leave it empty."),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, at: datetime, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        window: Any = self.fields["window"]
        window.offer(at, zone)

    def clean_telephone(self) -> str:
        """A number that can be called."""
        number: str = self.cleaned_data["telephone"].strip()
        if number and not phone_ok(number):
            raise forms.ValidationError(_("Enter a telephone number, such as 555-555-0142"))
        return number


class WordsForm(PortalForm):
    """A message."""

    words = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Write your message")},
    )


def said_window(begins: datetime, ends: datetime, zone: str) -> str:
    """When a call is promised, as `Mon, May 4, 2026, 8:00 AM to 12:00 PM`."""
    on = short_day(begins.astimezone(ZoneInfo(zone)).date())
    said = {"day": on, "from": clock(begins, zone), "until": clock(ends, zone)}
    return _("%(day)s, %(from)s to %(until)s") % said


def _value(window: Window, zone: str) -> str:
    return f"{window.begins.astimezone(ZoneInfo(zone)).date().isoformat()} {window.part}"


def _said(window: Window, zone: str) -> str:
    on = day(window.begins.astimezone(ZoneInfo(zone)).date())
    return f"{on}, {PARTS[window.part]}"
