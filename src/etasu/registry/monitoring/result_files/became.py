"""What became of the rows of a file by now, and setting aside what is mended and sent again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.again import waiting
from etasu.registry.monitoring.lab_rows import ItemResolution, LabItemRow, LabMessageRow
from etasu.registry.monitoring.reasons import Reason, reason_of
from etasu.registry.monitoring.received import FILE, Kept
from etasu.registry.monitoring.resolving import NotWaiting, reject_item
from etasu.registry.monitoring.result_files.lines import Unreadable
from etasu.registry.monitoring.result_files.translate import place_of, rows_of


class RowLeft(NamedTuple):
    """A row that is not among the results: its number, its cells as sent, and what to put right."""

    number: int
    cells: Mapping[str, str]
    outcome: str
    reason: Reason


def files_of(program: str) -> QuerySet[LabMessageRow]:
    """The files that came in for a program, newest first, without what they say."""
    found = LabMessageRow.objects.filter(connection__program=program, wire=FILE)
    return found.select_related("connection").defer("raw").order_by("-pk")


def file_by_number(program: str, number: str) -> LabMessageRow | None:
    """The file of that number in the program."""
    return files_of(program).filter(number=number).first()


def rows_left(file: LabMessageRow) -> list[RowLeft]:
    """The rows that wait or were rejected, as of now, in the order of the file."""
    try:
        sent = {place_of(row.number): row for row in rows_of(bytes(file.raw))}
    except Unreadable:
        return []
    newest = Prefetch("resolutions", ItemResolution.objects.order_by("-pk"))
    items = LabItemRow.objects.filter(report__message=file).exclude(outcome=Kept.STORED)
    found = []
    for item in items.prefetch_related(newest).order_by("pk"):
        last: LabItemRow | ItemResolution = next(iter(item.resolutions.all()), item)
        if last.outcome != Kept.STORED and (row := sent.get(item.place)) is not None:
            said = reason_of(last.reason, item.trouble)
            found.append(RowLeft(row.number, row.cells, last.outcome, said))
    return found


def set_rows_aside(file: LabMessageRow, reason: str, *, by: Actor, at: datetime) -> int:
    """Say that the rows that wait come again, mended: none of them waits any more; how many."""
    with transaction.atomic():
        found = list(waiting().filter(report__message=file))
        for each in found:
            try:
                reject_item(each, reason, by=by, at=at)
            except NotWaiting:  # somebody resolved it meanwhile
                continue
    return len(found)
