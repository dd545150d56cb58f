"""Fifty thousand inputs over every wire: nothing breaks, each is answered, and nothing is lost.

Most are taken apart and counted against their own bytes; some go all the way into the database,
where what is kept is counted again. A million do the first in the long run.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from etasu.interfaces.fhir import items as fhir_items
from etasu.interfaces.fhir.delivery import Sender, hear_resource
from etasu.interfaces.hl7v2 import exchange as hl7
from etasu.interfaces.hl7v2 import items as hl7_items
from etasu.programs import library
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.received import AS_SENT, Answer, Outcome, Received
from etasu.registry.monitoring.result_files import translate as file_translate
from etasu.safe_use.lab_reports import LabItem
from tests.interfaces.fhir_resources import concept, observation, quantity
from tests.interfaces.generated import check, made, places_of
from tests.interfaces.hl7_messages import OBR, PLT, obx, oru
from tests.registry import labs

AT_ONCE = 200
# After the newest of what the generated messages say.
AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
# How many of which wire are tried every time, in parts that take some seconds each.
PARTS = [
    *(("hl7v2", first, 10_000) for first in range(0, 30_000, 10_000)),
    *(("fhir", first, 6_000) for first in range(0, 12_000, 6_000)),
    ("file", 0, 8_000),
]
MILLION = [
    *(("hl7v2", first, 50_000) for first in range(100_000, 700_000, 50_000)),
    *(("fhir", first, 40_000) for first in range(100_000, 340_000, 40_000)),
    *(("file", first, 80_000) for first in range(100_000, 260_000, 80_000)),
]
Drop = Callable[[pytest.MonkeyPatch], None]


def try_all(wire: str, first: int, count: int) -> Counter[bool]:
    """How many messages of these inputs could be read, and how many could not."""
    return Counter(
        each.message is not None
        for seed in range(first, first + count)
        for each in check(made(wire, seed)).received
    )


@pytest.mark.parametrize(("wire", "first", "count"), PARTS)
def test_every_input_is_answered_and_every_item_is_there(wire: str, first: int, count: int) -> None:
    found = try_all(wire, first, count)
    # Right enough to be read, and wrong enough to be worth trying.
    assert found.total() >= 0.95 * count
    assert found[True] >= 0.3 * count and found[False] >= 0.05 * count, found


@pytest.mark.long
@pytest.mark.parametrize(("wire", "first", "count"), MILLION)
def test_a_million_inputs(wire: str, first: int, count: int) -> None:
    assert try_all(wire, first, count).total() >= 0.95 * count


def _an_item_less(read: Callable[..., Sequence[LabItem]]) -> Callable[..., Any]:
    def fewer(*args: Any, **named: Any) -> Any:
        found = read(*args, **named)
        return found[1:] if len(found) > 2 else found

    return fewer


def _rows_less(rows: Callable[..., Any]) -> Callable[..., Any]:
    return lambda content: list(rows(content))[:2]


DROPS: dict[str, Drop] = {
    "hl7v2": lambda patch: patch.setattr(
        hl7_items.ItemReader, "read", _an_item_less(hl7_items.ItemReader.read)
    ),
    "fhir": lambda patch: patch.setattr(
        fhir_items.ItemReader, "read", _an_item_less(fhir_items.ItemReader.read)
    ),
    "file": lambda patch: patch.setattr(
        file_translate, "rows_of", _rows_less(file_translate.rows_of)
    ),
}


@pytest.mark.parametrize("wire", DROPS)
def test_an_item_that_is_dropped_in_silence_is_noticed(
    wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check bites, and names the input to look at again."""
    DROPS[wire](monkeypatch)
    with pytest.raises(AssertionError, match=f"tests.interfaces.generated {wire} [0-9]+: "):
        try_all(wire, 0, 400)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("hl7v2", "etasu.interfaces.hl7v2.exchange.translate"),
        ("fhir", "etasu.interfaces.fhir.delivery.translate"),
        ("file", "tests.interfaces.generated.translate"),
    ],
)
def test_an_input_that_breaks_something_is_noticed(
    wire: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the sender is given an answer all the same."""

    def broken(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(name, broken)
    with pytest.raises(AssertionError, match="(?i)recursionerror|call support"):
        try_all(wire, 0, 20)


@pytest.fixture
def connected(db: None) -> Iterator[dict[str, str | None]]:
    """Patients the inputs speak of, and what the sender of each wire is known as."""
    before = library.current()
    labs.use_lemtrada()
    mara = labs.patient()
    labs.patient("Ana Doe", "44", prescriber=mara.prescriber, birth_date=date(1986, 4, 12))
    both = {"RIVER": "riverside", "NORTHSIDE": "riverside"}
    labs.connect("LIS|NORTHSIDE", authorities=both)
    labs.connect("key:K", authorities=both)
    file = labs.connect("a clinic's files", authorities=both)
    yield {"hl7v2": None, "fhir": "key:K", "file": f"connection:{file.number}"}
    library.use(before)


def handed_in(wire: str, name: str | None, count: int) -> list[tuple[Received, Outcome]]:
    """What became of each message of so many inputs, handed in together as they come."""
    received = [
        each._replace(connection=name)
        for seed in range(count)
        for each in check(made(wire, seed)).received
    ]
    outcomes: list[Outcome] = []
    for begin in range(0, len(received), AT_ONCE):
        some = received[begin : begin + AT_ONCE]
        outcomes += receive_all(some, by=labs.LISTENER, at=AT)
    return list(zip(received, outcomes, strict=True))


_NOT_ACCOUNTED_FOR = """
SELECT message.number FROM monitoring_message message
LEFT JOIN monitoring_report report ON report.message_id = message.id
LEFT JOIN monitoring_item item ON item.report_id = report.id
GROUP BY message.id
HAVING message.items <> count(item.id)
    OR message.stored <> count(*) FILTER (WHERE item.outcome = 'stored')
    OR message.quarantined <> count(*) FILTER (WHERE item.outcome = 'quarantined')
    OR message.rejected <> count(*) FILTER (WHERE item.outcome = 'rejected')
"""
_KEPT = """
SELECT message.number, count(item.id) FROM monitoring_message message
LEFT JOIN monitoring_report report ON report.message_id = message.id
LEFT JOIN monitoring_item item ON item.report_id = report.id
GROUP BY message.id
"""


def asked(question: str) -> list[Any]:
    """What the database answers."""
    with connection.cursor() as db:
        db.execute(question)
        return list(db.fetchall())


@pytest.mark.parametrize(("wire", "count"), [("hl7v2", 900), ("fhir", 450), ("file", 200)])
def test_what_goes_in_is_stored_waits_or_was_refused(
    connected: dict[str, str | None], wire: str, count: int
) -> None:
    done = handed_in(wire, connected[wire], count)
    assert asked(_NOT_ACCOUNTED_FOR) == []
    kept = dict(asked(_KEPT))
    for received, outcome in done:
        # What came before is on record under the number it got then.
        assert kept[outcome.reference] == len(places_of(received)), outcome
        assert len(outcome.items) == len(places_of(received)) or outcome.is_repeat
        assert outcome.answer == Answer.ACCEPTED or outcome.said
        assert all(each.said for each in outcome.items if each.outcome != "stored")
    assert {outcome.error for _, outcome in done} <= {"", "205"}
    states = Counter(each.outcome for _, outcome in done for each in outcome.items)
    assert states["stored"] >= 50 and states["quarantined"] >= 50, states


def test_a_row_that_is_not_there_is_noticed(connected: dict[str, str | None]) -> None:
    handed_in("fhir", connected["fhir"], 20)
    missing = LabMessageRow.objects.create(
        sender="key:K", wire="fhir", raw=b"{}", digest=b"d", received_at=AT, received_by="a",
        answer=Answer.ACCEPTED, items=1, stored=1, quarantined=0, rejected=0,
    )  # fmt: skip
    assert asked(_NOT_ACCOUNTED_FOR) == [(missing.number,)]


# As long as it gets, and of letters that take two bytes and cannot be written shorter.
LONG = "".join(random.Random(1).choices([chr(each) for each in range(0xC0, 0x17F)], k=20_000))
PLAIN = oru(OBR, obx(1, "NM", PLT, "48"))


def hl7_with_something_long() -> Iterator[Received]:
    """Messages in which one thing is far longer than it should be."""
    for place, (was, becomes) in enumerate(
        (
            ("|F1|", f"|{LONG}|"),
            ("777-3^", f"{LONG}^"),
            ("^LN||48", f"^{LONG}||48"),
            ("||48", f"|{LONG}|48"),
            ("44^^^NORTHSIDE", f"{LONG}^^^NORTHSIDE"),
            ("^^^NORTHSIDE^MR", f"^^^{LONG}^MR"),
            ("LIS|NORTHSIDE", f"LIS|{LONG}"),
            ("|M1|", f"|{LONG}|"),
            ("|48||", f"|48|{LONG}|"),
            ("Doe^", f"{LONG}^"),
        )
    ):
        text = PLAIN.replace("|M1|", f"|M{place}|") if was != "|M1|" else PLAIN
        assert was in text
        raw = text.replace(was, becomes).replace("\n", "\r").encode()
        yield from hl7.hear(raw, None).received


def fhir_with_something_long() -> Iterator[Received]:
    """Resources of the same sort."""
    for changes in (
        {"identifier": [{"system": LONG, "value": LONG}]},
        {"code": {"text": LONG}},
        {"code": concept(LONG)},
        {"code": concept("1", LONG, LONG)},
        {"subject": {"identifier": {"system": LONG, "value": LONG}}},
        {"subject": {"identifier": {"system": "RIVER", "value": LONG}}},
        {"valueQuantity": quantity(5, LONG)},
        {"valueQuantity": None, "valueString": LONG},
        {"interpretation": [concept(LONG)]},
    ):
        raw = json.dumps(observation(**changes)).encode()
        heard = hear_resource(raw, "Observation", Sender("key:K", AS_SENT, lambda numbers: {}))
        yield from (each.received for each in heard.heard)


def file_with_something_long() -> Iterator[Received]:
    """Files of the same sort."""
    names = ("identifier", "authority", "report", "code", "unit", "value", "collected_on")
    row = ["44", "NORTHSIDE", "R", "PLT", "K/uL", "48", "2026-11-20"]
    for place in range(len(names)):
        cells = [*row[:place], LONG[:2_000], *row[place + 1 :]]
        raw = f"{','.join(names)}\n{','.join(cells)}\n".encode()
        yield Received("connection:C", raw, "file", file_translate.translate(raw, "c"))


@pytest.mark.parametrize(
    ("wire", "inputs"),
    [
        ("hl7v2", hl7_with_something_long),
        ("fhir", fhir_with_something_long),
        ("file", file_with_something_long),
    ],
)
def test_nothing_is_too_long_to_be_kept_and_no_neighbor_is_harmed(
    connected: dict[str, str | None], wire: str, inputs: Callable[[], Iterator[Received]]
) -> None:
    """An index has an end: what is beyond it would take a whole batch along, again and again."""
    received = [each._replace(connection=connected[wire]) for each in inputs()]
    outcomes = receive_all(received, by=labs.LISTENER, at=AT)
    assert asked(_NOT_ACCOUNTED_FOR) == []
    assert [each.error for each in outcomes] == [""] * len(received)
    for one, outcome in zip(received, outcomes, strict=True):
        assert (outcome.answer == Answer.ACCEPTED) == (one.message is not None)
