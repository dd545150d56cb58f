"""Orders for laboratory tests: given by the prescriber, printed by whoever prepares them."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.paper.lab_orders import Ordered, lab_order_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.portals.watching.here import about, here, patient_here
from etasu.registry.patient_support.lab_actions import note_order_printed, order_tests
from etasu.registry.patient_support.lab_facts import order_of
from etasu.registry.reactions.lab_appointment_facts import lab_tests_due

ONCE, STANDING = "once", "standing"


class OrderForm(PortalForm):
    """For this time, or for every time."""

    kind = forms.ChoiceField(
        label=gettext_lazy("For how long?"),
        choices=(
            (ONCE, gettext_lazy("For what is due now")),
            (STANDING, gettext_lazy("A standing order, for each time the tests are due")),
        ),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose one of these"),
            "invalid_choice": gettext_lazy("Choose one of these"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def order(request: PortalRequest, number: str) -> HttpResponse:
    """Order the tests that are due, or all of the lab program's for a year."""
    asker, today, version = here(request)
    patient = patient_here(asker, number)
    if version.lab_program is None or patient.prescriber is None:
        raise Http404
    due = lab_tests_due(patient, today)
    form = OrderForm(sent_form(request), initial={"kind": STANDING})
    if form.is_valid():
        is_standing = form.cleaned_data["kind"] == STANDING
        if not is_standing and not due:
            form.add_error("kind", _("Nothing is due now. Choose a standing order."))
    if form.is_valid():
        tests = version.lab_program.tests if is_standing else due
        there = reverse("watching:patient", args=[number])

        def do() -> str:
            prescriber, by = patient.prescriber, actor(request)
            order_tests(patient, prescriber, tests, is_standing=is_standing, by=by, at=request.at)
            return there

        led_to = sent_once(request, do)
        messages.success(request, _("Your order is on record. Print it, or the patient does."))
        return redirect(led_to)
    context = about(patient, today, form) | {
        "due": [version.tests[each].name for each in due],
        "all": [version.tests[each].name for each in version.lab_program.tests],
        "known": order_of(patient, today),
    }
    return render(request, "watching/order.html", context)


@require_safe
def order_file(request: PortalRequest, number: str) -> HttpResponse:
    """The order on record as a file; without one, a sheet for the prescriber to sign by hand."""
    asker, today, version = here(request)
    patient = patient_here(asker, number)
    if version.lab_program is None or patient.prescriber is None:
        raise Http404
    due = lab_tests_due(patient, today)
    known = order_of(patient, today)
    if known is not None:
        ordered = Ordered.on_record(known, patient, due, version)
    else:
        tests = due or version.lab_program.tests
        ordered = Ordered.to_sign(patient, patient.prescriber, tests, version)
    note_order_printed(patient, known, by=actor(request), at=request.at)
    printing = Printing(printed_at=request.at, zone=asker.time_zone)
    answer = HttpResponse(lab_order_pdf(ordered, printing), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="lab-order-{patient.number}.pdf"'
    return answer
