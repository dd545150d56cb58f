"""What a request hands in: one message for a resource or a transaction, one each for a batch.

Whatever was sent comes out of here as a message, also what cannot be read; nothing is raised but
what the database raises when it is asked what is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl

import msgspec
import structlog
from msgspec import Raw

from etasu.interfaces.fhir.around import Around, Neighbor
from etasu.interfaces.fhir.elements import is_there
from etasu.interfaces.fhir.problems import Issue, Refused, unprocessable, wrong
from etasu.interfaces.fhir.reading import check_text, kind_of, members_of, read
from etasu.interfaces.fhir.resources import READ_ALONG, RESULTS, Bundle, Entry
from etasu.interfaces.fhir.stored import id_of, place_under
from etasu.interfaces.fhir.translate import Sent, is_test_data, translate
from etasu.registry.monitoring.intake import AWAY
from etasu.registry.monitoring.received import ReadAs, Received
from etasu.registry.monitoring.sent import AsSent

WIRE = "fhir"
MOST_ENTRIES = 1_000
TRANSACTION, BATCH = "transaction", "batch"
# Messages by the numbers in them, for whoever creates something only where it is not there yet.
Known = Callable[[Collection[str]], Mapping[str, Sequence[AsSent]]]
_log = structlog.get_logger("etasu.fhir")


class Sender(NamedTuple):
    """Who sends, as connections know them, how they are read, and what they sent before."""

    name: str
    read_as: ReadAs
    known: Known


class Heard(NamedTuple):
    """A message as it is handed in, with why it cannot be taken or what should be mended."""

    received: Received
    refused: Refused | None = None
    warnings: tuple[Issue, ...] = ()


class HeardEntry(NamedTuple):
    """What is answered for: `message` says in which one it is, `known_as` what is there already.

    `place` counts the entries of the message from 1; 0 stands for the message itself.
    """

    path: str
    kind: str
    message: int | None = None
    place: int = 0
    known_as: str = ""


class Delivery(NamedTuple):
    """What came in one request. `bundle` is the type of the bundle, if it was one."""

    heard: tuple[Heard, ...]
    entries: tuple[HeardEntry, ...]
    bundle: str = ""


def hear_resource(raw: bytes, kind: str, sender: Sender, condition: str = "") -> Delivery:
    """One resource of a kind, to be created; with a condition, unless one like it is there."""

    def heard() -> Delivery:
        body = check_text(raw)
        _check_kind(body, kind, kind)
        resource = read(body, RESULTS[kind], kind)
        known = _known_as(condition, kind, kind, sender) if condition else ""
        if known:
            return Delivery((), (HeardEntry(kind, kind, known_as=known),))
        said = translate([Sent(kind, resource)], Around(), sender.read_as)
        one = Heard(Received(sender.name, raw, WIRE, said.message), None, said.warnings)
        return Delivery((one,), (HeardEntry(kind, kind, 0),))

    return _heard_or_refused(heard, raw, kind, sender)


def hear_bundle(raw: bytes, sender: Sender) -> Delivery:
    """A transaction or a batch."""

    def heard() -> Delivery:
        body = check_text(raw)
        _check_kind(body, "Bundle", "Bundle")
        bundle = read(body, Bundle, "Bundle")
        if bundle.type not in (TRANSACTION, BATCH):
            said = f"A Bundle of type {bundle.type} is not read: send a transaction or a batch."
            raise unprocessable("not-supported", "Bundle.type", said)
        if len(bundle.entry or ()) > MOST_ENTRIES:
            said = f"Send at most {MOST_ENTRIES} entries in one Bundle."
            raise unprocessable("too-costly", "Bundle.entry", said)
        reading = _Bundle(raw, body, bundle, sender)
        return reading.transaction() if bundle.type == TRANSACTION else reading.batch()

    return _heard_or_refused(heard, raw, "Bundle", sender)


def _heard_or_refused(
    heard: Callable[[], Delivery], raw: bytes, path: str, sender: Sender
) -> Delivery:
    try:
        return heard()
    except Refused as refused:
        return _refusal(raw, path, sender, refused)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever was sent is answered
        return _refusal(raw, path, sender, _unforeseen(error, len(raw)))


def _refusal(raw: bytes, path: str, sender: Sender, refused: Refused) -> Delivery:
    heard = Heard(Received(sender.name, raw, WIRE, None, str(refused)), refused)
    return Delivery((heard,), (HeardEntry(path, path, 0),))


def _unforeseen(error: Exception, size: int) -> Refused:
    # Its kind only: what an error says may quote the resource.
    _log.error("unforeseen", kind=type(error).__qualname__, bytes=size)
    said = "It could not be read: call support; it was kept as it came."
    return unprocessable("exception", "", said)


def _check_kind(raw: bytes | Raw, wanted: str, path: str) -> None:
    found = kind_of(raw, path).resource_type
    if found != wanted:
        said = f"resourceType is {found[:40]}: send {wanted} here."
        raise Refused(HTTPStatus.BAD_REQUEST, wrong("invalid", f"{path}.resourceType", said))


class _Bundle:
    """Goes through the entries of a bundle."""

    def __init__(self, raw: bytes, body: bytes, bundle: Bundle, sender: Sender) -> None:
        self._raw = raw
        self._bundle = bundle
        self._sender = sender
        self._entries = bundle.entry or ()
        self._paths = [f"Bundle.entry[{number}]" for number in range(len(self._entries))]
        self._as_sent = _entries_as_sent(body) if self._entries else []
        self._by_path = {
            f"{path}.resource": each for path, each in zip(self._paths, self._as_sent, strict=True)
        }
        self._around = Around(self._neighbors())

    def transaction(self) -> Delivery:
        """All of it as one message: one entry that cannot be taken in keeps out the others."""
        faults: list[Issue] = []
        sent: list[Sent] = []
        entries: list[HeardEntry] = []
        for place, (path, entry) in enumerate(zip(self._paths, self._entries, strict=True), 1):
            try:
                found, result = self._entry(path, entry)
            except Refused as refused:
                faults += refused.issues
                continue
            if result is not None:
                sent.append(result)
                found = found._replace(message=0, place=place)
            entries.append(found)
        if faults:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, *faults)
        if not sent:
            return Delivery((), tuple(entries), TRANSACTION)
        is_test = is_test_data(self._bundle.meta)
        said = translate(sent, self._around, self._sender.read_as, is_test=is_test)
        received = Received(self._sender.name, self._raw, WIRE, said.message)
        heard = Heard(received, None, said.warnings)
        return Delivery((heard,), tuple(entries), TRANSACTION)

    def batch(self) -> Delivery:
        """Each entry as a message of its own."""
        heard: list[Heard] = []
        entries: list[HeardEntry] = []
        for path, entry, as_sent in zip(self._paths, self._entries, self._as_sent, strict=True):
            try:
                found, result = self._entry(path, entry)
                if result is not None:
                    heard.append(self._heard(result, as_sent))
                    found = found._replace(message=len(heard) - 1)
            except Refused as refused:
                heard.append(self._refused(as_sent, refused))
                found = HeardEntry(path, "", len(heard) - 1)
            except AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - one entry may not keep out the others
                heard.append(self._refused(as_sent, _unforeseen(error, len(as_sent))))
                found = HeardEntry(path, "", len(heard) - 1)
            entries.append(found)
        return Delivery(tuple(heard), tuple(entries), BATCH)

    def _heard(self, sent: Sent, as_sent: Raw) -> Heard:
        around, is_test = self._around.anew(), is_test_data(self._bundle.meta)
        said = translate([sent], around, self._sender.read_as, is_test=is_test)
        # With what it refers to: two results that read alike may be about two people.
        beside = [
            self._by_path[path] for path in sorted(around.used & self._by_path.keys() - {sent.path})
        ]
        raw = _bundle_of([as_sent, *beside])
        return Heard(Received(self._sender.name, raw, WIRE, said.message), None, said.warnings)

    def _refused(self, as_sent: Raw, refused: Refused) -> Heard:
        raw = _bundle_of([as_sent])
        return Heard(Received(self._sender.name, raw, WIRE, None, str(refused)), refused)

    def _entry(self, path: str, entry: Entry) -> tuple[HeardEntry, Sent | None]:
        """What is answered for an entry, and the result in it, if there is one to take in."""
        kind = _kind_in(path, entry)
        if kind not in RESULTS:
            if kind not in READ_ALONG:
                said = f"{kind[:40]} is not read here: send results, and what belongs to them."
                raise unprocessable("not-supported", f"{path}.resource", said)
            return HeardEntry(path, kind), None
        condition = _condition_in(path, entry, kind)
        resource = read(entry.resource, RESULTS[kind], f"{path}.resource")
        known = _known_as(condition, kind, path, self._sender) if condition else ""
        if known:
            return HeardEntry(path, kind, known_as=known), None
        return HeardEntry(path, kind), Sent(f"{path}.resource", resource)

    def _neighbors(self) -> Iterator[tuple[str | None, Neighbor, str | None]]:
        for path, entry in zip(self._paths, self._entries, strict=True):
            if is_there(entry.resource):
                try:
                    kind = kind_of(entry.resource, path)
                except Refused:
                    # It is told where the entry itself is read.
                    continue
                neighbor = Neighbor(f"{path}.resource", kind.resource_type, entry.resource)
                yield entry.full_url, neighbor, kind.id


def _kind_in(path: str, entry: Entry) -> str:
    if not is_there(entry.resource):
        said = "resource is missing: send what is to be created."
        raise unprocessable("required", f"{path}.resource", said)
    return kind_of(entry.resource, f"{path}.resource").resource_type


def _condition_in(path: str, entry: Entry, kind: str) -> str:
    """What the request of an entry asks for beside creating it; raises Refused for all else."""
    if entry.request is None:
        said = "request is missing: say POST and the kind of resource."
        raise unprocessable("required", f"{path}.request", said)
    if entry.request.method != "POST":
        said = "Results are created: send POST; a correction is one with the same identifier."
        raise unprocessable("not-supported", f"{path}.request.method", said)
    if entry.request.url.strip("/") != kind:
        said = f"url does not fit the resource: send {kind}."
        raise unprocessable("invalid", f"{path}.request.url", said)
    return entry.request.if_none_exist or ""


def _known_as(condition: str, kind: str, path: str, sender: Sender) -> str:
    """The id of what is there under the identifier a condition names; empty for nothing."""
    asked = parse_qsl(condition.partition("?")[2] or condition, keep_blank_values=True)
    if len(asked) != 1 or asked[0][0] != "identifier" or "|" not in asked[0][1]:
        said = "Only identifier=system|value can be asked for, once."
        raise unprocessable("not-supported", f"{path}.request.ifNoneExist", said)
    token = asked[0][1]
    for message in sender.known([token]).get(token, ()):
        place = place_under(message.raw, kind, token)
        if place is not None:
            return id_of(message.number, place)
    return ""


def _entries_as_sent(body: bytes) -> list[Raw]:
    return msgspec.json.decode(members_of(body)["entry"], type=list[Raw])


def _bundle_of(entries: Sequence[Raw]) -> bytes:
    inside = b",".join(bytes(each) for each in entries)
    return b'{"resourceType":"Bundle","type":"batch","entry":[' + inside + b"]}"
