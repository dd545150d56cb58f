"""What came from laboratories, for whoever looks after it: messages, their items, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Min, Q, QuerySet, When

from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection, LabSender
from etasu.registry.monitoring.lab_rows import (
    ItemResolution,
    LabItemRow,
    LabMessageRow,
    LabReportRow,
    Reconciliation,
)
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.quarantine import (
    items_waiting,
    results_to_review,
    waiting,
)
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.sent_by import sent_by, sent_under

# The senders nobody has registered, as a choice of a search.
UNREGISTERED = "unregistered"
FATES: dict[str, Q] = {
    "kept": Q(answer="AA", quarantined=0, rejected=0),
    "held": Q(quarantined__gt=0),
    "refused": Q(rejected__gt=0) | ~Q(answer="AA"),
}


class ItemNow(NamedTuple):
    """An item with what became of it by now, and who saw to that, if anybody."""

    row: LabItemRow
    outcome: Kept
    reason: str
    said: str
    result: Result | None
    decided_at: datetime | None
    decided_by: str

    @property
    def waits(self) -> bool:
        """Whether somebody has to do something."""
        return self.outcome is Kept.QUARANTINED


class Search(NamedTuple):
    """What is looked for in the message log; what is empty narrows nothing."""

    day: date | None = None
    connection: str = ""
    fate: str = ""
    words: str = ""


class Waits(NamedTuple):
    """How many items wait for one reason, and since when."""

    reason: str
    items: int
    since: datetime


class InReview(NamedTuple):
    """Results of one sender that somebody should look at for the same reason: unit and test."""

    connection: str
    test: str
    unit: str
    review: str
    results: int
    since: datetime


def connections_of(program: str) -> QuerySet[LabConnection]:
    """Whoever sends to the program, those in use first."""
    found = LabConnection.objects.filter(program=program)
    return found.order_by("closed_at", "name", "pk").prefetch_related("senders")


def connection_seen(program: str, number: str) -> LabConnection | None:
    """The connection of that number in the program."""
    return connections_of(program).filter(number=number).first()


def is_connected(program: str, name: str) -> bool:
    """Whether a connection in use has this name."""
    found = connections_of(program).filter(name=name.strip(), closed_at__isnull=True)
    return found.exists()


def day_of(on: date, zone: str) -> tuple[datetime, datetime]:
    """The moments a day begins and ends at, in a time zone."""
    where = ZoneInfo(zone)
    begin = datetime.combine(on, time(), where)
    return begin, datetime.combine(on + timedelta(days=1), time(), where)


def messages_found(program: str, search: Search, zone: str) -> QuerySet[LabMessageRow]:
    """The messages that were looked for, newest first, without what they say."""
    found = _of_program(program).filter(FATES.get(search.fate, Q()))
    if search.day is not None:
        begin, end = day_of(search.day, zone)
        found = found.filter(received_at__gte=begin, received_at__lt=end)
    if search.connection == UNREGISTERED:
        found = found.filter(connection__isnull=True)
    elif search.connection:
        found = found.filter(connection__number=search.connection)
    if words := search.words.strip():
        found = found.filter(Q(number__iexact=words) | Q(control_id=words))
    return found.defer("raw").order_by("-pk")


def message_seen(program: str, number: str) -> LabMessageRow | None:
    """The message of that number, sent to the program or by nobody it knows."""
    return _of_program(program).filter(number=number).first()


def message_by_number(number: str) -> LabMessageRow | None:
    """The message of that number, whoever sent it."""
    return LabMessageRow.objects.filter(number=number).select_related("connection").first()


def _of_program(program: str) -> QuerySet[LabMessageRow]:
    mine = Q(connection__program=program) | Q(connection__isnull=True)
    return LabMessageRow.objects.filter(mine).select_related("connection")


def items_of(message: LabMessageRow) -> list[ItemNow]:
    """Every item of a message with what became of it, in the order it was sent."""
    return _items(LabItemRow.objects.filter(report__message=message))


def items_in(reports: Collection[int]) -> list[ItemNow]:
    """Every item of these reports with what became of it, in the order they came."""
    return _items(LabItemRow.objects.filter(report__in=reports))


def _items(rows: QuerySet[LabItemRow]) -> list[ItemNow]:
    rows = rows.select_related("report__message__connection", "report__reconciliation", "result")
    return [_now(each) for each in rows.prefetch_related("resolutions__result").order_by("pk")]


def item_seen(program: str, message: str, item: int) -> ItemNow | None:
    """One item of a message of the program."""
    found = message_seen(program, message)
    if found is None:
        return None
    return next((each for each in items_of(found) if each.row.pk == item), None)


def _now(row: LabItemRow) -> ItemNow:
    last: ItemResolution | None = max(row.resolutions.all(), key=lambda one: one.pk, default=None)
    if last is None:
        return ItemNow(row, Kept(row.outcome), row.reason, row.trouble, row.result, None, "")
    outcome, reason = Kept(last.outcome), last.reason
    who = (last.resolved_at, last.resolved_by)
    return ItemNow(row, outcome, reason, last.said, last.result, *who)


def others_about(message: LabMessageRow) -> QuerySet[LabMessageRow]:
    """Other messages about the same reports: what they corrected, or what corrected them."""
    keys = LabReportRow.objects.filter(message=message, report_key__isnull=False)
    same = LabReportRow.objects.filter(
        report_key__in=list(keys.values_list("report_key", flat=True))
    )
    found = LabMessageRow.objects.filter(pk__in=same.values("message")).exclude(pk=message.pk)
    return found.defer("raw").order_by("pk")


def why_items_wait(program: str) -> list[Waits]:
    """How many items wait for what, and since when; what has waited longest first."""
    rows = items_waiting(program).order_by().values("why")
    counted = rows.annotate(items=Count("pk"), since=Min("report__message__received_at"))
    found = [Waits(row["why"], row["items"], row["since"]) for row in counted]
    return sorted(found, key=lambda each: each.since)


def items_waiting_for(
    program: str, reasons: Collection[str], *, first: Collection[int] = ()
) -> QuerySet[Any]:
    """The items that wait for any of these reasons, the `first` of them first, then the oldest.

    Before the rest come those because of which a result counts no longer.
    """
    is_first = Case(When(pk__in=list(first), then=0), When(corrects=True, then=1), default=2)
    return items_waiting(program).filter(why__in=reasons).order_by(is_first, "pk")


def items_of_code(
    program: str, connection: LabConnection | None, system: str, code: str
) -> QuerySet[Any]:
    """The items that wait under a code of a sender, or of every sender, oldest first."""
    about = Q(code_system=system, code=code) | Q(other_codes__contains=[[system, code]])
    return items_waiting(program).filter(about & sent_by(program, connection))


def task_seen(program: str, number: str) -> Reconciliation | None:
    """The report of that number whose patient is not known, decided or not."""
    found = Reconciliation.objects.filter(program=program, number=number)
    return found.select_related("report__message__connection", "patient").first()


def reviews_waiting(program: str) -> list[InReview]:
    """The results to look at, those together that one decision can be made about."""
    rows = results_to_review(program).order_by().values_list(*_REVIEWED)
    counted = rows.annotate(results=Count("pk"), since=Min("recorded_at"))
    found = [
        InReview(sender or "", test, unit or "", review, count, since)
        for sender, test, unit, review, count, since in counted
    ]
    return sorted(found, key=lambda each: each.since)


_REVIEWED = ("report__message__connection__number", "test", "reported_unit", "review")


def results_in_review(program: str, like: InReview) -> QuerySet[Result]:
    """The results that one decision is made about, oldest first."""
    found = results_to_review(program).filter(test=like.test, review=like.review)
    number = "report__message__connection__number"
    sender = Q(**{number: like.connection}) if like.connection else Q(**{f"{number}__isnull": True})
    unit = Q(reported_unit=like.unit)
    return found.filter(sender, unit if like.unit else unit | Q(reported_unit__isnull=True))


def mapping_history(program: str) -> QuerySet[CodeMapping]:
    """Everything codes mean and meant, by sender and code, the newest first."""
    found = CodeMapping.objects.filter(program=program).select_related("connection", "retaking")
    return found.order_by("connection__name", "system", "code", "-began_at", "-pk")


def loinc_sent_beside(rows: Iterable[LabItemRow]) -> list[str]:
    """The LOINC codes that were sent beside other codes, each once."""
    found = [code for row in rows for system, code, *_ in row.other_codes or () if system == "LN"]
    return list(dict.fromkeys(found))


def fates_of(items: Collection[int]) -> Counter[tuple[Kept, str]]:
    """How many of these items came to what by now, and for which reason."""
    rows = LabItemRow.objects.filter(pk__in=items).select_related("result")
    now = map(_now, rows.prefetch_related("resolutions__result"))
    return Counter((each.outcome, each.reason) for each in now)


def items_of_sender(name: str) -> QuerySet[LabItemRow]:
    """The items that wait because nobody has registered this sender."""
    return waiting().filter(sent_under(name), report__message__connection__isnull=True)


def unregistered_senders(program: str) -> list[tuple[str, int, datetime]]:
    """The names that items wait under, with how many and since when; the oldest first."""
    rows = items_waiting(program).filter(why="sender-unknown").order_by()
    counted = rows.values_list("report__message__sender").annotate(
        items=Count("pk"), since=Min("report__message__received_at")
    )
    return sorted(counted, key=lambda row: row[2])


def sender_named(name: str) -> LabSender | None:
    """The sender in use under exactly this name, whosever it is."""
    found = LabSender.objects.filter(name=name, ended_at__isnull=True)
    return found.select_related("connection").first()
