"""Saying which form a document is, and about whom."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from etasu.portals.components.forms import as_printed, sent_form
from etasu.portals.components.shown_files import shows_document
from etasu.portals.intake.forms import OpenForm
from etasu.portals.intake.here import Desk, my_desk
from etasu.portals.intake.showing import around, next_page
from etasu.portals.requests import PortalRequest
from etasu.registry.participants.enrolling import Newcomer, RegisteredAlready, enroll_on_paper
from etasu.registry.participants.facts import participant_by_npi, participant_by_number
from etasu.registry.participants.known import known_of_prescriber
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.patients.known import known_of_patient
from etasu.registry.submissions import intake
from etasu.registry.submissions.actions import Beginning, NoSuchForm
from etasu.registry.submissions.facts import draft_by_number
from etasu.registry.submissions.intake_facts import DocumentState
from etasu.safe_use.course_forms import is_about_course
from etasu.safe_use.forms import FIXED_AS
from etasu.safe_use.identifiers import npi_ok
from etasu.safe_use.program import ProgramVersion

_BEFORE = (DocumentState.WAITING, DocumentState.RETURNED)


@require_http_methods(["GET", "HEAD", "POST"])
@shows_document
def open_form(request: PortalRequest, number: str) -> HttpResponse:
    """Which form it is; then on to its first page."""
    found = my_desk(request, number, *_BEFORE)
    if found.definition is not None:
        return redirect(next_page(found))
    form = OpenForm(
        sent_form(request),
        version=found.here.version,
        is_call=found.document.channel == "phone",
        today=found.here.today,
    )
    if request.method == "POST" and form.is_valid() and _open(request, found, form):
        return redirect(next_page(my_desk(request, number, *DocumentState)))
    return render(request, "intake/open_form.html", around(found) | {"form": form})


@require_POST
def drop(request: PortalRequest, number: str) -> HttpResponse:
    """It is another form, or about somebody else: begin again."""
    found = my_desk(request, number, DocumentState.KEYING, DocumentState.RETURNED)
    reason = "the document is another form, or about somebody else"
    intake.drop_form(found.document, reason=reason, by=found.here.by, at=request.at)
    return redirect("intake:open-form", number)


def _open(request: PortalRequest, found: Desk, form: OpenForm) -> bool:
    """Whether the form is begun; otherwise the page says what is wrong."""
    given = form.cleaned_data
    version = found.here.version
    code = given["form"]
    if given["draft"]:
        return _attach(request, found, form)
    try:
        if version.patient is not None and code == version.patient.form:
            beginning = _new_patient(found, form)
        elif kind := _kind_enrolled_by(version, code):
            beginning = _participants_own(request, found, form, kind)
        else:
            beginning = _about_patient(found, form)
        if beginning is None:
            return False
        intake.open_form(
            found.document,
            beginning,
            signed_on=given.get("signed_on") or found.here.today,
            replace=given["replace"],
            by=found.here.by,
            at=request.at,
        )
    except NoSuchForm:
        form.add_error("signed_on", _("The program had no such form on that day."))
        return False
    except intake.FormUnderWay as other:
        said = _(
            "The same form is begun elsewhere, as number %(number)s. Tick the box to lay it aside."
        )
        form.add_error("replace", said % {"number": other.draft.number})
        return False
    except intake.WrongState:
        return True
    return True


def _attach(request: PortalRequest, found: Desk, form: OpenForm) -> bool:
    """A form printed from here, that comes back signed."""
    draft = draft_by_number(form.cleaned_data["draft"], found.here.asker.program)
    try:
        if draft is None:
            raise intake.WrongState
        intake.attach_form(found.document, draft, by=found.here.by, at=request.at)
    except intake.WrongState:
        form.add_error("draft", _("No form under way has this number."))
        return False
    except intake.FormUnderWay:
        form.add_error("draft", _("This form came in before, as another document."))
        return False
    return True


def _new_patient(found: Desk, form: OpenForm) -> Beginning | None:
    prescriber = _participant(found, form)
    if prescriber is None or prescriber.kind != "prescriber":
        form.add_error("participant", _("No prescriber of this program has this NPI or number."))
        return None
    return Beginning(
        program=found.here.asker.program,
        form=form.cleaned_data["form"],
        subject_kind="patient",
        owner_id=prescriber.pk,
        known=_read_by_nobody(known_of_prescriber(prescriber)),
    )


def _about_patient(found: Desk, form: OpenForm) -> Beginning | None:
    number = form.cleaned_data["patient"]
    patient = patient_by_number(number, found.here.asker.program) if number else None
    if patient is None:
        form.add_error("patient", _("Enter the number of a patient of this program."))
        return None
    code, course = form.cleaned_data["form"], form.cleaned_data["course"]
    definition = found.here.version.forms.get(code)
    known = known_of_patient(patient)
    if definition is not None and is_about_course(definition):
        if course is None:
            form.add_error("course", _("This form is about one course. Enter its number."))
            return None
        # What counts for the gates and what stands on the form can then be no two courses.
        known["course"] = str(course)
    return Beginning(
        program=patient.program,
        form=code,
        subject_kind="patient",
        subject_id=patient.pk,
        subject_number=patient.number,
        owner_id=patient.prescriber_id,
        course=course,
        known=_read_by_nobody(known),
    )


def _participants_own(
    request: PortalRequest, found: Desk, form: OpenForm, kind: str
) -> Beginning | None:
    party = _participant(found, form)
    if party is not None and party.kind != kind:
        form.add_error("participant", _("This is a participant of another kind."))
        return None
    party = party or _newcomer(request, found, form, kind)
    if party is None:
        return None
    return Beginning(
        program=found.here.asker.program,
        form=form.cleaned_data["form"],
        subject_kind="participant",
        subject_id=party.pk,
        subject_number=party.number,
        owner_id=party.pk,
        known={"participant_number": party.number},
    )


def _newcomer(request: PortalRequest, found: Desk, form: OpenForm, kind: str) -> Any:
    """Somebody the form enrolls, who is not in the program yet."""
    given = form.cleaned_data
    npi = given["participant"].strip()
    if not npi_ok(npi):
        form.add_error("participant", _("Enter the NPI as on the form; it has 10 digits."))
        return None
    if not given["name"].strip():
        said = _("Nobody in the program has this NPI. Enter the name as on the form.")
        form.add_error("name", said)
        return None
    newcomer = Newcomer(given["name"].strip(), npi, zip_code=given["zip_code"].strip())
    try:
        return enroll_on_paper(found.here.version, kind, newcomer, by=found.here.by, at=request.at)
    except RegisteredAlready:
        said = _("Somebody with this NPI is in the program already. Use their number.")
        form.add_error("participant", said)
        return None


def _participant(found: Desk, form: OpenForm) -> Any:
    said = form.cleaned_data["participant"].strip()
    program = found.here.asker.program
    if not said:
        return None
    known = participant_by_number(as_printed(said), program)
    return known or (participant_by_npi(said, program) if npi_ok(said) else None)


def _kind_enrolled_by(version: ProgramVersion, form: str) -> str:
    """The kind of participant the form enrolls; empty for other forms."""
    for kind, party in version.parties.items():
        if any(step.form == form for step in party.steps):
            return kind
    return ""


def _read_by_nobody(known: Any) -> dict[str, object]:
    """Only what the platform itself gives: everything else has to be read from the document."""
    return {key: value for key, value in known.items() if key in FIXED_AS}
