"""The answer to a request: what was created where, and which element to mend how.

Told back is what was sent wrongly, never what is known here of a patient: whether somebody is on
record is nobody's to ask by sending a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from etasu.interfaces.fhir.delivery import TRANSACTION, Delivery, Heard, HeardEntry
from etasu.interfaces.fhir.problems import (
    ERROR,
    INFORMATION,
    WARNING,
    Issue,
    Refused,
    outcome_of,
    wrong,
)
from etasu.interfaces.fhir.stored import id_of
from etasu.registry.monitoring.received import Answer, Kept, Outcome

JSON = "application/fhir+json"
_THERE = "One with this identifier is there already: nothing was added."
_READ_ALONG = "Read along with the results; it is not kept as a resource of its own."
# What to do where the words of the registry are those of another wire.
_REMEDIES = {"test-message": "Send it without HTEST for it to count."}
MINIMAL, REPRESENTATION = "minimal", "representation"


class Response(NamedTuple):
    """What goes back. `created` is the id of the one resource that was created, if it was one."""

    status: HTTPStatus
    body: Mapping[str, Any] | None
    headers: Mapping[str, str] = {}
    created: tuple[str, str] | None = None


class _Fate(NamedTuple):
    """What became of a message."""

    status: HTTPStatus
    issues: tuple[Issue, ...]


def reply(delivery: Delivery, outcomes: Sequence[Outcome]) -> Response:
    """The answer to everything that came in one request."""
    fates = [_fate(*each) for each in zip(delivery.heard, outcomes, strict=True)]
    if not delivery.bundle:
        return _to_one(delivery.entries[0], fates, outcomes)
    if delivery.bundle == TRANSACTION and fates and fates[0].status >= HTTPStatus.BAD_REQUEST:
        return _failed(fates[0])
    entries = [_to_entry(each, fates, outcomes) for each in delivery.entries]
    body = {"resourceType": "Bundle", "type": f"{delivery.bundle}-response", "entry": entries}
    return Response(HTTPStatus.OK, body if entries else _without_entries(body))


def refusal(refused: Refused) -> Response:
    """The answer to a call whose body is not read."""
    return Response(refused.status, outcome_of(refused.issues), refused.headers)


def encoded(body: Mapping[str, Any] | None) -> bytes:
    """The body as it goes over the line."""
    return msgspec.json.encode(body) if body is not None else b""


def _without_entries(body: dict[str, Any]) -> dict[str, Any]:
    # FHIR knows no empty lists.
    return {name: part for name, part in body.items() if part}


def _fate(heard: Heard, outcome: Outcome) -> _Fate:
    if heard.refused is not None:
        return _Fate(heard.refused.status, heard.refused.issues)
    if outcome.answer != Answer.ACCEPTED:
        said = outcome.said or "It could not be taken in. It is kept as it came."
        return _Fate(HTTPStatus.UNPROCESSABLE_ENTITY, (wrong("exception", "", said),))
    status = HTTPStatus.OK if outcome.is_repeat else HTTPStatus.CREATED
    return _Fate(status, (*heard.warnings, *_rejected(outcome)))


def _rejected(outcome: Outcome) -> Iterator[Issue]:
    for each in outcome.items:
        if each.outcome == Kept.REJECTED:
            remedy = _REMEDIES.get(each.reason, each.remedy)
            said = " ".join(filter(None, (each.said, remedy)))
            yield Issue(WARNING, "processing", each.place, said or "It was not taken.")


def _to_one(entry: HeardEntry, fates: Sequence[_Fate], outcomes: Sequence[Outcome]) -> Response:
    if entry.message is None:
        known = (entry.kind, entry.known_as)
        return Response(HTTPStatus.OK, outcome_of([_told(_THERE)]), {}, known)
    fate, outcome = fates[entry.message], outcomes[entry.message]
    if fate.status >= HTTPStatus.BAD_REQUEST:
        return _failed(fate)
    body = outcome_of(_issues(fate, outcome.is_repeat))
    return Response(fate.status, body, {}, (entry.kind, id_of(outcome.reference, entry.place)))


def _failed(fate: _Fate) -> Response:
    return Response(fate.status, outcome_of(fate.issues))


def _to_entry(
    entry: HeardEntry, fates: Sequence[_Fate], outcomes: Sequence[Outcome]
) -> dict[str, Any]:
    if entry.message is None:
        return {"response": _to_known(entry)}
    fate, outcome = fates[entry.message], outcomes[entry.message]
    made: dict[str, Any] = {"status": _line(fate.status)}
    own = [each for each in fate.issues if _is_about(each, entry.path)]
    if fate.status < HTTPStatus.BAD_REQUEST:
        made["location"] = f"{entry.kind}/{id_of(outcome.reference, entry.place)}"
        made["etag"] = 'W/"1"'
        own = _issues(_Fate(fate.status, tuple(own)), outcome.is_repeat)
    made["outcome"] = outcome_of(own or fate.issues)
    return {"response": made}


def _to_known(entry: HeardEntry) -> dict[str, Any]:
    made: dict[str, Any] = {"status": _line(HTTPStatus.OK)}
    if entry.known_as:
        made["location"] = f"{entry.kind}/{entry.known_as}"
    said = _THERE if entry.known_as else _READ_ALONG
    return made | {"outcome": outcome_of([_told(said)])}


def _issues(fate: _Fate, is_repeat: bool) -> list[Issue]:
    said = "It came before: nothing was added." if is_repeat else "It is kept."
    return [*fate.issues, _told(said)]


def _told(said: str) -> Issue:
    return Issue(INFORMATION, "informational", "", said)


def _is_about(issue: Issue, path: str) -> bool:
    return issue.severity == ERROR or issue.expression.startswith((f"{path}.", f"{path}["))


def _line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
