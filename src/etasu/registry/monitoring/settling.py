"""What is said now beside what was said before: the same again, corrected, taken back, or unread.

What nobody can read yet may be a correction. The result it speaks of counts no longer from that
moment, for what is unknown is never met, and it waits for somebody who reads it.

Under one report and key, where a result stands:

=====================================  =============================================================
what is said now                       what becomes of it, and of the result that stands
=====================================  =============================================================
the same                               a repeat; it stands
said earlier, by the sender's times    overtaken; it stands
final, no times, over a correction     as said before: overtaken; else waits, it counts no longer
final                                  takes its place
final, about another patient           waits; it stands, for a number was used again
final, without a value                 waits; it counts no longer
corrected, of whomever                 takes its place
what nobody can read                   waits; it counts no longer
withdrawn or canceled                  kept; it counts no longer
withdrawn, about another patient       waits; it counts no longer
what was refused before                waits; it counts no longer
preliminary or registered              kept; it stands
=====================================  =============================================================

Where none stands:

=====================================  =============================================================
what is said now                       what becomes of it
=====================================  =============================================================
what was refused before                refused again; said as a correction it waits
after a taking back, by the times      counts
before a taking back, by the times     overtaken
no times, corrects what only waits     counts
no times, as said before               overtaken
no times, otherwise                    waits, for nobody knows what was said last
withdrawn or corrected, never said     `meaning` looks for what it may be about
anything else                          counts
=====================================  =============================================================

Arriving is not saying: a file that is handed in today may have been written a year ago. What
somebody has looked at waits for none of these doubts again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from etasu.registry.monitoring.meaning import may_mean_another, take_away, take_away_what_is_meant
from etasu.registry.monitoring.planning import Planned, PlannedItem, PlannedReport, PlannedResult
from etasu.registry.monitoring.reasons import REJECTED_BY_HAND
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.standing import Before, Place, Standing, Statement
from etasu.safe_use.lab_reports import ItemStatus


def is_all_new(planned: Iterable[Planned], spoken_of: Collection[str]) -> bool:
    """Whether there is nothing to settle: no report was `spoken_of` before, and no item may mean
    one that neither key nor number leads to.
    """
    return not spoken_of and not any(
        may_mean_another(each, report)
        for message in planned
        for report in message.reports
        for each in report.items
    )


class _Said(NamedTuple):
    """An item of a report, with where it was said before, what was, and when it is said."""

    place: Place
    report: PlannedReport
    each: PlannedItem
    before: Before
    sent_at: datetime | None

    @property
    def is_correction(self) -> bool:
        return self.each.item.status is ItemStatus.CORRECTED

    @property
    def says_nothing(self) -> bool:
        """Whether nothing on record changes by it: it is under way, or of a test nobody watches."""
        each = self.each
        waits = each.outcome is Kept.QUARANTINED
        return not (each.result or each.judged.takes_back or waits or self.is_empty)

    @property
    def is_empty(self) -> bool:
        """Whether it says of a result that there is none after all, and no more."""
        return self.each.reason == "no-value"

    def is_about(self, one: Standing) -> bool:
        """Whether a result is of whom the report is about, as far as anybody knows."""
        person = self.report.match.person
        return person is None or one.person_id in (None, person.id)

    def is_earlier_by_time(self, said_at: datetime | None) -> bool | None:
        """Whether it was said before that time; None where one is not known, or they are equal."""
        if self.sent_at is None or said_at is None or self.sent_at == said_at:
            return None
        return self.sent_at < said_at

    def was_said_earlier(self, said_at: datetime | None, said_in: int) -> bool | None:
        """Whether it was said before something else; None where neither times nor arrival tell.

        What arrived before was said before; what arrives later may have been on the way for long.
        """
        by_time = self.is_earlier_by_time(said_at)
        if by_time is not None:
            return by_time
        return True if self.report.id and self.report.id < said_in else None

    def alike(self) -> list[Statement]:
        """What was said in the same words of the same patient before, in whatever status."""
        item, person, number = self.each.item, self.report.match.person, self.report.id
        mine = (item.value, item.comparator, item.unit, item.collected_on)
        return [
            one
            for one in self.before.said.get(self.place, ())
            if (one.value, one.comparator, one.unit, one.collected_on) == mine
            and person is not None
            and one.person_id == person.id
            and (not number or one.first < number or (one.first == number and one.for_good))
        ]


def settle(planned: Iterable[Planned], before: Before) -> list[Standing]:
    """Settle every item with what was said before; the results that no longer stand."""
    gone: list[Standing] = []
    for message in planned:
        received = message.incoming.received.message
        sent_at = received.sent_at if received is not None else None
        for report in message.reports:
            if report.key is not None:
                for each in report.items:
                    place = _place(report, each, before)
                    gone += _settle(_Said(place, report, each, before, sent_at))
        take_away_what_is_meant(message, before, gone)
    return gone


def _place(report: PlannedReport, each: PlannedItem, before: Before) -> Place:
    """Where the report said this before.

    A laboratory may write the codes of a correction in another order, or another code of the same
    test; then it is about the only result of that test there is.
    """
    place = (report.key or "", each.key)
    says_anew = each.judged.takes_back or each.item.status is ItemStatus.CORRECTED
    if before.results.get(place) or not says_anew or each.judged.test is None:
        return place
    others = [
        known
        for known, standing in before.results.items()
        if known[0] == report.key and any(one.test == each.judged.test for one in standing)
    ]
    return others[0] if len(others) == 1 else place


def _settle(said: _Said) -> list[Standing]:
    each = said.each
    there = said.before.results.get(said.place)
    if not there:
        if each.result is not None:
            _settle_alone(said)
        return []
    if said.says_nothing:
        return []
    found = [one for one in there if said.is_about(one)]
    if not found and not said.is_correction and not each.judged.takes_back:
        if each.result is not None and not each.is_decided:
            each.settle(Kept.QUARANTINED, "another-patient")
        return []
    return _settle_with(said, found or list(there), is_anothers=not found)


def _settle_with(said: _Said, older: list[Standing], *, is_anothers: bool) -> list[Standing]:
    """Settle it with results that stand under its key; those it takes away."""
    each, place = said.each, said.place
    each.is_met = True
    if each.result is not None and any(_says_the_same(each.result, one) for one in older):
        each.settle(Kept.STORED, "repeat")
        return []
    later = {_is_later(said, one) for one in older}
    if False in later:
        each.settle(Kept.STORED, "overtaken")
        return []
    reason = _doubt(said, is_ordered=None not in later, is_anothers=is_anothers)
    if reason:
        each.settle(Kept.QUARANTINED, reason)
    there = said.before.results[place]
    said.before.results[place] = [one for one in there if one not in older]
    return take_away(each, older)


def _doubt(said: _Said, *, is_ordered: bool, is_anothers: bool) -> str:
    """Why what it says instead of a result that stands is looked at first, if it is."""
    each = said.each
    if said.is_empty:
        return "no-value"
    if is_anothers and each.item.status is ItemStatus.WITHDRAWN:
        return "another-patient"
    if each.result is None or each.is_decided:
        return ""
    if not is_ordered:
        return "order-unknown"
    is_refused = not each.is_cleared and any(one.refused for one in said.alike())
    return "refused-before" if is_refused else ""


def _is_later(said: _Said, older: Standing) -> bool | None:
    """Whether it is said later than what is on record; None where nothing tells.

    Without times what comes later is the later word. What comes after a correction may be what was
    corrected.
    """
    each = said.each
    was_earlier = said.was_said_earlier(older.said_at, older.report or 0)
    if was_earlier and each.is_cleared and said.is_correction and not older.was_corrected:
        if said.is_earlier_by_time(older.said_at) is None:
            # While it was refused, what it corrects may have come once more.
            return None
    if was_earlier is not None:
        return not was_earlier
    if older.was_corrected and each.item.status is ItemStatus.FINAL and not each.is_decided:
        return False if said.alike() else None
    return True


def _settle_alone(said: _Said) -> None:
    """Settle what comes where nothing stands: refused before, or taken back meanwhile."""
    each, alike = said.each, said.alike()
    is_looked_at = each.is_decided or each.is_cleared
    refused = {one.status for one in alike if one.refused} if not is_looked_at else set()
    if refused and said.is_correction and each.item.status not in refused:
        each.settle(Kept.QUARANTINED, "refused-before")
    elif refused:
        each.settle(Kept.REJECTED, REJECTED_BY_HAND)
    else:
        _settle_with_end(said, bool(alike))


def _settle_with_end(said: _Said, was_said: bool) -> None:
    """Settle it with what took back what was said under its key, if anything did.

    What somebody has looked at counts, unless it was taken back since.
    """
    each = said.each
    taken_back = said.before.taken_back(said.place, said.report.id)
    if taken_back is None:
        return
    is_earlier = said.was_said_earlier(taken_back.said_at, taken_back.report)
    is_mended = said.is_correction and not taken_back.for_good
    if is_earlier is None and (each.is_decided or is_mended):
        return
    if is_earlier or (is_earlier is None and was_said):
        each.settle(Kept.STORED, "overtaken")
    elif is_earlier is None:
        each.settle(Kept.QUARANTINED, "order-unknown")


def _says_the_same(result: PlannedResult, older: Standing) -> bool:
    mine = (
        result.person.id, result.test, result.collected_on, result.moment, result.value,
        result.unit, result.comparator, result.low, result.high, result.flags,
    )  # fmt: skip
    theirs = (
        older.person_id or older.patient_id, older.test, older.collected_on, older.moment,
        older.value, older.unit, older.comparator, older.low, older.high, older.flags,
    )  # fmt: skip
    return mine == theirs
