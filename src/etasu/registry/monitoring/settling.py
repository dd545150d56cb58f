"""What is said now beside what was said before: the same again, corrected, taken back, or unread.

What nobody can read yet may be a correction. The result it speaks of counts no longer from that
moment, for what is unknown is never met, and it waits for somebody who reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from etasu.registry.monitoring.planning import Planned, PlannedItem, PlannedReport, PlannedResult
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.standing import Before, Place, Standing, alike, was_said
from etasu.safe_use.lab_reports import ItemStatus


def is_all_new(planned: Iterable[Planned], spoken_of: Collection[str]) -> bool:
    """Whether there is nothing to settle: no report was `spoken_of` before, and no item may mean
    one that neither key nor number leads to.
    """
    return not spoken_of and not any(any(_in_doubt(message)) for message in planned)


def settle(planned: Iterable[Planned], before: Before) -> list[Standing]:
    """Settle every item with what was said before; the results that no longer stand."""
    gone: list[Standing] = []
    for message in planned:
        received = message.incoming.received.message
        sent_at = received.sent_at if received is not None else None
        for report in message.reports:
            if report.key is not None:
                for each in report.items:
                    gone += _settle(report, each, before, sent_at)
        for report, each in _in_doubt(message):
            found = _perhaps_meant(message, report, each, before)
            gone += _take_away(each, [one for one in found if one not in gone])
    return gone


def _settle(
    report: PlannedReport, each: PlannedItem, before: Before, sent_at: datetime | None
) -> list[Standing]:
    place = _place(report, each, before)
    older = before.results.get(place)
    if older is None:
        if each.result is not None and _came_late(place, report, each, before, sent_at):
            each.settle(Kept.STORED, "overtaken")
        return []
    if each.result is not None and _says_the_same(each.result, older):
        each.settle(Kept.STORED, "repeat")
        return []
    if each.result is None and not (each.judged.takes_back or each.outcome is Kept.QUARANTINED):
        return []
    if _is_overtaken(report, each, older, sent_at):
        each.settle(Kept.STORED, "overtaken")
        return []
    del before.results[place]
    return _take_away(each, [older])


def _take_away(each: PlannedItem, found: list[Standing]) -> list[Standing]:
    """These count no longer; while the item waits, that is because of it."""
    if each.outcome is Kept.QUARANTINED:
        each.takes_away += tuple(one.id for one in found)
    return found


def _in_doubt(message: Planned) -> Iterator[tuple[PlannedReport, PlannedItem]]:
    """The items that speak of something before, which neither key nor number leads to."""
    for report in message.reports:
        for each in report.items:
            is_unread = each.outcome is Kept.QUARANTINED and not each.takes_away
            is_correction = is_unread and each.item.status is ItemStatus.CORRECTED
            if is_correction or (each.judged.takes_back and not report.report.number):
                yield report, each


def _perhaps_meant(
    message: Planned, report: PlannedReport, each: PlannedItem, before: Before
) -> list[Standing]:
    """The results an item may be about. Where several are, none of them is sure any more."""
    if not report.report.number:
        found = _of_the_same_specimen(message, report, each)
        if each.judged.takes_back and len(found) > 1:
            each.settle(Kept.QUARANTINED, "report-number-missing")
        return found
    if report.id or (each.judged.test is None and was_said((report.key or "", each.key))):
        return []
    spoken_of = {(one.key, item.key) for one in message.reports for item in one.items}
    return [
        before.results.pop(place)
        for place, standing in list(before.results.items())
        if place[0] == report.key
        and place not in spoken_of
        and each.judged.test in (None, standing.test)
    ]


def _of_the_same_specimen(
    message: Planned, report: PlannedReport, each: PlannedItem
) -> list[Standing]:
    """What the sender said before of the same patient, test and day, in a report without number."""
    person, test, on = report.match.person, each.judged.test, each.item.collected_on
    connection = message.incoming.connection
    if person is None or test is None or on is None or connection is None:
        return []
    return [
        one
        for one in alike(person.id, test, on, connection.pk)
        if one.moment == each.item.collected_at
        and not (report.id and one.report and one.report >= report.id)
    ]


def _place(report: PlannedReport, each: PlannedItem, before: Before) -> Place:
    """Where the report said this before.

    A laboratory may write the codes of a correction in another order, or another code of the same
    test; then it is about the only result of that test there is.
    """
    place = (report.key or "", each.key)
    says_anew = each.judged.takes_back or each.item.status is ItemStatus.CORRECTED
    if place in before.results or not says_anew or each.judged.test is None:
        return place
    others = [
        known
        for known, standing in before.results.items()
        if known[0] == report.key and standing.test == each.judged.test
    ]
    return others[0] if len(others) == 1 else place


def _came_late(
    place: Place,
    report: PlannedReport,
    each: PlannedItem,
    before: Before,
    sent_at: datetime | None,
) -> bool:
    """Whether the laboratory has taken back meanwhile what only now arrives, or goes on."""
    taken_back = before.taken_back.get(place)
    if taken_back is None:
        return False
    if sent_at is not None and taken_back.said_at is not None:
        return sent_at < taken_back.said_at
    is_later = each.item.status is ItemStatus.CORRECTED or report.id >= taken_back.report
    return taken_back.for_good or not is_later


def _says_the_same(result: PlannedResult, older: Standing) -> bool:
    mine = (
        result.person.id, result.test, result.collected_on, result.moment, result.value,
        result.unit, result.comparator, result.low, result.high, result.flags,
    )  # fmt: skip
    theirs = (
        older.patient_id, older.test, older.collected_on, older.moment, older.value,
        older.unit, older.comparator, older.low, older.high, older.flags,
    )  # fmt: skip
    return mine == theirs


def _is_overtaken(
    report: PlannedReport, each: PlannedItem, older: Standing, sent_at: datetime | None
) -> bool:
    """Whether what is on record was said later.

    Without times a correction is the later word, and then what came later.
    """
    if sent_at is not None and older.said_at is not None and sent_at != older.said_at:
        return sent_at < older.said_at
    if older.was_corrected and each.item.status is ItemStatus.FINAL:
        return True
    return bool(report.id and older.report and older.report > report.id)
