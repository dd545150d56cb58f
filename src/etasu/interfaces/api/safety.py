"""Reports of side effects over HTTP: kept whatever is missing, read by whoever sent them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from etasu.interfaces.api.answer import Response
from etasu.interfaces.api.bodies import Body, field_error
from etasu.interfaces.api.problems import INVALID, KEY_REUSED, NOT_FOUND, FieldError, Problem
from etasu.interfaces.api.reading import (
    Reader,
    answered,
    check_no_parameters,
    page_asked_for,
    reads,
    refused,
)
from etasu.interfaces.api.receive import JSON, REPORTS, body_of, idempotency_key_of
from etasu.interfaces.api.safety_shapes import (
    ReportInFull,
    ReportInList,
    SafetyReport,
    SafetyReports,
    Told,
)
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.safety.actions import Report, Source, Statement
from etasu.registry.safety.by_machine import KeyReused, Sent, receive_sent
from etasu.registry.safety.seen import CaseSeen, case_seen, cases_seen, note_look
from etasu.safe_use.identifiers import number_ok
from etasu.safe_use.safety_plan import CaseKind, Criterion, Detail

_TEXT = "A text of at most 200 characters, or null."
_LONG = "A text of at most 2000 characters, or null."
_DAY = "A day of the calendar such as 2025-05-01."
_HINTS = {
    **dict.fromkeys(Detail, _TEXT),
    **dict.fromkeys((Detail.TESTS, Detail.HISTORY, Detail.OTHER_MEDICINES), _LONG),
    **dict.fromkeys(("began_on", "ended_on", "pregnancy_due", "last_given_on"), _DAY),
    "program": "A program's code.",
    "kind": f"One of: {', '.join(CaseKind)}.",
    "words": "What happened, in at most 10000 characters.",
    "patient": "A patient's number such as 7QK2M-X0B4T-N; leave it out if you are not sure.",
    "product": _TEXT,
    "told_by": "The role of whoever told you, such as patient or pharmacist.",
    "received_on": _DAY,
    "criteria": f"A list of: {', '.join(Criterion)}.",
}
_body = Body(SafetyReport, _HINTS, ("patient",))


@csrf_exempt
def reports(request: HttpRequest) -> HttpResponse:
    """Keep a report, or list those the caller may read."""
    if request.method == "POST":
        return answered(request, lambda caller: _kept(caller, request), ("POST",))
    return answered(request, _listed, ("GET", "HEAD", "POST"))


@reads()
def report(reader: Reader, number: str) -> Response:
    """One case, with what was told of it."""
    check_no_parameters(reader.parameters)
    seen = case_seen(reader.askers, number, reader.at) if number_ok(number) else None
    if seen is None:
        raise Problem(NOT_FOUND, "No report that you may read has this number.")
    by = Actor(seen.asker.user, seen.asker.role)
    note_look(seen.found.case, by=by, at=reader.at)
    return Response(HTTPStatus.OK, msgspec.json.encode(_in_full(seen)))


def _kept(caller: Reader, request: HttpRequest) -> Response:
    check_no_parameters(caller.parameters)
    key, body = idempotency_key_of(request.META), body_of(request.META)
    said = _body.read(body)
    asker = _asker(caller, said.program)
    by = Actor(asker.user, asker.role)
    content = msgspec.json.encode(said, order="sorted")
    sent = Sent(_report(said, asker), key, content)
    try:
        kept = receive_sent(sent, by=by, at=caller.at)
    except KeyReused:
        raise Problem(
            KEY_REUSED, "The body differs from the one first sent with this key."
        ) from None
    seen = case_seen([asker], kept.case.number, caller.at)
    if seen is None:
        raise LookupError(kept.case.number)
    headers = [("Location", f"{REPORTS}/{kept.case.number}")]
    if kept.is_repeated:
        headers.append(("Idempotent-Replayed", "true"))
    answer = msgspec.json.encode(_in_full(seen))
    return Response(HTTPStatus.CREATED, answer, JSON, tuple(headers))


def _asker(caller: Reader, program: str) -> Asker:
    found = next((each for each in caller.askers if each.program == program), None)
    if found is None:
        said = "Your key acts in no program of this code."
        raise Problem(INVALID, said, errors=[field_error("program", said)])
    return found


def _report(said: SafetyReport, asker: Asker) -> Report:
    patient = None
    if said.patient:
        patient = patient_by_number(said.patient, asker.program)
        if patient is None:
            told = "No patient of this program has this number. Leave it out if you are not sure."
            raise Problem(INVALID, told, errors=[field_error("patient", told)])
    details = {each.value: _as_text(getattr(said, each.value)) for each in Detail}
    statement = Statement(
        said.words,
        said.told_by or asker.role,
        {name: text for name, text in details.items() if text},
        tuple(dict.fromkeys(said.criteria or ())),
        received_on=said.received_on or None,
    )
    product = None if said.product is msgspec.UNSET else said.product or ""
    return Report(asker.program, Source.SYSTEM, said.kind, statement, patient, product)


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "").strip()


def _listed(reader: Reader) -> Response:
    page = page_asked_for(reader.parameters)
    if page.after is not None and not number_ok(page.after):
        raise refused(_no_such_place())
    found = cases_seen(reader.askers, page.after, page.limit, reader.at)
    if found is None:
        raise refused(_no_such_place())
    following = None
    if found.is_more:
        last = found.cases[-1].found.case.number
        following = f"{REPORTS}?{urlencode({'limit': page.limit, 'after': last})}"
    said = SafetyReports([_in_list(each) for each in found.cases], following)
    link = (("Link", f'<{following}>; rel="next"'),) if following else ()
    return Response(HTTPStatus.OK, msgspec.json.encode(said), headers=link)


def _no_such_place() -> FieldError:
    return FieldError("", "after", "No report of this list has this number.")


def _in_list(seen: CaseSeen) -> ReportInList:
    return ReportInList(**_in_brief(seen))


def _in_full(seen: CaseSeen) -> ReportInFull:
    told = [
        Told(
            each.told_by,
            each.words,
            [Criterion(one) for one in each.criteria],
            each.details,
            each.received_on,
            _utc(each.received_at),
        )
        for each in seen.told
    ]
    return ReportInFull(**_in_brief(seen), told=told)


def _in_brief(seen: CaseSeen) -> dict[str, Any]:
    case = seen.found.case
    return {
        "number": case.number,
        "program": case.program,
        "program_version": case.program_version,
        "kind": CaseKind(case.kind),
        "patient": seen.patient.number if seen.patient is not None else None,
        "product": case.product,
        "received_on": case.received_on,
        "received_at": _utc(case.received_at),
        "state": _state(seen),
    }


def _state(seen: CaseSeen) -> str:
    if seen.is_acknowledged:
        return "acknowledged"
    return "handed_over" if seen.is_handed else "open"


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
