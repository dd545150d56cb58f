"""What one message comes to before it is written: its reports, their patients, their items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from etasu.registry.audit.numbers import new_number
from etasu.registry.monitoring.judging import NO_CODE, Judged, Setting, judge
from etasu.registry.monitoring.matching import Asked, Match, Person
from etasu.registry.monitoring.reasons import reason_of
from etasu.registry.monitoring.received import TYPED, Answer, ItemOutcome, Kept, Outcome
from etasu.registry.monitoring.senders import Known
from etasu.registry.monitoring.sending import Incoming, number_of, report_key
from etasu.safe_use.lab_reports import LOINC, Coding, LabItem, LabReport

DUPLICATE_KEY = "205"
NOBODY = Match(None, "sender-unknown")


@dataclass(slots=True)
class PlannedResult:
    """A result that is about to be kept."""

    id: int
    person: Person
    test: str
    collected_on: date
    moment: datetime | None
    value: str
    unit: str | None
    report: int | None
    comparator: str = ""
    low: str | None = None
    high: str | None = None
    flags: str = ""
    loinc: str | None = None
    reported_value: str | None = None
    reported_unit: str | None = None
    specimen: str = ""
    item_key: str | None = None
    derived_from: list[int] | None = None
    review: str = ""


@dataclass(slots=True)
class PlannedItem:
    """An item with what becomes of it. `key` tells it in its report, each once."""

    item: LabItem
    judged: Judged
    key: str
    outcome: Kept
    reason: str
    result: PlannedResult | None = None
    detail: str = ""
    # Results that count no longer because of it, though nobody has read it yet.
    takes_away: tuple[int, ...] = ()
    # What it corrects or takes back is known: it came with it, or was found before.
    is_met: bool = False
    # Somebody has looked at it and said what it is.
    is_decided: bool = False
    # That it was refused once says nothing against it: that was a mistake, or somebody says it.
    is_cleared: bool = False

    def settle(self, outcome: Kept, reason: str) -> None:
        """It comes to this instead."""
        self.outcome, self.reason, self.result = outcome, reason, None


@dataclass(slots=True)
class PlannedReport:
    """A report with the patient it is about, or why nobody knows who that is."""

    report: LabReport
    key: str | None
    match: Match
    items: list[PlannedItem] = field(default_factory=list)
    id: int = 0


@dataclass(slots=True)
class Planned:
    """A message with everything that is about to be kept of it."""

    incoming: Incoming
    answer: Answer = Answer.ACCEPTED
    error: str = ""
    said: str = ""
    reports: list[PlannedReport] = field(default_factory=list)
    number: str = field(default_factory=new_number)
    id: int = 0

    def every_item(self) -> Iterator[PlannedItem]:
        """The items of all its reports."""
        for report in self.reports:
            yield from report.items

    def counts(self) -> dict[Kept, int]:
        """How many items come to what."""
        found = dict.fromkeys(Kept, 0)
        for report in self.reports:
            for item in report.items:
                found[item.outcome] += 1
        return found

    def outcome(self) -> Outcome:
        """What is answered."""
        items = tuple([_item_outcome(each) for each in self.every_item()])
        return Outcome(self.answer, items, reference=self.number, error=self.error, said=self.said)


def _item_outcome(planned: PlannedItem) -> ItemOutcome:
    place, reason = planned.item.place, planned.reason
    if not reason:
        return ItemOutcome(place, planned.outcome)
    text = reason_of(reason, planned.detail)
    return ItemOutcome(place, planned.outcome, reason, text.said, text.remedy)


def asked_of(incoming: Incoming) -> list[Asked]:
    """Whom to look for: each report's patient, where the message is going to be looked at."""
    message, connection = incoming.received.message, incoming.connection
    if message is None or message.is_test or connection is None:
        return []
    return [
        Asked(connection.program, connection.authorities, report.patient)
        for report in message.reports
    ]


def plan(incoming: Incoming, known: Known) -> Planned:
    """What a message comes to by what it says, until somebody says whom it is about."""
    message = incoming.received.message
    if message is None:
        return Planned(incoming, Answer.ERROR, "", incoming.received.trouble)
    if message.is_test:
        return refused(incoming, "test-message", Answer.ACCEPTED)
    planned = Planned(incoming)
    setting, is_typed = _setting(incoming, known), incoming.received.wire in TYPED
    for report in message.reports:
        items = [_judged(report, item, setting) for item in report.items]
        for each in items if is_typed else ():
            each.is_cleared = True
        key = report_key(incoming.sender, number_of(report))
        planned.reports.append(PlannedReport(report, key, NOBODY, items))
    return planned


def _reports(incoming: Incoming) -> tuple[LabReport, ...]:
    message = incoming.received.message
    return message.reports if message is not None else ()


def former_key(key: str, incoming: Incoming) -> str:
    """The key a report had before somebody registered its sender."""
    return incoming.name + key.removeprefix(incoming.sender)


def refused(
    incoming: Incoming, reason: str, answer: Answer, error: str = "", said: str = ""
) -> Planned:
    """A message of which nothing is looked at: each of its items is rejected."""
    planned = Planned(incoming, answer, error, said)
    for report in _reports(incoming):
        items = [_unread(item, Kept.REJECTED, reason) for item in report.items]
        planned.reports.append(PlannedReport(report, None, Match(None, reason), items))
    return planned


def _first(item: LabItem) -> Coding:
    return item.codes[0] if item.codes else NO_CODE


def _unread(item: LabItem, outcome: Kept, reason: str) -> PlannedItem:
    judged = Judged(outcome, reason, _first(item))
    return PlannedItem(item, judged, item.key, outcome, reason)


def plan_item(
    report: PlannedReport, item: LabItem, incoming: Incoming, known: Known
) -> PlannedItem:
    """What becomes of one item of a report whose patient is known, or is not."""
    planned = _judged(report.report, item, _setting(incoming, known))
    place(planned, report.match)
    return planned


def _setting(incoming: Incoming, known: Known) -> Setting | str:
    """What its items are judged by, or why they cannot be."""
    if incoming.connection is None:
        return "sender-unknown"
    return known.of(incoming.connection).setting or "program-unknown"


def _judged(report: LabReport, item: LabItem, setting: Setting | str) -> PlannedItem:
    if isinstance(setting, str):
        return _unread(item, Kept.QUARANTINED, setting)
    judged = judge(item, setting, report.number)
    planned = PlannedItem(item, judged, item.key, judged.outcome, judged.reason)
    planned.detail = judged.detail
    return planned


def place(planned: PlannedItem, match: Match) -> None:
    """Give an item that counts to its patient, or let it wait until somebody knows who that is."""
    item, judged, person = planned.item, planned.judged, match.person
    converted = judged.converted
    if converted is None:
        return
    assert judged.test is not None and item.collected_on is not None
    if person is None:
        planned.settle(Kept.QUARANTINED, match.trouble)
        return
    if person.birth_date is not None and item.collected_on < person.birth_date:
        planned.settle(Kept.QUARANTINED, "collected-before-birth")
        return
    planned.reason = converted.review
    planned.result = PlannedResult(
        id=0,
        person=person,
        test=judged.test,
        collected_on=item.collected_on,
        moment=item.collected_at,
        value=converted.value,
        unit=converted.unit,
        report=None,
        comparator=converted.comparator,
        low=converted.low,
        high=converted.high,
        flags=" ".join(item.abnormal),
        loinc=judged.coding.code if judged.coding.system == LOINC else None,
        reported_value=item.comparator + (item.value or ""),
        reported_unit=item.unit or None,
        specimen=item.specimen,
        item_key=planned.key,
        review=converted.review,
    )
