"""Resources as they were sent, found again in the messages they came in.

The id of one is the number of its message; in a transaction, with a point and its place after it.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Raw

from etasu.interfaces.fhir.elements import is_there
from etasu.interfaces.fhir.problems import Refused
from etasu.interfaces.fhir.reading import check_text, kind_of, members_of, read
from etasu.interfaces.fhir.resources import RESULTS, Bundle
from etasu.registry.monitoring.sent import AsSent

_ID = re.compile(r"([0-9A-Z-]{1,40})(?:\.([1-9][0-9]{0,3}))?")


def id_of(number: str, place: int) -> str:
    """The id of the resource at a place of a message, 0 for the message itself."""
    return f"{number}.{place}" if place else number


def parts_of(resource_id: str) -> tuple[str, int] | None:
    """The number of the message and the place in it; None for what is no id of ours."""
    found = _ID.fullmatch(resource_id)
    return (found[1], int(found[2] or 0)) if found else None


def resource_in(message: AsSent, kind: str, place: int) -> bytes | None:
    """The resource at the place as it was sent, with its id; None where no such one is."""
    found = dict(_results_in(message.raw)).get(place)
    if found is None or kind_of(found, kind).resource_type != kind:
        return None
    members = members_of(found)
    meta = members_of(members["meta"]) if is_there(members.get("meta", Raw())) else {}
    meta |= {"versionId": _as_json("1"), "lastUpdated": _as_json(message.received_at)}
    members |= {"id": _as_json(id_of(message.number, place)), "meta": _as_json(meta)}
    return msgspec.json.encode(members)


def place_under(raw: bytes, kind: str, token: str) -> int | None:
    """Where in a message the resource of this kind and identifier is; None where none is."""
    for place, found in _results_in(raw):
        if kind_of(found, kind).resource_type == kind:
            names = read(found, RESULTS[kind], kind).identifier or ()
            if any(each.token == token for each in names):
                return place
    return None


def _results_in(raw: bytes) -> list[tuple[int, Raw | bytes]]:
    """The results of a message with their places: of a batch, whose entries are messages, one."""
    try:
        body = check_text(raw)
        if kind_of(body, "").resource_type != "Bundle":
            return [(0, body)]
        bundle = read(body, Bundle, "Bundle")
    except Refused:
        return []
    entries = [each.resource for each in bundle.entry or ()]
    found = [
        (place, each)
        for place, each in enumerate(entries, 1)
        if is_there(each) and kind_of(each, "").resource_type in RESULTS
    ]
    return [(0, found[0][1])] if bundle.type == "batch" and found else list(found)


def _as_json(value: object) -> Raw:
    return Raw(msgspec.json.encode(value))
