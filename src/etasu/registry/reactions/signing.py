"""What follows when a form is signed, asked about or taken back, however it was signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations import actions as authorizations
from etasu.registry.authorizations import facts as gate_facts
from etasu.registry.authorizations.records import look_for_duplicates
from etasu.registry.authorizations.requests import NO_SUCH_PATIENT, BadRequest, check_request
from etasu.registry.authorizations.signed import (
    ReportedTest,
    SignedRequest,
    check_tests,
    form_to_sign,
)
from etasu.registry.monitoring.actions import record_result
from etasu.registry.monitoring.by_hand import ByHand, enter_results
from etasu.registry.monitoring.facts import is_on_file
from etasu.registry.monitoring.received import FORM
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.renewal import credit_form
from etasu.registry.participants.representatives import hand_over
from etasu.registry.patients.enrollment import enroll_by_form
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.patients.models import Patient
from etasu.registry.patients.revisions import lock_patient, note_change
from etasu.registry.patients.telling import tell_asked, tell_signed, tell_taken_back
from etasu.registry.patients.transfers import ask_transfer, leaving_said
from etasu.registry.reactions.patient_messages import tell_enrolled
from etasu.registry.reactions.reporting import report_events_of
from etasu.registry.reactions.stopping import enrollment_ended, hold_opened
from etasu.registry.submissions import actions as submissions
from etasu.registry.submissions.actions import Signed, Sitting, ToSign, keep_signed_form
from etasu.registry.submissions.drafts import lock_draft
from etasu.registry.submissions.facts import signatures_of, subjects_of
from etasu.registry.submissions.intake import check_document, turns_on
from etasu.registry.submissions.intake_models import IncomingDocument
from etasu.registry.submissions.models import Draft, SignedForm, SigningLink
from etasu.safe_use.leaving import LeavingEffect
from etasu.safe_use.program import ProgramVersion


def signed_request(signed: SignedRequest, *, by: Asker, at: datetime) -> authorizations.Given:
    """Keep the form, record the tests that are new, and ask the gate: all of it, or nothing.

    The answers the gate reads are those the program marks so, whatever else the form says. Raises
    BadRequest for what cannot be asked or signed, Busy when it could not be settled.
    """
    request, actor = signed.request, Actor(by.user, by.role)
    with transaction.atomic():
        patient = patient_by_number(request.patient, request.program)
        if patient is None or not gate_facts.may_ask_about(by, patient):
            raise BadRequest(NO_SUCH_PATIENT)
        lock_patient(patient)
        version = gate_facts.version_for(request)
        check_request(request, version.gates.get(request.gate), by, at)
        check_tests(signed, version, by, at)
        form = form_to_sign(signed, version, patient, by, at)
        if form is not None:
            report_events_of(keep_signed_form(form, by=actor, at=at), by=actor, at=at)
            note_change(patient)
        _record_tests(patient, signed.tests, version, by=actor, at=at)
        return authorizations.answer_request(request, by=by, at=at)


def _record_tests(
    patient: Patient,
    tests: Sequence[ReportedTest],
    version: ProgramVersion,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Keep the tests said on a form that are new. A value goes in as from any laboratory."""
    values = []
    for each in tests:
        if is_on_file(patient, each.test, each.collected_on, each.value, each.unit):
            continue
        if each.value is None or version.tests[each.test].needs:
            record_result(patient, **each._asdict(), by=by, at=at, channel=FORM)
        else:
            values.append(ByHand(each.test, each.value, each.unit or "", each.collected_on))
    if values:
        enter_results(patient, values, source=FORM, by=by, at=at)


def forms_signed(
    to_sign: Sequence[ToSign], sitting: Sitting, *, by: Actor, at: datetime
) -> list[Signed]:
    """Sign forms in one sitting, all or none; the gates see each one its last signer signed.

    Raises NotSignable.
    """
    with transaction.atomic():
        patients_concerned = _lock_patients_of(each.draft for each in to_sign)
        signed = submissions.sign_drafts(to_sign, sitting, by=by, at=at)
        signed = [_enrolled_by(each, by=by, at=at) for each in signed]
        _note_signed(signed, patients_concerned, by=by, at=at)
    return signed


def signed_in_turn(
    turns: Sequence[tuple[ToSign, Sitting]], *, by: Actor, at: datetime
) -> list[Signed]:
    """Several signers sign one after the other at one device: all of them, or none.

    Raises NotSignable.
    """
    with transaction.atomic():
        return [forms_signed([each], sitting, by=by, at=at)[0] for each, sitting in turns]


