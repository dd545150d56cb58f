"""Whom a result is about, as the sender says it. Nobody is looked up here."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import NamedTuple
from urllib.parse import parse_qsl

from etasu.interfaces.fhir.around import Around, place_of
from etasu.interfaces.fhir.elements import HumanName, Identifier, Reference, plain
from etasu.interfaces.fhir.resources import Identified, Patient, Practitioner, ServiceRequest
from etasu.safe_use.identifiers import npi_ok
from etasu.safe_use.lab_reports import PatientAsSent, PatientIdentifier

MOST_IDENTIFIERS = 20
NPI = "http://hl7.org/fhir/sid/us-npi"
NOBODY = PatientAsSent()


class Subject(NamedTuple):
    """Whom a reference names, and what is in the way, beginning with the element's name."""

    patient: PatientAsSent
    trouble: str = ""


def subject_of(reference: Reference | None, around: Around) -> Subject:
    """Whom a result is about: the patient that came along, or the names the reference has."""
    if reference is None:
        return Subject(NOBODY)
    neighbor = around.find(reference)
    place = place_of(plain(reference.reference))
    kind = neighbor.kind if neighbor else place.kind if place else reference.type or "Patient"
    if kind != "Patient":
        return Subject(NOBODY, f"subject is a {kind[:40]}: send results of patients only.")
    sent = around.read(reference, "Patient", Patient)
    if neighbor is not None and sent is None:
        return Subject(NOBODY, "subject is a Patient that cannot be read: send it as FHIR R4 says.")
    if sent is not None:
        return Subject(_as_sent(sent, reference))
    names = _identifiers([reference.identifier] if reference.identifier else [])
    return Subject(PatientAsSent(identifiers=(*names, *_elsewhere(plain(reference.reference)))))


def ordered_by(orders: tuple[Reference, ...] | None, around: Around) -> str:
    """The NPI of whoever ordered it, where the order came along and says so; else nothing."""
    for each in orders or ():
        order = around.read(each, "ServiceRequest", ServiceRequest)
        requester = order.requester if order is not None else None
        if requester is None:
            continue
        found = around.read(requester, "Practitioner", Practitioner)
        named = [requester.identifier] if requester.identifier else []
        for identifier in (*named, *((found.identifier or ()) if found else ())):
            if identifier.system == NPI and npi_ok(plain(identifier.value)):
                return plain(identifier.value)
    return ""


def _as_sent(patient: Patient, reference: Reference) -> PatientAsSent:
    beside = (reference.identifier,) if reference.identifier else ()
    name = _usual_name(patient.name or ())
    given = " ".join(filter(None, (plain(each) for each in name.given or ())))
    return PatientAsSent(
        identifiers=_identifiers([*_own(patient), *beside]),
        last_name=plain(name.family),
        first_name=given or ("" if name.family else plain(name.text)),
        birth_date=_day(patient.birth_date),
        sex=plain(patient.gender),
    )


def _own(resource: Identified) -> tuple[Identifier, ...]:
    return resource.identifier or ()


def _usual_name(names: tuple[HumanName, ...]) -> HumanName:
    for use in ("official", "usual"):
        for each in names:
            if each.use == use:
                return each
    current = [each for each in names if each.use not in ("old", "maiden", "anonymous")]
    return (current or [HumanName()])[0]


def _identifiers(sent: list[Identifier]) -> tuple[PatientIdentifier, ...]:
    found = [
        PatientIdentifier(plain(each.value), plain(each.system), _kind(each))
        for each in sent[:MOST_IDENTIFIERS]
        if plain(each.value)
    ]
    return tuple(dict.fromkeys(found))


def _kind(identifier: Identifier) -> str:
    codes = (identifier.type.coding or ()) if identifier.type else ()
    return next((plain(each.code) for each in codes if plain(each.code)), "")


def _elsewhere(reference: str) -> tuple[PatientIdentifier, ...]:
    """What a reference to a patient nobody sent along says: an id at a server, or a search."""
    kind, _, asked = reference.partition("?")
    if kind == "Patient" and asked:
        tokens = [value for name, value in parse_qsl(asked) if name == "identifier"]
        if len(tokens) == 1 and "|" in tokens[0]:
            system, value = tokens[0].split("|", 1)
            return (PatientIdentifier(value, system),)
    place = place_of(reference)
    if place is None:
        return ()
    return (PatientIdentifier(place.id, f"{place.server}/Patient" if place.server else "Patient"),)


def _day(said: str | None) -> date | None:
    with suppress(ValueError):
        if said and len(said) == 10:
            return date.fromisoformat(said)
    return None
