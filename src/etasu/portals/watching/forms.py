"""What somebody says about a result, about an obligation, or about the end of monitoring."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.forms import PortalForm, ReasonForm
from etasu.registry.audit.actors import Actor
from etasu.safe_use.monitoring import LONGEST_EXTENSION, farthest_extension


class DoneForm(PortalForm):
    """What was done about a result; `shown` are the numbers of the signals it answers."""

    done = forms.CharField(
        label=_("What did you do?"),
        help_text=_("For example: count repeated today, patient called, referred."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say what you did")},
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)


def was_kept(answered: Iterable[Any], done: str, by: Actor) -> bool:
    """Whether any of these carries the note; sent twice, it was kept the first time."""
    return any((each.acknowledged_by, each.done) == (by.number, done) for each in answered)


def not_kept(done: str, shown: str) -> DoneForm:
    """The form with a note that was not kept, about what is shown now."""
    form = DoneForm({"done": done, "shown": shown})
    form.add_error("done", _("Somebody has already said what was done. Your note was not kept."))
    return form


class ExtendForm(ReasonForm):
    """Through which day monitoring goes on, and why that is indicated."""

    through = forms.DateField(
        label=_("Through which day?"),
        widget=forms.DateInput(attrs={"type": "date", "class": "input--short"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Enter the day monitoring goes on through"),
            "invalid": _("Enter a day that exists"),
        },
    )
    field_order = ("through", "reason")

    def __init__(self, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today

    def clean_through(self) -> date:
        """A day to come that somebody may see."""
        through: date = self.cleaned_data["through"]
        if through <= self._today:
            raise forms.ValidationError(_("Enter a day to come"))
        if through > farthest_extension(self._today):
            years = {"years": LONGEST_EXTENSION.count}
            raise forms.ValidationError(_("Enter a day within the next %(years)s years") % years)
        return through
