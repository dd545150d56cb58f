"""Inputs by their number, over every wire, and what must hold of each.

The same number makes the same input again: `python -m tests.interfaces.generated fhir 4711` shows
one and what is answered to it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()

from etasu.interfaces.fhir.answer import encoded, reply
from etasu.interfaces.fhir.delivery import Sender, hear_bundle, hear_resource
from etasu.interfaces.hl7v2 import exchange as hl7
from etasu.registry.monitoring.received import AS_SENT, Answer, ItemOutcome, Outcome, Received
from etasu.registry.monitoring.result_files.lines import Unreadable
from etasu.registry.monitoring.result_files.translate import translate
from tests.interfaces import faults
from tests.interfaces.fhir_resources import RIGHT, Posted, places_in
from tests.interfaces.hl7_messages import mutated

AT = datetime(2025, 6, 2, 15, 0, tzinfo=UTC)
LONGEST_SECONDS = 2.0


class Made(NamedTuple):
    """One input: of which wire, which number, where it goes, and its bytes."""

    wire: str
    seed: int
    kind: str
    raw: bytes

    def __str__(self) -> str:
        return f"python -m tests.interfaces.generated {self.wire} {self.seed}"


def made(wire: str, seed: int) -> Made:
    """The input of this number."""
    chance = random.Random(f"{wire} {seed}")
    kind, raw = MAKERS[wire](chance)
    return Made(wire, seed, kind, raw)


def _hl7(chance: random.Random) -> tuple[str, bytes]:
    raw = mutated(chance)
    # Mostly another message about another order, as it is among laboratories.
    for usual in (b"|M1|", b"|F1|"):
        if chance.random() < 0.9:
            raw = raw.replace(usual, usual[:2] + b"%d|" % chance.randrange(10**9))
    return "", faults.spoiled(raw, chance, 1) if chance.random() < 0.1 else raw


def _fhir(chance: random.Random) -> tuple[str, bytes]:
    posted: Posted = chance.choice(RIGHT)
    tree = json.loads(posted.raw)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        faults.json_spoiled(tree, chance)
    raw = json.dumps(tree).encode()
    return posted.kind, faults.spoiled(raw, chance) if chance.random() < 0.2 else raw


COLUMNS = (
    "identifier",
    "authority",
    "birth_date",
    "loinc",
    "code",
    "value",
    "unit",
    "collected_on",
)
MORE_COLUMNS = ("status", "report", "low", "high", "flags", "note", "last_name")
ROW = {
    "identifier": ("MRN-1001", "MRN-1001", "NOBODY", ""),
    "authority": ("RIVER", "RIVER", "OTHER"),
    "birth_date": ("1990-06-01", "", "June 1"),
    "loinc": ("777-3", "6690-2", "2160-0", "0", ""),
    "code": ("", "PLT", "=1+1"),
    "value": ("250", "<5", "1.50", "negative", "", "1,250", "'=2", "x" * 3_000),
    "unit": ("K/uL", "mg/dL", "", "?"),
    "collected_on": ("2025-06-01", "2025-02-30", "", "2999-01-01"),
    "status": ("", "final", "corrected", "withdrawn", "odd"),
    "report": ("", "R1", "R2"),
}


def _csv(chance: random.Random) -> tuple[str, bytes]:
    columns = list(COLUMNS + MORE_COLUMNS[: chance.randrange(len(MORE_COLUMNS) + 1)])
    chance.shuffle(columns)
    rows = [
        [chance.choice(ROW.get(name, ("", "1"))) for name in columns]
        for _ in range(chance.randint(1, 6))
    ]
    for row in rows:
        if chance.random() < 0.1:
            row[chance.randrange(len(row))] = str(chance.choice(faults.ODD))
        if chance.random() < 0.1:
            row += ["more"] * chance.randint(1, 3)
    out = io.StringIO()
    delimiter = chance.choice(",,;\t")
    csv.writer(out, delimiter=delimiter, lineterminator=chance.choice(("\r\n", "\n"))).writerows(
        [columns, *rows]
    )
    raw = out.getvalue().encode("utf-8", "replace")
    return "", faults.spoiled(raw, chance, 2) if chance.random() < 0.3 else raw


MAKERS: dict[str, Callable[[random.Random], tuple[str, bytes]]] = {
    "hl7v2": _hl7,
    "fhir": _fhir,
    "file": _csv,
}


class Heard(NamedTuple):
    """What came of one input: the messages to hand in, and what answers them.

    `answered` is given an outcome for each and says how often it answered.
    """

    received: Sequence[Received]
    answered: Callable[[Sequence[Outcome]], int]


def _hear_hl7(one: Made) -> Heard:
    delivery = hl7.hear(one.raw, None)

    def answered(outcomes: Sequence[Outcome]) -> int:
        said = b"".join(hl7.reply(delivery, outcomes, AT)[0])
        lines = said.split(b"\r")
        assert {line[:3] for line in lines} <= {b"MSH", b"MSA", b"ERR", b"BHS", b"BTS", b""}
        codes = [line[4:6] for line in lines if line.startswith(b"MSA|")]
        assert set(codes) <= {b"AA", b"AE", b"AR", b"CA", b"CE", b"CR"}
        return len(codes)

    return Heard(delivery.received, answered)


_NOBODY_KNOWN = Sender("key:K", AS_SENT, lambda numbers: {})


def _hear_fhir(one: Made) -> Heard:
    heard = (
        hear_resource(one.raw, one.kind, _NOBODY_KNOWN)
        if one.kind
        else hear_bundle(one.raw, _NOBODY_KNOWN)
    )

    def answered(outcomes: Sequence[Outcome]) -> int:
        response = reply(heard, outcomes)
        said = json.loads(encoded(response.body))
        assert response.status in (200, 201, 400, 413, 422), response.status
        if said["resourceType"] == "OperationOutcome":
            assert said["issue"] and all(each["diagnostics"] for each in said["issue"])
            return 1
        entries = said.get("entry", [])
        assert len(entries) == len(heard.entries)
        assert all(each["response"]["status"][:3].isdigit() for each in entries)
        return len(heard.heard) if heard.bundle == "batch" else 1

    return Heard([each.received for each in heard.heard], answered)


def _hear_file(one: Made) -> Heard:
    try:
        received = Received("connection:C", one.raw, "file", translate(one.raw, "connection:C"))
    except Unreadable as problem:
        assert str(problem).strip()
        received = Received("connection:C", one.raw, "file", None, str(problem))
    return Heard([received], len)


HEARERS: dict[str, Callable[[Made], Heard]] = {
    "hl7v2": _hear_hl7,
    "fhir": _hear_fhir,
    "file": _hear_file,
}


def check(one: Made) -> Heard:
    """Hear one input and hold it against what its bytes say; raises AssertionError, naming it."""
    # Of the processor: how long it has to wait for one says nothing.
    began = time.thread_time()
    try:
        heard = HEARERS[one.wire](one)
        outcomes = [pretended(each) for each in heard.received]
        answers = heard.answered(outcomes)
        assert answers >= len(heard.received), f"{answers} answers to {len(heard.received)}"
        for each in heard.received:
            # What was not foreseen is answered as well, and is a mistake all the same.
            assert "call support" not in each.trouble.lower(), each.trouble
            if each.message is not None:
                COUNTERS[one.wire](one, each)
    except Exception as error:
        raise AssertionError(f"{one}: {error!r}") from error
    took = time.thread_time() - began
    assert took < LONGEST_SECONDS, f"{one}: {took:.1f} seconds"
    return heard


def pretended(received: Received) -> Outcome:
    """What a store would say that keeps everything."""
    if received.message is None:
        return Outcome(Answer.ERROR, reference="N", error="100", said=received.trouble)
    items = tuple(ItemOutcome(place, "stored") for place in places_of(received))
    return Outcome(Answer.ACCEPTED, items, reference="N")


def places_of(received: Received) -> list[str]:
    """Where each item of a message stands."""
    message = received.message
    return [item.place for each in message.reports for item in each.items] if message else []


def _count_hl7(one: Made, received: Received) -> None:
    """Every OBX is an item; they are counted line by line, in either character set.

    So is an order that is taken back, where it has none.
    """
    assert received.message is not None
    reports = received.message.reports
    for each in reports:
        if any(item.place.startswith("OBR^") for item in each.items):
            (item,) = each.items
            assert item.place == each.place and "OBR-25 is " in item.trouble
    places = [place for place in places_of(received) if not place.startswith("OBR^")]
    assert places == [f"OBX^{number}" for number in range(1, len(places) + 1)]
    found = {_obx_in(received.raw.decode(name, "replace")) for name in ("utf-8", "latin-1")}
    assert len(places) in found, f"{len(places)} items of {found} OBX"


def _obx_in(text: str) -> int:
    text = text.replace("\0", "\ufffd")
    mark = text[text.index("MSH") + 3 :][:1]
    lines = (line.strip("\x0b\x1c\t \ufeff") for line in re.split("[\r\n]", text))
    return sum(line[:3].upper() == "OBX" and line[3:4] in ("", mark) for line in lines)


def _count_fhir(one: Made, received: Received) -> None:
    """Every observation and component is an item, and a report forgets nothing it refers to."""
    places = places_of(received)
    assert len(set(places)) == len(places)
    body = json.loads(received.raw)
    found, reports = places_in(body)
    is_batch = body.get("type") == "batch"
    if is_batch:
        # One of the entries, under the place it had in the whole.
        first = "Bundle.entry[0].resource"
        found = {place.removeprefix(first) for place in found if place.startswith(first)}
        reports = {first: reports[first]} if first in reports else {}
        own = {re.sub(r"^Bundle[.]entry\[[0-9]+\][.]resource", "", place) for place in places}
    else:
        own = set(places)
    assert found <= own, sorted(found - own)
    named = _names_in(body)
    for path, references in reports.items():
        base = "" if is_batch else path
        for number, reference in enumerate(references):
            is_known = reference in named or reference.rpartition("/_history/")[0] in named
            assert is_known or f"{base}.result[{number}]" in own, reference
        assert references or found or base in own
    beside = {place for place in own - found if not re.search(r"[.]result\[[0-9]+\]$", place)}
    assert beside <= ({""} if is_batch else set(reports)), beside - set(reports)


def _names_in(body: Any) -> set[str]:
    """Everything a resource of a request may be called by."""
    names, left = set(), [body]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            for name in ("fullUrl", "id"):
                said = node.get(name)
                if isinstance(said, str):
                    kind = node.get("resourceType")
                    names |= {said, said.strip(), f"#{said}", f"{kind}/{said}"}
                    names |= {"/".join(said.split("/")[-2:])}
        left += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return names


def _count_file(one: Made, received: Received) -> None:
    """Every row below the names that has something in it is an item."""
    text = one.raw.decode("utf-8-sig")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:]
    filled = [line for line in lines if any(cell.strip() for cell in line)]
    places = places_of(received)
    assert len(places) == len(set(places)) == len(filled), (len(places), len(filled))


COUNTERS: dict[str, Callable[[Made, Received], None]] = {
    "hl7v2": _count_hl7,
    "fhir": _count_fhir,
    "file": _count_file,
}


def main(wire: str, seed: str) -> None:
    """Show an input and what is answered to it."""
    one = made(wire, int(seed))
    print(one.kind or wire, one.raw.decode("utf-8", "backslashreplace"), sep="\n")
    heard = check(one)
    for each in heard.received:
        print(each.trouble or "read", *places_of(each), sep="\n  ")


if __name__ == "__main__":
    main(*sys.argv[1:])
