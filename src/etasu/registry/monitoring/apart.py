"""Items of one message under one key told apart: two results, or one and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation

from etasu.registry.monitoring.matching import Match
from etasu.registry.monitoring.planning import Planned, PlannedItem, PlannedReport, place
from etasu.registry.monitoring.received import Kept
from etasu.safe_use.lab_reports import ItemStatus, LabItem


def place_all(planned: Planned, matches: Sequence[Match]) -> None:
    """Give its items to their patients; `matches` are as many as `asked_of` asked for."""
    message = planned.incoming.received.message
    if message is None or message.is_test:
        return
    for report, match in zip(planned.reports, matches, strict=False):
        report.match = match
        for each in report.items:
            place(each, match)
    for items in _of_one_key(planned.reports):
        _tell_apart(items)


def _of_one_key(reports: Iterable[PlannedReport]) -> Iterator[list[PlannedItem]]:
    """The items that share their report and their key with others."""
    found: dict[tuple[str | None, str], list[PlannedItem]] = {}
    several: list[list[PlannedItem]] = []
    for report in reports:
        for each in report.items:
            same = found.setdefault((report.key, each.key), [])
            same.append(each)
            if len(same) == 2:
                several.append(same)
    yield from several


def _tell_apart(items: Sequence[PlannedItem]) -> None:
    """Let a correction win, whichever comes first, and what is taken back count for nothing.

    Several that are said without either are results of their own; which of them one correction is
    about, nobody can tell.
    """
    ends = [each for each in items if each.judged.takes_back]
    corrections = [each for each in items if not each.judged.takes_back and _corrects(each)]
    plain = [each for each in items if not each.judged.takes_back and not _corrects(each)]
    for number, each in enumerate(plain[1:], 2):
        each.key = f"{each.key}#{number}"
        if each.result is not None:
            each.result.item_key = each.key
    for each in corrections:
        each.is_met = bool(plain or ends)
    for each in (*plain, *corrections[:-1]) if corrections else ():
        if each.result is not None:
            is_one_of_several = len(plain) > 1 and each.item.status is not ItemStatus.CORRECTED
            kept = Kept.QUARANTINED if is_one_of_several else Kept.STORED
            each.settle(kept, "which-is-meant" if is_one_of_several else "overtaken")
    for end in ends:
        for each in (*plain, *corrections):
            _take_back(each, end)


def _take_back(each: PlannedItem, end: PlannedItem) -> None:
    """What is taken back with the value it has counts for nothing; without one, nobody knows."""
    same = _is_same(each.item, end.item)
    end.is_met = end.is_met or same is not False
    if each.result is not None and same is not False:
        each.settle(*((Kept.STORED, "overtaken") if same else (Kept.QUARANTINED, "order-unknown")))


def _is_same(said: LabItem, taken_back: LabItem) -> bool | None:
    """Whether two items say the same value; None where that is not sure."""
    one, other = said.value, taken_back.value
    if one is None or other is None or not one.strip() or not other.strip():
        return None
    if (said.comparator, said.unit.strip()) != (taken_back.comparator, taken_back.unit.strip()):
        return None
    return _number(one) == _number(other)


def _number(value: str) -> Decimal | str:
    try:
        return Decimal(value.strip())
    except InvalidOperation:
        return value.strip().casefold()


def _corrects(each: PlannedItem) -> bool:
    """Whether it says anew what was said, even if nobody can read it yet."""
    says_something = each.result is not None or each.outcome is Kept.QUARANTINED
    return each.item.status is ItemStatus.CORRECTED and says_something
