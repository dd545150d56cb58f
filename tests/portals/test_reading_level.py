"""How hard it is to read what patients and their helpers read: textstat says at which grade."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tests.portals.patient_texts import Text, letters, letters_in, pages, texts
from tests.programs.readability import LEAST_EASE_IN_SPANISH, school_grade, spanish_ease

HIGHEST_GRADE = 8
# A text longer than this is a sentence, and not much harder than the rest.
SENTENCE, HARDEST = 8, 12
# A shorter text says little about how easy its Spanish is by itself.
A_PAGE = 100
# So few words can be a name, which is the same in every language.
FEW = 3
KINDS = {"patient", "partner", "community", "public", "account", "about", "lemtrada", "clock"}
LETTERS = {f"clock/{each}" for each in ("community", "events", "nurse_line", "patient_letters")}


def too_hard(found: Iterable[Text]) -> list[tuple[str, float]]:
    """The texts that ask for more than eight years at school, and how many they ask for."""
    graded = [(each.name, school_grade(each.english)) for each in found]
    return [(name, round(grade, 1)) for name, grade in graded if grade > HIGHEST_GRADE]


def test_whatever_patients_read_is_read_in_the_eighth_grade() -> None:
    """`pytest -rP` prints how hard they are; each text is graded by itself."""
    found = [each for each in texts() if each.english]
    grades = {each.name: school_grade(each.english) for each in found}
    worst = max(grades, key=grades.__getitem__)
    mean = sum(grades.values()) / len(grades)
    print(f"{len(grades)} texts: mean grade {mean:.1f}, worst {grades[worst]:.1f} ({worst})")
    assert len(grades) > 250 and too_hard(found) == []


def test_a_hard_text_is_found() -> None:
    hard = Text(
        "hard", ["Immunosuppression necessitates longitudinal hematological monitoring."], []
    )
    easy = Text("easy", ["You have a blood test each month. It takes an hour."], [])
    assert [name for name, _ in too_hard([easy, hard])] == ["hard"]


def test_no_sentence_of_a_page_is_much_harder_than_the_rest() -> None:
    said = [(page.name, each) for page in pages() for each in page.english]
    long = [each for each in said if len(each[1].split()) > SENTENCE]
    assert len(long) > 300
    assert [each for each in long if school_grade([each[1]]) > HARDEST] == []


def too_hard_in_spanish(found: Iterable[Text]) -> dict[str, float]:
    """The texts that are hard to read in Spanish; short ones are read with others of their kind."""
    said: dict[str, list[str]] = {}
    for each in found:
        is_short = len(" ".join(each.spanish).split()) < A_PAGE
        said.setdefault(each.kind if is_short else each.name, []).extend(each.spanish)
    ease = {name: spanish_ease(text) for name, text in said.items() if any(text)}
    return {name: round(own, 1) for name, own in ease.items() if own < LEAST_EASE_IN_SPANISH}


def without_spanish(found: Iterable[Text]) -> set[str]:
    """The texts of which a paragraph, or all of it, is in English only."""
    return {
        each.name
        for each in found
        if len(each.spanish) != len(each.english) or not all(map(str.strip, each.spanish))
    }


def english_in_spanish(found: Iterable[Text]) -> set[str]:
    """The texts whose Spanish has a sentence word for word as it is in English."""
    return {
        each.name
        for each in found
        if any(len(said.split()) > FEW and said in each.english for said in each.spanish)
    }


def test_in_spanish_it_is_as_plain() -> None:
    """Each page, letter, consent and document by itself."""
    found = texts()
    alone = [each for each in found if len(" ".join(each.spanish).split()) >= A_PAGE]
    assert len(alone) > 30 and {each.kind for each in found} >= KINDS
    assert too_hard_in_spanish(found) == {}


def test_a_text_that_is_hard_in_spanish_is_not_hidden_by_easy_ones() -> None:
    hard = "Inmunosupresión farmacológica requiriendo monitorización hematológica longitudinal. "
    plain = ["Usted se hace una prueba de sangre cada mes. Dura una hora."] * 200
    easy = Text("lemtrada/easy", [], plain)
    long = Text("lemtrada/long", [], [hard * 20])
    short = Text("told/short", [], [hard])
    assert set(too_hard_in_spanish([easy, long, short])) == {"lemtrada/long", "told"}


def test_whatever_patients_read_is_in_spanish() -> None:
    """But a card of the teaching program, which nobody is treated in.

    It is there so that a document without a translation is shown in English and said to be so. The
    card for emergencies is half in English in both languages: that half is for whoever treats.
    """
    assert without_spanish(texts()) == {"teaching/document/card"}
    assert english_in_spanish(texts()) == {"lemtrada/document/safety-card"}


def test_a_text_that_is_not_in_spanish_is_found() -> None:
    said = ["Take it each day with food.", "Call us."]
    whole = Text("whole", said, ["Tómelo cada día con comida.", "Llámenos."])
    lost = [
        Text("none", said, []),
        Text("half", said, whole.spanish[:1]),
        Text("blank", said, [*whole.spanish[:1], " "]),
    ]
    assert without_spanish([whole, *lost]) == {"none", "half", "blank"}
    copied = Text("copied", said, [said[0], "Llámenos."])
    assert english_in_spanish([whole, copied]) == {"copied"}


def test_the_letters_of_the_clock_are_read() -> None:
    assert LETTERS <= {each.name for each in letters()}
    said = ast.parse('_WORDS = {"en": {A: ("Hello", "It " "is")}, "es": {A: ("Hola", "Es")}}')
    assert letters_in(said) == (["Hello", "It is"], ["Hola", "Es"])
