"""What results cost that are only written: messages parsed before, by COPY, an item a row.

The tables have the keys without which nothing could be told again: a message by its sender and its
control ID, and the items of a message.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import Any

import psycopg

from bench.laboratory_line import PATIENTS, message
from etasu.interfaces.hl7v2.exchange import hear

AT_ONCE = 200
TABLES = """
CREATE TABLE floor_message (
    number text PRIMARY KEY, sender text, control_id text, raw bytea, digest bytea, sent_at text,
    UNIQUE (sender, control_id)
);
CREATE TABLE floor_item (
    id bigserial PRIMARY KEY, message text, report text, place text, key text, code_system text,
    code text, value text, unit text, low text, high text, status text, collected_on text
);
CREATE INDEX ON floor_item (message);
"""
_COPY_MESSAGES = "COPY floor_message FROM STDIN"
_COPY_ITEMS = """
COPY floor_item (
    message, report, place, key, code_system, code, value, unit, low, high, status, collected_on
) FROM STDIN
"""
# A message's own row, and those of its items.
Rows = tuple[tuple[Any, ...], list[tuple[Any, ...]]]


def floor(url: str, first: int) -> float:
    """Messages a second that COPY writes, from rows made before."""
    parsed = [hear(message(first + each, each % PATIENTS), "x") for each in range(20 * AT_ONCE)]
    rows = [rows_of(one.messages[0].received) for one in parsed]
    with psycopg.connect(url) as db:
        began = time.perf_counter()
        for begin in range(0, len(rows), AT_ONCE):
            copy(db, rows[begin : begin + AT_ONCE])
        return len(rows) / (time.perf_counter() - began)


def copy(db: psycopg.Connection[Any], rows: Sequence[Rows]) -> None:
    """Write these, as one transaction."""
    with db.cursor() as cursor:
        with cursor.copy(_COPY_MESSAGES) as copying:
            for head, _ in rows:
                copying.write_row(head)
        with cursor.copy(_COPY_ITEMS) as copying:
            for _, items in rows:
                for item in items:
                    copying.write_row(item)
    db.commit()


def rows_of(received: Any) -> Rows:
    """What is written of a message that was taken apart."""
    said = received.message
    number = said.control_id
    digest = hashlib.sha256(received.raw).digest()
    head = (number, said.sent_as, said.control_id, received.raw, digest, str(said.sent_at))
    items = [
        (
            *(number, report.number, item.place, item.key, item.codes[0].system),
            *(item.codes[0].code, item.value, item.unit, item.low, item.high),
            *(str(item.status), str(item.collected_on)),
        )
        for report in said.reports
        for item in report.items
    ]
    return head, items
