"""A patient sends a picture of a laboratory's report, and sees what became of each they sent."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import DayInput, PortalForm
from etasu.portals.components.shown_files import UNREADABLE
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.registry.monitoring.paper_reports import (
    Paper,
    TooManyWaiting,
    reports_of,
    send_report,
)
from etasu.registry.submissions.intake_files import Unreadable

SENT = "report_sent"


class ReportForm(PortalForm):
    """The picture, and what cannot always be read on it."""

    picture = forms.FileField(
        label=gettext_lazy("Photo or file of the report"),
        help_text=gettext_lazy("PDF, PNG or JPEG, at most 10 MB. Every number must be readable."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        error_messages={
            "required": gettext_lazy("Choose the photo or file"),
            "empty": gettext_lazy("This file is empty. Choose another."),
        },
    )
    collected_on = forms.DateField(
        label=gettext_lazy("Day of the test"),
        help_text=gettext_lazy("The day the blood or urine was taken."),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={
            "required": gettext_lazy("Enter the day of the test"),
            "invalid": gettext_lazy("Enter a day that exists"),
        },
    )
    laboratory = forms.CharField(
        label=gettext_lazy("Where the test was done"),
        help_text=gettext_lazy("The laboratory, clinic or doctor."),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter where the test was done")},
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def clean_collected_on(self) -> date:
        """A day that has come."""
        day: date = self.cleaned_data["collected_on"]
        if day > self.on:
            raise forms.ValidationError(_("This day is yet to come. Enter today or a day before"))
        return day


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def reports(request: HttpRequest, held: Holder) -> HttpResponse:
    """Send a report, and see those sent before: waiting, typed, or sent back with a reason."""
    is_sent = request.method == "POST"
    form = ReportForm(*(request.POST, request.FILES) if is_sent else (None, None), on=held.on)
    if is_sent and form.is_valid() and _sent(held, form):
        here.remember(request, SENT, True)
        return here.see_other("patient:reports")
    context = {
        "form": form,
        "reports": [each for each in reports_of(held.patient) if each.is_from_patient],
        "was_sent": bool(here.remembered(request, SENT)) and not is_sent,
    }
    here.remember(request, SENT, False)
    return here.shown(request, "patient/reports.html", context, held)


def _sent(held: Holder, form: ReportForm) -> bool:
    said = form.cleaned_data
    paper = Paper(said["laboratory"], said["collected_on"], said["picture"].read())
    try:
        send_report(held.patient, paper, by=held.actor, at=held.at)
    except Unreadable as refused:
        form.add_error("picture", str(UNREADABLE[refused.why]))
    except TooManyWaiting:
        waiting = _("You sent many that nobody has looked at yet. Call your prescriber’s office.")
        form.add_error(None, waiting)
    return form.is_valid()
