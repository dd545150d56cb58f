"""One answer to one question: what is right, what is wrong, and where the bounds are."""

from datetime import date

import pytest

from etasu.safe_use import form_checks
from etasu.safe_use.form_checks import (
    LONGEST_LINE,
    LONGEST_TEXT,
    Wrong,
    cleaned,
    read_day,
    wrong_with,
)
from etasu.safe_use.program import FieldType, Tense
from tests.safe_use.forms_built import ON, field

RIGHT = [
    (FieldType.TEXT, "anything at all"),
    (FieldType.LONG_TEXT, "two\nlines\tand a tab"),
    (FieldType.DATE, "2025-05-02"),
    (FieldType.TIME, "00:00"),
    (FieldType.TIME, "23:59"),
    (FieldType.NUMBER, "-3.250000"),
    (FieldType.NUMBER, "999999999"),
    (FieldType.YES_NO, "yes"),
    (FieldType.YES_NO, "no"),
    (FieldType.CHECKBOX, "yes"),
    (FieldType.PHONE, "555-555-0123"),
    (FieldType.EMAIL, "mara@example.org"),
    (FieldType.ADDRESS, "1 A"),
    (FieldType.STATE, "NY"),
    (FieldType.ZIP, "12345"),
    (FieldType.NPI, "1234567893"),
    (FieldType.DEA, "AB1234563"),
    (FieldType.NCPDP, "1234567"),
]
WRONG = [
    (FieldType.TEXT, "two\nlines", Wrong.UNREADABLE, "U+000A"),
    (FieldType.TEXT, "a\ttab", Wrong.UNREADABLE, "U+0009"),
    (FieldType.LONG_TEXT, "a\x00b", Wrong.UNREADABLE, "U+0000"),
    (FieldType.LONG_TEXT, "a\u2028b", Wrong.UNREADABLE, "U+2028"),
    (FieldType.LONG_TEXT, "a\u2029b", Wrong.UNREADABLE, "U+2029"),
    (FieldType.TEXT, "a\ud800b", Wrong.UNREADABLE, "U+D800"),
    (FieldType.TEXT, "a\u202eb", Wrong.UNREADABLE, "U+202E"),
    (FieldType.TEXT, "a\u2066b", Wrong.UNREADABLE, "U+2066"),
    (FieldType.DATE, "2025-02-29", Wrong.NOT_A_DAY, ""),
    (FieldType.DATE, "5/1/2025", Wrong.NOT_A_DAY, ""),
    (FieldType.DATE, "20250501", Wrong.NOT_A_DAY, ""),
    (FieldType.DATE, "1899-12-31", Wrong.DAY_OUT_OF_RANGE, "1900-01-01"),
    (FieldType.DATE, "2126-01-01", Wrong.DAY_OUT_OF_RANGE, "1900-01-01"),
    (FieldType.TIME, "24:00", Wrong.NOT_A_TIME, ""),
    (FieldType.TIME, "12:60", Wrong.NOT_A_TIME, ""),
    (FieldType.TIME, "9:00", Wrong.NOT_A_TIME, ""),
    (FieldType.NUMBER, "many", Wrong.NOT_A_NUMBER, ""),
    (FieldType.NUMBER, "1e9", Wrong.NOT_A_NUMBER, ""),
    (FieldType.NUMBER, "nan", Wrong.NOT_A_NUMBER, ""),
    (FieldType.NUMBER, "1,000", Wrong.NOT_A_NUMBER, ""),
    (FieldType.YES_NO, "Yes", Wrong.NOT_OFFERED, "yes, no"),
    (FieldType.YES_NO, "perhaps", Wrong.NOT_OFFERED, "yes, no"),
    (FieldType.CHECKBOX, "no", Wrong.NOT_OFFERED, "yes"),
    (FieldType.PHONE, "12", Wrong.NOT_PHONE, ""),
    (FieldType.EMAIL, "mara", Wrong.NOT_EMAIL, ""),
    (FieldType.ADDRESS, "12", Wrong.NOT_ADDRESS, ""),
    (FieldType.ADDRESS, "123", Wrong.NOT_ADDRESS, ""),
    (FieldType.ADDRESS, "1A", Wrong.NOT_ADDRESS, ""),
    (FieldType.STATE, "New York", Wrong.NOT_STATE, ""),
    (FieldType.STATE, "ny", Wrong.NOT_STATE, ""),
    (FieldType.ZIP, "1234", Wrong.NOT_ZIP, ""),
    (FieldType.NPI, "1234567890", Wrong.NOT_NPI, ""),
    (FieldType.DEA, "AB1234560", Wrong.NOT_DEA, ""),
    (FieldType.NCPDP, "123456", Wrong.NOT_NCPDP, ""),
]


@pytest.mark.parametrize(("kind", "said"), RIGHT)
def test_a_right_answer_is_taken(kind, said):
    assert wrong_with(field("asked", kind), said, ON) is None


@pytest.mark.parametrize(("kind", "said", "code", "detail"), WRONG)
def test_a_wrong_answer_is_named(kind, said, code, detail):
    assert wrong_with(field("asked", kind), said, ON) == (code, detail)