def form_signed_by_link(
    token: str, to_sign: ToSign, *, zone: str, by: Actor, at: datetime
) -> Signed:
    """Sign a form by a link; `by` is `holder_of` the link. Raises LinkNotUsable or NotSignable.

    Whoever signs next is told.
    """
    with transaction.atomic():
        patients_concerned = _lock_patients_of([to_sign.draft])
        signed = submissions.sign_by_link(token, to_sign, zone=zone, by=by, at=at)
        signed = _enrolled_by(signed, by=by, at=at)
        _note_signed([signed], patients_concerned, by=by, at=at)
        draft = signed.signature.draft
        draft.refresh_from_db()
        tell_signed(draft, by=by, at=at)
    return signed


def document_checked(
    document: IncomingDocument,
    read: Mapping[str, str],
    sitting: Sitting,
    *,
    by: Actor,
    at: datetime,
) -> list[Signed]:
    """A second person compared a document with what was keyed in: its signatures now count.

    `sitting` says when that person proved who they are. A call has no signatures, and waits for
    them. Raises OwnWork, Differs, OnAnotherDesk, WrongState or NotSignable; then nothing is done.
    """
    with transaction.atomic():
        checked = check_document(document, read, by=by, at=at)
        return signed_in_turn(turns_on(checked, sitting), by=by, at=at)


def new_link_asked(link: SigningLink, *, by: Actor, at: datetime) -> bool:
    """Keep that somebody asks for a new signing link, and tell those who can send it, once."""
    with transaction.atomic():
        is_new = submissions.ask_for_new_link(link, by=by, at=at)
        if is_new:
            tell_asked(link, by=by, at=at)
    return is_new


def signature_taken_back(link: SigningLink, *, by: Actor, at: datetime) -> Draft:
    """Take back a signature given by a link, while the form still waits for another one.

    The signature stays on record and counts no more; one that does not count already changes
    nothing. Raises DraftClosed once the form is signed.
    """
    with transaction.atomic():
        draft = lock_draft(link.draft)
        if link.pk not in {each.link_id for each in signatures_of(draft)}:
            return draft
        reason = "the patient took the signature back"
        draft = submissions.reopen_draft(draft, reason=reason, by=by, at=at)
        tell_taken_back(draft, by=by, at=at)
    return draft


def _enrolled_by(signed: Signed, *, by: Actor, at: datetime) -> Signed:
    """The last signature under an enrollment form enrolls the patient."""
    found = enroll_by_form(signed.signature.draft, by=by, at=at) if signed.form is None else None
    if found is None:
        return signed
    look_for_duplicates([found.patient], by=by, at=at)
    tell_enrolled(found.patient, by=by, at=at)
    return signed._replace(form=found.form)


def _lock_patients_of(drafts: Iterable[str]) -> dict[int, Patient]:
    """The patients these drafts are about, held in one order so that nobody waits in a circle."""
    ids = sorted(subjects_of("patient", list(drafts)))
    return {key: lock_patient(Patient.objects.get(pk=key)) for key in ids}


def _note_signed(
    signed: Iterable[Signed], patients_concerned: dict[int, Patient], *, by: Actor, at: datetime
) -> None:
    forms = [each.form for each in signed if each.form is not None]
    for form in forms:
        if form.subject_kind == "participant":
            credit_form(form, by=by, at=at)
            for signer in User.objects.filter(number=by.number):
                hand_over(signer, by=by, at=at)
    for form in forms:
        report_events_of(form, by=by, at=at)
        if form.subject_kind == "patient" and form.subject_id in patients_concerned:
            note_change(patients_concerned[form.subject_id])
            _leave(form, patients_concerned[form.subject_id], by=by, at=at)


def _leave(form: SignedForm, patient: Patient, *, by: Actor, at: datetime) -> None:
    """What a form brings with it that says the patient leaves. Monitoring goes on in each case."""
    said = leaving_said(form)
    if said is None:
        return
    how, on = said
    reason = f"{how.answer}, form {form.number}"
    if how.effect is LeavingEffect.HOLD:
        hold_opened(patient, how.code, reason=reason, on=on, by=by, at=at)
    elif how.effect is LeavingEffect.TRANSFER:
        ask_transfer(patient, form.number, on=on, by=by, at=at)
    elif patient.ended_on is None:
        on = max(on, patient.enrolled_on or on)
        enrollment_ended(patient, on=on, reason=reason, by=by, at=at)
