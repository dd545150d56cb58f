"""Patients and what happened to them, brought in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import date
from typing import Any

from etasu.interfaces.carry_over.bring_participants import zone_of
from etasu.interfaces.carry_over.columns import column_for
from etasu.interfaces.carry_over.reasons import Fault, Reason, Remark
from etasu.interfaces.carry_over.rows import (
    Row,
    Site,
    Values,
    choices,
    gate_questions,
    subject_of,
    version_then,
)
from etasu.interfaces.carry_over.survey import likeness
from etasu.interfaces.carry_over.work import (
    PARTICIPANT,
    PATIENT,
    Lookup,
    Outcome,
    Reference,
    Work,
    unfit,
)
from etasu.registry.authorizations.bulk import (
    AuthorizationToCarry,
    carry_over_authorizations,
    slots_held,
)
from etasu.registry.monitoring.bulk import ResultToCarry, carry_over_results
from etasu.registry.participants.bulk import participants_by_number
from etasu.registry.patients.bulk import (
    PatientToCarry,
    carry_over_patients,
    count_changes,
    in_review,
    patients_by_number,
    patients_like,
)
from etasu.registry.submissions.actions import FormToSign
from etasu.registry.submissions.bulk import carry_over_forms
from etasu.registry.treatment.bulk import InfusionToCarry, carry_over_infusions, infusion_days
from etasu.safe_use.courses import doses_in
from etasu.safe_use.findings import Slot
from etasu.safe_use.program import ProgramVersion

_AS_THEY_ARE = (
    *("birth_date", "city", "state", "zip_code", "telephone", "email", "language"),
    *("ended_on", "end_reason"),
)
_SITES = ("facility", "pharmacy")


def bring_patients(rows: Sequence[Row], work: Work) -> Outcome:
    """Each enrolled since it was, with its prescriber."""
    outcome = Outcome("patients")
    prescribers = _participants(work, rows, "prescriber")
    alike = _alike(rows)

    def fit(row: Row) -> PatientToCarry:
        prescriber = _of_kind(prescribers, row, "prescriber")
        if likeness(row.values) in alike[row.key[0]] and not row.values.get("is_distinct"):
            raise unfit(row, "name", Reason.SAME_PERSON_HERE)
        return _patient(row.values, prescriber, work.site)

    found = outcome.sift(rows, fit)
    made = carry_over_patients([c for _, c in found], work.source, by=work.by, at=work.at)
    compared = in_review(made)
    for (row, _), patient in zip(found, made, strict=True):
        outcome.bring(row, patient.number)
        if patient.number in compared:
            outcome.remarks.append(Fault(row.number, "name", Remark.COMPARED_FIRST))
    return outcome


def bring_forms(rows: Sequence[Row], work: Work) -> Outcome:
    """That each was signed, on which day, with the answers the gates read."""
    outcome = Outcome("forms")
    subjects = {"patient": _patients(work, rows)}
    subjects["participant"] = _participants(work, rows, "participant")

    def fit(row: Row) -> FormToSign:
        version = version_then(row.values, "signed_on", work.site)
        assert version is not None  # a row of an unknown program has a fault
        about = subject_of(row.values["form"], version)
        subject = subjects[about].find(row, about)
        if about == "patient":
            _refuse_before_birth(row, subject, "signed_on")
        read = _gate_answers(row.values, version)
        return FormToSign(
            program=row.values["program"],
            program_version=version.label,
            form=row.values["form"],
            subject_kind=about,
            subject_id=subject.pk,
            subject_number=subject.number,
            answers=read,
            gate_answers=read,
            signer_name=row.values["signer"],
            meaning="",
            signed_on=row.values["signed_on"],
            course=row.values.get("course"),
        )

    found = outcome.sift(rows, fit)
    count_changes({form.subject_id for _, form in found if form.subject_kind == "patient"})
    made = carry_over_forms([c for _, c in found], work.source, by=work.by, at=work.at)
    for (row, _), form in zip(found, made, strict=True):
        outcome.bring(row, form.number)
    return outcome


def bring_infusions(rows: Sequence[Row], work: Work) -> Outcome:
    """Each day as it was given."""
    outcome = Outcome("infusions")
    patients, facilities = _patients(work, rows), _participants(work, rows, "facility")
    known = infusion_days(patients.everything())

    def fit(row: Row) -> InfusionToCarry:
        patient, given_on = patients.find(row, "patient"), row.values["given_on"]
        if (patient.pk, given_on) in known:
            raise unfit(row, "given_on", Reason.HERE_ALREADY_DIFFERS)
        _refuse_before_birth(row, patient, "given_on")
        return InfusionToCarry(
            patient=patient,
            course=row.values["course"],
            given_on=given_on,
            facility=_of_kind(facilities, row, "facility"),
            authorization=row.values.get("authorization", ""),
        )

    found = outcome.sift(rows, fit)
    made = carry_over_infusions([c for _, c in found], work.source, by=work.by, at=work.at)
    for (row, _), infusion in zip(found, made, strict=True):
        outcome.bring(row, infusion.number)
    return outcome


def bring_results(rows: Sequence[Row], work: Work) -> Outcome:
    """Each as it was reported. Two of one test and day are both kept, as everywhere."""
    outcome = Outcome("results")
    patients = _patients(work, rows)

    def fit(row: Row) -> ResultToCarry:
        patient, values = patients.find(row, "patient"), row.values
        _refuse_before_birth(row, patient, "collected_on")
        value, unit = values.get("value"), values.get("unit")
        return ResultToCarry(patient, values["test"], values["collected_on"], value, unit)

    found = outcome.sift(rows, fit)
    made = carry_over_results([c for _, c in found], work.source, by=work.by, at=work.at)
    for (row, _), result in zip(found, made, strict=True):
        outcome.bring(row, str(result.pk))
    return outcome


def bring_authorizations(rows: Sequence[Row], work: Work) -> Outcome:
    """Each in its slot, unless the slot is taken."""
    outcome = Outcome("authorizations")
    patients, sites = _patients(work, rows), _participants(work, rows, *_SITES)
    taken = slots_held(patients.everything())

    def fit(row: Row) -> AuthorizationToCarry:
        patient = patients.find(row, "patient")
        named = {kind: _of_kind(sites, row, kind) for kind in _SITES}
        slot, names = _slot(row, work.site)
        if (patient.pk, row.values["gate"], slot.key) in taken:
            raise unfit(row, "gate", Reason.HERE_ALREADY_DIFFERS)
        return AuthorizationToCarry(
            patient=patient,
            gate=row.values["gate"],
            slot=slot,
            parties={kind: site for kind, site in named.items() if site is not None},
            names=names,
            valid_from=row.values["valid_from"],
            valid_until=row.values["valid_until"],
        )

    found = outcome.sift(rows, fit)
    made = carry_over_authorizations([c for _, c in found], work.source, by=work.by, at=work.at)
    for (row, _), authorization in zip(found, made, strict=True):
        outcome.bring(row, authorization.number)
    return outcome


def _patient(values: Values, prescriber: Any, site: Site) -> PatientToCarry:
    details = {name: values[name] for name in _AS_THEY_ARE if name in values}
    version = site.version(values["program"])
    assert version is not None  # a row of an unknown program has a fault
    columns = {each.code: column_for("patients", each.code) for each in version.patient.attributes}
    details["attributes"] = {
        code: values[column] for code, column in columns.items() if column in values
    }
    details["time_zone"] = zone_of(values)
    return PatientToCarry(
        values["program"],
        values["name"],
        prescriber,
        values["enrolled_on"],
        details,
        bool(values.get("is_distinct")),
    )


def _gate_answers(values: Values, version: ProgramVersion) -> dict[str, str]:
    questions = gate_questions(version.forms[values["form"]])
    return {
        question.code: str(choices(question).get(values[column], values[column]))
        for column, question in questions.items()
        if column in values
    }


def _slot(row: Row, site: Site) -> tuple[Slot, tuple[str, ...]]:
    """What the row authorizes, and whom an authorization of that gate names."""
    values = row.values
    version = site.version(values["program"])
    assert version is not None  # a row of an unknown program has a fault
    gate = version.gates[values["gate"]]
    assert gate.authorizes is not None  # and so has one of a gate that authorizes nothing
    unit, course, day = gate.authorizes.value, values.get("course"), values.get("day")
    if unit not in ("course", "infusion_day"):
        return Slot(unit, None, None, None), gate.names
    doses = doses_in(version.courses, course or 0)
    if doses is None:
        raise unfit(row, "course", Reason.NOT_ON_THE_LIST)
    if unit == "course":
        return Slot(unit, course, None, doses), gate.names
    if day is None or day > doses:
        raise unfit(row, "day", Reason.NOT_ON_THE_LIST)
    return Slot(unit, course, day, doses), gate.names


def _participants(work: Work, rows: Sequence[Row], *columns: str) -> Lookup[Any]:
    references = [Reference(column, "participants", *PARTICIPANT) for column in columns]
    return Lookup(work, rows, references, participants_by_number)


def _patients(work: Work, rows: Sequence[Row]) -> Lookup[Any]:
    return Lookup(work, rows, [Reference("patient", "patients", *PATIENT)], patients_by_number)


def _of_kind(lookup: Lookup[Any], row: Row, kind: str) -> Any:
    """The participant the row names in the column of that kind; None when it names none."""
    found = lookup.find_if_named(row, kind)
    if found is not None and found.kind != kind:
        raise unfit(row, kind, Reason.OTHER_KIND)
    return found


def _refuse_before_birth(row: Row, patient: Any, column: str) -> None:
    if patient.birth_date is not None and row.values[column] < patient.birth_date:
        raise unfit(row, column, Reason.DATES_OUT_OF_ORDER)


def _alike(rows: Sequence[Row]) -> dict[str, set[Hashable]]:
    """By program, the name, birth date and ZIP code of patients here who may be in these rows."""
    names: dict[str, set[str]] = defaultdict(set)
    births: dict[str, set[date]] = defaultdict(set)
    for row in rows:
        names[row.key[0]].add(row.values["name"].lower())
        births[row.key[0]].add(row.values["birth_date"])
    found: dict[str, set[Hashable]] = {}
    for program, wanted in names.items():
        known = patients_like(program, wanted, births[program])
        found[program] = {(name.casefold(), birth, zip_code) for name, birth, zip_code in known}
    return found
