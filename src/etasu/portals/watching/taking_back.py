"""Taking back a result: whoever typed it, or the program; it stays on record, counting no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import ReasonForm, sent_form
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.portals.watching.here import Here, about, here, patient_here
from etasu.registry.monitoring.resolving import NotWaiting, refuse_result
from etasu.registry.monitoring.taking_back import may_take_back, result_to_take_back


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: PortalRequest, number: str, entry: int) -> HttpResponse:
    """Say that a result is not to stand, and why."""
    asker, today, version = here(request)
    patient = patient_here(asker, number)
    result = result_to_take_back(asker, patient, entry)
    if result is None:
        raise Http404
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        try:
            refuse_result(result, form.cleaned_data["reason"], by=actor(request), at=request.at)
            messages.success(request, _("It counts no more. What it met is open again."))
        except NotWaiting:
            messages.info(request, _("Somebody did this already."))
        return redirect("watching:patient", patient.number)
    test = version.tests.get(result.test)
    what = {
        "what": test.name if test is not None else result.test,
        "said": f"{result.comparator}{result.value or ''} {result.unit or ''}".strip(),
        "collected_on": result.collected_on,
    }
    return render(request, "watching/take_back.html", about(patient, today, form) | what)


def addresses(number: str, results: Iterable[Any], where: Here) -> dict[int, str]:
    """Where each of these results that may be taken back is, by its id."""
    if not where.may("take-back"):
        return {}
    return {
        each: reverse("watching:take-back", args=[number, each])
        for each in may_take_back(where.asker, [one.pk for one in results])
    }
