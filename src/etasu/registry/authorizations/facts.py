"""Everything a gate must know, read through the ORM, and decisions as the portals read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from django.db.models import Max, Q, QuerySet

from etasu.programs import library
from etasu.registry.authorizations.identity import is_in_question
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.requests import (
    NO_SUCH_PATIENT,
    NO_SUCH_PROGRAM,
    AuthorizationRequest,
    BadRequest,
    asked_on,
    no_such_party,
)
from etasu.registry.monitoring.facts import result_records
from etasu.registry.participants.facts import Asker, participant_by_number, party_record
from etasu.registry.participants.models import Participant
from etasu.registry.patients.facts import patient_by_number, patient_record
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import owners_of, records_behind
from etasu.registry.submissions.facts import form_records_of_any
from etasu.registry.treatment.facts import infusion_records, infusions_of
from etasu.safe_use.authorization import decide, needs
from etasu.safe_use.courses import course_in_question
from etasu.safe_use.facts import Facts, read_facts
from etasu.safe_use.findings import Decision as SafeUseDecision
from etasu.safe_use.program import Gate, ProgramVersion
from etasu.safe_use.requirements import NotAlreadyAuthorized

PARTY_KINDS = ("prescriber", "facility", "pharmacy")


class GateInput(NamedTuple):
    """What one question rests on: the rows behind it and the facts record."""

    version: ProgramVersion
    gate: Gate | None
    patient: Patient
    parties: Mapping[str, Participant]
    record: dict[str, Any]


class DecisionStanding(NamedTuple):
    """A stored decision with what became of its authorization."""

    decision: Decision
    authorization: Authorization | None
    answer: dict[str, Any]


def version_for(request: AuthorizationRequest) -> ProgramVersion:
    """The program version in force on the planned day; raises BadRequest when there is none."""
    version = library.current().effective(request.program, request.planned_on)
    if version is None:
        raise BadRequest(NO_SUCH_PROGRAM)
    return version


def for_gate(
    request: AuthorizationRequest, version: ProgramVersion, asker: Asker, at: datetime
) -> GateInput:
    """The facts for one question; raises BadRequest for numbers the asker may not use."""
    patient = patient_by_number(request.patient, request.program)
    if patient is None or not may_ask_about(asker, patient):
        raise BadRequest(NO_SUCH_PATIENT)
    parties = _parties(request, asker, patient)
    gate = version.gates.get(request.gate)
    record = request_record(request, asked_on(asker, at))
    record["parties"] = {kind: party_record(parties.get(kind)) for kind in PARTY_KINDS}
    record |= _patient_part(patient, gate, request)
    settle_course(record, version)
    return GateInput(version, gate, patient, parties, record)


def request_record(request: AuthorizationRequest, day: date) -> dict[str, Any]:
    """The part of a facts record the request itself gives."""
    return {
        "on": request.planned_on.isoformat(),
        "asked_on": day.isoformat(),
        "course": request.course,
        "days_supply": request.days_supply,
        "statements": sorted(set(request.statements)),
    }


def settle_course(record: dict[str, Any], version: ProgramVersion) -> Facts:
    """Fill in the course when the request names none, and read the record."""
    facts = read_facts(record)
    if facts.course is not None:
        return facts
    authorized = [
        known.course
        for known in facts.authorizations
        if known.course is not None and known.state == "live" and known.day is None
    ]
    record["course"] = course_in_question(version.courses, facts.infusions, authorized, facts.on)
    return read_facts(record)


def may_ask_about(asker: Asker, patient: Patient) -> bool:
    """A prescriber asks about own patients; sites and pharmacies about any number shown to them."""
    if asker.participant_kind == "prescriber":
        return patient.prescriber_id == asker.participant_id
    return True


def decision_by_number(number: str, asker: Asker) -> DecisionStanding | None:
    """A decision the asker may see, or None; what is hidden and what does not exist look alike."""
    found = visible_decisions(asker).filter(number=number).select_related("authorization").first()
    if found is None:
        return None
    authorization = getattr(found, "authorization", None)
    return DecisionStanding(found, authorization, orjson.loads(found.answer))


def visible_decisions(asker: Asker) -> QuerySet[Decision]:
    """Decisions of the asker's program that concern the asker's participant, newest first."""
    found = Decision.objects.filter(program=asker.program).order_by("-asked_at", "-id")
    if asker.participant_id is None:
        return found
    mine = Q(asked_for=asker.participant_id)
    for kind in PARTY_KINDS:
        mine |= Q(**{kind: asker.participant_id}, outcome="authorized")
    return found.filter(mine)


def recomputed(decision: Decision) -> SafeUseDecision | None:
    """The stored facts decided again under the stored program version; None without it."""
    version = library.current().version(decision.program, decision.program_version)
    facts = read_facts(orjson.loads(decision.facts))
    return decide(version, decision.gate, facts) if version else None


def facts_of(decision: Decision) -> dict[str, Any]:
    """The facts record the decision rests on."""
    record: dict[str, Any] = orjson.loads(decision.facts)
    return record


def blocking_codes(decision: Decision) -> list[str]:
    """The codes of what kept the gate shut: findings that block, or faults."""
    said = orjson.loads(decision.answer)
    blocking = [each["code"] for each in said["findings"] if each["blocks"]]
    return blocking + [each["code"] for each in said["faults"]]


class DecisionFilter(NamedTuple):
    """Which decisions to list; what is None is not asked for. Days are those of the question."""

    gate: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    before: datetime | None = None


def decisions_matching(asker: Asker, wanted: DecisionFilter) -> QuerySet[Decision]:
    """The decisions the asker may see that match, newest first, with all they concern."""
    parts = {
        "gate": wanted.gate,
        "outcome": wanted.outcome,
        "asked_at__gte": wanted.since,
        "asked_at__lt": wanted.before,
    }
    found = visible_decisions(asker).filter(**{k: v for k, v in parts.items() if v is not None})
    return found.select_related("patient", "prescriber", "facility", "pharmacy")


def authorization_to_take_back(number: str, asker: Asker) -> Authorization | None:
    """A live authorization that the asker's own participant asked for, or None."""
    found = Authorization.objects.filter(
        number=number,
        state="live",
        decision__program=asker.program,
        decision__asked_for=asker.participant_id,
    )
    if asker.participant_id is None:
        return None
    return found.select_related("patient", "decision").first()


