"""Which result is meant by what corrects or takes back one that neither key nor number leads to.

A laboratory may send the number of a report only with its correction, or under another one. What it
said of the same patient, test and day may then be meant: it counts no longer, and somebody says
which it was. Where the patient, the test or the day is not known, it waits until it is. Where
nothing of the kind stands, there is nothing to correct or to take back.
"""

from __future__ import annotations

from etasu.registry.monitoring.planning import Planned, PlannedItem, PlannedReport
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.sending import SPEAK_OF_ANOTHER
from etasu.registry.monitoring.standing import Before, Standing, alike
from etasu.safe_use.lab_reports import ItemStatus


def may_mean_another(each: PlannedItem, report: PlannedReport) -> bool:
    """Whether it speaks of something before, which perhaps neither key nor number leads to.

    A canceled order has never been a result; without a number it is taken for one taken back. What
    names no test may mean whatever its report said.
    """
    status = each.item.status
    return status in SPEAK_OF_ANOTHER or (
        status is ItemStatus.CANCELED and not (report.report.number and each.item.codes)
    )


def take_away(each: PlannedItem, found: list[Standing]) -> list[Standing]:
    """These count no longer; while the item waits, that is because of it."""
    if each.outcome is Kept.QUARANTINED:
        each.takes_away += tuple(one.id for one in found)
    return found


def take_away_what_is_meant(message: Planned, before: Before, gone: list[Standing]) -> None:
    """Add to what is `gone` whatever is perhaps meant by items that found nothing by their key."""
    for report in message.reports:
        for each in report.items:
            if may_mean_another(each, report) and not each.is_met:
                known = {one.id for one in gone} | _spoken_of(message, before)
                gone += take_away(each, _perhaps_meant(message, report, each, before, known))


def _spoken_of(message: Planned, before: Before) -> set[int]:
    """The results of which the message says something itself."""
    return {
        one.id
        for report in message.reports
        for each in report.items
        for one in before.results.get((report.key or "", each.key), ())
    }


def _perhaps_meant(
    message: Planned, report: PlannedReport, each: PlannedItem, before: Before, known: set[int]
) -> list[Standing]:
    """The results an item may be about; where they are not certain, it waits."""
    if report.report.number:
        was_said = before.was_said((report.key or "", each.key), report.id)
        is_unread = each.outcome is Kept.QUARANTINED
        if was_said and (each.judged.test is None or not is_unread):
            return []
        found = _of_the_report(report, each, before, known)
        if not found and not was_said:
            found = _of_the_day(message, report, each, known)
        if found and not is_unread:
            each.settle(Kept.QUARANTINED, "which-is-meant")
        return found
    found = _of_the_day(message, report, each, known)
    exactly = [one for one in found if one.moment == each.item.collected_at]
    if each.item.status is ItemStatus.CANCELED or (exactly and each.item.collected_at):
        found = exactly
    if len(found) > 1 or found != exactly:
        each.settle(Kept.QUARANTINED, "report-number-missing")
    return found


def _of_the_report(
    report: PlannedReport, each: PlannedItem, before: Before, known: set[int]
) -> list[Standing]:
    """What the report said of the same test, or of any where nobody knows of which it is."""
    test = each.judged.test
    if test is None and each.judged.takes_back and not each.judged.doubt:
        return []
    return [
        one
        for place, standing in before.results.items()
        if place[0] == report.key
        for one in standing
        if test in (None, one.test) and one.id not in known and _was_before(one, report)
    ]


def _of_the_day(
    message: Planned, report: PlannedReport, each: PlannedItem, known: set[int]
) -> list[Standing]:
    """What the sender said before of the same patient, test and day, in whatever report.

    A withdrawal waits for whatever of these is not known.
    """
    connection, person = message.incoming.connection, report.match.person
    test, on = each.judged.test, each.item.collected_on
    if connection is None:
        return []
    if test is None or person is None or on is None:
        if each.item.status is ItemStatus.WITHDRAWN and (test or each.judged.doubt):
            trouble = report.match.trouble if person is None else "collection-day-missing"
            each.settle(Kept.QUARANTINED, each.judged.doubt or trouble)
        return []
    return [
        one
        for one in alike(person.id, test, on, connection.pk)
        if one.id not in known and _was_before(one, report)
    ]


def _was_before(one: Standing, report: PlannedReport) -> bool:
    return not (report.id and one.report and one.report >= report.id)
