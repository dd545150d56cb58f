"""What is owed that was not owed before is brought up once, by its newest reminder."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.monitoring import Watch
from etasu.safe_use.obligations import Rule, reminders_on, unsaid_since

YEARLY, MONTHLY = Span(12, Unit.MONTHS), Span(1, Unit.MONTHS)
ANCHOR = date(2024, 4, 1)
EXAM = Rule("yearly", "skin-exam", False, YEARLY, (-7, 0, 7, 14, 30))
COUNT = Rule("monthly", "cbc", False, MONTHLY, (-7, 0, 7, 14, 30))


def kept(met: int = 0, waived: int = 0, last: int = 4, anchor: date = ANCHOR) -> Watch:
    return Watch("yearly", anchor, date(2028, 4, 1), last, met, waived)


def test_a_result_taken_back_has_its_obligation_brought_up_by_its_newest_reminder():
    due_on = date(2025, 4, 1)
    for late, newest in ((-8, None), (-7, -7), (0, 0), (13, 7), (30, 30), (300, 30)):
        on = due_on + timedelta(days=late)
        said_on = None if newest is None else due_on + timedelta(days=newest)
        assert unsaid_since(kept(), kept(met=1), EXAM, on) == said_on
        assert unsaid_since(kept(), None, EXAM, on) == said_on


def test_nothing_is_brought_up_of_what_was_owed_before_or_is_no_longer():
    on = date(2025, 6, 1)
    assert unsaid_since(kept(), kept(), EXAM, on) is None
    assert unsaid_since(kept(met=1), kept(), EXAM, on) is None
    assert unsaid_since(kept(met=0b1111), kept(), EXAM, on) is None
    assert unsaid_since(kept(waived=1), None, EXAM, on) is None
    assert unsaid_since(kept(), None, EXAM._replace(remind_days=()), on) is None


def test_a_waiver_that_ended_and_another_anchor_are_brought_up():
    on, said_on = date(2025, 6, 1), date(2025, 5, 1)
    assert unsaid_since(kept(), kept(waived=1), EXAM, on) == said_on
    earlier = kept(anchor=date(2024, 3, 25))
    assert unsaid_since(kept(), earlier, EXAM, on) == said_on
    assert unsaid_since(kept(), kept(met=0b1111), EXAM, on) == said_on
    assert unsaid_since(kept(last=2), kept(last=1, met=1), EXAM, date(2026, 6, 1)) == date(
        2026, 5, 1
    )


@given(st.integers(0, 0xFF), st.integers(0, 0xFF), st.integers(0, 0xFF), st.integers(0, 300))
def test_it_is_the_newest_day_on_which_something_would_have_been_said(met, before, waived, days):
    """As it is on every day, asked one day after another."""
    on = ANCHOR + timedelta(days=days)
    now, then = kept(met, waived, last=8), kept(before, waived >> 1, last=7)
    unsaid = [
        day
        for day in (ANCHOR + timedelta(days=n) for n in range(days + 1))
        if set(reminders_on(now, COUNT, day)) - set(reminders_on(then, COUNT, day))
    ]
    assert unsaid_since(now, then, COUNT, on) == max(unsaid, default=None)
