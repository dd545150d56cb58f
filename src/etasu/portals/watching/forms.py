"""What somebody says about a result, about an obligation, or about the end of monitoring."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.forms import PortalForm, ReasonForm


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
