"""What the administrator's pages ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import DayInput, PortalForm, ReasonForm
from etasu.portals.components.words import STATUSES


class SearchForm(PortalForm):
    """Anybody in the program, by name, number or NPI."""

    words = forms.CharField(
        label=gettext_lazy("Name, number or NPI"),
        help_text=gettext_lazy("Of a patient, prescriber, facility or pharmacy"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CloseEventForm(ReasonForm):
    """What was done about an event."""

    reason = forms.CharField(
        label=gettext_lazy("What was done about it?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say what was done about it")},
    )


class SuspendForm(ReasonForm):
    """From when, until when, and why a participant is suspended."""

    since = forms.DateField(
        label=gettext_lazy("From"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"required": gettext_lazy("Enter the first day")},
    )
    until = forms.DateField(
        label=gettext_lazy("Through"),
        help_text=gettext_lazy("Leave empty to suspend until it is lifted."),
        required=False,
        widget=DayInput(attrs={"class": "input--short"}),
    )
    field_order = ("since", "until", "reason")

    def clean(self) -> dict[str, Any]:
        """A suspension does not end before it begins."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return cleaned


class NewcomerDecisionForm(ReasonForm):
    """Whether a newcomer is somebody else than those on record, and why."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Is it one that is on record already?"),
        choices=[
            ("another", gettext_lazy("No, another one: let it in")),
            ("refused", gettext_lazy("Yes, or not to be taken: do not let it in")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you found")},
    )
    field_order = ("verdict", "reason")


class LiftForm(ReasonForm):
    """Which suspension is lifted, and why."""

    which = forms.ChoiceField(
        label=gettext_lazy("Which one?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the suspension to lift")},
    )
    field_order = ("which", "reason")

    def __init__(self, open_ones: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(open_ones) < 2:
            del self.fields["which"]
        else:
            choices = [*open_ones, ("", _("All of them"))]
            self.fields["which"].choices = choices  # type: ignore[attr-defined]
            self.fields["which"].required = False


class DecertifyForm(ReasonForm):
    """From when and why a participant is decertified: today, or a day not far ahead."""

    on = forms.DateField(
        label=gettext_lazy("From"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"required": gettext_lazy("Enter the first day")},
    )
    field_order = ("on", "reason")


class DecisionsForm(PortalForm):
    """Which decisions to list. Everything may be left open."""

    program = forms.ChoiceField(label=gettext_lazy("Program"), required=False)
    gate = forms.ChoiceField(label=gettext_lazy("Gate"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Answer"), required=False)
    since = forms.DateField(label=gettext_lazy("Asked from"), required=False, widget=DayInput())
    until = forms.DateField(label=gettext_lazy("Asked through"), required=False, widget=DayInput())

    def __init__(
        self,
        programs: Sequence[tuple[str, str]],
        gates: Sequence[tuple[str, str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        outcomes = [(code, each.label) for code, each in STATUSES["decision"].items()]
        for name, choices in (("program", programs), ("gate", gates), ("outcome", outcomes)):
            every = [] if name == "program" else [("", _("All"))]
            self.fields[name].choices = [*every, *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The days in order."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since: date | None = cleaned.get("since")
        until: date | None = cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return cleaned