def test_every_type_of_question_is_tried_right_and_wrong():
    assert {kind for kind, _said in RIGHT} | {FieldType.CHOICE} == set(FieldType)
    untried = set(FieldType) - {kind for kind, _said, _code, _detail in WRONG}
    assert untried == {FieldType.CHOICE}


def test_a_choice_is_one_of_those_offered():
    asked = field("asked", FieldType.CHOICE, values=("red", "blue"))
    assert wrong_with(asked, " blue ", ON) is None
    assert wrong_with(asked, "green", ON) == (Wrong.NOT_OFFERED, "red, blue")


@pytest.mark.parametrize("kind", FieldType)
@pytest.mark.parametrize("said", [None, "", "  \n "])
def test_no_answer_is_never_wrong(kind, said):
    assert wrong_with(field("asked", kind), said, ON) is None


@pytest.mark.parametrize("kind", FieldType)
@pytest.mark.parametrize(
    ("said", "detail"), [(True, "bool"), (1, "int"), (["yes"], "list"), ({}, "dict")]
)
def test_anything_but_text_is_wrong(kind, said, detail):
    assert wrong_with(field("asked", kind), said, ON) == (Wrong.NOT_TEXT, detail)


@pytest.mark.parametrize(
    ("kind", "longest"), [(FieldType.TEXT, LONGEST_LINE), (FieldType.LONG_TEXT, LONGEST_TEXT)]
)
def test_an_answer_can_be_as_long_as_the_bound(kind, longest):
    assert wrong_with(field("asked", kind), "x" * longest, ON) is None
    too_long = wrong_with(field("asked", kind), "x" * (longest + 1), ON)
    assert too_long == (Wrong.TOO_LONG, str(longest))


@pytest.mark.parametrize(
    ("more", "said", "found"),
    [
        ({"tense": Tense.PAST}, "2025-05-01", None),
        ({"tense": Tense.PAST}, "2025-05-02", (Wrong.IN_THE_FUTURE, "2025-05-01")),
        ({"tense": Tense.FUTURE}, "2025-05-01", None),
        ({"tense": Tense.FUTURE}, "2025-04-30", (Wrong.IN_THE_PAST, "2025-05-01")),
        ({"tense": Tense.FUTURE}, "2025-05-02", None),
        ({"tense": Tense.PAST}, "2025-04-30", None),
        ({}, "2125-12-31", None),
        ({}, "1900-01-01", None),
        ({"test": "cbc"}, "2025-05-01", None),
        ({"test": "cbc"}, "2025-05-02", (Wrong.IN_THE_FUTURE, "2025-05-01")),
        (
            {"test": "cbc", "tense": Tense.FUTURE},
            "2025-05-02",
            (Wrong.IN_THE_FUTURE, "2025-05-01"),
        ),
    ],
)
def test_a_day_that_cannot_be_the_answer_is_seen(more, said, found):
    assert wrong_with(field("asked", FieldType.DATE, **more), said, ON) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("0.999999", (Wrong.TOO_SMALL, "1")),
        ("1", None),
        ("5", None),
        ("5.000001", (Wrong.TOO_LARGE, "5")),
    ],
)
def test_a_number_lies_within_its_bounds(said, found):
    asked = field("asked", FieldType.NUMBER, at_least=1, at_most=5)
    assert wrong_with(asked, said, ON) == found


def test_a_number_without_bounds_can_be_any():
    for bounds in ({"at_least": 0}, {"at_most": 0}):
        assert wrong_with(field("asked", FieldType.NUMBER, **bounds), "0", ON) is None
    assert wrong_with(field("asked", FieldType.NUMBER, at_least=0), "-1", ON) is not None
    assert wrong_with(field("asked", FieldType.NUMBER, at_most=0), "1", ON) is not None


def test_answers_are_cleaned_one_way():
    assert cleaned(" a\r\nb\rc ") == "a\nb\nc"
    assert cleaned("e\u0301") == "\u00e9"
    assert [cleaned(each) for each in (None, 1, True, ["a"])] == [""] * 4


def test_a_day_is_read_only_as_it_is_written():
    assert read_day("2025-05-01") == date(2025, 5, 1)
    assert [read_day(each) for each in ("2025-W18-4", "2025-13-01", "٢025-05-01", "")] == [None] * 4


def test_every_code_is_one_of_its_own():
    assert len({code.value for code in Wrong}) == len(Wrong) == 25


def test_the_name_of_a_person_is_written_like_one():
    asked = field("name", known_as="patient_first_name")
    assert wrong_with(asked, "Ana María", ON) is None
    assert wrong_with(asked, "<b>Ana</b>", ON) == (Wrong.NOT_A_NAME, "200")
    assert wrong_with(asked, "a" * 201, ON) == (Wrong.NOT_A_NAME, "200")
    assert wrong_with(field("name"), "Ana & 2 more", ON) is None


def test_a_check_of_the_shape_alone_says_what_is_wrong():
    check = form_checks._shaped("ab".__eq__, Wrong.NOT_A_TIME)
    assert check(field("a"), "ab", ON) is None
    assert check(field("a"), "ba", ON) == (Wrong.NOT_A_TIME, "")
