"""Beginning a form: what it is, what to have at hand, who signs; then on to its first page."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from etasu.portals.components.form_pages.pages import pages_of
from etasu.portals.components.forms import sent_form
from etasu.portals.components.patient_forms import certification_forms
from etasu.portals.components.people import person_here
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.forms.about_course import (
    CourseForm,
    course_choices,
    gates_to_a_course,
    known_of_course,
)
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.accounts.access import DELEGATE
from etasu.registry.authorizations.course_facts import unused_at
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import certification_facts, participant_by_number
from etasu.registry.participants.known import known_about, known_of_prescriber
from etasu.registry.participants.visibility import concerns, may_act_for
from etasu.registry.patients.facts import patient_seen
from etasu.registry.patients.known import known_of_patient
from etasu.registry.patients.records import answered_for
from etasu.registry.submissions.actions import Beginning, begin_draft
from etasu.registry.treatment.facts import infusion_by_number
from etasu.registry.treatment.known import known_of_treatment
from etasu.safe_use.certification import TAKES_PART, standing
from etasu.safe_use.course_forms import is_about_course
from etasu.safe_use.program import FormDefinition


@require_http_methods(["GET", "HEAD", "POST"])
def begin_own(request: PortalRequest, form: str) -> HttpResponse:
    """A form about the participant one acts for, such as its enrollment."""
    definition = _definition(request, form, is_own=True)
    asker = request.asker
    party = participant_by_number(asker.participant or "", asker.program)
    if party is None or asker.role == access.DELEGATE:
        raise Http404
    beginning = Beginning(
        program=asker.program,
        form=definition.code,
        subject_kind="participant",
        subject_id=party.pk,
        subject_number=party.number,
        owner_id=party.pk,
        known=known_about(party, person_here(request)),
    )
    return _begin(request, definition, beginning, None)


@require_http_methods(["GET", "HEAD", "POST"])
def begin_about(request: PortalRequest, form: str, patient: str) -> HttpResponse:
    """A form about one of the patients the asker may see."""
    definition = _definition(request, form, is_own=False)
    asker = request.asker
    found = patient_seen(asker, patient)
    if found is None or not may_act_for(asker, found.prescriber_id):
        raise Http404
    beginning = Beginning(
        program=asker.program,
        form=definition.code,
        subject_kind="patient",
        subject_id=found.pk,
        subject_number=found.number,
        owner_id=found.prescriber_id,
        known=known_of_patient(found),
    )
    if is_about_course(definition):
        return _begin_about_course(request, definition, beginning, found)
    return _begin(request, definition, beginning, found)


@require_http_methods(["GET", "HEAD", "POST"])
def begin_for_course(request: PortalRequest, form: str, infusion: str) -> HttpResponse:
    """A form about a course, begun at one of its infusions by whoever recorded it."""
    definition = _definition(request, form, is_own=False)
    asker = request.asker
    found = infusion_by_number(infusion, asker)
    if found is None or found.facility is None or definition.filled_by != asker.role:
        raise Http404
    patient = answered_for(found.patient)
    about = _AboutCourse(patient, found.course, found.authorization_number or "")
    return _begin_at_facility(request, definition, found.facility, about)


@require_http_methods(["GET", "HEAD", "POST"])
def begin_for_unused(request: PortalRequest, form: str, authorization: str) -> HttpResponse:
    """A form about a course that was authorized here and never given."""
    definition = _definition(request, form, is_own=False)
    found = unused_at(authorization, request.asker)
    if found is None or found.course is None or definition.filled_by != request.asker.role:
        raise Http404
    facility = participant_by_number(request.asker.participant or "", request.asker.program)
    about = _AboutCourse(answered_for(found.patient), found.course, found.number)
    return _begin_at_facility(request, definition, facility, about)


@require_http_methods(["GET", "HEAD", "POST"])
def begin_patient(request: PortalRequest) -> HttpResponse:
    """The form that enrolls a patient who is not on record yet, by a certified prescriber."""
    asker, on = request.asker, asked_on(request.asker, request.at)
    version = library.current().effective(asker.program, on)
    enrolling = version.patient.form if version and version.patient else None
    prescriber = participant_by_number(asker.participant or "", asker.program)
    if version is None or enrolling is None or prescriber is None:
        raise Http404
    party = version.parties[prescriber.kind]
    if standing(party, certification_facts(prescriber), on).state not in TAKES_PART:
        context = {"definition": version.forms[enrolling], "is_delegate": asker.role == DELEGATE}
        return render(request, "forms/not_certified.html", context)
    beginning = Beginning(
        program=asker.program,
        form=enrolling,
        subject_kind="patient",
        subject_id=None,
        owner_id=prescriber.pk,
        known=known_of_prescriber(prescriber),
    )
    return _begin(request, version.forms[enrolling], beginning, None)


class _AboutCourse(NamedTuple):
    patient: Any
    course: int
    authorization: str


def _begin_at_facility(
    request: PortalRequest, definition: FormDefinition, facility: Any, about: _AboutCourse
) -> HttpResponse:
    """Filled in with whatever was recorded of the course here."""
    today = asked_on(request.asker, request.at)
    version = library.current().effective(request.asker.program, today)
    patient, course, authorization = about
    known = known_of_patient(patient) | known_about(facility, person_here(request))
    if version is not None:
        known |= known_of_treatment(patient, course, facility, version, today)
    known |= {
        "facility_number": facility.number,
        "facility_name": facility.name,
        "course": str(course),
        "authorization_number": authorization,
    }
    beginning = Beginning(
        program=request.asker.program,
        form=definition.code,
        subject_kind="patient",
        subject_id=patient.pk,
        subject_number=patient.number,
        owner_id=facility.pk,
        course=course,
        known=known,
    )
    return _begin(request, definition, beginning, patient)


def _begin_about_course(
    request: PortalRequest, definition: FormDefinition, beginning: Beginning, patient: Any
) -> HttpResponse:
    """Never without a course: the only one is taken, of several one is chosen, none is said so."""
    today = asked_on(request.asker, request.at)
    version = library.current().effective(beginning.program, today)
    choices = course_choices(version, definition, patient, today) if version else []
    if version is None or not choices:
        context = _shown(request, definition, patient)
        if version is not None:
            context["gates"] = gates_to_a_course(version, request.asker)
        return render(request, "forms/no_course.html", context)
    form = CourseForm(choices, sent_form(request))
    if request.method == "POST" and form.is_valid():
        course = form.cleaned_data["course"]
        known = known_of_course(version, definition, patient, course)
        about = beginning._replace(course=course, known={**beginning.known, **known})
        return _begin(request, definition, about, patient)
    context = _shown(request, definition, patient) | {"form": form, "course": form.only}
    return render(request, "forms/begin.html", context)


def _begin(
    request: PortalRequest, definition: FormDefinition, beginning: Beginning, patient: Any
) -> HttpResponse:
    today = asked_on(request.asker, request.at)
    if request.method == "POST":

        def begin() -> str:
            draft = begin_draft(beginning, by=actor(request), at=request.at, on=today)
            return str(draft.number)

        return redirect("forms:resume", sent_once(request, begin))
    return render(request, "forms/begin.html", _shown(request, definition, patient))


def _shown(request: PortalRequest, definition: FormDefinition, patient: Any) -> dict[str, Any]:
    today = asked_on(request.asker, request.at)
    return {
        "definition": definition,
        "patient": patient,
        "banner": patient_banner(patient, in_full=True, on=today) if patient else None,
        "sections": definition.sections,
        "pages": len(pages_of(definition, {})),
    }


def _definition(request: PortalRequest, form: str, *, is_own: bool) -> FormDefinition:
    """The form, if it concerns the role; `is_own` one about a participant, otherwise a patient."""
    today = asked_on(request.asker, request.at)
    version = library.current().effective(request.asker.program, today)
    definition = version.forms.get(form) if version else None
    if version is None or definition is None or not concerns(definition, request.asker.role):
        raise Http404
    if is_own is not (form in certification_forms(version)):
        raise Http404
    return definition
