"""One person's name in two spellings, and two people's names that look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.safe_use.person_names import (
    PersonName,
    folded_name,
    is_somebody_else,
    name_of,
    same_person_name,
)

MARA = PersonName("Mara Ann", "Lindqvist")
SAME = [
    ("mara  LINDQVIST", MARA),
    ("Lindqvist, Mara", MARA),
    ("Lindqvist Mara Ann", MARA),
    ("Mara A. Lindqvist", MARA),
    ("Mara Ann Sofia Lindqvist", MARA),
    ("María Núñez", PersonName("Maria", "Nunez")),
    ("Maria Lopez", PersonName("Maria", "Lopez Garcia")),
    ("Maria Garcia", PersonName("Maria", "Lopez Garcia")),
    ("Anna Delacruz", PersonName("Anna", "De La Cruz")),
    ("De La Cruz Anna", PersonName("Anna", "Delacruz")),
    ("Delacruz Anna", PersonName("Anna", "De La Cruz")),
    ("Sean OBrien", PersonName("Seán", "O’Brien")),
    ("Mary-Ann Smith", PersonName("Maryann", "Smith")),
    ("Soren Strasse", PersonName("Søren", "Straße")),
    ("Thandiwe", PersonName("Thandiwe")),
    ("Thandiwe", PersonName("", "Thandiwe")),
    ("Ann A Smith", PersonName("Ann Alice", "Smith")),
    ("John Smith Jr.", PersonName("John", "Smith")),
    ("Thandiwe Rose", PersonName("Thandiwe")),
    ("王 小明", PersonName("小明", "王")),
]
OTHERS = [
    ("", MARA),
    ("...", MARA),
    ("Mara Lindqvist", PersonName("", "")),
    ("Mara", MARA),
    ("Lindqvist", MARA),
    ("Ann Lindqvist", MARA),
    ("M. Lindqvist", MARA),
    ("Mara Example", MARA),
    ("Mara Berta Lindqvist", MARA),
    ("Lopez Garcia", PersonName("Maria", "Lopez Garcia")),
    ("Gail Stone", MARA),
    ("Mara Gail Lindqvist Ann Stone", PersonName("Mara Ann Bea", "Lindqvist")),
    ("Thomas Thomas", PersonName("Thomas", "Greene")),
    ("John Smith Sr", PersonName("John", "Smith Jr")),
]


@pytest.mark.parametrize(("written", "known"), SAME)
def test_one_persons_name_in_two_spellings(written: str, known: PersonName) -> None:
    assert same_person_name(written, known)


@pytest.mark.parametrize(("written", "known"), OTHERS)
def test_names_of_two_people(written: str, known: PersonName) -> None:
    assert not same_person_name(written, known)
    assert is_somebody_else(written, known)


def test_a_parent_of_the_same_name_says_what_tells_them_apart() -> None:
    son = PersonName("John", "Smith Jr.")
    assert is_somebody_else("John Smith Sr.", son)
    assert is_somebody_else("John Smith Sr.", PersonName("John", "Smith"))
    for written in ("John Smith", "John Smith Jr", "Smith, John"):
        assert not is_somebody_else(written, son)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Mara Ann Lindqvist", PersonName("Mara", "Ann Lindqvist")),
        ("Lindqvist, Mara Ann", PersonName("Mara Ann", "Lindqvist")),
        ("John Smith, Jr.", PersonName("John", "Smith  Jr.")),
        ("Mara", PersonName("Mara")),
        ("", PersonName("")),
    ],
)
def test_a_whole_name_is_taken_apart(text: str, known: PersonName) -> None:
    assert name_of(text) == known


def test_a_name_is_said_whole() -> None:
    assert (str(MARA), str(PersonName("Mara"))) == ("Mara Ann Lindqvist", "Mara")


def test_names_are_folded_for_a_list() -> None:
    assert folded_name("Lindqvist, MARÁ") == folded_name("mara lindqvist") == "lindqvist mara"


words = st.text("abcdefgh", min_size=2, max_size=6)


@given(st.lists(words, min_size=2, max_size=4), st.data())
def test_the_order_of_the_parts_never_matters(parts: list[str], data: st.DataObject) -> None:
    known = PersonName(parts[0], " ".join(parts[1:]))
    written = " ".join(data.draw(st.permutations(parts))).upper()
    assert same_person_name(written, known)


@given(words, words, words, words)
def test_nobody_signs_with_a_name_that_shares_no_part(a: str, b: str, c: str, d: str) -> None:
    if {a, b} & {c, d} or a + b in (c + d, d + c):
        return
    assert not same_person_name(f"{a} {b}", PersonName(c, d))
