"""Taking items in again, once somebody has resolved what they waited for or said it was not so.

An item is rebuilt from what was kept of it, with what was entered, and goes the same way as on the
day it came: judged, matched, converted, compared with what is on record meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import Told, ask_to_record
from etasu.registry.audit.round_trips import Question, RoundTrip
from etasu.registry.monitoring import keeping, standing
from etasu.registry.monitoring.correction_models import AwaitedCorrection
from etasu.registry.monitoring.lab_rows import (
    ItemResolution,
    LabItemRow,
    LabReportRow,
    Reconciliation,
)
from etasu.registry.monitoring.matching import Match
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.planning import Planned, PlannedItem, PlannedResult, plan_item
from etasu.registry.monitoring.reasons import REJECTED_BY_HAND
from etasu.registry.monitoring.rebuilding import (
    REFUSAL_TAKEN_BACK,
    REFUSED,
    entered_before,
    incoming_of,
    lab_item,
    planned_report,
    resolutions_of,
)
from etasu.registry.monitoring.received import TYPED, Kept
from etasu.registry.monitoring.senders import Known, known_now
from etasu.registry.monitoring.sending import SPEAK_OF_ANOTHER
from etasu.registry.monitoring.taking_in import Replaced, TakingIn
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.safe_use.lab_reports import ItemStatus

# What an item needs with it to be taken in again.
WITH = ("report__message__connection", "report__reconciliation")
COUNTS_AGAIN = "counts again"


def waiting() -> QuerySet[LabItemRow]:
    """Every item that waits for somebody: since it came, or again since it was judged anew."""
    settled = ItemResolution.objects.exclude(outcome=Kept.QUARANTINED)
    since_it_came = LabItemRow.objects.filter(outcome=Kept.QUARANTINED).exclude(
        pk__in=settled.values("item")
    )
    later = settled.filter(item=OuterRef("item"), pk__gt=OuterRef("pk"))
    anew = ItemResolution.objects.filter(outcome=Kept.QUARANTINED, revises=True).exclude(
        Exists(later)
    )
    return LabItemRow.objects.filter(pk__in=since_it_came.values("pk").union(anew.values("item")))


def items_behind(results: Collection[int]) -> QuerySet[LabItemRow]:
    """The items these results came by, with all it needs to take them in again."""
    by_resolution = ItemResolution.objects.filter(result__in=results).values("item")
    on_arrival = LabItemRow.objects.filter(result__in=results).values("pk")
    found = LabItemRow.objects.filter(pk__in=on_arrival.union(by_resolution))
    return found.select_related(*WITH).order_by("pk")


# What waits for somebody who looks at it, and for nothing that is known of codes or people later.
_FOR_A_PERSON = frozenset(
    {
        "another-patient",
        "no-value",
        "order-unknown",
        "refused-before",
        "report-number-missing",
        "which-is-meant",
    }
)


class Anew(NamedTuple):
    """An item that is taken in again: what was entered, and the result of it that stands, if any.

    It `waits`, or it does not, `why` being the last that was said of it; it `revises` what had been
    settled already.
    """

    row: LabItemRow
    entered: dict[str, Any]
    former: Result | None
    waits: bool
    why: str
    revises: bool


class Resolved(TakingIn):
    """Takes items in again; messages, reports and items are on record, resolutions are written."""

    def __init__(
        self, planned: list[Planned], known: Known, how: str, anew: Mapping[int, Anew], *, by: Actor
    ) -> None:
        super().__init__(planned, known, by=by)
        self._how, self._anew = how, anew

    def _give_ids(self) -> None:
        self._give_result_ids()

    def _read(self, asking: Sequence[Question]) -> standing.Before:
        """With it, the results that are entered anew, whether their report has a key or not."""
        before = super()._read(asking)
        if self._how == COUNTS_AGAIN:
            # What took it away was wrong; what took it back for good since was not.
            before.said = {
                place: [each for each in said if each.for_good and not each.refused]
                for place, said in before.said.items()
            }
        if self._how == REFUSAL_TAKEN_BACK:
            # What only waits, or was refused, is taken in again after it.
            for each in (before.said, before.orders):
                _keep_what_is_for_good(each)
        ids = [each.former.pk for each in self._anew.values() if each.former is not None]
        formers = {each.id: each for each in standing.results_by_id(ids)} if ids else {}
        for message in self._planned:
            for report in message.reports:
                report.key = report.key or f"report {report.id}"
                for item in report.items:
                    former = self._anew[id(item)].former
                    if former is not None and former.pk in formers:
                        before.results[report.key, item.key] = [formers[former.pk]]
        return before

    def _standing_beside(self) -> list[standing.Standing]:
        messages = {each.id for each in self._planned}
        ids = Result.objects.filter(
            report__message__in=messages, replaced_at__isnull=True
        ).values_list("pk", flat=True)
        return standing.results_by_id(list(ids))

    def _ask_to_write(
        self, trip: RoundTrip, made: Sequence[PlannedResult], replaced: Replaced
    ) -> None:
        self._leave_out_unchanged()
        came = keeping.result_rows(keeping.came_results(self._planned))
        keeping.ask_to_keep_results(trip, came, by=self._by, at=self._at)
        keeping.ask_to_keep_results(trip, self._derived(made), by=self._by, at=self._at)
        self._ask_to_count_changes(trip, replaced)
        ask_to_record(trip, map(self._told, self._planned), by=self._by, at=self._at)

    def _leave_tasks(self) -> None:
        ItemResolution.objects.bulk_create(
            self._resolution(item, self._anew[id(item)])
            for message in self._planned
            for item in message.every_item()
        )
        super()._leave_tasks()

    def _leave_out_unchanged(self) -> None:
        """What waits for nobody and says what is on record needs no other word.

        What somebody refused does, or it would stay refused.
        """
        is_taken_up = self._how == REFUSAL_TAKEN_BACK
        for message in self._planned:
            for report in message.reports:
                report.items = [
                    each
                    for each in report.items
                    if each.reason != "repeat" or self._anew[id(each)].waits or is_taken_up
                ]
        self._planned = [each for each in self._planned if any(each.every_item())]

    def _resolution(self, item: PlannedItem, anew: Anew) -> ItemResolution:
        return ItemResolution(
            item=anew.row,
            how=self._how,
            entered=anew.entered,
            said=anew.entered.get(REFUSED, ""),
            revises=anew.revises,
            outcome=item.outcome,
            reason="" if item.result is not None else item.reason,
            result_id=item.result.id if item.result is not None else None,
            resolved_at=self._at,
            resolved_by=self._by.number,
        )

    def _ask_who_it_is(self) -> None:
        """A task for reports that had none, because their items waited for something else first."""
        asked = self._whose_is_asked()
        Reconciliation.objects.bulk_create(asked, ignore_conflicts=True)

    def _told(self, message: Planned) -> Told:
        told = super()._told(message)
        return told._replace(verb="results.resolved", detail={**told.detail, "how": self._how})


def _keep_what_is_for_good(said: dict[Any, list[standing.Statement]]) -> None:
    """Have only what the laboratory took back for good take back anything."""
    for key, statements in said.items():
        said[key] = [each._replace(takes_back=each.for_good) for each in statements]


def take_again(
    rows: Sequence[LabItemRow],
    how: str,
    *,
    entered: Mapping[str, str] | None = None,
    replacing: Mapping[int, Result] | None = None,
    by: Actor,
    at: datetime,
) -> dict[Kept, int]:
    """Take these items in again; how many came to what.

    Call it in a transaction. `entered` is what somebody adds to each of them. The results in
    `replacing`, by their item, no longer stand, whatever their items come to now. Items that were
    settled already and say the same again are left as they are, and not counted.
    """
    counts: Counter[Kept] = Counter()
    messages: dict[int, list[LabItemRow]] = {}
    for row in sorted(rows, key=lambda row: (row.report.message_id, row.pk)):
        messages.setdefault(row.report.message_id, []).append(row)
    for found in messages.values():
        anew = [_anew(row, how, entered or {}, replacing or {}) for row in found]
        counts += _take_message(anew, how, by=by, at=at)
    return dict(counts)


def _anew(
    row: LabItemRow, how: str, entered: Mapping[str, str], replacing: Mapping[int, Result]
) -> Anew:
    before = resolutions_of(row)
    known = entered_before(before)
    if how == REFUSAL_TAKEN_BACK:
        # As it was before somebody refused it.
        known.pop(REFUSED, None)
        before = before[:-1]
    now = before[-1] if before else row
    return Anew(
        row=row,
        entered={**known, **entered},
        former=replacing.get(row.pk),
        waits=now.outcome == Kept.QUARANTINED,
        why=now.reason,
        revises=was_settled(row),
    )


def was_settled(row: LabItemRow) -> bool:
    """Whether it was clear once what became of the item, even if it waits again."""
    outcomes = (row.outcome, *(each.outcome for each in row.resolutions.all()))
    return any(each != Kept.QUARANTINED for each in outcomes)


def _take_message(anew: Sequence[Anew], how: str, *, by: Actor, at: datetime) -> Counter[Kept]:
    """Take these items of one message in again."""
    first = anew[0].row.report
    incoming, known = incoming_of(first), known_now(at)
    planned = Planned(incoming, number=first.message.number)
    planned.id = first.message_id
    by_item: dict[int, Anew] = {}
    for report in {each.row.report_id: each.row.report for each in anew}.values():
        found = planned_report(report, incoming)
        for each in (one for one in anew if one.row.report_id == report.pk):
            item = plan_item(found, lab_item(each.row, each.entered), incoming, known)
            if REFUSED in each.entered or _is_nobodys(report, item, found.match):
                item.settle(Kept.REJECTED, REJECTED_BY_HAND)
            if each.former is not None and item.result is None:
                item.judged = item.judged._replace(takes_back=True)
            _note_what_is_known(item, each, how)
            by_item[id(item)] = each
            found.items.append(item)
        planned.reports.append(found)
    Resolved([planned], known, how, by_item, by=by).keep()
    taken = list(planned.every_item())
    _let_others_count([(by_item[id(each)].row, each) for each in taken], by=by, at=at)
    return Counter([each.outcome for each in taken])


def _note_what_is_known(item: PlannedItem, anew: Anew, how: str) -> None:
    """Whoever enters the value has looked; until then, what only a person can say is waited for."""
    item.is_decided = "value" in anew.entered or how == COUNTS_AGAIN
    refusals = [each.how for each in anew.row.resolutions.all()]
    is_typed = anew.row.report.message.wire in TYPED
    item.is_cleared = is_typed or REFUSAL_TAKEN_BACK in (how, *refusals)
    # What it once took away may count again by now.
    took_away = how != REFUSAL_TAKEN_BACK and anew.row.takes_away.exists()
    item.is_met = item.is_decided or anew.former is not None or took_away
    counts_for_nothing = item.judged.reason in ("not-watched", "panel-heading")
    if anew.waits and anew.why in _FOR_A_PERSON and not item.is_decided and not counts_for_nothing:
        item.settle(Kept.QUARANTINED, anew.why)
    elif how == REFUSAL_TAKEN_BACK and item.result is not None and _is_meant_since(anew.row, item):
        item.settle(Kept.QUARANTINED, "order-unknown")


def _is_meant_since(row: LabItemRow, item: PlannedItem) -> bool:
    """Whether the sender took back or corrected a result of that patient, test and day since.

    Under another number or key, that found nothing while this one was refused.
    """
    result = item.result
    assert result is not None
    who = result.person.id
    records = Patient.objects.filter(Q(pk=who) | Q(merged_into=who)).values("pk")
    since = LabItemRow.objects.filter(
        Q(report__patient__in=records) | Q(report__reconciliation__patient__in=records),
        pk__gt=row.pk,
        test=result.test,
        collected_on=result.collected_on,
        status__in=SPEAK_OF_ANOTHER | {ItemStatus.CANCELED},
        report__message__connection=row.report.message.connection,
    )
    return since.exclude(report__report_key=row.report.report_key, key=row.key).exists()


def _is_nobodys(report: LabReportRow, item: PlannedItem, match: Match) -> bool:
    """Whether it waits for a patient though somebody has said that it is about nobody here."""
    decided = getattr(report, "reconciliation", None)
    is_set_aside = decided is not None and decided.is_about_nobody
    return is_set_aside and item.reason == match.trouble


def _let_others_count(
    taken: Iterable[tuple[LabItemRow, PlannedItem]], *, by: Actor, at: datetime
) -> None:
    """What an item took away while nobody could read it, and what it turned out not to be about."""
    settled = {row.pk: each for row, each in taken if each.outcome is not Kept.QUARANTINED}
    about = AwaitedCorrection.objects.filter(item__in=settled).select_related("result")
    let_count_again(
        [each for each in about if not _was_meant(settled[each.item_id], each.result)],
        by=by,
        at=at,
    )


def _was_meant(item: PlannedItem, result: Result) -> bool:
    if item.result is not None and item.item.status is ItemStatus.FINAL:
        # A number that was used again for somebody else says nothing of whom it was used for.
        if item.result.person.id != answered_for(result.patient).pk:
            return False
    if item.result is not None and item.result.test == result.test:
        return True
    return item.key == result.item_key


def let_count_again(
    awaited: Collection[AwaitedCorrection], *, by: Actor, at: datetime
) -> dict[Kept, int]:
    """Have these results count again as they were sent; how many came to what."""
    if not awaited:
        return {}
    rows = list(items_behind([each.result_id for each in awaited]))
    return take_again(rows, COUNTS_AGAIN, by=by, at=at)
