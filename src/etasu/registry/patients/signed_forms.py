"""Signed forms as somebody may read them, about patients and participants alike.

The rule is that of the pages: whoever runs the program reads every form of it; everybody else those
signed in the name of a participant they act for, as far as their role has to do with the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Max, Q, QuerySet

from etasu.programs import library
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Participant
from etasu.registry.participants.visibility import (
    NOBODY,
    acted_for,
    concerns,
    participants_seen_by,
    patients_seen_by,
    sees_whole_program,
)
from etasu.registry.patients.facts import patient_by_number, patient_seen
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, records_behind
from etasu.registry.submissions.facts import forms_about_any
from etasu.registry.submissions.models import SignedForm, SubjectKind

Newest = Mapping[tuple[str, int | None], date]


class FormSeen(NamedTuple):
    """A signed form with the number of whom it is about, whatever record it was signed about.

    `is_current` until the same form was signed again, for the same course, on a later day: gates
    read no other.
    """

    form: SignedForm
    about: str
    is_current: bool


class FormsSeen(NamedTuple):
    """The signed forms about one patient or participant that may be read, newest first."""

    about: str
    forms: QuerySet[SignedForm]
    newest: Newest

    def seen(self, form: SignedForm) -> FormSeen:
        """One of them."""
        return FormSeen(form, self.about, _is_current(form, self.newest))


def forms_of_patient_seen(askers: Sequence[Asker], number: str) -> FormsSeen | None:
    """The forms about the patient, on any of their records; None for nobody the askers know.

    A site that finds no patient listed knows those it signed a form about.
    """
    known = (patient_by_number(number, each) for each in _programs(askers))
    patient = next((each for each in known if each is not None), None)
    if patient is None:
        return None
    ids = list(records_behind(patient).values_list("pk", flat=True))
    found = _forms(SubjectKind.PATIENT, ids, patient.number, askers)
    is_listed = any(patient_seen(each, number) is not None for each in askers)
    return found if is_listed or found.forms.exists() else None


def forms_of_participant_seen(askers: Sequence[Asker], number: str) -> FormsSeen | None:
    """The forms about the participant; None for one whose record the askers may not open."""
    seen = [participants_seen_by(each) for each in askers]
    participant = Participant.objects.filter(_any(seen), number=number).first()
    if participant is None:
        return None
    return _forms(SubjectKind.PARTICIPANT, [participant.pk], number, askers)


def form_seen(askers: Sequence[Asker], number: str) -> FormSeen | None:
    """The signed form of that number, if one of the askers may read it; otherwise None."""
    found = SignedForm.objects.filter(_any([_read_by(each) for each in askers]), number=number)
    form = found.select_related("draft").first()
    if form is None:
        return None
    about = signed_about(form)
    ids = [form.subject_id]
    if form.subject_kind == SubjectKind.PATIENT:
        record = Patient.objects.filter(pk=form.subject_id).select_related("merged_into").first()
        patient = answered_for(record) if record is not None else None
        if patient is not None:
            about = patient.number
            ids = list(records_behind(patient).values_list("pk", flat=True))
    newest = _newest(form.subject_kind, ids)
    return FormSeen(form, about, _is_current(form, newest))


def signed_about(form: SignedForm) -> str:
    """The number of the very record the form was signed about, merged into another since or not."""
    if form.draft is not None:
        return form.draft.subject_number
    model = Patient if form.subject_kind == SubjectKind.PATIENT else Participant
    found = model._default_manager.filter(pk=form.subject_id).values_list("number", flat=True)
    return found.first() or ""


def page_of_forms(
    forms: QuerySet[SignedForm], after: SignedForm | None, limit: int
) -> tuple[list[SignedForm], bool]:
    """So many of the forms, newest first, from the one that follows; and whether there are more."""
    if after is not None:
        same_day = Q(signed_on=after.signed_on, pk__lt=after.pk)
        forms = forms.filter(Q(signed_on__lt=after.signed_on) | same_day)
    found = list(forms[: limit + 1])
    return found[:limit], len(found) > limit


def _forms(kind: str, ids: list[int], about: str, askers: Sequence[Asker]) -> FormsSeen:
    readable = _any([_read_by(each) for each in askers])
    forms = forms_about_any(kind, ids).filter(readable).select_related("draft")
    return FormsSeen(about, forms, _newest(kind, ids))


def _newest(kind: str, ids: list[int]) -> Newest:
    """The newest day each form was signed, for each course, whoever may read it."""
    rows = forms_about_any(kind, ids).order_by().values("form", "course")
    return {(row["form"], row["course"]): row["day"] for row in rows.annotate(day=Max("signed_on"))}


def _is_current(form: SignedForm, newest: Newest) -> bool:
    return form.signed_on >= newest.get((form.form, form.course), form.signed_on)


def _read_by(asker: Asker) -> Q:
    """The condition on signed forms that the asker may read them."""
    if sees_whole_program(asker):
        return Q(program=asker.program)
    return Q(program=asker.program) & _of_the_role(asker) & _in_their_name(asker)


def _of_the_role(asker: Asker) -> Q:
    """The forms the role fills in or signs, version by version; none of a version unknown here."""
    loaded = library.current().programs.get(asker.program)
    codes = {
        version.label: [each.code for each in version.forms.values() if concerns(each, asker.role)]
        for version in (loaded.versions if loaded else ())
    }
    return _any([Q(program_version=label, form__in=forms) for label, forms in codes.items()])


def _in_their_name(asker: Asker) -> Q:
    """Forms of a draft belong to its owner; of those without, each is about somebody seen."""
    mine = acted_for(asker)
    listed = Patient.objects.filter(patients_seen_by(asker), merged_into__isnull=True).values("pk")
    records = Patient.objects.filter(Q(pk__in=listed) | Q(merged_into__in=listed)).values("pk")
    about = Q(subject_kind=SubjectKind.PARTICIPANT, subject_id__in=mine)
    about |= Q(subject_kind=SubjectKind.PATIENT, subject_id__in=records)
    return Q(draft__owner_id__in=mine) | (Q(draft__owner_id__isnull=True) & about)


def _programs(askers: Sequence[Asker]) -> list[str]:
    return sorted({each.program for each in askers})


def _any(conditions: Sequence[Q]) -> Q:
    """Any of them; nothing when there is none."""
    found = NOBODY
    for each in conditions:
        found |= each
    return found
