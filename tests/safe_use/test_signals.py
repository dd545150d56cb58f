"""Signals: raised at the limit and not beside it, never silent, never muted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.programs.library import load_library
from etasu.safe_use import signals
from etasu.safe_use.monitoring_plan import Limit, LimitCondition, TestDefinition, Urgency
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signal_conditions import Comparison, compare
from etasu.safe_use.signals import (
    Against,
    Certainty,
    Measured,
    Record,
    Signal,
    assess,
    needed_beside,
)
from tests.safe_use.building import version

DAY = date(2025, 6, 1)
COURSES = (date(2025, 1, 6), date(2026, 1, 12))
_keys = iter(range(1, 1_000_000))


@pytest.fixture(scope="module")
def lemtrada() -> ProgramVersion:
    """The newest version."""
    return load_library().programs["lemtrada"].versions[-1]


def limit(condition: str, value: str | None = None, **named: Any) -> Limit:
    """A limit of the test `t`."""
    given = {"test": "t", "unit": None, "action": "Act.", "urgency": Urgency.URGENT, **named}
    code = given.pop("code", "asked")
    return Limit(
        code=code, source="invented", condition=LimitCondition(condition), value=value, **given
    )


def program(*limits: Limit) -> ProgramVersion:
    """A version with these limits."""
    tests = {
        each.test: TestDefinition(code=each.test, source="invented", name=each.test)
        for each in limits
    }
    return version(tests=tests, limits={each.code: each for each in limits})


def reading(value: str | None, on: date = DAY, test: str = "t", **named: Any) -> Measured:
    """A result, newer in its key than those before."""
    return Measured(next(_keys), test, on, value, **named)


def certainty(asked: Limit, value: str | None, *before: Measured, **named: Any) -> str:
    """How surely the one limit is crossed."""
    courses = named.pop("courses", ())
    new = reading(value, **named)
    found = assess(program(asked), Record(results=before, courses=courses), [new])
    return found[0].certainty.name if found else "NOT_CROSSED"


EXACT = [
    ("below", "100", "99.9", "CROSSED"), ("below", "100", "100", "NOT_CROSSED"),
    ("below", "100", "8", "CROSSED"), ("below", "100", "<100", "CROSSED"),
    ("below", "100", "<=100", "PERHAPS"), ("below", "100", "<120", "PERHAPS"),
    ("below", "100", ">=100", "NOT_CROSSED"), ("below", "100", ">90", "PERHAPS"),
    ("below", "100", "90-99", "CROSSED"), ("below", "100", "90-110", "PERHAPS"),
    ("above", "200", "200", "NOT_CROSSED"), ("above", "200", "200.1", "CROSSED"),
    ("above", "200", ">200", "CROSSED"), ("above", "200", ">=200", "PERHAPS"),
    ("above", "200", "<=200", "NOT_CROSSED"), ("above", "200", "<300", "PERHAPS"),
    ("at_least", "200", "200", "CROSSED"), ("at_least", "200", "199.9", "NOT_CROSSED"),
    ("at_least", "200", ">=200", "CROSSED"), ("at_least", "200", "<200", "NOT_CROSSED"),
    ("at_least", "200", "<=200", "PERHAPS"), ("at_least", "200", ">150", "PERHAPS"),
    ("below", "100", "clumped", "UNASSESSED"), ("below", "100", None, "UNASSESSED"),
    ("reads", "positive", "positive", "CROSSED"), ("reads", "positive", "negative", "NOT_CROSSED"),
    ("reads", "positive", "indeterminate", "PERHAPS"), ("reads", "positive", "12", "UNASSESSED"),
    ("at_least_grade", "1+", "1+", "CROSSED"), ("at_least_grade", "1+", "4+", "CROSSED"),
    ("at_least_grade", "1+", "trace", "NOT_CROSSED"), ("at_least_grade", "1+", "30", "UNASSESSED"),
    ("at_least_grade", None, "1+", "UNASSESSED"), ("below", "a lot", "5", "UNASSESSED"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "value", "seen", "expected"), EXACT)
def test_a_limit_is_crossed_where_it_says(
    condition: str, value: str | None, seen: str | None, expected: str
) -> None:
    assert certainty(limit(condition, value), seen) == expected


def test_a_number_in_another_unit_is_never_compared() -> None:
    asked = limit("below", "100", unit="10*3/uL")
    assert certainty(asked, "50", unit="10*3/uL") == "CROSSED"
    assert certainty(asked, "50", unit="/uL") == "UNASSESSED"
    assert certainty(asked, "50", unit="10*3/uL", is_unclear=True) == "UNASSESSED"


RANGED = [
    ("above_range", "4.1", {"low": "0.4", "high": "4.0"}, "CROSSED"),
    ("above_range", "4.0", {"low": "0.4", "high": "4.0"}, "NOT_CROSSED"),
    ("below_range", "0.3", {"low": "0.4", "high": "4.0"}, "CROSSED"),
    ("below_range", "0.4", {"low": "0.4", "high": "4.0"}, "NOT_CROSSED"),
    ("above_range", "4.1", {}, "UNASSESSED"),
    ("above_range", "4.1", {"flags": ("H",)}, "CROSSED"),
    ("above_range", "4.1", {"flags": ("L", "N")}, "NOT_CROSSED"),
    ("below_range", "4.1", {"flags": ("L",)}, "CROSSED"),
    ("below_range", "4.1", {"flags": ("HH",)}, "NOT_CROSSED"),
    ("above_range", "many", {"flags": ("A",)}, "PERHAPS"),
    ("above_range", "many", {"high": "3", "flags": ("A",)}, "PERHAPS"),
    ("above_range", "many", {"high": "3"}, "UNASSESSED"),
    ("above_range", "3.9", {"high": "4.0", "flags": ("H",)}, "CROSSED"),
    ("above_range", "4.1", {"high": "4.0", "flags": ("N",)}, "CROSSED"),
    ("above_range", "3-10", {"high": "4"}, "PERHAPS"),
    ("below_range", "9", {"high": "4"}, "NOT_CROSSED"),
    ("below_range", "9", {"high": "4", "flags": ("L",)}, "CROSSED"),
    ("above_range", "9", {"low": "4"}, "NOT_CROSSED"),
    ("above_range", "odd", {"low": "4"}, "UNASSESSED"),
    ("times_upper_limit", "9", {"low": "4"}, "UNASSESSED"),
    ("times_upper_limit", "120", {"high": "40"}, "NOT_CROSSED"),
    ("times_upper_limit", "120.1", {"high": "40"}, "CROSSED"),
    ("times_upper_limit", "120.1", {"flags": ("H",)}, "UNASSESSED"),
    ("times_upper_limit", "120.1", {"flags": ("A",)}, "UNASSESSED"),
    ("times_upper_limit", "20", {"flags": ("N",)}, "NOT_CROSSED"),
    ("above_range", "4.1", {"high": "4.0", "unit": "furlongs", "is_unclear": True}, "CROSSED"),
    # An end that is itself outside.
    ("above_range", "3", {"high": "<3"}, "CROSSED"),
    ("above_range", "2.9", {"high": "<3"}, "NOT_CROSSED"),
    ("above_range", "<3", {"high": "<3"}, "NOT_CROSSED"),
    ("above_range", "<=3", {"high": "<3"}, "PERHAPS"),
    ("above_range", "3", {"high": "<=3"}, "NOT_CROSSED"),
    ("above_range", "3", {"high": ">3"}, "UNASSESSED"),
    ("above_range", "9", {"low": ">4"}, "NOT_CROSSED"),
    ("below_range", "60", {"low": ">60"}, "CROSSED"),
    ("below_range", "60.1", {"low": ">60"}, "NOT_CROSSED"),
    ("below_range", ">60", {"low": ">60"}, "NOT_CROSSED"),
    ("below_range", ">=60", {"low": ">60"}, "PERHAPS"),
    ("below_range", "60", {"low": ">=60"}, "NOT_CROSSED"),
    ("below_range", "60", {"low": "<60"}, "UNASSESSED"),
    ("below_range", "9", {"high": "<4"}, "NOT_CROSSED"),
    ("times_upper_limit", "120", {"high": "<40"}, "CROSSED"),
    ("times_upper_limit", "119.9", {"high": "<40"}, "NOT_CROSSED"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "value", "named", "expected"), RANGED)
def test_the_laboratorys_own_range_or_its_flags_decide(
    condition: str, value: str, named: dict[str, Any], expected: str
) -> None:
    assert certainty(limit(condition, "3"), value, **named) == expected


@pytest.mark.parametrize(
    ("value", "named", "expected"),
    [
        ("25", {"high": "5"}, "PERHAPS"), ("3", {"high": "5"}, "NOT_CROSSED"),
        ("3", {"flags": ("H",)}, "PERHAPS"), ("3", {"flags": ("N",)}, "NOT_CROSSED"),
        ("1.0", {"high": "<1.0"}, "PERHAPS"), ("0.9", {"high": "<1.0"}, "NOT_CROSSED"),
    ],
)  # fmt: skip
def test_a_number_where_a_word_is_asked_for_is_read_by_the_laboratorys_range(
    value: str, named: dict[str, Any], expected: str
) -> None:
    assert certainty(limit("reads", "positive"), value, **named) == expected


@pytest.mark.parametrize(
    ("condition", "named", "said"),
    [
        ("above_range", {"high": "3"}, "to 3"), ("above_range", {"high": "<3"}, "to <3"),
        ("below_range", {"low": "7"}, "from 7"), ("below_range", {"low": ">7"}, "from >7"),
    ],
)  # fmt: skip
def test_whether_an_end_of_the_range_is_outside_is_said(
    condition: str, named: dict[str, Any], said: str
) -> None:
    crossing = reading("4" if "high" in named else "6", **named)
    (found,) = assess(program(limit(condition)), Record(results=()), [crossing])
    assert found.against == (Against("range", said),)


def earlier(value: str, days: int, **named: Any) -> Measured:
    """A result that many days before."""
    return reading(value, DAY - timedelta(days=days), **named)


def test_a_fall_is_from_the_result_before() -> None:
    fall = limit("fall_percent", "50")
    assert certainty(fall, "40") == "NOT_CROSSED"
    assert certainty(fall, "100", earlier("200", 30)) == "CROSSED"
    assert certainty(fall, "100.1", earlier("200", 30)) == "NOT_CROSSED"
    assert certainty(fall, "100", earlier("300", 60), earlier("150", 30)) == "NOT_CROSSED"
    assert certainty(fall, "100", earlier("200", 60), earlier("clumped", 30)) == "CROSSED"
    assert certainty(fall, "100", earlier("clumped", 30)) == "UNASSESSED"
    assert certainty(fall, "100", earlier("200", 30, unit="/uL")) == "UNASSESSED"
    assert certainty(fall, "clumped", earlier("200", 30)) == "UNASSESSED"
    assert certainty(fall, "100", earlier("200", 30), is_unclear=True) == "UNASSESSED"
    assert certainty(fall, "<120", earlier("200", 30)) == "PERHAPS"
    assert certainty(fall, "<=100", earlier("200", 30)) == "CROSSED"
    assert certainty(fall, ">100", earlier("200", 30)) == "NOT_CROSSED"
    assert certainty(fall, "100", earlier(">150", 30)) == "PERHAPS"
    assert certainty(fall, "100", earlier("<150", 30)) == "NOT_CROSSED"
    assert certainty(fall, "70", earlier("<150", 30)) == "PERHAPS"
    assert certainty(limit("fall_percent", "half"), "7", earlier("9", 1)) == "UNASSESSED"


def timed(value: str, hour: int | None, **named: Any) -> Measured:
    """A result of the day, of that hour of it if any."""
    at = None if hour is None else datetime(DAY.year, DAY.month, DAY.day, hour, tzinfo=UTC)
    return reading(value, moment=at, **named)


def falls(*arrived: Measured) -> list[tuple[str, str]]:
    """What falls by half from what, of results that become known in this order."""
    limits = program(limit("fall_percent", "50"))
    raised: dict[int, tuple[str, str]] = {}
    for count, each in enumerate(arrived):
        for found in assess(limits, Record(results=arrived[:count]), [each]):
            if found.against:
                raised[found.result] = (found.seen, found.against[0].value)
    return sorted(raised.values())


def test_within_a_day_the_moments_say_which_result_came_before() -> None:
    before = earlier("200", 20)
    for first, then in permutations([timed("140", 18), timed("300", 8)]):
        assert falls(before, first, then) == [("140", "300")]
    for first, then in permutations([timed("140", 8), timed("300", 18)]):
        assert falls(before, first, then) == []
    next_day = reading("150", DAY + timedelta(days=1))
    for several in permutations([timed("140", 8), timed("300", 18), next_day]):
        assert ("150", "300") in falls(before, *several)


def test_a_result_without_a_moment_stands_where_a_fall_shows() -> None:
    before = earlier("200", 20)
    for several in permutations([timed("140", None), timed("300", None)]):
        assert falls(before, *several) == [("140", "300")]
    for several in permutations([timed("140", None), timed("300", 8)]):
        assert ("140", "300") in falls(before, *several)
    for several in permutations([timed("140", 8), timed("300", None)]):
        assert ("140", "300") in falls(before, *several)
    clumped = [timed("clumped", None), timed("140", 18), timed(">300", None), timed("<150", 8)]
    for several in permutations(clumped):
        assert ("140", "<150") not in falls(before, *several)
        assert ("<150", ">300") in falls(before, *several)


def test_a_moment_changes_nothing_of_what_a_result_says_alone() -> None:
    low = limit("below", "100")
    assert certainty(low, "90", moment=datetime(2025, 6, 1, 8, tzinfo=UTC)) == "CROSSED"


def test_a_rise_is_above_the_newest_value_before_the_newest_course() -> None:
    rise, courses = limit("rise_percent", "30"), COURSES[:1]
    base = reading("1.0", COURSES[0])

    def rises(value: str, *before: Measured, **named: Any) -> str:
        return certainty(rise, value, *before, courses=courses, **named)

    assert rises("1.3", base) == "NOT_CROSSED"
    assert rises("1.31", base) == "CROSSED"
    assert rises("1.4", base, earlier("1.4", 30)) == "CROSSED"
    assert rises("9", earlier("1.0", 30)) == "UNASSESSED"
    assert rises("9", base, on=COURSES[0]) == "NOT_CROSSED"
    assert rises("high", base) == rises("9", base, is_unclear=True) == "UNASSESSED"
    assert rises(">1.2", base) == "PERHAPS"
    assert rises("1.4", reading("<1.2", COURSES[0])) == "PERHAPS"
    assert rises("1.4", reading(">1.2", COURSES[0])) == "NOT_CROSSED"
    assert rises("1.7", reading(">1.2", COURSES[0])) == "PERHAPS"
    assert certainty(rise, "9", base) == "NOT_CROSSED"


def test_a_new_course_has_a_new_baseline_and_the_first_one_is_still_said() -> None:
    first, second = reading("0.8", COURSES[0]), reading("1.2", COURSES[1])
    new = reading("1.6", date(2026, 3, 1))
    record = Record(results=(first, second), courses=COURSES)
    (found,) = assess(program(limit("rise_percent", "30")), record, [new])
    assert found.against == (
        Against("baseline", "1.2", COURSES[1]),
        Against("original baseline", "0.8", COURSES[0]),
    )
    assert not assess(program(limit("rise_percent", "30")), record, [new._replace(value="1.5")])
    between = reading("1.1", date(2025, 12, 1))
    found, _ = assess(program(limit("rise_percent", "30")), record, [between])
    assert found.against == (Against("baseline", "0.8", COURSES[0]),)


def test_what_comes_late_is_looked_at_with_what_it_changes() -> None:
    fall = program(limit("fall_percent", "50"))
    low = reading("120", DAY)
    late = reading("250", DAY - timedelta(days=5))
    (found,) = assess(fall, Record(results=(earlier("200", 30), low)), [late])
    assert found.result == low.key and found.against[0].value == "250"
    rise = program(limit("rise_percent", "30"))
    high = reading("1.4")
    base = reading("1.0", COURSES[0])
    (found,) = assess(rise, Record(results=(high,), courses=COURSES[:1]), [base])
    assert found.result == high.key


TOGETHER = (
    limit("rise_percent", "30", code="alone"),
    limit(
        "rise_percent", "30", code="both", together_with=("blood",), together_days=31,
        urgency=Urgency.EMERGENCY,
    ),
    limit("above_range", test="u", code="blood"),
)  # fmt: skip


def both(*found: Signal) -> list[tuple[str, str]]:
    """The combined signals among them."""
    return [(each.limit, each.certainty.name) for each in found if each.limit == "both"]


@pytest.mark.parametrize(("days", "raised"), [(0, True), (31, True), (-31, True), (32, False)])
def test_two_limits_count_together_when_they_are_near(days: int, raised: bool) -> None:
    base, rise = reading("1.0", COURSES[0]), reading("1.4")
    blood = reading("9", DAY + timedelta(days=days), test="u", high="3")
    for first, second in permutations((rise, blood)):
        known = Record(results=(base, first), courses=COURSES[:1])
        found = assess(program(*TOGETHER), known, [second])
        assert both(*found) == ([("both", "CROSSED")] if raised else [])
        if raised:
            assert found[0].limit == "both" and found[0].urgency is Urgency.EMERGENCY
            assert (found[0].result, found[0].beside) == (rise.key, (blood.key,))
    at_once = assess(
        program(*TOGETHER), Record(results=(base,), courses=COURSES[:1]), [rise, blood]
    )
    assert bool(both(*at_once)) is raised


def test_what_is_not_sure_of_one_is_not_sure_of_both() -> None:
    base, rise = reading("1.0", COURSES[0]), reading("1.4")
    known = Record(results=(base, rise), courses=COURSES[:1])
    unclear = reading("9", test="u")
    assert both(*assess(program(*TOGETHER), known, [unclear])) == [("both", "PERHAPS")]
    nothing = reading("1", test="u", high="3")
    assert both(*assess(program(*TOGETHER), known, [nothing])) == []
    sure = reading("9", DAY - timedelta(days=9), test="u", high="3")
    found = assess(program(*TOGETHER), known, [unclear, sure])
    assert both(*found) == [("both", "CROSSED")]
    odd = Record(results=(base, reading("odd")), courses=COURSES[:1])
    assert {each.certainty for each in assess(program(*TOGETHER), odd, [unclear])} == {
        Certainty.UNASSESSED
    }


def test_what_could_not_be_compared_is_said_once_for_a_result() -> None:
    limits = (
        limit("below", "100", code="low"),
        limit("below", "50", code="lower", urgency=Urgency.EMERGENCY),
        limit("above", "900", code="high", urgency=Urgency.ROUTINE),
    )
    (found,) = assess(program(*limits), Record(results=()), [reading("clumped")])
    assert (found.limit, found.certainty) == ("lower", Certainty.UNASSESSED)
    assert {each.value for each in found.against if each.what == "limit"} >= {"low", "high"}
    assert found.reason


def test_near_an_infusion_the_note_is_said_and_nothing_is_muted(lemtrada: ProgramVersion) -> None:
    given = Record(results=(), courses=COURSES[:1], infusions=COURSES[:1])
    for days, noted in ((0, True), (60, True), (61, False), (-1, False)):
        low = reading("8", COURSES[0] + timedelta(days=days), test="platelets", unit="10*3/uL")
        (found,) = assess(lemtrada, given, [low])
        assert found.limit == "platelets-below-100" and found.urgency is Urgency.URGENT
        assert bool(found.note) is noted
        assert found.reflex == ("cbc-with-differential",)


def test_anti_gbm_disease_is_an_emergency(lemtrada: ProgramVersion) -> None:
    base = reading("0.9", COURSES[0], test="creatinine", unit="mg/dL")
    known = Record(results=(base,), courses=COURSES[:1])
    new = [
        reading("12.7", test="creatinine", unit="mg/dL"),
        reading("40", test="urine-erythrocytes", unit="/[HPF]", high="3"),
    ]
    found = assess(lemtrada, known, new)
    assert [each.limit for each in found] == [
        "creatinine-rise-with-hematuria", "creatinine-rise", "hematuria",
    ]  # fmt: skip
    assert needed_beside(lemtrada)["urine-erythrocytes"] == {"creatinine", "urine-erythrocytes"}
    assert "tsh" not in needed_beside(lemtrada)


def test_what_is_crossed_with_two_others_needs_all_three() -> None:
    both = limit("above", "1", code="all", together_with=("b", "c"), together_days=9)
    others = (limit("above", "1", code=each, test=each) for each in "bc")
    assert needed_beside(program(both, *others)) == dict.fromkeys("tbc", frozenset("tbc"))


VALUES = st.one_of(
    st.integers(0, 400).map(str),
    st.sampled_from(["", "<", "<=", ">", ">="]).flatmap(
        lambda mark: st.integers(0, 400).map(lambda number: f"{mark}{number}")
    ),
    st.sampled_from(["clumped", "negative", "positive", "1+", "3-10"]),
)


@given(st.lists(st.tuples(VALUES, st.integers(0, 700)), min_size=1, max_size=8), st.randoms())
def test_the_order_in_which_results_become_known_hides_no_signal(
    sent: list[tuple[str, int]], random: Any
) -> None:
    limits = program(
        limit("below", "100", code="low"), limit("fall_percent", "50", code="fall"), *TOGETHER
    )
    everything = [
        reading(value, COURSES[0] + timedelta(days=days), test=random.choice("tu"), high="200")
        for value, days in sent
    ]
    at_once = assess(limits, Record(results=(), courses=COURSES[:1]), everything)
    known: list[Measured] = []
    raised: dict[tuple[str, int], Signal] = {}
    for each in random.sample(everything, len(everything)):
        found = assess(limits, Record(results=tuple(known), courses=COURSES[:1]), [each])
        raised |= {(one.limit, one.result): one for one in found}
        known.append(each)
    sure = {(one.limit, one.result) for one in at_once if one.certainty is Certainty.CROSSED}
    assert sure <= raised.keys()


def test_each_limit_is_compared_once_with_each_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of the new ones come before it; a record of years is looked at in one go."""
    compared: list[int] = []

    def count(limit: Limit, reading: Measured, *before: Any) -> Comparison:
        compared.append(reading.key)
        return compare(limit, reading, *before)

    monkeypatch.setattr(signals, "compare", count)
    limits = program(limit("fall_percent", "50", code="fall"), limit("rise_percent", "30"))
    everything = [reading("250", DAY + timedelta(days=each)) for each in range(300)]
    assert assess(limits, Record(results=(), courses=COURSES[:1]), everything)
    assert sorted(compared) == sorted([each.key for each in everything] * 2)
