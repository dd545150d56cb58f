"""When this happened, these verbs follow: the one table of consequences in the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations import actions as authorizations
from etasu.registry.authorizations import facts as gate_facts
from etasu.registry.authorizations.announcing import is_step, tell_of_patient
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.records import look_for_duplicates
from etasu.registry.authorizations.requests import NO_SUCH_PATIENT, BadRequest, check_request
from etasu.registry.authorizations.signed import SignedRequest, check_tests, form_to_sign
from etasu.registry.authorizations.taking_back import take_back
from etasu.registry.compliance.actions import open_event
from etasu.registry.education import actions as education
from etasu.registry.education.models import Attempt, Grade, Review
from etasu.registry.monitoring.actions import record_result
from etasu.registry.monitoring.facts import is_on_file
from etasu.registry.participants import actions as participants
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Participant
from etasu.registry.participants.renewal import credit_form
from etasu.registry.participants.representatives import hand_over
from etasu.registry.participants.training import credit_training as credit_training
from etasu.registry.participants.training import trained_for
from etasu.registry.patients import actions as patients
from etasu.registry.patients.enrollment import enroll_by_form
from etasu.registry.patients.facts import patient_by_number, patient_of_subject
from etasu.registry.patients.models import Hold, Patient
from etasu.registry.patients.records import answered_for, records_behind
from etasu.registry.patients.revisions import lock_patient, note_change
from etasu.registry.patients.telling import (
    tell_asked,
    tell_signed,
    tell_taken_back,
    tell_withdrawn,
)
from etasu.registry.patients.transfers import ask_transfer, leaving_said
from etasu.registry.submissions import actions as submissions
from etasu.registry.submissions.actions import Signed, Sitting, ToSign, keep_signed_form
from etasu.registry.submissions.choices import is_needed
from etasu.registry.submissions.drafts import lock_draft
from etasu.registry.submissions.facts import signatures_of, subjects_of
from etasu.registry.submissions.intake import check_document, turns_on
from etasu.registry.submissions.intake_models import IncomingDocument
from etasu.registry.submissions.models import Consent, Draft, SignedForm, SigningLink
from etasu.registry.treatment import actions as treatment
from etasu.registry.treatment.models import Dispense, Infusion
from etasu.safe_use.leaving import LeavingEffect
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.training import TrainingModule


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
            keep_signed_form(form, by=actor, at=at)
            note_change(patient)
        for each in signed.tests:
            if not is_on_file(patient, each.test, each.collected_on, each.value, each.unit):
                record_result(patient, **each._asdict(), by=actor, at=at, channel="form")
        return authorizations.answer_request(request, by=by, at=at)


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


def consent_withdrawn(consent: Consent, *, how: str, by: Actor, at: datetime) -> Consent:
    """Take a consent back. One that taking part rests on ends the enrollment, and all it allowed.

    What is on record stays. `how` says in which way the person asked for it. Of a patient with
    several records, the same consent on each of them is taken back.
    """
    with transaction.atomic():
        patient = patient_of_subject(consent.subject_kind, consent.subject_id)
        if patient is None:
            return submissions.revoke_consent(consent, how=how, by=by, at=at)
        patient = lock_patient(patient)
        standing = _standing_alike(consent, patient)
        for each in standing:
            submissions.revoke_consent(each, how=how, by=by, at=at)
        if standing:
            _end_what_rests_on(consent, patient, by=by, at=at)
        consent.refresh_from_db()
    return consent


def _standing_alike(consent: Consent, patient: Patient) -> list[Consent]:
    found = Consent.objects.filter(program=consent.program, code=consent.code)
    mine = found.filter(subject_kind="patient", subject_id__in=records_behind(patient))
    return list(mine.filter(revoked_at__isnull=True).order_by("pk"))


def _end_what_rests_on(consent: Consent, patient: Patient, *, by: Actor, at: datetime) -> None:
    on = at.astimezone(ZoneInfo(patient.time_zone)).date()
    if not is_needed(consent, on):
        return
    open_now = Q(enrolled_on__isnull=False, ended_on__isnull=True)
    reason = f"consent taken back: {consent.code}"
    ended = False
    for record in Patient.objects.filter(open_now, pk__in=records_behind(patient)).order_by("pk"):
        ends = max(on, record.enrolled_on or on)
        enrollment_ended(record, on=ends, reason=reason, by=by, at=at)
        ended = True
    if ended:
        tell_withdrawn(patient, consent.program_version, on=on, by=by, at=at)


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


def infusion_given(
    patient: Patient,
    *,
    course: int,
    given_on: date,
    facility: Participant | None,
    by: Actor,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> Infusion:
    """Record an infusion; use the day's authorization, or open a compliance event without one.

    The record is never refused. Raises AlreadyRecorded when the day is already on record.
    """
    with transaction.atomic():
        known = _authorized_day(patient, facility, given_on)
        fits = known is not None and known.course == course
        infusion = treatment.record_infusion(
            patient,
            course=course,
            given_on=given_on,
            facility=facility,
            authorization_number=known.number if known and fits else None,
            by=by,
            at=at,
            detail=detail,
        )
        if known and fits:
            authorizations.use_authorization(known.number, by=by, at=at)
            _use_up_course(known, by=by, at=at)
        else:
            open_event(
                "infusion-without-authorization",
                subject=infusion.number,
                patient=patient,
                participant=facility,
                happened_on=given_on,
                by=by,
                at=at,
                detail={"course": course},
            )
    return infusion


def product_dispensed(
    patient: Patient,
    *,
    units: int,
    dispensed_on: date,
    pharmacy: Participant | None,
    authorization_number: str | None,
    by: Actor,
    at: datetime,
) -> Dispense:
    """Record a dispense; use its authorization, or open a compliance event without one."""
    with transaction.atomic():
        # A dispense written down late may find that its authorization lapsed meanwhile.
        known = Authorization.objects.filter(
            number=authorization_number,
            patient__in=records_behind(patient),
            state__in=["live", "expired"],
            valid_until__gte=dispensed_on,
        ).first()
        dispense = treatment.record_dispense(
            patient,
            units=units,
            dispensed_on=dispensed_on,
            pharmacy=pharmacy,
            course=known.course if known else None,
            authorization_number=known.number if known else None,
            by=by,
            at=at,
        )
        if known:
            authorizations.use_authorization(known.number, by=by, at=at)
        else:
            open_event(
                "dispense-without-authorization",
                subject=dispense.number,
                patient=patient,
                participant=pharmacy,
                happened_on=dispensed_on,
                by=by,
                at=at,
            )
    return dispense


def module_reviewed(
    user: User,
    version: ProgramVersion,
    module: TrainingModule,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> Review:
    """Keep that somebody read a module, and note the steps it does for their participants."""
    with transaction.atomic():
        review = education.review_module(user, version, module, on=on, by=by, at=at)
        _credit_everywhere(user, version, by=by, at=at)
    return review


def assessment_handed_in(
    attempt: Attempt,
    version: ProgramVersion,
    pass_percent: int | None,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> Grade:
    """Grade an attempt; one that passes does the step for the person's participants."""
    with transaction.atomic():
        grade = education.hand_in(attempt, pass_percent, on=on, by=by, at=at)
        if grade.passed:
            _credit_everywhere(attempt.user, version, by=by, at=at)
    return grade


