"""Fifty thousand inputs over every wire: nothing breaks, each is answered, and nothing is lost.

Most are taken apart and counted against their own bytes; some go all the way into the database,
where what is kept is counted again. A million do the first in the long run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from etasu.interfaces.fhir import items as fhir_items
from etasu.interfaces.hl7v2 import items as hl7_items
from etasu.programs import library
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.received import Answer, Outcome, Received
from etasu.registry.monitoring.result_files import translate as file_translate
from etasu.safe_use.lab_reports import LabItem
from tests.interfaces.generated import check, made, places_of
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
    with pytest.raises(AssertionError, match="RecursionError|call support"):
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
