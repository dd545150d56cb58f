"""The same gate on prepared statements, for machines: one read, one decision, one write.

Two round trips and two statements, whatever the program. `READ` finds the asker by API key, the
answer already given for an idempotency key, and the whole facts record. `WRITE` keeps decision,
authorization, idempotency key and audit entry in one statement, so in one transaction; it writes
nothing when the patient or a participant changed since `READ`, and the gate is asked again.
A test proves that this path and the one through the ORM read the same facts and keep the same rows.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from psycopg import errors

from etasu.programs import library
from etasu.registry.audit.numbers import new_number
from etasu.registry.authorizations.actions import TRIES, Busy
from etasu.registry.authorizations.answers import Asked, answer, as_json, outcome_of
from etasu.registry.authorizations.connections import (
    ConnectionLost,
    DatabaseAway,
    PreparedConnection,
    Row,
    of_this_thread,
)
from etasu.registry.authorizations.facts import request_record, settle_course
from etasu.registry.authorizations.requests import (
    NO_SUCH_PATIENT,
    NO_SUCH_PROGRAM,
    AuthorizationRequest,
    BadRequest,
    asked_on,
    check_request,
    no_such_party,
)
from etasu.registry.authorizations.statements import EXPIRE, FIND, READ, WRITE
from etasu.registry.participants.facts import Asker
from etasu.safe_use.authorization import decide, needs
from etasu.safe_use.facts import Facts
from etasu.safe_use.findings import Authorized, Decision
from etasu.safe_use.program import Gate, ProgramVersion

Connect = Callable[[], PreparedConnection]
Values = dict[str, str | None]
# Somebody else took the slot, or a twin was first: nothing was kept, so read again and see.
_RACES = {"a_slot_is_authorized_once", "a_key_is_used_once"}
# How long a twin gets to finish before the client is told to come back.
_SECONDS_FOR_A_TWIN = (0.002, 0.005, 0.01, 0.02)


class UnknownKey(Exception):
    """The API key is not one of ours, or was revoked."""


class KeyReused(Exception):
    """The idempotency key was used before with another request."""


class KeyInFlight(Exception):
    """A request with the same idempotency key is being answered right now."""


class FateUnknown(Exception):
    """The connection broke while the decision was being kept, and no key makes a retry safe."""


class Question(NamedTuple):
    """A request with what comes beside it on the wire."""

    request: AuthorizationRequest
    api_key: str
    idempotency_key: str | None
    request_hash: bytes


class Reply(NamedTuple):
    """The answer as JSON text, and whether it is the one already given for this key."""

    number: str
    answer: str
    outcome: str
    replayed: bool


class Found(NamedTuple):
    """A stored answer, and what became of its authorization; state None when it opened none."""

    answer: str
    state: str | None
    closed_at: str | None
    closed_reason: str | None


class _FactsChanged(Exception):
    """Somebody changed the facts meanwhile; nothing was kept."""


class _Read(NamedTuple):
    """One row of READ, in the order of its columns. Ids and revisions stay text: they go back."""

    actor: str
    role: str
    program: str
    participant_id: str | None
    participant: str | None
    participant_kind: str | None
    time_zone: str
    known_hash: str | None
    known_answer: str | None
    patient_id: str | None
    patient: str | None
    patient_revision: str | None
    prescriber_id: str | None
    prescriber: str | None
    prescriber_revision: str | None
    facility_id: str | None
    facility: str | None
    facility_revision: str | None
    facility_kind: str | None
    pharmacy_id: str | None
    pharmacy: str | None
    pharmacy_revision: str | None
    pharmacy_kind: str | None
    record: str


class _Decided(NamedTuple):
    """A decision made and not yet kept, with what it was made from."""

    row: _Read
    version: ProgramVersion
    gate: Gate | None
    record: dict[str, Any]
    facts: Facts
    decision: Decision


def answer_prepared(question: Question, at: datetime, connect: Connect = of_this_thread) -> Reply:
    """Ask the gate for a machine. Same errors as `actions.answer_request`, and those above.

    A connection that broke is made anew once, and the question asked again where that is safe:
    before the decision was sent, or with an idempotency key. Raises FateUnknown where it is not,
    and DatabaseAway when no connection can be had.
    """
    tries, twin, lost = 0, 0, False
    while tries < TRIES:
        try:
            return _ask(connect(), question, at)
        except _FactsChanged:
            tries += 1
        except KeyInFlight:
            if twin == len(_SECONDS_FOR_A_TWIN):
                raise
            time.sleep(_SECONDS_FOR_A_TWIN[twin])
            twin += 1
        except ConnectionLost:
            if lost:
                raise DatabaseAway from None
            lost = True
    raise Busy


def find_prepared(
    number: str, api_key: str, at: datetime, connect: Connect = of_this_thread
) -> Found | None:
    """A decision that concerns the asker, or None: what is hidden and what is not there look alike.

    A live authorization past its last day is expired, closed already or not. Raises UnknownKey.
    """
    values = {"key_hash": _key_hash(api_key), "number": number}
    try:
        rows = connect().rows(FIND, values)
    except ConnectionLost:
        rows = connect().rows(FIND, values)
    if not rows:
        raise UnknownKey
    said, time_zone, state, valid_until, closed_at, closed_reason = rows[0]
    if said is None:
        return None
    if state == "live" and time_zone and valid_until:
        today = at.astimezone(ZoneInfo(time_zone)).date()
        state = "expired" if date.fromisoformat(valid_until) < today else state
    return Found(said, state, closed_at, closed_reason)


def _ask(db: PreparedConnection, question: Question, at: datetime) -> Reply:
    request = question.request
    version = library.current().effective(request.program, request.planned_on)
    gate = version.gates.get(request.gate) if version else None
    row = _read(db, question, gate)
    if row.known_answer is not None:
        if row.known_hash != _bytes(question.request_hash):
            raise KeyReused
        known = orjson.loads(row.known_answer)
        return Reply(known["number"], row.known_answer, known["outcome"], True)
    asker = _asker(row)
    if version is None:
        raise BadRequest(NO_SUCH_PROGRAM)
    check_request(request, gate, asker, at)
    _check_numbers(request, asker, row)
    record = request_record(request, asked_on(asker, at)) | orjson.loads(row.record)
    facts = settle_course(record, version)
    decision = decide(version, request.gate, facts)
    return _keep(db, question, _Decided(row, version, gate, record, facts, decision), at)


def _read(db: PreparedConnection, question: Question, gate: Gate | None) -> _Read:
    request = question.request
    values = {
        "key_hash": _key_hash(question.api_key),
        "idempotency_key": question.idempotency_key,
        "program": request.program,
        "patient": request.patient,
        "facility": request.facility,
        "pharmacy": request.pharmacy,
        "on": request.planned_on.isoformat(),
        "course": _text(request.course),
        **_wanted(gate),
    }
    rows = db.rows(READ, values)
    if not rows:
        raise UnknownKey
    return _Read(*rows[0])  # type: ignore[arg-type]


# Filled once for each gate object; gates are frozen and live as long as the library.
_WANTED: dict[int, tuple[Gate, dict[str, str]]] = {}
_NOTHING_WANTED = {"forms": "{}", "tests": "{}", "asked_by": "{}"}


def _wanted(gate: Gate | None) -> dict[str, str]:
    """What READ is to look for, as PostgreSQL writes lists."""
    if gate is None:
        return _NOTHING_WANTED
    known = _WANTED.get(id(gate))
    if known is None or known[0] is not gate:
        found = needs(gate)
        lists = (("forms", found.forms), ("tests", found.tests), ("asked_by", gate.asked_by))
        wanted = {
            name: "{" + ",".join(f'"{code}"' for code in codes) + "}" for name, codes in lists
        }
        known = _WANTED[id(gate)] = (gate, wanted)
    return known[1]


def _asker(row: _Read) -> Asker:
    return Asker(
        row.actor,
        row.role,
        row.program,
        int(row.participant_id) if row.participant_id is not None else None,
        row.participant,
        row.participant_kind,
        row.time_zone,
    )


def _check_numbers(request: AuthorizationRequest, asker: Asker, row: _Read) -> None:
    own_patient = asker.participant_kind != "prescriber" or row.prescriber_id == _text(
        asker.participant_id
    )
    if row.patient_id is None or not own_patient:
        raise BadRequest(NO_SUCH_PATIENT)
    for kind, asked, found in (
        ("facility", request.facility, row.facility_kind),
        ("pharmacy", request.pharmacy, row.pharmacy_kind),
    ):
        if asked is not None and found != kind:
            raise BadRequest(no_such_party(kind))


def _keep(db: PreparedConnection, question: Question, made: _Decided, at: datetime) -> Reply:
    """The reply, once the decision is kept; raises what sends the question round again."""
    row, request = made.row, question.request
    number = new_number()
    asked = Asked(request.gate, row.patient, row.prescriber, row.facility, row.pharmacy, at)
    said = as_json(answer(number, made.version, asked, made.facts, made.decision))
    outcome = outcome_of(made.decision)
    values = {
        **_values(question, made),
        **_slot_values(made),
        "number": number,
        "outcome": outcome,
        "answer": said,
        "at": at.isoformat(),
        "detail": as_json({"decision": number, "gate": request.gate, "outcome": outcome}),
    }
    lapsed = values["slot"] is not None and _has_lapsed(made, request.gate)
    kept, is_free = _written(db, values, lapsed)
    if is_free == "f":
        raise KeyInFlight
    if kept is None:
        raise _FactsChanged
    return Reply(number, said, outcome, False)


def _written(db: PreparedConnection, values: Values, lapsed: bool) -> Row:
    """The row WRITE gives back; raises what sends the question round again."""
    try:
        return _expire_and_write(db, values) if lapsed else db.rows(WRITE, values)[0]
    except ConnectionLost:
        if values["idempotency_key"] is None:
            raise FateUnknown from None
        raise
    except errors.UniqueViolation as error:
        if error.diag.constraint_name in _RACES:
            raise _FactsChanged from None
        raise
    except (errors.DeadlockDetected, errors.SerializationFailure):
        raise _FactsChanged from None


def _expire_and_write(db: PreparedConnection, values: Values) -> Row:
    db.run(b"BEGIN")
    end = b"ROLLBACK"
    try:
        changed = db.rows(EXPIRE, values)
        if not changed:
            raise _FactsChanged
        row = db.rows(WRITE, {**values, "patient_revision": changed[0][0]})[0]
        end = b"COMMIT" if row[0] is not None else end
        return row
    finally:
        db.run(end)


def _values(question: Question, made: _Decided) -> Values:
    row = made.row
    parties = [
        (row.prescriber_id, row.prescriber_revision),
        (row.facility_id, row.facility_revision),
        (row.pharmacy_id, row.pharmacy_revision),
    ]
    seen = [(party, revision) for party, revision in parties if party is not None]
    return {
        "program": made.version.program.code,
        "version": made.version.label,
        "gate": question.request.gate,
        "patient": row.patient,
        "patient_id": row.patient_id,
        "patient_revision": row.patient_revision,
        "party_ids": _list(party for party, _ in seen),
        "party_revisions": _list(revision or "0" for _, revision in seen),
        "prescriber_id": row.prescriber_id,
        "facility_id": row.facility_id,
        "pharmacy_id": row.pharmacy_id,
        "on": made.facts.on.isoformat(),
        "course": _text(made.facts.course),
        "facts": as_json(made.record),
        "actor": row.actor,
        "role": row.role,
        "asked_for_id": row.participant_id,
        "idempotency_key": question.idempotency_key,
        "key_lock": _lock_number(row.actor, question.idempotency_key),
        "request_hash": _bytes(question.request_hash),
    }


def _slot_values(made: _Decided) -> Values:
    decision, row = made.decision, made.row
    slot = decision.slot if isinstance(decision, Authorized) else None
    if slot is None or made.gate is None or not isinstance(decision, Authorized):
        return _NO_SLOT
    numbers = {"prescriber": row.prescriber, "facility": row.facility, "pharmacy": row.pharmacy}
    names = {kind: numbers[kind] for kind in made.gate.names if numbers.get(kind) is not None}
    return {
        "slot": slot.key,
        "unit": slot.unit,
        "slot_course": _text(slot.course),
        "slot_day": _text(slot.day),
        "course_days": _text(slot.course_days),
        "names": as_json(names),
        "valid_from": decision.valid_from.isoformat(),
        "valid_until": decision.valid_until.isoformat(),
    }


_NO_SLOT: Values = dict.fromkeys(
    ("slot", "unit", "slot_course", "slot_day", "course_days", "names", "valid_from", "valid_until")
)


def _has_lapsed(made: _Decided, gate: str) -> bool:
    slot = made.decision.slot if isinstance(made.decision, Authorized) else None
    return slot is not None and any(
        known.gate == gate
        and (known.course, known.day) == (slot.course, slot.day)
        and (known.state == "live" or known.course is None)
        and known.valid_until < made.facts.on
        for known in made.facts.authorizations
    )


def _key_hash(api_key: str) -> str:
    return _bytes(hashlib.sha256(api_key.encode()).digest())


def _lock_number(actor: str, key: str | None) -> str:
    digest = hashlib.blake2b(f"{actor}\n{key}".encode(), digest_size=8).digest()
    return str(int.from_bytes(digest, "big", signed=True))


def _bytes(value: bytes) -> str:
    """Bytes as PostgreSQL writes them."""
    return "\\x" + value.hex()


def _list(values: Iterable[str]) -> str:
    """Codes or numbers as PostgreSQL writes a list of them."""
    return "{" + ",".join(f'"{value}"' for value in values) + "}"


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