def _credit_everywhere(user: User, version: ProgramVersion, *, by: Actor, at: datetime) -> None:
    for participant in trained_for(user, version):
        credit_training(participant, user, version, by=by, at=at)
    hand_over(user, by=by, at=at)


def _enrolled_by(signed: Signed, *, by: Actor, at: datetime) -> Signed:
    """The last signature under an enrollment form enrolls the patient."""
    found = enroll_by_form(signed.signature.draft, by=by, at=at) if signed.form is None else None
    if found is None:
        return signed
    look_for_duplicates([found.patient], by=by, at=at)
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


def _use_up_course(day: Authorization, *, by: Actor, at: datetime) -> None:
    """With the last day of a course given, the authorization of the course is used."""
    if day.course is None or day.course_days is None:
        return
    person = records_behind(answered_for(day.patient))
    recorded = Infusion.objects.filter(patient__in=person, course=day.course)
    given = recorded.filter(struck_at__isnull=True).values("given_on").distinct()
    if given.count() < day.course_days:
        return
    found = Authorization.objects.filter(
        patient__in=person, unit="course", course=day.course, state="live"
    )
    for known in found.select_related("decision"):
        if is_step(known.decision):
            authorizations.use_authorization(known.number, by=by, at=at)


def _authorized_day(
    patient: Patient, facility: Participant | None, on: date
) -> Authorization | None:
    # A day written down late may have lapsed meanwhile; it was authorized all the same.
    found = Authorization.objects.filter(
        patient__in=records_behind(patient),
        unit="infusion_day",
        state__in=["live", "expired"],
        valid_from__lte=on,
        valid_until__gte=on,
    )
    if facility is not None:
        found = found.filter(names__facility=facility.number)
    return found.order_by("-id").first()


