"""Renewing a certification: what is to do, what is filled in already, and what a form does."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.following import entries_of
from etasu.registry.participants import facts
from etasu.registry.participants.actions import record_step
from etasu.registry.participants.known import known_about
from etasu.registry.participants.models import Participant
from etasu.registry.submissions.actions import Beginning, begin_draft, save_answers
from etasu.registry.submissions.facts import answers_of, forms_about, open_drafts_about
from etasu.registry.submissions.models import Draft, SignedForm, SubjectKind
from etasu.safe_use.forms import prefilled, questions
from etasu.safe_use.program import FieldType, FormDefinition, ProgramVersion, Step, StepKind
from etasu.safe_use.renewal import Renewal, Why, renewal

# What a participant states by ticking it on the form it signs.
STATED = frozenset({StepKind.ATTEST, StepKind.TRAIN_STAFF})
OCCASIONS = {
    None: "first enrollment",
    Why.ENDS_SOON: "renewal",
    Why.LAPSED: "renewal",
    Why.NEW_REPRESENTATIVE: "new representative",
}


def credit_form(form: SignedForm, *, by: Actor, at: datetime) -> list[str]:
    """Note the certification steps a participant did by signing a form; which ones.

    Signing is one step; others are statements of the same code that were ticked on the form. What
    is on record from that day or a later one is not noted again.
    """
    version = library.current().version(form.program, form.program_version)
    if form.subject_kind != SubjectKind.PARTICIPANT or version is None:
        return []
    with transaction.atomic():
        found = Participant.objects.select_for_update(no_key=True).get(pk=form.subject_id)
        party = version.parties.get(found.kind)
        known = facts.steps_done(found)
        credited = [
            step.code
            for step in (party.steps if party else ())
            if _is_done_by(step, form)
            and (step.code not in known or known[step.code] < form.signed_on)
        ]
        for code in credited:
            record_step(found, version, code, on=form.signed_on, by=by, at=at)
    return credited


def renewal_of(participant: Participant, version: ProgramVersion, on: date) -> Renewal | None:
    """What the participant renews, and when; None for one never certified or decertified."""
    party = version.parties.get(participant.kind)
    if party is None:
        return None
    return renewal(party, facts.certification_facts(participant), on)


def form_to_renew(due: Renewal, version: ProgramVersion) -> FormDefinition | None:
    """The form whose signature is among the steps left; None when no form is."""
    named = [step.form for step in due.left if step.kind is StepKind.SIGN and step.form]
    return version.forms.get(named[0]) if named else None


def only_the_form_is_left(due: Renewal) -> bool:
    """Whether signing the form, and what is stated on it, is all there is to do."""
    return bool(due.left) and all(
        step.kind is StepKind.SIGN or step.kind in STATED for step in due.left
    )


def answers_before(participant: Participant, form: str) -> dict[str, str]:
    """What was answered on the form the last time it was signed; empty when it never was."""
    last = forms_about(SubjectKind.PARTICIPANT, participant.pk).filter(form=form).first()
    said = last.answers if last else {}
    return {key: value for key, value in said.items() if isinstance(value, str)}


def answers_on_record(
    participant: Participant, definition: FormDefinition, why: Why | None, user: User, on: date
) -> dict[str, str]:
    """How the form can be filled in from the record; nothing that is stated is among it.

    What the platform knows comes before what was answered last time, which may be years ago.
    """
    asked = {key: field for key, field, _row in questions(definition)}
    before = {
        key: value
        for key, value in answers_before(participant, definition.code).items()
        if key in asked and asked[key].type is not FieldType.CHECKBOX
    }
    return before | prefilled(definition, _known(participant, why, user), on)


def answers_to_show(
    participant: Participant, definition: FormDefinition, why: Why | None, user: User, on: date
) -> dict[str, str]:
    """What the form of a renewal will say: the record, and what somebody has changed already."""
    record = answers_on_record(participant, definition, why, user, on)
    begun = open_drafts_about(SubjectKind.PARTICIPANT, participant.pk).filter(form=definition.code)
    draft = begun.first()
    return record | (answers_of(draft) if draft else {})


def begin_renewal(
    participant: Participant,
    definition: FormDefinition,
    due: Renewal,
    user: User,
    *,
    is_unchanged: bool,
    on: date,
    by: Actor,
    at: datetime,
) -> Draft:
    """The form of a renewal as a draft, filled in from the record.

    When nothing has changed, what is stated on it is stated again, for the signature to confirm.
    What somebody has answered in the draft already stays as it is.
    """
    beginning = Beginning(
        program=participant.program,
        form=definition.code,
        subject_kind=SubjectKind.PARTICIPANT,
        subject_id=participant.pk,
        subject_number=participant.number,
        owner_id=participant.pk,
        known=_known(participant, due.why, user),
    )
    with transaction.atomic():
        draft = begin_draft(beginning, by=by, at=at, on=on)
        said = answers_of(draft)
        record = answers_on_record(participant, definition, due.why, user, on)
        missing = {key: value for key, value in record.items() if key not in said}
        if is_unchanged:
            missing |= {key: "yes" for key in statements_of(definition) if key not in said}
        if missing:
            save_answers(draft, missing, seen_revision=draft.revision, by=by, at=at)
    return draft


def statements_of(definition: FormDefinition) -> dict[str, str]:
    """What is stated by ticking it on the form: each box that must be ticked, with its words."""
    return {
        key: field.label
        for key, field, row in questions(definition)
        if field.type is FieldType.CHECKBOX and field.required and row is None
    }


def _known(participant: Participant, why: Why | None, user: User) -> dict[str, object]:
    return known_about(participant, user) | {"occasion": OCCASIONS[why]}


def why_stopped(participant: Participant, verb: str) -> str:
    """What was given as the reason of the newest suspension or decertification; "" without one."""
    newest = entries_of(participant.number, (verb,)).first()
    return str(newest.detail.get("reason", "")) if newest else ""


def _is_done_by(step: Step, form: SignedForm) -> bool:
    if step.kind is StepKind.SIGN:
        return step.form == form.form
    return step.kind in STATED and form.answers.get(step.code) == "yes"
