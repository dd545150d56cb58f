"""What is on record of whoever messages are about, asked before it is known who that is.

It spares a round trip: what a result is looked at with follows from the program and from the days
of the results, and a patient is found by the same identifiers in the next statement as in the one
before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from etasu.registry.audit.round_trips import RoundTrip
from etasu.registry.monitoring.matching import Asked, counted
from etasu.registry.monitoring.on_record import Days, Named, OnRecord
from etasu.registry.monitoring.senders import Known
from etasu.registry.monitoring.sending import Incoming
from etasu.safe_use.lab_reports import LabReport
from etasu.safe_use.signals import Limits

# Reports of more days than these are looked at once it is known which of their results count.
_MOST_DAYS = 31
# Of these nobody has results; who it is about is asked all the same.
_NO_DAYS = Days(date.max, date.max)


def ask_ahead(
    trip: RoundTrip,
    messages: Sequence[Incoming],
    asked: Sequence[Sequence[Asked]],
    known: Known,
) -> dict[Limits, OnRecord]:
    """Ask for what may matter, by the limits that results are held against.

    `asked` says for each message whom its reports are about, if they are looked at.
    """
    named: dict[Limits, list[Named]] = {}
    for incoming, reports in zip(messages, asked, strict=True):
        message, connection = incoming.received.message, incoming.connection
        limits = known.of(connection).limits if connection is not None else None
        if message is None or limits is None:
            continue
        for report, whom in zip(message.reports, reports, strict=False):
            days = _days(report)
            named.setdefault(limits, []).extend(
                Named(whom.program, *each, *days) for each in counted(whom)
            )
    found = {limits: OnRecord(limits) for limits, its in named.items() if its}
    for limits, on_record in found.items():
        on_record.ask_named(trip, named[limits])
    return found


def people_now(ahead: Mapping[Limits, OnRecord]) -> set[int]:
    """Whom the messages are about, as it was asked once whoever they are about was locked."""
    return {person for each in ahead.values() for _, person, *_ in each.of("asked")}


def _days(report: LabReport) -> Days:
    days = {each.collected_on for each in report.items if each.collected_on is not None}
    found = Days.of(days) if days else _NO_DAYS
    return found if (found.last - found.first).days <= _MOST_DAYS else _NO_DAYS
