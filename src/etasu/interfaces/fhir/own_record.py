"""A patient's record as a FHIR R4 Bundle that other programs read: a collection, and no request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Raw

from etasu.interfaces.fhir.elements import UCUM
from etasu.registry.patients.today import day_of
from etasu.registry.reactions.own_record import OwnMedicine, OwnRecord, OwnResult
from etasu.safe_use.facts import number_of
from etasu.safe_use.medicines import MedicineKind

Resource = dict[str, Any]
LOINC = "http://loinc.org"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_GENDERS = frozenset({"female", "male"})
_CATEGORIES: Mapping[str, str] = {"laboratory": "Laboratory", "survey": "Survey"}


def bundle_of(record: OwnRecord, numbers: str) -> bytes:
    """The record as JSON; the same record always gives the same bytes.

    `numbers` is the system in which this site's numbers are unlike any others.
    """
    system = f"{numbers}/{record.program.code}"
    patient = _patient(record, system)
    whose = {"reference": _address(system, "Patient", record.patient.number)}
    rest = (
        *_results(record, whose),
        *_symptoms(record, whose),
        *_infusions(record, whose),
        *_medicines(record, whose),
        *_consents(record, whose),
        *_partners(record, whose),
        *_written(record, whose),
        *_deeds(record, whose),
    )
    entries = [{"fullUrl": whose["reference"], "resource": patient}]
    entries += [
        {"fullUrl": _address(system, each["resourceType"], key), "resource": each}
        for key, each in rest
    ]
    made = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": record.made_at.isoformat(timespec="seconds"),
        "entry": entries,
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=1)


Keyed = Iterator[tuple[str, Resource]]


def _patient(record: OwnRecord, system: str) -> Resource:
    patient = record.patient
    *given, family = patient.full_name.split() or [""]
    sex = patient.attributes.get("sex", "")
    telecom = [
        {"system": system, "value": value}
        for system, value in (("phone", patient.telephone), ("email", patient.email))
        if value
    ]
    home = {"city": patient.city, "state": patient.state, "postalCode": patient.zip_code}
    address = _given(**home)
    return _given(
        resourceType="Patient",
        identifier=[{"system": system, "value": patient.number}],
        name=[_given(text=patient.full_name, family=family, given=given)],
        telecom=telecom,
        gender=sex if sex in _GENDERS else "unknown",
        birthDate=patient.birth_date.isoformat() if patient.birth_date else "",
        address=[address] if address else [],
        communication=[{"language": {"coding": [_language(patient.language)]}}],
    )


def _results(record: OwnRecord, whose: Resource) -> Keyed:
    for place, each in enumerate(record.results):
        yield (
            f"result {place} {each.test} {each.collected_on}",
            _given(
                resourceType="Observation",
                status="final",
                category=[_category("laboratory")],
                code=_given(
                    coding=[{"system": LOINC, "code": each.loinc}] if each.loinc else [],
                    text=each.test,
                ),
                subject=whose,
                effectiveDateTime=each.collected_on.isoformat(),
                **_value(each),
            ),
        )


def _value(result: OwnResult) -> Resource:
    """A number with its unit, words as they are, or that there is none."""
    number = number_of(result.value)
    if number is not None:
        quantity = _given(value=Raw(f"{number:f}".encode()), comparator=result.comparator)
        unit = {"unit": result.unit, "system": UCUM, "code": result.unit} if result.unit else {}
        return {"valueQuantity": {**quantity, **unit}}
    if result.value:
        return {"valueString": f"{result.comparator}{result.value}"}
    return {"dataAbsentReason": _coded(f"{_TERMS}/data-absent-reason", "unknown")}


def _symptoms(record: OwnRecord, whose: Resource) -> Keyed:
    """What the patient said of themselves; what they were not sure of has no value."""
    for each in record.symptoms:
        said: Resource = (
            {"dataAbsentReason": _coded(f"{_TERMS}/data-absent-reason", "asked-unknown")}
            if each.is_unsure
            else {"valueBoolean": True}
        )
        yield (
            f"symptom {each.check} {each.code}",
            {
                "resourceType": "Observation",
                "status": "final",
                "category": [_category("survey")],
                "code": {"text": each.words},
                "subject": whose,
                "performer": [whose],
                "effectiveDateTime": each.on.isoformat(),
                **said,
            },
        )


def _infusions(record: OwnRecord, whose: Resource) -> Keyed:
    codes = [
        {"system": each.system, "code": each.value, "display": each.display}
        for each in record.program.product_codes
        if each.system.endswith("rxnorm")
    ]
    for each in record.infusions:
        yield (
            each.number,
            _given(
                resourceType="MedicationAdministration",
                status="completed",
                medicationCodeableConcept=_given(coding=codes[:1], text=record.program.product),
                subject=whose,
                effectiveDateTime=each.given_on.isoformat(),
                performer=[{"actor": {"display": each.facility}}] if each.facility else [],
            ),
        )


def _medicines(record: OwnRecord, whose: Resource) -> Keyed:
    for each in record.medicines:
        make = _vaccine if each.kind is MedicineKind.VACCINE else _statement
        yield each.number, make(each, whose, record)


def _statement(each: OwnMedicine, whose: Resource, record: OwnRecord) -> Resource:
    stopped = each.stopped_on is not None
    return _given(
        resourceType="MedicationStatement",
        status="completed" if stopped else "active",
        medicationCodeableConcept={"text": each.name},
        subject=whose,
        effectivePeriod=_given(start=_day(each.started_on), end=_day(each.stopped_on)),
        informationSource=whose,
        dosage=[{"text": each.how_taken}] if each.how_taken else [],
    )


def _vaccine(each: OwnMedicine, whose: Resource, record: OwnRecord) -> Resource:
    """One that is planned was not given yet, and is not said to be."""
    today = day_of(record.patient, record.made_at)
    is_ahead = each.started_on is not None and each.started_on > today
    known = {"occurrenceDateTime": _day(each.started_on)} if each.started_on else {}
    return _given(
        resourceType="Immunization",
        status="not-done" if is_ahead else "completed",
        vaccineCode={"text": each.name},
        patient=whose,
        **(known or {"occurrenceString": "unknown"}),
        primarySource=False,
        note=[{"text": each.how_taken}] if each.how_taken else [],
    )


def _consents(record: OwnRecord, whose: Resource) -> Keyed:
    for each in record.consents:
        yield (
            each.number,
            {
                "resourceType": "Consent",
                "status": "active" if each.revoked_at is None else "inactive",
                "scope": _coded(f"{_TERMS}/consentscope", "patient-privacy"),
                "category": [_coded(LOINC, "59284-0")],
                "patient": whose,
                "dateTime": each.given_at.isoformat(timespec="seconds"),
                "policyRule": {"text": each.name},
                "provision": {"type": "permit"},
            },
        )


def _partners(record: OwnRecord, whose: Resource) -> Keyed:
    """What somebody who helps may see: allowed by the patient, and proposed until accepted."""
    for each in record.partners:
        agreed = "active" if each.accepted_at is not None else "proposed"
        role = _coded(f"{_TERMS}/v3-ParticipationType", "IRCP")
        yield (
            each.number,
            {
                "resourceType": "Consent",
                "status": agreed if each.ended_at is None else "inactive",
                "scope": _coded(f"{_TERMS}/consentscope", "patient-privacy"),
                "category": [_coded(LOINC, "59284-0")],
                "patient": whose,
                "dateTime": each.invited_at.isoformat(timespec="seconds"),
                "policyRule": {"text": f"Shared with a care partner: {', '.join(each.shared)}"},
                "provision": {
                    "type": "permit",
                    "period": {"end": _day(each.ends_on)},
                    "actor": [{"role": role, "reference": {"display": each.name}}],
                },
            },
        )


def _written(record: OwnRecord, whose: Resource) -> Keyed:
    """Whatever the patient wrote in the community; `note` says who reads it by now."""
    for each in record.written:
        yield (
            each.number,
            _given(
                resourceType="Communication",
                status="completed",
                subject=whose,
                sender={**whose, "display": each.name},
                topic={"text": each.topic} if each.topic else {},
                sent=each.written_at.isoformat(timespec="seconds"),
                payload=[{"contentString": each.words}],
                note=[{"text": each.standing.value}],
            ),
        )


def _deeds(record: OwnRecord, whose: Resource) -> Keyed:
    """What has no resource of its own: whom they blocked, what they followed, and the like."""
    for each in record.deeds:
        said = ": ".join(filter(None, [each.deed.value, each.about, each.words]))
        yield (
            each.key,
            {
                "resourceType": "Basic",
                "code": {"text": f"community {said}"},
                "subject": whose,
                "created": day_of(record.patient, each.at).isoformat(),
                "author": whose,
            },
        )


def _address(system: str, kind: str, key: str) -> str:
    """An address of an entry that is the same each time the record is written."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{system}/{kind}/{key}')}"


def _given(**members: Any) -> Resource:
    """Only what there is: FHIR knows no empty members."""
    return {name: value for name, value in members.items() if value not in ("", [], {})}


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _category(code: str) -> Resource:
    system = f"{_TERMS}/observation-category"
    return {"coding": [{"system": system, "code": code, "display": _CATEGORIES[code]}]}


def _language(code: str) -> Resource:
    return {"system": "urn:ietf:bcp:47", "code": code}


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""
