"""Writing many rows at once: messages, reports, items and results, by COPY."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Identifier

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.planning import Planned, PlannedItem, PlannedReport, PlannedResult
from etasu.registry.monitoring.received import Kept
from etasu.safe_use.lab_reports import LabReport

_AT_ONCE = 500
# A database text holds every character but this one.
_NOT_KEPT = "\x00"

_MESSAGE = (
    "id number connection_id sender wire control_id raw digest sent_at received_at received_by"
    " answer error said is_test items stored quarantined rejected"
).split()
_REPORT = "id message_id place report_key said patient_id trouble".split()
_ITEM = (
    "report_id place key code_system code code_text other_codes test status value comparator unit"
    " low high range_text flags collected_on collected_moment specimen note trouble outcome reason"
    " result_id"
).split()
_RESULT = (
    "id patient_id test collected_on value unit comparator low high flags loinc reported_value"
    " reported_unit collected_moment specimen report_id item_key derived_from review channel"
    " recorded_at recorded_by"
).split()


class Numbers:
    """The next ids of a table, fetched many at a time and used in order."""

    def __init__(self, table: str, first: int) -> None:
        self._table = table
        self._left: Iterator[int] = iter(())
        self._count = max(first, 1)

    def __call__(self) -> int:
        """The next one."""
        found = next(self._left, None)
        if found is None:
            self._left = iter(self._fetched())
            self._count = _AT_ONCE
            found = next(self._left)
        return found

    def _fetched(self) -> list[int]:
        with connection.cursor() as db:
            db.execute(
                "SELECT array_agg(nextval(named)) FROM pg_get_serial_sequence(%s, 'id') named,"
                " generate_series(1, %s)",
                [self._table, self._count],
            )
            found: list[int] = db.fetchone()[0]
        return found


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows by COPY, in the order of the columns; every rule of the table holds as ever."""
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(table), SQL(", ").join(map(Identifier, columns))
    )
    with connection.cursor() as db, connection.wrap_database_errors, db.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def keep_messages(planned: Sequence[Planned], *, by: Actor, at: datetime) -> None:
    """Write the messages and their reports, which have their ids."""
    copy_rows("monitoring_message", _MESSAGE, (_message(each, by, at) for each in planned))
    reports = [_report(report, message.id) for message in planned for report in message.reports]
    copy_rows("monitoring_report", _REPORT, reports)


def keep_results(
    results: Sequence[PlannedResult], channel: str, *, by: Actor, at: datetime
) -> None:
    """Write results, which have their ids."""
    if results:
        rows = (_result(each, channel, by, at) for each in results)
        copy_rows("monitoring_result", _RESULT, rows)


def keep_items(planned: Sequence[Planned]) -> None:
    """Write every item with what became of it, after the results they became."""
    rows = [
        _item(item, report.id)
        for message in planned
        for report in message.reports
        for item in report.items
    ]
    if rows:
        copy_rows("monitoring_item", _ITEM, rows)


def _message(each: Planned, by: Actor, at: datetime) -> tuple[Any, ...]:
    incoming, received = each.incoming, each.incoming.received
    message = received.message
    found = each.counts()
    counts = [found[kept] for kept in (Kept.STORED, Kept.QUARANTINED, Kept.REJECTED)]
    return (
        each.id, each.number, incoming.connection.pk if incoming.connection else None,
        _text(incoming.sender), received.wire, _text(incoming.control_id), received.raw,
        incoming.digest, message.sent_at if message else None, at, by.number, str(each.answer),
        each.error, _text(each.said), bool(message and message.is_test), sum(counts), *counts,
    )  # fmt: skip


def _report(each: PlannedReport, message_id: int) -> tuple[Any, ...]:
    person = each.match.person
    key = None if each.key is None else _text(each.key)
    return (
        each.id, message_id, _text(each.report.place), key, json.dumps(said_of(each.report)),
        person.id if person else None, each.match.trouble,
    )  # fmt: skip


def said_of(report: LabReport) -> dict[str, Any]:
    """A report's own words, its items left out; empty ones are not kept."""
    patient = report.patient
    said = {
        "number": report.number,
        "identifiers": [[each.value, each.authority, each.kind] for each in patient.identifiers],
        "last_name": patient.last_name,
        "first_name": patient.first_name,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "sex": patient.sex,
        "ordered_by": report.ordered_by,
        "reported_at": report.reported_at.isoformat() if report.reported_at else None,
        "panel": [report.panel.system, report.panel.code, report.panel.text]
        if report.panel
        else None,
        "attachments": report.attachments,
    }
    return {name: _clean(value) for name, value in said.items() if value}


def _item(each: PlannedItem, report_id: int) -> tuple[Any, ...]:
    item, coding = each.item, each.judged.coding
    others = [one for one in item.codes if one is not coding]
    return (
        report_id, _text(item.place), _text(each.key), _text(coding.system), _text(coding.code),
        _text(coding.text),
        json.dumps([[_text(part) for part in (one.system, one.code, one.text)] for one in others])
        if others else None,
        each.judged.test, str(item.status), None if item.value is None else _text(item.value),
        item.comparator, _text(item.unit),
        None if item.low is None else _text(item.low),
        None if item.high is None else _text(item.high),
        _text(item.range_text), _text(" ".join(item.abnormal)), item.collected_on,
        item.collected_at, _text(item.specimen), _text(item.note), _text(item.trouble),
        str(each.outcome), each.reason if each.result is None else "",
        each.result.id if each.result else None,
    )  # fmt: skip


def _result(each: PlannedResult, channel: str, by: Actor, at: datetime) -> tuple[Any, ...]:
    return (
        each.id, each.person.id, each.test, each.collected_on, _text(each.value), each.unit,
        each.comparator, each.low, each.high, _text(each.flags), each.loinc,
        None if each.reported_value is None else _text(each.reported_value), each.reported_unit,
        each.moment, _text(each.specimen), each.report,
        None if each.item_key is None else _text(each.item_key),
        json.dumps(each.derived_from) if each.derived_from else None, each.review, channel, at,
        by.number,
    )  # fmt: skip


def _text(text: str) -> str:
    return text.replace(_NOT_KEPT, "\N{REPLACEMENT CHARACTER}") if _NOT_KEPT in text else text


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    return [_clean(each) for each in value] if isinstance(value, list) else value
