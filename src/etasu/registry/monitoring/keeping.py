"""Writing many rows at once: messages, reports, items and results, each table in one statement."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.round_trips import Answer, RoundTrip, as_json, round_trip
from etasu.registry.monitoring.planning import Planned, PlannedItem, PlannedReport, PlannedResult
from etasu.registry.monitoring.received import Kept
from etasu.safe_use.lab_reports import LabReport

_SPARE = 100
Row = tuple[Any, ...]


def _insert(table: str, columns: Mapping[str, str], *, done: str = "") -> str:
    """A statement that inserts rows given as one JSON value, in the order of the columns.

    Before them it is given what all rows have in common: by whom it was `done`, and at what moment.
    """
    common = {f"{done}_by": "%s::text", f"{done}_at": "%s::timestamptz"} if done else {}
    taken = {
        "text": "row->>{0}",
        "bytea": "decode(row->>{0}, 'base64')",
        "jsonb": "nullif(row->{0}, 'null')",
    }
    values = [
        taken.get(kind, f"(row->>{{0}})::{kind}").format(place)
        for place, kind in enumerate(columns.values())
    ]
    names, given = [*common, *columns], [*common.values(), *values]
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(given)}"
        " FROM jsonb_array_elements(%s::jsonb) row"
    )


def _columns(**kinds: str) -> dict[str, str]:
    """Which columns there are, by the kind of each; those of a kind follow one another."""
    return {name: kind for kind, names in kinds.items() for name in names.split()}


_MESSAGES = _insert(
    "monitoring_message",
    _columns(
        bigint="id connection_id",
        text="number sender wire control_id answer error said",
        bytea="raw digest",
        timestamptz="sent_at",
        boolean="is_test",
        int="items stored quarantined rejected",
    ),
    done="received",
)
_REPORTS = _insert(
    "monitoring_report",
    _columns(bigint="id message_id patient_id", text="place report_key trouble", jsonb="said"),
)
_ITEMS = _insert(
    "monitoring_item",
    _columns(
        bigint="report_id result_id",
        text="place key code_system code code_text test status value comparator unit low high"
        " range_text flags specimen note trouble outcome reason",
        jsonb="other_codes",
        date="collected_on",
        timestamptz="collected_moment",
    ),
)
_RESULTS = _insert(
    "monitoring_result",
    _columns(
        bigint="id patient_id report_id",
        text="test value unit comparator low high flags loinc reported_value reported_unit specimen"
        " item_key review channel",
        jsonb="derived_from",
        date="collected_on",
        timestamptz="collected_moment",
    ),
    done="recorded",
)
_NUMBERS = """
SELECT
    ARRAY(SELECT nextval('monitoring_message_id_seq') FROM generate_series(1, %s::int)),
    ARRAY(SELECT nextval('monitoring_report_id_seq') FROM generate_series(1, %s::int)),
    ARRAY(SELECT nextval('monitoring_result_id_seq') FROM generate_series(1, %s::int))
"""


class Numbers:
    """The next ids of messages, reports and results, to be used in order."""

    def __init__(self, messages: int, reports: int, items: int) -> None:
        # A quarter of the results may be panels that rest on others.
        self.wanted = (messages, reports, items * 5 // 4)
        self._asked: Answer | None = None
        self.are_there = False
        self.messages: Iterator[int] = iter(())
        self.reports: Iterator[int] = iter(())
        self._results: Iterator[int] = iter(())

    def ask(self, trip: RoundTrip) -> None:
        """Ask for as many as are foreseen, unless they are there already."""
        if not self.are_there:
            self._asked = trip.ask(_NUMBERS, *self.wanted)

    def take(self) -> None:
        """What was asked for is there."""
        if self._asked is not None:
            self.messages, self.reports, self._results = map(iter, self._asked.fetchone())
            self._asked, self.are_there = None, True

    def result(self) -> int:
        """The id of the next result; more are fetched when there are more than foreseen."""
        found = next(self._results, None)
        if found is None:
            with round_trip() as trip:
                more = trip.ask(_NUMBERS, 0, 0, _SPARE)
            self._results = iter(more.fetchone()[2])
            found = next(self._results)
        return found


class Came:
    """Messages with their reports, items and results, which have their ids, ready to be written."""

    def __init__(self, planned: Sequence[Planned]) -> None:
        reports = [(each, message) for message in planned for each in message.reports]
        items = [(each, report) for report, _ in reports for each in report.items]
        self._messages = as_json(list(map(_message, planned)))
        self._reports = _rows([_report(each, message.id) for each, message in reports])
        self._results = result_rows(came_results(planned))
        self._items = _rows([_item(each, report.id) for each, report in items])

    def ask_to_keep(self, trip: RoundTrip, *, by: Actor, at: datetime) -> None:
        """Write all of it."""
        trip.ask(_MESSAGES, by.number, at, self._messages)
        if self._reports:
            trip.ask(_REPORTS, self._reports)
        ask_to_keep_results(trip, self._results, by=by, at=at)
        if self._items:
            trip.ask(_ITEMS, self._items)


def came_results(planned: Iterable[Planned]) -> Iterator[tuple[str, PlannedResult]]:
    """The results of these messages, each with the channel it came by."""
    for message in planned:
        for each in message.every_item():
            if each.result is not None:
                yield message.incoming.received.wire, each.result


def result_rows(results: Iterable[tuple[str, PlannedResult]]) -> str:
    """Results that have their ids, each with the channel it came by, ready to be written."""
    return _rows([_result(each, channel) for channel, each in results])


def ask_to_keep_results(trip: RoundTrip, rows: str, *, by: Actor, at: datetime) -> None:
    """Write these, if there are any."""
    if rows:
        trip.ask(_RESULTS, by.number, at, rows)


def _rows(rows: list[Row]) -> str:
    return as_json(rows) if rows else ""


# An item has no number of its own before it is written.
_AWAITED = """
INSERT INTO monitoring_awaited_correction (result_id, item_id, began_at, began_by)
SELECT asked.result, item.id, %s, %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[])
    AS asked(report, place, key, result)
