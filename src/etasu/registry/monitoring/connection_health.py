"""Whether a connection is alive: what came today, and whether it is silent when it never was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Sum

from etasu.registry.monitoring.lab_facts import connections_of, day_of
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.received import Kept

# In so many of the weeks before, something came while it is silent now.
WEEKS, USUALLY = 4, 3
# Files and entries by hand come when somebody has time.
SENT_BY_SYSTEMS = ("hl7v2", "fhir")
SHORTEST_SILENCE = timedelta(hours=1)


class Counts(NamedTuple):
    """The messages of a day, and what became of their items on arrival."""

    messages: int = 0
    kept: int = 0
    held: int = 0
    refused: int = 0


class Health(NamedTuple):
    """A connection with its last message and its day. `is_silent` against its own rhythm."""

    connection: LabConnection
    last_at: datetime | None
    today: Counts
    is_silent: bool


_LAST = """
SELECT asked.id, (SELECT received_at FROM monitoring_message message
    WHERE message.connection_id = asked.id ORDER BY message.id DESC LIMIT 1)
FROM unnest(%s::bigint[]) AS asked(id)
"""
# In each of the weeks before: did anything come at this hour of this weekday, within a third of
# the time it has been silent now?
_RHYTHM = """
SELECT asked.id, count(*) FILTER (WHERE EXISTS (
    SELECT FROM monitoring_message message
    WHERE message.connection_id = asked.id
        AND message.received_at > now.at - make_interval(days => 7 * week)
            - (now.at - asked.last) / 3
        AND message.received_at <= now.at - make_interval(days => 7 * week)))
FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked(id, last), generate_series(1, %s) AS week,
    (SELECT %s::timestamptz) AS now(at)
GROUP BY asked.id
"""


def health_of_connections(program: str, *, zone: str, on: date, at: datetime) -> list[Health]:
    """How each connection in use is, the silent ones first."""
    found = list(connections_of(program).filter(closed_at__isnull=True))
    last = _last_messages(found)
    usual = _weeks_with_messages(last, at)
    today = counts_of_day(zone=zone, on=on)
    health = [
        Health(
            each,
            last.get(each.pk),
            today.get(each.pk, Counts()),
            each.wire in SENT_BY_SYSTEMS and usual.get(each.pk, 0) >= USUALLY,
        )
        for each in found
    ]
    return sorted(health, key=lambda each: not each.is_silent)


def counts_of_day(*, zone: str, on: date) -> Mapping[int | None, Counts]:
    """The counts of a day by connection, under None those of senders nobody registered."""
    begin, end = day_of(on, zone)
    rows = LabMessageRow.objects.filter(received_at__gte=begin, received_at__lt=end, is_test=False)
    sums = {f"{kept}_items": Sum(str(kept)) for kept in Kept}
    # Grouped first: an aggregate asked for in the list itself counts every message alone.
    grouped = rows.order_by().values("connection").annotate(messages=Count("pk"), **sums)
    counted = grouped.values_list("connection", "messages", *sums)
    return {connection: Counts(*counts) for connection, *counts in counted}


def _last_messages(connections: Sequence[LabConnection]) -> dict[int, datetime]:
    with connection.cursor() as db:
        db.execute(_LAST, [[each.pk for each in connections]])
        return {pk: at for pk, at in db.fetchall() if at is not None}


def _weeks_with_messages(last: Mapping[int, datetime], at: datetime) -> dict[int, int]:
    silent = {pk: then for pk, then in last.items() if at - then >= SHORTEST_SILENCE}
    with connection.cursor() as db:
        db.execute(_RHYTHM, [list(silent), list(silent.values()), WEEKS, at])
        return dict(db.fetchall())