def decisions_asked(asker: Asker, wanted: DecisionFilter) -> QuerySet[Decision]:
    """The decisions the asker's own participant asked for that match, newest first."""
    found = decisions_matching(asker, wanted).filter(asked_for=asker.participant_id)
    return found.select_related("patient", "prescriber", "facility", "pharmacy", "authorization")


def authorized_already(found: DecisionStanding, asker: Asker) -> DecisionStanding | None:
    """The authorization that fills the slot a refused question was about, if the asker may see it.

    None as well when the question was not refused for that reason.
    """
    version = library.current().version(found.decision.program, found.decision.program_version)
    gate = version.gates.get(found.decision.gate) if version else None
    blocking = {each["code"] for each in found.answer["findings"] if each["blocks"]}
    taken = [
        each.gate
        for each in (gate.requirements if gate else ())
        if isinstance(each, NotAlreadyAuthorized) and each.code in blocking
    ]
    facts = read_facts(facts_of(found.decision))
    for known in facts.authorizations:
        if known.gate in taken and known.course == facts.course:
            standing = decision_by_number(known.number, asker)
            if standing is not None:
                return standing
    return None


def authorizations_of_patients(patients: Collection[Patient]) -> dict[int, list[Authorization]]:
    """Every authorization of those patients by patient id, newest first."""
    by_patient: dict[int, list[Authorization]] = {}
    owners = owners_of(patients)
    for row in Authorization.objects.filter(patient__in=owners).order_by("-id"):
        by_patient.setdefault(owners[row.patient_id], []).append(row)
    return by_patient


def authorizations_of(patient: Patient) -> QuerySet[Authorization]:
    """The patient's authorizations, newest first."""
    return Authorization.objects.filter(patient__in=records_behind(patient)).order_by("-id")


def _patient_part(
    patient: Patient, gate: Gate | None, request: AuthorizationRequest
) -> dict[str, Any]:
    wanted = needs(gate) if gate is not None else None
    infusions = infusion_records(patient)
    days = [request.planned_on]
    if infusions:
        newest = max(entry["course"] for entry in infusions)
        began = min(entry["given_on"] for entry in infusions if entry["course"] == newest)
        days.append(min(date.fromisoformat(began), request.planned_on))
    return {
        "patient": patient_record(patient) | {"in_question": is_in_question(patient)},
        "forms": form_records_of_any(
            records_behind(patient), wanted.forms if wanted else (), request.planned_on
        ),
        "results": result_records(patient, wanted.tests if wanted else (), days),
        "infusions": infusions,
        "authorizations": _authorization_records(patient, request.course),
    }


def _authorization_records(patient: Patient, course: int | None) -> list[dict[str, Any]]:
    newest = infusions_of(patient).aggregate(n=Max("course"))["n"]
    since = course if course is not None else newest or 0
    found = Authorization.objects.filter(
        Q(state="live") | Q(course__isnull=True) | Q(course__gte=since),
        patient__in=records_behind(patient),
        holds_slot=True,
    ).order_by("id")
    return [
        {
            "gate": row.gate,
            "number": row.number,
            "course": row.course,
            "day": row.day,
            "state": row.state,
            "valid_from": row.valid_from.isoformat(),
            "valid_until": row.valid_until.isoformat(),
            "names": row.names,
        }
        for row in found
    ]


def _parties(
    request: AuthorizationRequest, asker: Asker, patient: Patient
) -> dict[str, Participant]:
    parties: dict[str, Participant] = {}
    if patient.prescriber is not None:
        parties["prescriber"] = patient.prescriber
    for kind in ("facility", "pharmacy"):
        number = getattr(request, kind)
        if number is None and asker.participant_kind == kind:
            number = asker.participant
        named = number is not None
        if number is None:
            number = _named_by_authorization(patient, kind)
        found = participant_by_number(number, request.program) if number else None
        if named and (found is None or found.kind != kind):
            raise BadRequest(no_such_party(kind))
        if found is not None:
            parties[kind] = found
    return parties


def _named_by_authorization(patient: Patient, kind: str) -> str | None:
    newest = authorizations_of(patient).filter(state="live", names__has_key=kind).first()
    return newest.names[kind] if newest else None
