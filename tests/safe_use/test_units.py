"""Units: exact, never guessed, and nothing real is taken for a mistake."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.programs.codes import CodeTables, code_tables, read_tables
from etasu.programs.library import own_folder
from etasu.safe_use.readings import (
    End,
    Interval,
    compared,
    end_of_range,
    interval_of,
    number_of_text,
    word_of,
)
from etasu.safe_use.units import (
    DIGITS,
    IMPLAUSIBLE,
    UNIT_REVIEW,
    Converted,
    Sent,
    UnitTable,
    convert,
    scaled,
)
from tests.cases.programs import loaded_programs


@pytest.fixture(scope="module")
def tables() -> CodeTables:
    """The lists that come with Etasu."""
    return code_tables()


SENT = [
    ("platelets", "10*3/uL", "250", "K/uL", "250", ""),
    ("platelets", "10*3/uL", "250", "x10E3/uL", "250", ""),
    ("platelets", "10*3/uL", "250", "thou/mcL", "250", ""),
    ("platelets", "10*3/uL", "250", "10^9/L", "250", ""),
    ("platelets", "10*3/uL", "250", "G/L", "250", ""),
    ("platelets", "10*3/uL", "8000", "cells/uL", "8", ""),
    ("platelets", "10*3/uL", "8", "k/ul", "8", ""),
    ("platelets", "10*3/uL", "250000", "K/uL", "250000", IMPLAUSIBLE),
    ("platelets", "10*3/uL", "0.25", "K/uL", "0.25", IMPLAUSIBLE),
    ("platelets", "10*3/uL", "250", "", "250", UNIT_REVIEW),
    ("platelets", "10*3/uL", "250", "mg/dL", "250", UNIT_REVIEW),
    ("platelets", "10*3/uL", "250", "bushels", "250", UNIT_REVIEW),
    ("hemoglobin", "g/dL", "139", "g/L", "13.9", ""),
    ("hemoglobin", "g/dL", "139", "G/L", "139", UNIT_REVIEW),
    ("hemoglobin", "g/dL", "130-139", "g/L", "13-13.9", ""),
    ("creatinine", "mg/dL", "12.7", "MG/DL", "12.7", ""),
    ("creatinine", "mg/dL", "88", "µmol/L", "0.995475113122172", ""),
    ("creatinine", "mg/dL", "88.4", "umol/L", "1", ""),
    ("tsh", "m[IU]/L", "2.5", "uIU/mL", "2.5", ""),
    ("tsh", "m[IU]/L", "2.5", "mIU/L", "2.5", ""),
    ("alt", "U/L", "0.5", "ukat/L", "30", ""),
    ("urine-erythrocytes", "/[HPF]", "12", "/uL", "12", ""),
    ("urine-erythrocytes", "/[HPF]", "3-10", "/HPF", "3-10", ""),
    ("urine-protein-creatinine-ratio", "mg/g{creat}", "0.2", "mg/mg", "200", ""),
    ("cd4", "/uL", "0.2", "10*9/L", "200", ""),
]


@pytest.mark.parametrize(("test", "unit", "value", "sent", "kept", "review"), SENT)
def test_a_value_is_kept_in_one_unit(
    tables: CodeTables, test: str, unit: str, value: str, sent: str, kept: str, review: str
) -> None:
    found = convert(tables.units, test, unit, Sent(value, unit=sent))
    assert (Decimal(found.value) if "-" not in kept else found.value) == (
        Decimal(kept) if "-" not in kept else kept
    )
    assert found.review == review
    if review == UNIT_REVIEW:
        assert (found.value, found.unit) == (value, sent or None)


def test_the_laboratorys_range_goes_with_the_value(tables: CodeTables) -> None:
    found = convert(
        tables.units, "platelets", "10*3/uL", Sent("8000", "<", "/uL", "150000", "<400000")
    )
    assert found == Converted("8", "<", "10*3/uL", "150", "<400")
    words = Sent("9", "", "/uL", None, "see below")
    assert convert(tables.units, "platelets", "10*3/uL", words).high == "see below"


@pytest.mark.parametrize(
    ("value", "comparator", "unit", "kept"),
    [
        ("negative", "", "", "negative"), ("5", "", "mg/dL", "negative"),
        ("10", "", "mg/dL", "trace"), ("29", "", "mg/dL", "trace"), ("30", "", "mg/dL", "1+"),
        ("30", "<", "mg/dL", "trace"), ("30", "<=", "mg/dL", "1+"), ("300", ">", "mg/dL", "3+"),
        ("1", "", "g/L", "2+"),
    ],
)  # fmt: skip
def test_a_strip_read_as_a_number_shows_a_grade(
    tables: CodeTables, value: str, comparator: str, unit: str, kept: str
) -> None:
    found = convert(tables.units, "urine-protein", None, Sent(value, comparator, unit))
    assert (found.value, found.review) == (kept, "")


def test_what_has_no_unit_of_its_own_keeps_the_one_sent(tables: CodeTables) -> None:
    found = convert(tables.units, "pregnancy-test", None, Sent("25", ">", "mIU/mL"))
    assert (found.value, found.comparator, found.unit) == ("25", ">", "m[IU]/mL")
    assert convert(tables.units, "hiv", None, Sent("5", "", "wishes")).unit == "wishes"
    assert convert(tables.units, "alt", "U/L", Sent("high", "", "U/L")).unit is None


NUMBERS = st.decimals(
    min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False, places=4
).map(str)


@given(NUMBERS)
def test_nothing_is_rounded_where_it_need_not_be(number: str) -> None:
    for factor in (Fraction(1, 1000), Fraction(1000), Fraction(884, 100), Fraction(6, 100)):
        assert Fraction(scaled(number, factor)) == Fraction(number) * factor


@given(NUMBERS)
def test_what_has_no_end_is_kept_to_a_known_number_of_digits(number: str) -> None:
    exact = Fraction(number) * Fraction(10, 171)
    found = Fraction(scaled(number, Fraction(10, 171)))
    assert abs(found - exact) <= exact / 10 ** (DIGITS - 1)


@given(st.text(max_size=12), st.sampled_from(["", "<", "<=", ">=", ">", "~"]))
def test_whatever_is_written_it_is_an_interval_or_no_number(text: str, comparator: str) -> None:
    found = interval_of(text, comparator)
    assert found is None or found.low is not None or found.high is not None
    assert scaled(text, Fraction(2)) is not None
    assert number_of_text(text) is None or interval_of(text) is not None


@pytest.mark.parametrize(
    ("text", "comparator", "interval"),
    [
        ("5", "<", Interval(None, Decimal(5), high_open=True)),
        ("5", "<=", Interval(None, Decimal(5))),
        ("60", ">", Interval(Decimal(60), None, low_open=True)),
        (">=60", "", Interval(Decimal(60), None)),
        ("3 - 10", "", Interval(Decimal(3), Decimal(10))),
        ("10-3", "", None),
        ("3-10", "<", None),
        ("1e999999999", "", None),
        ("NaN", "", None),
        (None, "", None),
    ],
)  # fmt: skip
def test_a_value_is_every_number_it_may_be(
    text: str | None, comparator: str, interval: Interval | None
) -> None:
    assert interval_of(text, comparator) == interval


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<5", ("<", "5")),
        (">= 60", (">=", "60")),
        ("=<.5", ("<=", "0.5")),
        ("=>+5.", (">=", "5")),
        ("\u2264-.5", ("<=", "-0.5")),
        ("\u22651.50", (">=", "1.50")),
        ("5", None),
        ("<", None),
        ("< high", None),
        ("<<5", None),
        ("<5 mg", None),
    ],
)
def test_a_comparator_is_known_however_it_is_written(
    text: str, said: tuple[str, str] | None
) -> None:
    assert compared(text) == said
    assert said is None or interval_of(text) == interval_of(said[1], said[0])
    assert said is None or scaled(text, Fraction(2)) == scaled("".join(said), Fraction(2))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3", ("3", False), ("3", False)),
        (" -3.50 ", ("-3.50", False), ("-3.50", False)),
        ("<3", None, ("3", True)),
        ("< 3", None, ("3", True)),
        ("<=3", None, ("3", False)),
        (">3", ("3", True), None),
        ("\u2265 3", ("3", False), None),
        ("three", None, None),
        ("1-3", None, None),
        ("<" + "9" * 40, None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_an_end_of_a_range_is_inside_unless_it_is_said_to_be_outside(
    text: str | None, low: tuple[str, bool] | None, high: tuple[str, bool] | None
) -> None:
    for is_low, expected in ((True, low), (False, high)):
        found = expected and End(Decimal(expected[0]), expected[1])
        assert end_of_range(text, is_low=is_low) == found


def test_an_open_end_stays_open_in_another_unit(tables: CodeTables) -> None:
    sent = Sent("1", unit="mmol/L", low=">0.5", high="<2")
    found = convert(tables.units, "glucose", None, sent)
    assert (found.low, found.high) == (">0.5", "<2")
    found = convert(tables.units, "hemoglobin", "g/dL", Sent("140", "", "g/L", ">120", "<160"))
    assert (found.value, found.low, found.high) == ("14", ">12", "<16")


def test_what_is_compared_with_has_an_end() -> None:
    endless = "<" + "9" * 40
    assert compared(endless) is not None and interval_of(endless) is None
    assert scaled(endless, Fraction(2)) == endless


def test_whoever_types_a_result_is_offered_every_unit_it_may_come_in(tables: CodeTables) -> None:
    units = tables.units
    assert units.sent_for("creatinine", "mg/dL")[0] == "mg/dL"
    for test, kept in (("creatinine", "mg/dL"), ("hemoglobin", "g/dL"), ("tsh", "m[IU]/L")):
        offered = units.sent_for(test, kept)
        assert len(offered) == len(set(offered)) > 1
        for unit in offered:
            found = convert(units, test, kept, Sent("1", unit=unit))
            assert found.unit == kept or unit in units.beside.get(test, frozenset())


def test_a_unit_is_said_as_laboratories_write_it_too(tables: CodeTables) -> None:
    written = tables.units.also_written("10*3/uL")
    assert written and len(written) <= 3
    assert "10*3/uL" not in written
    assert {tables.units.ucum(each) for each in written} == {"10*3/uL"}
    assert tables.units.also_written("10*3/uL", most=1) == written[:1]


def test_every_unit_and_every_test_with_one_is_known(tables: CodeTables) -> None:
    kept = {
        test.unit
        for loaded in loaded_programs()
        for version in loaded.versions
        for test in version.tests.values()
        if test.unit
    }
    assert kept and all(tables.units.ucum(unit) == unit for unit in kept)
    named = {test for loaded in loaded_programs() for v in loaded.versions for test in v.tests}
    assert {*tables.units.windows, *tables.units.beside, *tables.counted} <= named


def test_words_are_known_however_they_are_written(tables: CodeTables) -> None:
    assert word_of(tables.words, " Non-Reactive. ") == "negative"
    assert word_of(tables.words, "++") == "2+"
    assert word_of(tables.words, "maybe") is None
    assert UnitTable().ucum("mg/dL") is None


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("words.yaml", "also: [neg,", "also: [pos, neg,"),
        ("ucum.yaml", "also: [gm/L]", "also: [gm/dL]"),
    ],
)
def test_a_name_for_two_things_is_refused(tmp_path: object, name: str, old: str, new: str) -> None:
    from pathlib import Path
    from shutil import copytree

    folder = copytree(own_folder() / "codes", Path(str(tmp_path)) / "codes")
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match="stands for|two units"):
        read_tables(folder)
