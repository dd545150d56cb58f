"""Having tests taken, for whoever has a link: what is arranged, what is due, and who pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components import lab_appointment_words as words
from etasu.portals.components.paper.lab_orders import Ordered, lab_order_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, GIVEN, Holder, by_link
from etasu.registry.patient_support.facts import NotOffered
from etasu.registry.patient_support.lab_actions import NotPossible, cancel_appointment
from etasu.registry.patient_support.lab_facts import (
    BY_PATIENT,
    is_lab_allowed,
    lab_program_of,
    order_of,
)
from etasu.registry.reactions.lab_appointment_facts import (
    Appointment,
    appointments_today,
    lab_tests_due,
)
from etasu.safe_use.lab_program import AHEAD, AppointmentStage, LabProgram
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.safe_use.program import ProgramVersion

SAID = "said"
_CLOSED = gettext_lazy(
    "The laboratory closed this place. Call it off and ask for another one, or wait for our call."
)


class Line(NamedTuple):
    """One appointment as the patient reads it."""

    number: str
    stage: AppointmentStage
    state: words.Words
    said: words.Words
    way: str
    pays: str
    place: str
    telephone: str
    when: str
    wished: str
    missing: Sequence[TestDefinition]
    is_closed: bool

    @property
    def is_ahead(self) -> bool:
        """Whether it is still to come, and can be called off."""
        return self.stage in AHEAD


@by_link(CHOOSE)
@require_safe
def home(request: HttpRequest, held: Holder) -> HttpResponse:
    """What is arranged, what is due, and the ways there are."""
    version, plan = plan_here(held)
    found = appointments_today(held.patient, held.on)
    lines = [_line(each) for each in found]
    ahead = next((each for each in lines if each.is_ahead), None)
    due = lab_tests_due(held.patient, held.on)
    context = {
        "consent": plan.consent,
        "is_allowed": is_lab_allowed(held.patient, plan, held.at),
        "ahead": ahead,
        "before": [each for each in lines if each is not ahead],
        "due": [version.tests[each] for each in due],
        "ways": [each.said(get_language()) for each in plan.ways],
        "has_order": order_of(held.patient, held.on) is not None,
        "said": here.told_once(request, SAID),
        "given": here.told_once(request, GIVEN),
    }
    return here.shown(request, "patient/lab_tests.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, held: Holder, number: str) -> HttpResponse:
    """Call an appointment off: which it is and what that means first, then the button."""
    plan_here(held)
    found = {each.row.number: each for each in appointments_today(held.patient, held.on)}
    if number not in found:
        raise Http404
    if request.method != "POST":
        line = _line(found[number])
        if not line.is_ahead:
            return here.see_other("patient:lab-tests")
        return here.shown(request, "patient/lab_cancel.html", {"line": line}, held)
    try:
        cancel_appointment(found[number].row, BY_PATIENT, by=held.actor, at=held.at)
        here.remember(request, SAID, "canceled")
    except NotPossible:
        here.remember(request, SAID, "too-late")
    if request.POST.get("then") == "ask":
        return here.see_other("patient:lab-ask", "way")
    return here.see_other("patient:lab-tests")


@by_link(CHOOSE)
@require_safe
def order(request: HttpRequest, held: Holder) -> HttpResponse:
    """The prescriber's order on paper; there is none to print before it was given."""
    version, _plan = plan_here(held)
    found = order_of(held.patient, held.on)
    if found is None:
        raise Http404
    due = lab_tests_due(held.patient, held.on)
    ordered = Ordered.on_record(found, held.patient, due, version)
    address = request.build_absolute_uri(reverse("home"))
    printing = Printing(printed_at=held.at, zone=held.zone, address=address)
    answer = HttpResponse(lab_order_pdf(ordered, printing), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="lab-order.pdf"'
    return answer


def plan_here(held: Holder) -> tuple[ProgramVersion, LabProgram]:
    """The lab program; not found where there is none."""
    try:
        return lab_program_of(held.patient, held.on)
    except NotOffered as none:
        raise Http404 from none


def _line(each: Appointment) -> Line:
    row = each.row
    label, program = row.program_version, each.patient.program
    way = words.way_words(words.plan_of(program, label), row.way)
    when = words.when_line(row)
    missing = words.tests_of(each.missing, program, label)
    return Line(
        row.number,
        each.stage,
        _("The place closed") if each.is_at_closed_site else words.STAGES[each.stage],
        _CLOSED if each.is_at_closed_site else words.SAID[each.stage],
        way.name,
        way.pays,
        words.place_line(row, each.site),
        each.site.telephone if each.site is not None else "",
        when,
        "" if when else words.wished_line(row),
        missing if each.stage is AppointmentStage.NO_RESULTS else [],
        each.is_at_closed_site,
    )
