"""What falls due, until when, and how it stands: every day of 46 years, and every rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.programs.loader import load_program
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.monitoring import (
    Extension,
    History,
    Spell,
    days_met,
    due_day,
    farthest_extension,
    first_due_after,
    horizon_of,
    last_period,
    opening_day,
    period_of,
    spells,
    watch,
)
from etasu.safe_use.monitoring_plan import Horizon, Lateness
from etasu.safe_use.obligations import (
    OPEN,
    Obligation,
    Rule,
    Status,
    may_cover,
    next_change,
    obligations,
    open_due_day,
    reminders_on,
    rules_of,
    standing,
    status_of,
)
from etasu.safe_use.requirement_base import AppliesTo
from tests.safe_use.building import CHECKOUT

FIRST, LAST = date(2015, 1, 1), date(2060, 12, 31)
ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Phoenix", "America/Puerto_Rico"),
)
MONTHLY, YEARLY = Span(1, Unit.MONTHS), Span(12, Unit.MONTHS)
HORIZON = Horizon(
    code="horizon",
    source="invented",
    after="last_infusion",
    length=Span(48, Unit.MONTHS),
    extendable=True,
)
LATE = Lateness(code="late", source="invented", overdue_after_days=7, escalated_after_days=14)
RULE = Rule("monthly", "cbc", False, MONTHLY, (-7, 0, 7, 14, 30))
VERSION = load_program(CHECKOUT / "programs" / "lemtrada").versions[-1]


def every_day(first: date = FIRST, last: date = LAST, step: int = 1) -> list[date]:
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def check_rule(every: Span, anchor: date) -> None:
    """The dues of one rule after one infusion: rising, without a gap, past the horizon."""
    through = HORIZON.length.after(anchor)
    last = last_period(every, anchor, through)
    dues = [due_day(every, anchor, period) for period in range(last + 1)]
    months = every.count * (12 if every.unit is Unit.YEARS else 1)
    for period, (before, due) in enumerate(zip(dues, dues[1:], strict=False), 1):
        assert before < due, (every, anchor)
        assert (due.year - anchor.year) * 12 + due.month - anchor.month == months * period
        assert due.day == anchor.day or (due + timedelta(days=1)).day == 1 < due.day < anchor.day
    assert dues[-2] < through <= dues[-1]
    assert dues[-1] >= HORIZON.length.after(anchor)


def test_every_rule_after_every_infusion_day_is_rising_without_a_gap_and_long_enough():
    rules = rules_of(VERSION, {"sex": "female"})
    assert len(rules) == 9
    rhythms = {rule.every for rule in rules}
    days = every_day()
    assert len(days) == 16_802
    for every in rhythms:
        for anchor in days:
            check_rule(every, anchor)


def test_a_due_day_is_the_same_in_every_zone_and_on_every_server():
    """A day is written where the infusion was given; the clocks change under none of them."""
    for zone in map(ZoneInfo, ZONES):
        for day in every_day():
            for hour in (0, 3, 23):
                given_at = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
                kept = given_at.astimezone(UTC)
                assert kept.astimezone(zone).date() == day


def test_a_gap_that_is_planted_is_noticed(monkeypatch: pytest.MonkeyPatch):
    def drifting(every: Span, anchor: date, period: int) -> date:
        due = anchor
        for _ in range(period):
            due = every.after(due)
        return due

    monkeypatch.setitem(check_rule.__globals__, "due_day", drifting)
    with pytest.raises(AssertionError):
        check_rule(MONTHLY, date(2023, 8, 31))


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ((date(2024, 2, 29),), date(2028, 2, 29)),
        ((date(2023, 8, 31),), date(2027, 8, 31)),
        ((date(2023, 2, 28),), date(2027, 2, 28)),
        (
            (date(2024, 1, 1), date(2024, 1, 5), date(2025, 1, 6), date(2025, 1, 8)),
            date(2029, 1, 8),
        ),
        (
            (date(2024, 1, 1), date(2025, 1, 8), date(2027, 3, 1), date(2027, 3, 3)),
            date(2031, 3, 3),
        ),
        ((date(2024, 1, 1), date(2024, 1, 2)), date(2028, 1, 2)),
    ],
)
def test_monitoring_ends_48_months_after_the_last_infusion(given, ends):
    assert horizon_of(HORIZON, [MONTHLY], given) == ends
    (spell,) = spells(MONTHLY, HORIZON, given)
    assert spell.anchor == given[0]
    assert spell.through == ends
    assert due_day(MONTHLY, spell.anchor, spell.last - 1) < ends
    assert due_day(MONTHLY, spell.anchor, spell.last) >= ends


def test_nothing_is_owed_before_an_infusion():
    assert spells(MONTHLY, HORIZON, ()) == ()
    assert horizon_of(HORIZON, [MONTHLY], ()) is None
    assert watch("monthly", MONTHLY, HORIZON, History(infusions=())) is None
    assert obligations(RULE, HORIZON, LATE, History(infusions=()), date(2025, 1, 1)) == ()


def test_treatment_after_the_horizon_starts_anew():
    old, new = date(2015, 3, 10), date(2020, 6, 2)
    first, second = spells(MONTHLY, HORIZON, (old, new))
    assert first == Spell(old, date(2019, 3, 10), 48)
    assert second == Spell(new, date(2024, 6, 2), 48)
    history = History(infusions=(old, new), done=(date(2020, 7, 2),))
    found = obligations(RULE, HORIZON, LATE, history, date(2020, 7, 10))
    assert [each.status for each in found if each.due_on < new] == [Status.MISSED] * 48
    assert found[48] == Obligation("monthly", date(2020, 7, 2), Status.MET, date(2020, 7, 2))
    before = obligations(RULE, HORIZON, LATE, history, date(2020, 6, 1))
    assert before[47].status is Status.ESCALATED


def test_an_infusion_on_the_last_due_day_goes_on_and_one_a_day_later_starts_anew():
    anchor = date(2015, 3, 10)
    last = due_day(MONTHLY, anchor, 48)
    assert len(spells(MONTHLY, HORIZON, (anchor, last))) == 1
    assert len(spells(MONTHLY, HORIZON, (anchor, last + timedelta(days=1)))) == 2


@pytest.mark.parametrize(
    ("decided_on", "through", "ends"),
    [
        (date(2027, 5, 1), date(2030, 1, 1), date(2030, 1, 1)),
        (date(2027, 5, 1), date(2027, 6, 1), date(2028, 1, 2)),
        (date(2023, 5, 1), date(2030, 1, 1), date(2028, 1, 2)),
    ],
)
def test_an_extension_lengthens_and_never_shortens(decided_on, through, ends):
    infusions = (date(2024, 1, 1), date(2024, 1, 2))
    made = (Extension(through, decided_on),)
    assert spells(MONTHLY, HORIZON, infusions, made)[-1].through == ends
    assert horizon_of(HORIZON, [MONTHLY], infusions, made) == ends


def test_an_extension_keeps_the_rule_running_until_the_next_infusion():
    infusions = (date(2015, 3, 10), date(2020, 6, 2))
    (spell,) = spells(MONTHLY, HORIZON, infusions, (Extension(date(2021, 1, 1), date(2019, 1, 1)),))
    assert spell.anchor == date(2015, 3, 10)
    assert spell.through == date(2024, 6, 2)


def test_an_extension_decided_before_the_next_course_is_part_of_the_end_that_is_shown():
    infusions = (date(2024, 1, 1), date(2026, 6, 1))
    made = (Extension(date(2033, 1, 1), date(2026, 1, 10)),)
    (spell,) = spells(MONTHLY, HORIZON, infusions, made)
    assert spell.through == date(2033, 1, 1) == horizon_of(HORIZON, [MONTHLY], infusions, made)
    assert horizon_of(HORIZON, [], infusions, made) == date(2030, 6, 1)


def test_the_end_that_is_shown_is_that_of_the_rule_that_runs_longest():
    """A yearly rule still runs where the monthly ones were over and begin anew."""
    infusions = (date(2020, 1, 10), date(2024, 2, 20))
    made = (Extension(date(2031, 1, 1), date(2020, 5, 1)),)
    assert horizon_of(HORIZON, [MONTHLY], infusions, ()) == date(2028, 2, 20)
    assert horizon_of(HORIZON, [MONTHLY, YEARLY], infusions, made) == date(2031, 1, 1)


def test_no_extension_reaches_further_than_fifty_years():
    infusions, decided_on = (date(2024, 1, 1),), date(2024, 5, 1)
    assert farthest_extension(decided_on) == date(2074, 5, 1)
    for_life = (Extension(date.max, decided_on),)
    (spell,) = spells(MONTHLY, HORIZON, infusions, for_life)
    assert (spell.through, spell.last) == (date(2074, 5, 1), 604)
    history = History(infusions=infusions, extensions=for_life, done=(date(9999, 12, 30),))
    kept = watch("monthly", MONTHLY, HORIZON, history)
    assert kept is not None
    assert kept.open_period is None


def test_what_an_extension_comes_too_late_for_was_never_owed():
    """Monitoring was over in January and is taken up again in September, in the same rhythm."""
    first = date(2020, 1, 10)
    done = tuple(due_day(MONTHLY, first, k) for k in range(1, 49))
    made = (Extension(date(2025, 9, 1), date(2024, 9, 1)),)
    history = History(infusions=(first,), done=done, extensions=made)
    found = obligations(RULE, HORIZON, LATE, history, date(2024, 9, 1))
    assert [each.status for each in found[:48]] == [Status.MET] * 48
    assert [each.status for each in found[48:55]] == [Status.WAIVED] * 7
    assert found[55] == Obligation("monthly", date(2024, 9, 10), Status.UPCOMING)
    assert found[-1].due_on == date(2025, 9, 10)
    kept = watch("monthly", MONTHLY, HORIZON, history)
    assert kept is not None
    assert (kept.open_period, kept.anchor) == (56, first)
    undone = watch("monthly", MONTHLY, HORIZON, replace(history, done=done[:-1]))
    assert undone is not None
    assert undone.open_period == 48
    meanwhile = replace(history, extensions=(Extension(date(2025, 9, 1), date(2024, 1, 10)),))
    seven = obligations(RULE, HORIZON, LATE, meanwhile, date(2024, 9, 1))[48:55]
    assert {each.status for each in seven} <= {*OPEN}


def test_a_day_belongs_to_the_nearest_due_day():
    anchor = date(2024, 1, 31)
    assert opening_day(MONTHLY, anchor, 1) == date(2024, 2, 15)
    assert due_day(MONTHLY, anchor, 1) == date(2024, 2, 29)
    assert period_of(MONTHLY, anchor, date(2024, 2, 14)) == 0
    assert period_of(MONTHLY, anchor, date(2024, 2, 15)) == 1
    assert period_of(MONTHLY, anchor, date(2024, 3, 15)) == 1
    assert period_of(MONTHLY, anchor, date(2024, 3, 16)) == 2
    assert period_of(MONTHLY, anchor, date(2023, 1, 1)) == 0


@given(
    st.dates(FIRST, LAST),
    st.integers(-100, 3000),
    st.sampled_from(
        [MONTHLY, Span(3, Unit.MONTHS), YEARLY, Span(2, Unit.YEARS), Span(14, Unit.DAYS)]
    ),
)
def test_every_day_belongs_to_one_period(anchor, offset, every):
    day = anchor + timedelta(days=offset)
    period = period_of(every, anchor, day)
    if period:
        assert opening_day(every, anchor, period) <= day
    assert day < opening_day(every, anchor, period + 1)
    after = first_due_after(every, anchor, day)
    assert due_day(every, anchor, after) > day
    assert after == 1 or due_day(every, anchor, after - 1) <= day


def test_what_was_done_keeps_up_one_period_and_late_means_the_last():
    spell = Spell(date(2024, 1, 1), date(2024, 4, 1), 3)
    done = (
        date(2023, 12, 20),
        date(2024, 1, 3),
        date(2024, 2, 1),
        date(2024, 2, 3),
        date(2025, 9, 9),
    )
    met = days_met(MONTHLY, spell, done, date.max)
    assert met == {1: date(2024, 2, 1), 3: date(2025, 9, 9)}
    assert days_met(MONTHLY, spell, done, date(2025, 9, 9)) == {1: date(2024, 2, 1)}


def test_one_result_can_be_baseline_and_month():
    """The day before the second course serves the course and the month alike."""
    infusions = (date(2024, 1, 1), date(2025, 1, 8))
    (spell,) = spells(MONTHLY, HORIZON, infusions)
    assert days_met(MONTHLY, spell, (date(2025, 1, 2),), date.max) == {12: date(2025, 1, 2)}


@pytest.mark.parametrize(
    ("late", "status"),
    [(-1, "upcoming"), (0, "due"), (6, "due"), (7, "overdue"), (13, "overdue"), (14, "escalated")],
)
def test_what_is_not_done_grows_later(late, status):
    due = date(2025, 3, 1)
    assert status_of(due, LATE, due + timedelta(days=late)) == status


def test_a_month_left_out_is_missed_once_a_later_one_is_done():
    infusions = (date(2024, 1, 1),)
    done = (date(2024, 2, 1), date(2024, 4, 2))
    found = obligations(
        RULE, HORIZON, LATE, History(infusions=infusions, done=done), date(2024, 5, 9)
    )
    assert [each.status for each in found[:5]] == ["met", "missed", "met", "overdue", "upcoming"]
    earlier = obligations(
        RULE, HORIZON, LATE, History(infusions=infusions, done=done), date(2024, 3, 20)
    )
    assert [each.status for each in earlier[:3]] == ["met", "escalated", "upcoming"]


def test_a_waived_month_is_not_asked_for():
    due = date(2024, 2, 1)
    history = History(infusions=(date(2024, 1, 1),), waived=frozenset([due]))
    kept = watch("monthly", MONTHLY, HORIZON, history)
    assert kept is not None
    assert (kept.waived, kept.open_period) == (1, 2)
    assert open_due_day(kept, MONTHLY) == date(2024, 3, 1)
    assert obligations(RULE, HORIZON, LATE, history, due)[0].status is Status.WAIVED
    assert reminders_on(kept, RULE, due) == ()
    both = History(infusions=(date(2024, 1, 1),), waived=frozenset([due]), done=(due,))
    assert obligations(RULE, HORIZON, LATE, both, due)[0].status is Status.MET
    every = frozenset(due_day(MONTHLY, date(2024, 1, 1), n) for n in range(1, 49))
    done = watch("monthly", MONTHLY, HORIZON, History(infusions=(date(2024, 1, 1),), waived=every))
    assert done is not None
    assert done.open_period is None
    assert open_due_day(done, MONTHLY) is None
    assert next_change(done, RULE, LATE, due) is None
    assert reminders_on(done, RULE, due) == ()
    assert standing(done, MONTHLY, LATE, due) is Status.MET


def test_a_waiver_of_a_later_month_leaves_the_earlier_one_open():
    history = History(infusions=(date(2024, 1, 1),), waived=frozenset([date(2024, 3, 1)]))
    kept = watch("monthly", MONTHLY, HORIZON, history)
    assert kept is not None
    assert (kept.waived, kept.open_period) == (2, 1)
    assert reminders_on(kept, RULE, date(2024, 3, 1)) == ()
    assert reminders_on(kept, RULE, date(2024, 3, 2)) == ((date(2024, 2, 1), 30),)


def test_reminders_climb_the_ladder_of_each_open_month():
    kept = watch("monthly", MONTHLY, HORIZON, History(infusions=(date(2024, 1, 1),)))
    assert kept is not None
    assert reminders_on(kept, RULE, date(2024, 1, 25)) == ((date(2024, 2, 1), -7),)
    assert reminders_on(kept, RULE, date(2024, 1, 26)) == ()
    assert reminders_on(kept, RULE, date(2024, 3, 1)) == ((date(2024, 3, 1), 0),)
    assert reminders_on(kept, RULE, date(2023, 12, 25)) == ()
    last = due_day(MONTHLY, kept.anchor, kept.last)
    assert reminders_on(kept, RULE, last + timedelta(days=30)) == ((last, 30),)
    assert reminders_on(kept, RULE, due_day(MONTHLY, kept.anchor, kept.last + 1)) == ()


def test_a_rule_for_a_group_is_owed_unless_the_patient_is_known_to_be_outside():
    women = AppliesTo(attribute="sex", value="female")
    assert may_cover(women, {})
    assert may_cover(women, {"sex": "female"})
    assert not may_cover(women, {"sex": "male"})
    assert may_cover(AppliesTo(), {"sex": "male"})
    codes = {rule.code for rule in rules_of(VERSION, {"sex": "male"})}
    assert "yearly-hpv" not in codes
    assert {"monthly-cbc", "yearly-skin-exam", "patient-status"} <= codes
    assert "infusion-checklist" not in codes
    forms = [rule for rule in rules_of(VERSION, {}) if rule.is_form]
    assert [(rule.subject, rule.every) for rule in forms] == [
        ("patient-status", Span(6, Unit.MONTHS))
    ]


# Extensions: how many days after a first one each was decided on, and for how many days.
EXTENDED = st.lists(st.tuples(st.integers(0, 4500), st.integers(1, 2000)), max_size=3)


def decided(first: date, extended: Sequence[tuple[int, int]]) -> tuple[Extension, ...]:
    return tuple(
        Extension(first + timedelta(days=on + days), first + timedelta(days=on))
        for on, days in extended
    )


@given(
    st.dates(date(2015, 1, 1), date(2030, 12, 31)),
    st.lists(st.integers(0, 2600), max_size=3),
    EXTENDED,
)
def test_only_what_fell_due_while_monitoring_was_over_was_never_owed(first, more, extended):
    infusions, made = days_after(first, [0, *more]), decided(first, extended)
    for spell in spells(MONTHLY, HORIZON, infusions, made):
        for period in spell.not_owed:
            due_on = due_day(MONTHLY, spell.anchor, period)
            # Somebody decided later, and on no day through which it went on before.
            known = [day for day in infusions if day < due_on]
            until = [each for each in made if each.decided_on <= due_on]
            assert any(each.decided_on > due_on for each in made)
            assert due_day(MONTHLY, spell.anchor, period - 1) >= max(
                horizon_of(HORIZON, [MONTHLY], known, until), known[-1]
            )
        assert spell.last not in spell.not_owed


def days_after(first: date, offsets: Sequence[int]) -> tuple[date, ...]:
    return tuple(sorted(first + timedelta(days=n) for n in offsets))


@given(
    st.dates(date(2015, 1, 1), date(2030, 12, 31)),
    st.lists(st.integers(0, 2600), max_size=4),
    st.lists(st.integers(0, 4000), max_size=40),
    st.integers(0, 4500),
    st.sampled_from([MONTHLY, Span(3, Unit.MONTHS), YEARLY]),
    EXTENDED,
    st.lists(st.integers(1, 60), max_size=4),
)
def test_the_short_form_says_what_the_long_one_says(
    first, more, done, offset, every, extended, waived
):
    """What is maintained answers like what is derived, and changes on no day it does not name."""
    on = first + timedelta(days=offset)
    rule = RULE._replace(every=every)
    infusions = tuple(day for day in days_after(first, [0, *more]) if day <= on)
    known = tuple(day for day in days_after(first, done) if day <= on)
    history = History(
        infusions=infusions,
        done=known,
        extensions=tuple(each for each in decided(first, extended) if each.decided_on <= on),
        waived=frozenset(due_day(every, first, period) for period in waived),
    )
    kept = watch(rule.code, every, HORIZON, history)
    found = obligations(rule, HORIZON, LATE, history, on)
    assert kept is not None
    undone = [
        each.due_on
        for each in found
        if each.due_on > kept.anchor and each.status in (*OPEN, Status.UPCOMING)
    ]
    assert open_due_day(kept, every) == min(undone, default=None)
    change = next_change(kept, rule, LATE, on)
    for later in range(1, 40):
        day = on + timedelta(days=later)
        says = standing(kept, every, LATE, day), reminders_on(kept, rule, day)
        if change is None or day < change:
            assert says == (standing(kept, every, LATE, on), ())
        else:
            break


@given(
    st.lists(st.dates(date(2015, 1, 1), date(2024, 12, 31)), min_size=1, max_size=6),
    EXTENDED,
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_things_became_known_changes_nothing(days, extended, order):
    made = decided(date(2015, 1, 1), extended)
    shuffled, decisions = list(days), list(made)
    order.shuffle(shuffled)
    order.shuffle(decisions)
    assert spells(MONTHLY, HORIZON, days, made) == spells(MONTHLY, HORIZON, shuffled, decisions)
    newest = spells(MONTHLY, HORIZON, days, made)[-1]
    assert newest.through == horizon_of(HORIZON, [MONTHLY], days, made)


@given(
    st.lists(st.dates(date(2015, 1, 1), date(2024, 12, 31)), min_size=1, max_size=6),
    st.dates(date(2015, 1, 1), date(2024, 12, 31)),
    EXTENDED,
)
def test_one_infusion_more_never_ends_monitoring_earlier(days, more, extended):
    made = decided(date(2015, 1, 1), extended)
    before = horizon_of(HORIZON, [MONTHLY, YEARLY], days, made)
    after = horizon_of(HORIZON, [MONTHLY, YEARLY], [*days, more], made)
    assert before is not None
    assert after is not None
    assert after >= before
