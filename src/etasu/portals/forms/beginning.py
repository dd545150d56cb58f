"""Beginning a form: what it is, what to have at hand, who signs; then on to its first page."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from etasu.portals.components.form_pages.pages import pages_of
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.forms.places import concerns, today
from etasu.portals.forms.signing import signer_of
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.accounts.access import DELEGATE
from etasu.registry.participants.facts import certification_facts, participant_by_number
from etasu.registry.participants.known import known_about, known_of_prescriber
from etasu.registry.participants.visibility import may_act_for
from etasu.registry.patients.facts import patient_seen
from etasu.registry.patients.known import known_of_patient
from etasu.registry.submissions.actions import Beginning, begin_draft
from etasu.registry.treatment.facts import infusion_by_number
from etasu.safe_use.certification import StandingState, standing
from etasu.safe_use.program import FormDefinition

_MAY_ENROLL = frozenset({StandingState.CERTIFIED, StandingState.RENEWAL_DUE})


@require_http_methods(["GET", "HEAD", "POST"])
def begin_own(request: PortalRequest, form: str) -> HttpResponse:
    """A form about the participant one acts for, such as its enrollment."""
    definition = _definition(request, form)
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
        known=known_about(party, request.user),  # type: ignore[arg-type]
    )
    return _begin(request, definition, beginning, None)


@require_http_methods(["GET", "HEAD", "POST"])
def begin_about(request: PortalRequest, form: str, patient: str) -> HttpResponse:
    """A form about one of the patients the asker may see."""
    definition = _definition(request, form)
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
    return _begin(request, definition, beginning, found)


@require_http_methods(["GET", "HEAD", "POST"])
def begin_for_course(request: PortalRequest, form: str, infusion: str) -> HttpResponse:
    """A form about a course, begun at one of its infusions by whoever recorded it."""
    definition = _definition(request, form)
    asker = request.asker
    found = infusion_by_number(infusion, asker)
    if found is None or found.facility is None or definition.filled_by != asker.role:
        raise Http404
    known = known_of_patient(found.patient) | known_about(found.facility, signer_of(request))
    known |= {
        "facility_number": found.facility.number,
        "facility_name": found.facility.name,
        "course": str(found.course),
        "authorization_number": found.authorization_number or "",
    }
    beginning = Beginning(
        program=asker.program,
        form=definition.code,
        subject_kind="patient",
        subject_id=found.patient_id,
        subject_number=found.patient.number,
        owner_id=found.facility_id,
        course=found.course,
        known=known,
    )
    return _begin(request, definition, beginning, found.patient)


@require_http_methods(["GET", "HEAD", "POST"])
def begin_patient(request: PortalRequest) -> HttpResponse:
    """The form that enrolls a patient who is not on record yet, by a certified prescriber."""
    asker, on = request.asker, today(request)
    version = library.current().effective(asker.program, on)
    enrolling = version.patient.form if version and version.patient else None
    prescriber = participant_by_number(asker.participant or "", asker.program)
    if version is None or enrolling is None or prescriber is None:
        raise Http404
    party = version.parties[prescriber.kind]
    if standing(party, certification_facts(prescriber), on).state not in _MAY_ENROLL:
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


def _begin(
    request: PortalRequest, definition: FormDefinition, beginning: Beginning, patient: Any
) -> HttpResponse:
    if request.method == "POST":

        def begin() -> str:
            draft = begin_draft(beginning, by=actor(request), at=request.at, on=today(request))
            return str(draft.number)

        return redirect("forms:resume", sent_once(request, begin))
    context = {
        "definition": definition,
        "banner": patient_banner(patient, in_full=True, on=today(request)) if patient else None,
        "sections": definition.sections,
        "pages": len(pages_of(definition, {})),
    }
    return render(request, "forms/begin.html", context)


def _definition(request: PortalRequest, form: str) -> FormDefinition:
    version = library.current().effective(request.asker.program, today(request))
    definition = version.forms.get(form) if version else None
    if definition is None or not concerns(definition, request.asker.role):
        raise Http404
    return definition
