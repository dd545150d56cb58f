"""From the words of a command line to a question for a gate, and its answer as JSON."""

import re
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import orjson
from django.db.models import Model, QuerySet

from etasu.programs import library
from etasu.registry.authorizations import operators
from etasu.registry.authorizations.actions import Busy
from etasu.registry.authorizations.answers import as_json
from etasu.registry.authorizations.requests import AuthorizationRequest, BadRequest
from etasu.registry.participants.facts import participant_by_number, participants_called
from etasu.registry.participants.models import Participant
from etasu.registry.patients.facts import patient_by_number, patients_called
from etasu.safe_use.identifiers import number_ok
from etasu.safe_use.program import Gate
from etasu.site.cli.answers import Exit, Trouble

Row = TypeVar("Row", bound=Model)
A_NUMBER = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]")
OPTIONS = {"planned_on": "--on", "program": "PROGRAM", "gate": "GATE"}


class Wish(NamedTuple):
    """What was typed. Patient, facility and pharmacy are numbers or names."""

    program: str
    gate: str
    patient: str
    facility: str | None
    pharmacy: str | None
    course: int | None
    on: date | None
    days_supply: int | None
    statements: tuple[str, ...]


def previewed(wish: Wish, at: datetime) -> dict[str, Any]:
    """The answer the gate would give. Raises Trouble naming the option that cannot be used."""
    request, zone = _request(wish, at)
    _gate(request)
    try:
        said = operators.preview_request(request, by=operators.OPERATOR, at=at, time_zone=zone)
    except BadRequest as refused:
        raise _in_options(refused) from refused
    return dict(orjson.loads(as_json(said)), preview=True)


def issued(wish: Wish, email: str, at: datetime) -> dict[str, Any]:
    """The answer the gate gave, as recorded. Raises Trouble naming the option."""
    request, _ = _request(wish, at)
    asker = operators.asker_for(email, request, _gate(request))
    if asker is None:
        raise _usage("--as", f"{email} has no role in {wish.program} that asks at {wish.gate}.")
    try:
        given = operators.ask_in_the_name_of(asker, request, by=operators.OPERATOR, at=at)
    except BadRequest as refused:
        raise _in_options(refused) from refused
    except Busy as busy:
        raise Trouble("The facts kept changing while the gate was asked.", "Ask again.") from busy
    return dict(orjson.loads(as_json(given.said)), preview=False)


def _request(wish: Wish, at: datetime) -> tuple[AuthorizationRequest, str]:
    """The question, and the time zone of the place where the drug would be given or handed out."""
    if wish.program not in library.current().programs:
        known = ", ".join(sorted(library.current().programs))
        raise _usage("PROGRAM", f"there is no program {wish.program}. Programs here: {known}.")
    parties = {kind: _party(wish, kind) for kind in ("facility", "pharmacy")}
    zones = [found.time_zone for found in parties.values() if found is not None]
    zone = zones[0] if zones else operators.USUAL_ZONE
    numbers = {kind: found.number if found else None for kind, found in parties.items()}
    request = AuthorizationRequest(
        wish.program,
        wish.gate,
        _patient_number(wish),
        wish.on or at.astimezone(ZoneInfo(zone)).date(),
        course=wish.course,
        days_supply=wish.days_supply,
        statements=wish.statements,
        **numbers,
    )
    return request, zone


def _gate(request: AuthorizationRequest) -> Gate:
    version = library.current().effective(request.program, request.planned_on)
    if version is None:
        raise _usage("--on", f"{request.program} has no version in force on {request.planned_on}.")
    if request.gate not in version.gates:
        known = ", ".join(version.gates)
        raise _usage("GATE", f"{request.program} has no gate {request.gate}. Its gates: {known}.")
    return version.gates[request.gate]


def _patient_number(wish: Wish) -> str:
    typed = wish.patient.strip()
    if not typed:
        raise _usage("--patient", "a patient's number or name is needed.")
    for number in (typed, typed.upper()):
        if patient_by_number(number, wish.program) is not None:
            return number
    _refuse_number("--patient", "patient", typed)
    found = _only("--patient", "patients", typed, patients_called(wish.program, typed))
    return str(found.number)


def _party(wish: Wish, kind: str) -> Participant | None:
    typed = (getattr(wish, kind) or "").strip()
    if not typed:
        return None
    for number in (typed, typed.upper()):
        found = participant_by_number(number, wish.program)
        if found is not None and found.kind == kind:
            return found
    option, plural = f"--{kind}", {"facility": "facilities", "pharmacy": "pharmacies"}[kind]
    _refuse_number(option, kind, typed)
    return _only(option, plural, typed, participants_called(wish.program, kind, typed))


def _refuse_number(option: str, kind: str, typed: str) -> None:
    """Raise when what was typed is meant as a number, for none was found by it."""
    if number_ok(typed.upper()):
        raise _usage(option, f"no {kind} of the program has the number {typed}.")
    if A_NUMBER.fullmatch(typed.upper()):
        raise _usage(option, f"{typed} is not a number of ours. Look for a typing slip.")


def _only(option: str, plural: str, typed: str, found: QuerySet[Row]) -> Row:
    rows = list(found[:2])
    if len(rows) != 1:
        count = found.count() if rows else "no"
        remedy = "Give the number." if rows else "Give the number, or the whole name."
        raise _usage(option, f"{count} {plural} of the program are called {typed}.", remedy)
    return rows[0]


def _in_options(refused: BadRequest) -> Trouble:
    first = refused.problems[0]
    option = OPTIONS.get(first.field, f"--{first.field.replace('_', '-')}")
    return _usage(option, first.detail)


def _usage(option: str, what: str, remedy: str = "") -> Trouble:
    return Trouble(f"{option}: {what}", remedy, code=Exit.USAGE)
