"""A limit that turns out to be crossed more surely is one thing to answer, and both are kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.models import SignalRow
from etasu.registry.monitoring.signal_facts import open_signals, open_signals_seen, signals_of
from etasu.registry.monitoring.signals import acknowledge_signal, escalate_due
from etasu.registry.monitoring.worklist import Rank, Wanted, how_many, worklist
from etasu.registry.notices.models import Notice
from etasu.registry.patients.models import Patient
from tests.registry import labs
from tests.registry.labs import item, message, receive
from tests.registry.test_signals_raised import HOURS, NIA, asker, mara

__all__ = ["mara"]
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def raised(*, before: timedelta) -> tuple[SignalRow, SignalRow]:
    """A rise that could not be compared, and what it was once that came: both of one result.

    The second is raised so long `before` the first is late.
    """
    receive(message(item("creatinine", "1.4")))
    due = SignalRow.objects.get().answer_until
    assert due is not None
    receive(message(item("creatinine", "0.9", collected_on=date(2024, 12, 20))), at=due - before)
    weaker, surer = SignalRow.objects.order_by("pk")
    assert (weaker.certainty, surer.certainty) == ("unassessed", "crossed")
    assert weaker.result == surer.result and weaker.limit_code == surer.limit_code
    return weaker, surer


def test_the_pair_stands_once_in_every_worklist_and_twice_in_the_history(mara: Patient) -> None:
    weaker, surer = raised(before=2 * DAY)
    nia, at = asker("nia"), surer.raised_at + HOURS
    assert [*open_signals(labs.PROGRAM)] == [surer] == [*open_signals_seen(nia)]
    [line] = worklist(nia, Wanted(), on=at.date(), at=at)
    assert (line.rank, line.signals) == (Rank.URGENT_SIGNAL, (surer,))
    routine = Wanted(ranks=frozenset({Rank.ROUTINE_SIGNAL}))
    assert how_many(nia, routine, on=at.date(), at=at) == {}
    assert set(signals_of(mara)) == {weaker, surer}


def test_who_answers_the_surer_one_answers_both(mara: Patient) -> None:
    weaker, surer = raised(before=2 * DAY)
    acknowledge_signal(surer, "Repeated.", by=NIA, at=labs.AT + 2 * HOURS)
    weaker.refresh_from_db()
    assert (weaker.done, weaker.acknowledged_by) == ("Repeated.", "nia")
    assert AuditEntry.objects.filter(verb="signal.acknowledged").count() == 2
    assert not open_signals(labs.PROGRAM).exists()


def test_who_answers_the_less_sure_one_has_not_answered_the_surer(mara: Patient) -> None:
    weaker, surer = raised(before=2 * DAY)
    acknowledge_signal(weaker, "No baseline.", by=NIA, at=labs.AT + 2 * HOURS)
    assert [*open_signals(labs.PROGRAM)] == [surer]


def test_a_surer_one_that_stands_no_longer_speaks_for_nothing(mara: Patient) -> None:
    weaker, surer = raised(before=2 * DAY)
    SignalRow.objects.filter(pk=surer.pk).update(result_replaced_at=labs.AT, result_replaced_by="a")
    assert {*open_signals(labs.PROGRAM)} == {weaker, surer}
    acknowledge_signal(weaker, "Seen.", by=NIA, at=labs.AT)
    assert [*open_signals(labs.PROGRAM)] == [surer]


@pytest.mark.parametrize("at_once", [1, 200])
def test_the_pair_is_escalated_once_and_no_later_than_the_first_was_due(
    mara: Patient, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("etasu.registry.monitoring.signals.AT_ONCE", at_once)
    first, surer = raised(before=HOURS)
    due = first.answer_until
    assert due is not None and due == surer.answer_until
    for _ in range(3):
        escalate_due(by=PLATFORM, at=due)
    late = Notice.objects.filter(facts__is_late=True)
    assert {tuple(each.facts["signals"]) for each in late} == {(surer.number,)}
    assert late.count() == len({each.recipient_id for each in late})
    assert not SignalRow.objects.filter(escalated_at__isnull=True).exists()
    assert AuditEntry.objects.filter(verb="signal.escalated").count() == 2


def test_what_was_escalated_before_leaves_the_surer_one_its_own_time(mara: Patient) -> None:
    receive(message(item("creatinine", "1.4")))
    late = SignalRow.objects.get().answer_until
    assert late is not None and escalate_due(by=PLATFORM, at=late) == 1
    baseline = message(item("creatinine", "0.9", collected_on=date(2024, 12, 20)))
    receive(baseline, at=late + HOURS)
    surer = SignalRow.objects.get(certainty="crossed")
    assert surer.answer_until == late + 25 * HOURS
    assert escalate_due(by=PLATFORM, at=late + HOURS) == 0
    assert escalate_due(by=PLATFORM, at=late + 25 * HOURS) == 1
