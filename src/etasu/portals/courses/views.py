"""The summary of a course, as a page and as a file."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from etasu.portals.components.course_summary import CourseSummary, course_summary
from etasu.portals.components.paper.courses import course_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.records import patient_banner
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.authorizations.course_facts import course_at, place_of_course
from etasu.registry.authorizations.infusion_day_facts import facility_of
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.facts import patient_by_number, patient_seen
from etasu.registry.treatment.day_facts import entries_of_course
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.program import ProgramVersion

# Whoever reads it keeps the navigation of their own portal around it.
FRAMES = {
    access.PRESCRIBER: "prescriber/base.html",
    access.DELEGATE: "delegate/base.html",
    access.INFUSION_NURSE: "facility/base.html",
    access.FACILITY_REPRESENTATIVE: "facility/base.html",
}
AT_FACILITY = (access.INFUSION_NURSE, access.FACILITY_REPRESENTATIVE)


class _Found(NamedTuple):
    patient: Any
    version: ProgramVersion
    summary: CourseSummary


@require_safe
def summary(request: PortalRequest, patient: str, course: int) -> HttpResponse:
    """What was given, day by day, and what came of it."""
    found = _found(request, patient, course)
    context = {
        "summary": found.summary,
        "patient": found.patient,
        "banner": patient_banner(
            found.patient, in_full=True, on=asked_on(request.asker, request.at)
        ),
        "is_prescriber": request.asker.role == access.PRESCRIBER,
        "at_facility": request.asker.role in AT_FACILITY,
        "own_base": FRAMES[request.asker.role],
    }
    return render(request, "courses/summary.html", context)


@require_safe
def pdf(request: PortalRequest, patient: str, course: int) -> HttpResponse:
    """The same as a file, with the patient's name, for the prescriber's own record."""
    found = _found(request, patient, course)
    printing = Printing(
        language=get_language() or "en",
        printed_at=request.at,
        zone=request.asker.time_zone,
        address=request.build_absolute_uri(request.path.removesuffix("summary.pdf")),
    )
    content = course_pdf(found.summary, found.patient, found.version.program, printing)
    answer = HttpResponse(content, content_type="application/pdf")
    name = f"course-{course}-{found.patient.number}.pdf"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _found(request: PortalRequest, number: str, course: int) -> _Found:
    """The course of a patient the asker treats, or that their own facility had a part in."""
    asker = request.asker
    today = asked_on(asker, request.at)
    version = library.current().effective(asker.program, today)
    patient = _patient(asker, number)
    if version is None or patient is None:
        raise Http404
    own = facility_of(asker) if asker.role in AT_FACILITY else None
    facility = own or place_of_course(patient, course)
    found = course_at(patient, course, facility, today) if facility is not None else None
    if found is None or facility is None:
        raise Http404
    given = [each for each in infusions_of(patient) if each.course == course]
    entries = list(entries_of_course(patient, course))
    return _Found(patient, version, course_summary(found, facility, given, entries, version))


def _patient(asker: Asker, number: str) -> Any:
    if asker.role in AT_FACILITY:
        return patient_by_number(number, asker.program)
    return patient_seen(asker, number)
