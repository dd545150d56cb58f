"""Patients on the way to another prescriber: finding the next one, and asking them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.dates import short_day
from etasu.portals.components.forms import as_printed, sent_form
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.intake.forms import OfferForm
from etasu.portals.intake.here import here
from etasu.portals.requests import PortalRequest
from etasu.registry.participants.facts import participant_by_npi, participant_by_number
from etasu.registry.patients.transfers import (
    NotCertified,
    TransferClosed,
    offer_transfer,
    open_transfers,
    transfer_by_number,
)
from etasu.safe_use.identifiers import npi_ok

_DASH = "–"


@require_safe
def transfers(request: PortalRequest) -> HttpResponse:
    """Everybody who waits for the next prescriber, oldest first."""
    where = here(request)
    rows = [
        (
            Cell(each.number, reverse("intake:transfer", args=[each.number]), is_number=True),
            Cell(each.patient.number, is_number=True),
            Cell(each.former.name if each.former else _DASH),
            Cell(short_day(each.effective_on)),
            Cell(each.offered_to.name if each.offered_to else _("Nobody is asked yet")),
        )
        for each in open_transfers(where.asker.program)
    ]
    table = WorklistTable(
        caption=_("Patients on the way to another prescriber"),
        columns=(_("Number"), _("Patient"), _("From"), _("From which day"), _("Asked")),
        rows=rows,
        empty=_("Nobody waits."),
    )
    return render(request, "intake/transfers.html", {"table": table})


@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: PortalRequest, number: str) -> HttpResponse:
    """Ask a certified prescriber to take the patient over."""
    where = here(request)
    program = where.asker.program
    found = transfer_by_number(number, program)
    if found is None:
        raise Http404
    form = OfferForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data["participant"].strip()
        to = participant_by_number(as_printed(said), program)
        to = to or (participant_by_npi(said, program) if npi_ok(said) else None)
        try:
            if to is None:
                raise NotCertified
            offer_transfer(found, to, on=where.today, by=where.by, at=request.at)
            messages.success(request, _("The prescriber is asked, and sees it on their page."))
            return redirect("intake:transfers")
        except NotCertified:
            form.add_error(
                "participant", _("No certified prescriber of this program has this NPI or number.")
            )
        except TransferClosed:
            return redirect("intake:transfers")
    rows = [
        SummaryRow(_("Patient"), found.patient.number),
        SummaryRow(_("From"), found.former.name if found.former else _DASH),
        SummaryRow(_("From which day"), short_day(found.effective_on)),
        SummaryRow(_("Asked for on form"), found.form),
        SummaryRow(_("Asked"), found.offered_to.name if found.offered_to else _DASH),
    ]
    return render(request, "intake/transfer.html", {"form": form, "rows": rows, "transfer": found})