def hold_opened(
    patient: Patient, code: str, *, reason: str, on: date, by: Actor, at: datetime
) -> Hold:
    """Open a hold and take back what was open for use: the day, the fill, the shipment.

    A course stays authorized, for its gates ask again and see the hold.
    """
    with transaction.atomic():
        hold = patients.open_hold(patient, code, reason=reason, on=on, by=by, at=at)
        facts = {"patient": patient.number, "hold": code}
        key = f"hold {hold.pk}"
        tell_of_patient("hold_opened", patient, key=key, facts=facts, by=by, at=at)
        found = Authorization.objects.filter(patient__in=records_behind(patient))
        take_back(found, f"hold opened: {code}", keep_steps=True, by=by, at=at)
    return hold


def enrollment_ended(
    patient: Patient, *, on: date, reason: str, by: Actor, at: datetime
) -> Patient:
    """End the enrollment and take back every live authorization of the patient."""
    with transaction.atomic():
        ended = patients.end_enrollment(patient, on=on, reason=reason, by=by, at=at)
        facts = {"patient": patient.number, "on": on.isoformat()}
        key = f"on {on}"
        tell_of_patient("enrollment_ended", patient, key=key, facts=facts, by=by, at=at)
        found = Authorization.objects.filter(patient__in=records_behind(patient))
        take_back(found, f"enrollment ended: {reason}", keep_steps=False, by=by, at=at)
    return ended


def participant_suspended(
    participant: Participant,
    *,
    since: date,
    until: date | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> Participant:
    """Suspend a participant and take back what was open for use through them in those days."""
    with transaction.atomic():
        suspended = participants.suspend_participant(
            participant, since=since, until=until, reason=reason, by=by, at=at
        )
        found = _resting_on(participant).filter(valid_until__gte=since)
        if until is not None:
            found = found.filter(valid_from__lte=until)
        take_back(found, f"{participant.kind} suspended", keep_steps=True, by=by, at=at)
    return suspended


def participant_decertified(
    participant: Participant, *, on: date, reason: str, by: Actor, at: datetime
) -> Participant:
    """Decertify a participant and take back what was open for use through them from that day."""
    with transaction.atomic():
        decertified = participants.decertify_participant(
            participant, on=on, reason=reason, by=by, at=at
        )
        found = _resting_on(participant).filter(valid_until__gte=on)
        take_back(found, f"{participant.kind} decertified", keep_steps=True, by=by, at=at)
    return decertified


def _resting_on(participant: Participant) -> QuerySet[Authorization]:
    if participant.kind == "prescriber":
        return Authorization.objects.filter(patient__prescriber=participant)
    return Authorization.objects.filter(names__contains={participant.kind: participant.number})
