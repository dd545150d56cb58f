"""What is on record about a patient and is theirs to take along, gathered from every room."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.community.facts import Who
from etasu.registry.community.own import OwnDeed, OwnWords, own_deeds, own_words
from etasu.registry.monitoring.facts import results_of
from etasu.registry.patient_support.medicines import medicines_of
from etasu.registry.patient_support.self_check_facts import checks_of, said_in
from etasu.registry.patient_support.sharing_facts import partners_of
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import ids_behind
from etasu.registry.submissions.facts import consents_of, forms_about_any
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.medicines import MedicineKind
from etasu.safe_use.program import ENGLISH, Program, ProgramVersion, called_in
from etasu.safe_use.sharing import Slice


class OwnResult(NamedTuple):
    """One result that stands."""

    test: str
    loinc: str
    collected_on: date
    value: str
    unit: str
    comparator: str


class OwnInfusion(NamedTuple):
    """One infusion."""

    number: str
    course: int
    given_on: date
    facility: str


class OwnMedicine(NamedTuple):
    """One line of the list of medicines."""

    number: str
    name: str
    kind: MedicineKind
    how_taken: str
    started_on: date | None
    stopped_on: date | None


class OwnConsent(NamedTuple):
    """Something that was allowed, with its text, and when it was taken back."""

    number: str
    name: str
    text: str
    given_at: datetime
    revoked_at: datetime | None


class OwnForm(NamedTuple):
    """A signed form about the patient."""

    number: str
    name: str
    signed_on: date


class OwnSymptom(NamedTuple):
    """Something told in a self-check."""

    check: str
    code: str
    words: str
    is_unsure: bool
    on: date


class OwnPartner(NamedTuple):
    """Somebody who was asked to help, what is shared with them, and from when until when."""

    number: str
    name: str
    shared: tuple[Slice, ...]
    invited_at: datetime
    accepted_at: datetime | None
    ends_on: date
    ended_at: datetime | None


class OwnRecord(NamedTuple):
    """Everything, oldest first in each part."""

    patient: Patient
    program: Program
    made_at: datetime
    results: tuple[OwnResult, ...]
    infusions: tuple[OwnInfusion, ...]
    medicines: tuple[OwnMedicine, ...]
    consents: tuple[OwnConsent, ...]
    forms: tuple[OwnForm, ...]
    symptoms: tuple[OwnSymptom, ...]
    partners: tuple[OwnPartner, ...]
    written: tuple[OwnWords, ...]
    deeds: tuple[OwnDeed, ...]


def own_record_taken(
    patient: Patient,
    on: date,
    *,
    kind: str,
    language: str = ENGLISH,
    by: Actor,
    at: datetime,
) -> OwnRecord | None:
    """The record as it stands, and a note that it was handed out as that kind of file.

    What the program calls things is in the language where the program has it in that. None where
    no program is in force.
    """
    version = library.current().effective(patient.program, on)
    if version is None:
        return None
    detail = {"kind": kind}
    subject = ("patient", patient.number)
    audit.record("own_record.taken", subject=subject, by=by, at=at, detail=detail)
    who = Who(patient.program, patient=patient)
    return OwnRecord(
        patient=patient,
        program=version.program,
        made_at=at,
        results=tuple(_results(patient, version, language)),
        infusions=tuple(_infusions(patient)),
        medicines=tuple(_medicines(patient)),
        consents=tuple(_consents(patient, version, language)),
        forms=tuple(_forms(patient, language)),
        symptoms=tuple(_symptoms(patient, language)),
        partners=tuple(_partners(patient, at)),
        written=tuple(own_words(who)),
        deeds=tuple(own_deeds(who, version.community, language)),
    )


def _results(patient: Patient, version: ProgramVersion, language: str) -> Iterator[OwnResult]:
    for row in reversed(results_of(patient)):
        test = version.tests.get(row.test)
        loinc = row.loinc or (test.loinc[0] if test is not None and test.loinc else "")
        name = called_in(test, language) if test is not None else row.test
        value, unit = row.value or "", row.unit or ""
        yield OwnResult(name, loinc, row.collected_on, value, unit, row.comparator)


def _infusions(patient: Patient) -> Iterator[OwnInfusion]:
    for row in infusions_of(patient):
        facility = row.facility.name if row.facility is not None else ""
        yield OwnInfusion(row.number, row.course, row.given_on, facility)


def _medicines(patient: Patient) -> Iterator[OwnMedicine]:
    for row in medicines_of(patient):
        kind = MedicineKind(row.kind)
        days = row.started_on, row.stopped_on
        yield OwnMedicine(row.number, row.name, kind, row.how_taken, *days)


def _consents(patient: Patient, version: ProgramVersion, language: str) -> Iterator[OwnConsent]:
    for record in sorted(ids_behind(patient)):
        for row in reversed(consents_of("patient", record)):
            known = version.consents.get(row.code)
            name = known.in_language(language).name if known is not None else row.code
            yield OwnConsent(row.number, name, row.text, row.given_at, row.revoked_at)


def _forms(patient: Patient, language: str) -> Iterator[OwnForm]:
    for row in reversed(forms_about_any("patient", ids_behind(patient))):
        version = library.current().version(row.program, row.program_version)
        definition = version.forms.get(row.form) if version is not None else None
        name = definition.in_language(language).name if definition is not None else row.form
        yield OwnForm(row.number, name, row.signed_on)


def _symptoms(patient: Patient, language: str) -> Iterator[OwnSymptom]:
    for check in reversed(checks_of(patient)):
        said = said_in(check)
        for told in said.outcome.told:
            known = said.plan.symptom(told.code) or said.plan.region(told.code)
            words = known.said(language).text if known is not None else told.code
            yield OwnSymptom(check.number, told.code, words, told.is_unsure, check.begun_on)


def _partners(patient: Patient, at: datetime) -> Iterator[OwnPartner]:
    """Whoever was asked; of one who helps no more, what was shared with them last."""
    for helping in sorted(partners_of(patient, at), key=lambda each: each.partner.pk):
        row = helping.partner
        last = {each.slice for each in row.slices.all() if each.ended_at in (None, row.ended_at)}
        yield OwnPartner(
            row.number,
            row.full_name,
            tuple(each for each in Slice if each in last),
            row.invited_at,
            row.accepted_at,
            row.ends_on,
            row.ended_at,
        )
