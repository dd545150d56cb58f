"""Asking a gate inside a story: the facts record the registry would have read, then the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from etasu.registry.authorizations.answers import Asked, answer, as_json, outcome_of
from etasu.registry.authorizations.facts import request_record, settle_course
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.safe_use.authorization import decide
from etasu.safe_use.findings import Authorized, Decision
from etasu.safe_use.program import Gate
from etasu.site.seed.desk import day_of
from etasu.site.seed.participants import ParticipantStory
from etasu.site.seed.patients import KeptAuthorization, PatientStory
from etasu.site.seed.rows import Json, iso
from etasu.site.seed.shape import statements_of, supply_of

_KINDS = ("prescriber", "facility", "pharmacy")


class Question(NamedTuple):
    """What is asked of a gate, by which participant's people, when, and for which day."""

    gate: Gate
    asker: ParticipantStory
    at: datetime
    planned_on: date
    course: int | None = None
    facility: ParticipantStory | None = None
    pharmacy: ParticipantStory | None = None


def ask(patient: PatientStory, question: Question) -> KeptAuthorization | None:
    """Ask the gate and keep its decision; the authorization it opened, if any."""
    desk, gate = patient.desk, question.gate
    version = desk.version_on(question.planned_on)
    patient.expire_past(day_of(question.at))
    parties = _parties(patient, question)
    record = _record(patient, question, parties)
    facts = settle_course(record, version)
    decided = decide(version, gate.code, facts)
    numbers = {kind: party.number for kind, party in parties.items()}
    asked = Asked(
        gate.code,
        patient.number,
        numbers.get("prescriber"),
        numbers.get("facility"),
        numbers.get("pharmacy"),
        question.at,
    )
    number, index = desk.numbers.next(), desk.ids.next("authorizations_decision")
    said = as_json(answer(number, version, asked, facts, decided))
    outcome = outcome_of(decided)
    desk.sheets.add(
        *("authorizations_decision", index, number, desk.code, version.label, gate.code),
        *(outcome, patient.id, *(parties[k].id if k in parties else None for k in _KINDS)),
        *(question.planned_on, facts.course, Json(as_json(record)), Json(said), question.at),
        *(question.asker.voice.user, question.asker.voice.role, question.asker.id),
    )
    detail = {"decision": number, "gate": gate.code, "outcome": outcome}
    opened = _authorize(patient, question, parties, decided, (index, number))
    patient.note(question.at, "gate.answered", **detail)
    return opened


def _record(
    patient: PatientStory, question: Question, parties: Mapping[str, ParticipantStory]
) -> dict[str, Any]:
    gate, day, on = question.gate, day_of(question.at), question.planned_on
    request = AuthorizationRequest(
        patient.desk.code,
        gate.code,
        patient.number,
        on,
        question.course,
        days_supply=supply_of(gate),
        statements=statements_of(gate),
    )
    record = request_record(request, day)
    record["parties"] = {
        kind: parties[kind].record_on(day) if kind in parties else None for kind in _KINDS
    }
    shape = patient.desk.shape_on(on)
    record["patient"] = _patient(patient, question.at)
    record["forms"] = list(_forms(patient, shape.forms_of[gate.code], on))
    record["results"] = list(_results(patient, shape.tests_of[gate.code], on))
    record["infusions"] = [{"course": c, "given_on": iso(d)} for c, d in patient.infusions]
    record["authorizations"] = list(_authorizations(patient, question.course))
    return record


def _patient(patient: PatientStory, at: datetime) -> dict[str, Any]:
    person, (ended_on, why) = patient.person, patient.ended or (None, None)
    is_open = [h for h in patient.holds if h.opened_at <= at]
    holds = [h for h in is_open if h.closed_at is None or h.closed_at > at]
    return {
        "id": patient.number,
        "birth_date": iso(person.birth_date),
        "enrolled_on": iso(patient.enrolled_on),
        "ended_on": iso(ended_on) if ended_on else None,
        "end_reason": why,
        "attributes": person.attributes,
        "holds": [{"code": h.code, "opened_on": iso(h.opened_on)} for h in holds],
    }


def _forms(patient: PatientStory, wanted: tuple[str, ...], on: date) -> Iterator[dict[str, Any]]:
    keys = [key for key in patient.forms if key[0] in wanted]
    for form, course in sorted(keys, key=lambda key: (key[0], key[1] is None, key[1] or 0)):
        signed = [each for each in patient.forms[form, course] if each[0] <= on]
        if signed:
            newest, read = max(reversed(signed), key=lambda each: each[0])
            yield {"form": form, "signed_on": iso(newest), "course": course, "answers": read}


def _results(patient: PatientStory, wanted: tuple[str, ...], on: date) -> Iterator[dict[str, Any]]:
    newest = max((course for course, _ in patient.infusions), default=0)
    began = min((day for course, day in patient.infusions if course == newest), default=on)
    for test in sorted(wanted):
        found = (patient.newest_result(test, day) for day in (min(began, on), on))
        for kept in dict.fromkeys(each for each in found if each is not None):
            yield {
                "test": test,
                "collected_on": iso(kept.collected_on),
                "value": kept.value,
                "unit": kept.unit,
            }


def _authorizations(patient: PatientStory, course: int | None) -> Iterator[dict[str, Any]]:
    newest = max((each for each, _ in patient.infusions), default=0)
    since = newest if course is None else course
    for each in patient.authorizations:
        about = each.state == "live" or each.course is None or each.course >= since
        if each.holds_slot and about:
            yield {
                "gate": each.gate,
                "number": each.number,
                "course": each.course,
                "day": each.day,
                "state": each.state,
                "valid_from": iso(each.valid_from),
                "valid_until": iso(each.valid_until),
                "names": each.names,
            }


def _parties(patient: PatientStory, question: Question) -> dict[str, ParticipantStory]:
    parties = {"prescriber": patient.prescriber}
    known = {"facility": question.facility, "pharmacy": question.pharmacy}
    for kind, named in known.items():
        found = named
        if found is None and question.asker.row.kind == kind:
            found = question.asker
        if found is None:
            found = patient.named_by_authorization(kind)
        if found is not None:
            parties[kind] = found
    return parties


def _authorize(
    patient: PatientStory,
    question: Question,
    parties: Mapping[str, ParticipantStory],
    decided: Decision,
    row: tuple[int, str],
) -> KeptAuthorization | None:
    if not isinstance(decided, Authorized) or decided.slot is None:
        return None
    slot, gate = decided.slot, question.gate
    patient.expire_slot(gate.code, slot.key, question.at)
    named = {kind: parties[kind] for kind in gate.names if kind in parties}
    opened = KeptAuthorization(
        *row,
        gate.code,
        slot.key,
        slot.unit,
        slot.course,
        slot.day,
        slot.course_days,
        {kind: party.number for kind, party in named.items()},
        decided.valid_from,
        decided.valid_until,
    )
    patient.authorizations.append(opened)
    patient.named |= {party.number: party for party in named.values()}
    return opened
