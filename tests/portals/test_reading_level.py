"""How hard it is to read what patients and their helpers read: textstat says at which grade."""

from __future__ import annotations

from collections.abc import Iterable

from tests.portals.patient_texts import Text, pages, texts
from tests.programs.readability import school_grade, spanish_ease

HIGHEST_GRADE = 8
# A text longer than this is a sentence, and not much harder than the rest.
SENTENCE, HARDEST = 8, 12
# Fewer words say nothing about how easy Spanish is.
A_PAGE = 100


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


def test_in_spanish_it_is_as_plain() -> None:
    by_kind: dict[str, list[str]] = {}
    for each in texts():
        by_kind.setdefault(each.kind, []).extend(each.spanish)
    told = {kind: said for kind, said in by_kind.items() if len(" ".join(said).split()) >= A_PAGE}
    ease = {kind: spanish_ease(said) for kind, said in told.items()}
    assert {"patient", "partner", "community", "public", "about", "lemtrada"} <= set(ease)
    assert {kind: found for kind, found in ease.items() if found < 70} == {}
