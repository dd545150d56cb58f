"""A patient of another prescriber, to take over or not."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import short_day
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.records import SummaryRow
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.authorizations.transfers import transfer_accepted
from etasu.registry.patients.transfers import (
    NotCertified,
    TransferClosed,
    decline_transfer,
    transfers_offered_to,
)


class TakeOverForm(PortalForm):
    """Whether the prescriber takes the patient over; a no says why."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Will you treat this patient?"),
        choices=[
            ("yes", gettext_lazy("Yes, I take the patient over")),
            ("no", gettext_lazy("No")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose yes or no")},
    )
    reason = forms.CharField(
        label=gettext_lazy("If not, why"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """A no says why, so that somebody else can be asked well."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("answer") == "no" and not cleaned.get("reason"):
            self.add_error("reason", _("Say why"))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: PortalRequest, number: str) -> HttpResponse:
    """One patient somebody asks this prescriber to take over."""
    asker = request.asker
    today = asked_on(asker, request.at)
    found = transfers_offered_to(asker.participant_id).filter(number=number).first()
    if found is None:
        raise Http404
    form = TakeOverForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        by = actor(request)
        try:
            if form.cleaned_data["answer"] == "yes":
                patient = transfer_accepted(found, on=today, by=by, at=request.at)
                return redirect("prescriber:patient", patient.number)
            reason = form.cleaned_data["reason"]
            decline_transfer(found, reason=reason, by=by, at=request.at)
            messages.success(request, _("The program is told, and asks somebody else."))
            return redirect("prescriber:home")
        except NotCertified:
            form.add_error("answer", _("Your certification does not stand today."))
        except TransferClosed:
            return redirect("prescriber:home")
    rows = [
        SummaryRow(_("Patient"), found.patient.full_name),
        SummaryRow(_("Date of birth"), short_day(found.patient.birth_date)),
        SummaryRow(_("Patient number"), found.patient.number),
        SummaryRow(_("Treated until now by"), found.former.name if found.former else "–"),
        SummaryRow(_("From which day"), short_day(found.effective_on)),
    ]
    return render(request, "prescriber/transfer.html", {"form": form, "rows": rows})