JOIN monitoring_item item
    ON item.report_id = asked.report AND item.place = asked.place AND item.key = asked.key
"""


def keep_awaited(planned: Iterable[Planned], *, by: Actor, at: datetime) -> None:
    """Note the results that count no longer because of items that nobody has read yet, if any."""
    found = [
        (report.id, each.item.place, each.key, result)
        for message in planned
        for report in message.reports
        for each in report.items
        for result in each.takes_away
    ]
    if found:
        with connection.cursor() as db:
            db.execute(_AWAITED, [at, by.number, *map(list, zip(*found, strict=True))])


def _message(each: Planned) -> Row:
    incoming, received = each.incoming, each.incoming.received
    message = received.message
    found = each.counts()
    counts = [found[kept] for kept in (Kept.STORED, Kept.QUARANTINED, Kept.REJECTED)]
    return (
        each.id, incoming.connection.pk if incoming.connection else None,
        each.number, incoming.sender, received.wire, incoming.control_id, each.answer, each.error,
        each.said,
        b64encode(received.raw).decode(), b64encode(incoming.digest).decode(),
        message.sent_at if message else None,
        bool(message and message.is_test),
        sum(counts), *counts,
    )  # fmt: skip


def _report(each: PlannedReport, message_id: int) -> Row:
    person = each.match.person
    return (
        each.id, message_id, person.id if person else None,
        each.report.place, each.key, each.match.trouble,
        said_of(each.report),
    )  # fmt: skip


def said_of(report: LabReport) -> dict[str, Any]:
    """A report's own words, its items left out; empty ones are not kept."""
    patient = report.patient
    said = {
        "number": report.number,
        "identifiers": [[each.value, each.authority, each.kind] for each in patient.identifiers],
        "last_name": patient.last_name,
        "first_name": patient.first_name,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "ordered_by": report.ordered_by,
        "reported_at": report.reported_at,
        "panel": [report.panel.system, report.panel.code, report.panel.text]
        if report.panel
        else None,
        "attachments": report.attachments,
    }
    return {name: value for name, value in said.items() if value}


def _item(each: PlannedItem, report_id: int) -> Row:
    item, coding, result = each.item, each.judged.coding, each.result
    others = [(one.system, one.code, one.text) for one in item.codes if one is not coding]
    return (
        report_id, result.id if result else None,
        item.place, each.key, coding.system, coding.code, coding.text, each.judged.test,
        item.status, item.value, item.comparator, item.unit, item.low, item.high, item.range_text,
        " ".join(item.abnormal), item.specimen, item.note, item.trouble, each.outcome,
        "" if result else each.reason,
        others or None,
        item.collected_on,
        item.collected_at,
    )  # fmt: skip


def _result(each: PlannedResult, channel: str) -> Row:
    return (
        each.id, each.person.id, each.report,
        each.test, each.value, each.unit, each.comparator, each.low, each.high, each.flags,
        each.loinc, each.reported_value, each.reported_unit, each.specimen, each.item_key,
        each.review, channel,
        each.derived_from or None,
        each.collected_on,
        each.moment,
    )  # fmt: skip
