"""Words that may tell of a side effect, and what a nurse says in which language."""

from __future__ import annotations

import pytest

from etasu.safe_use.nurse_line import Line, Moment, Script, event_words_in
from etasu.safe_use.safety_plan import EventOfInterest, ExpectedReaction

KNOWN = ("bruis*", "moret*", "short of breath", "hosp*", "tired")
LISTED = (
    ExpectedReaction(code="pyrexia", name="Fever (pyrexia)", source="invented"),
    EventOfInterest(code="itp", name="Low platelets", also_called=("púrpura",), source="invented"),
)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Bruises everywhere, so TIRED", ("Bruises", "TIRED")),
        ("bruise on the arm, another bruise", ("bruise",)),
        ("Tengo moretónes", ("moretónes",)),
        ("brui\u00adses, fe\u200bver, p\u0075\u0301rpura", ("bruises", "fever", "púrpura")),
        ("I was short of breath; short of money", ("short of breath",)),
        ("retired since May, no hosting", ()),
        ("A fever. Low platelets, they say", ("fever", "Low platelets")),
        ("purpura", ("purpura",)),
        ("She hospitalized him", ("hospitalized",)),
        ("", ()),
        ("short of", ()),
    ],
)
def test_words_that_may_tell_are_found_as_they_stand(said: str, found: tuple[str, ...]) -> None:
    assert event_words_in(said, KNOWN, LISTED) == found


def test_an_entry_without_letters_finds_nothing() -> None:
    assert event_words_in("anything * at all", ("*", "-")) == ()


def test_a_script_is_said_in_the_language_of_the_patient_and_else_in_english() -> None:
    script = Script(
        code="hello",
        source="invented",
        moment=Moment.OPENING,
        says=(Line("es", "Hola"), Line("en", "Hello")),
    )
    assert [script.said(each).text for each in ("en", "es", "fr")] == ["Hello", "Hola", "Hello"]
