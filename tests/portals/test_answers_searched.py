"""Searching the answers: people's own words find what they mean, in two languages, with slips."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from etasu.programs import library
from etasu.programs.answers import Audience
from etasu.programs.findable import Findable, findable
from etasu.registry.education.answer_counts import (
    MOST_WORDS,
    SHOWN_FROM,
    count_missed,
    count_read,
    missed_words,
    most_read,
)
from etasu.registry.education.models import SearchCorpus, SearchMiss, SearchText
from etasu.registry.education.searching import Found, search, words_of

pytestmark = pytest.mark.django_db
PATIENTS, PROFESSIONALS = Audience.PATIENTS, Audience.PROFESSIONALS
ON = date(2026, 11, 22)
# What people type, and the answer that should be first or second.
ASKED = [
    ("en", PATIENTS, "how do they give me the drip", "how-it-is-taken"),
    ("en", PATIENTS, "how many hours", "how-long-it-takes"),
    ("en", PATIENTS, "side effects of the infusion", "infusion-side-effects"),
    ("en", PATIENTS, "alergic reacton", "infusion-side-effects"),
    ("en", PATIENTS, "who pays for blood tests", "lab-arrangements"),
    ("en", PATIENTS, "I have no money", "financial-help"),
    ("en", PATIENTS, "medicare", "financial-help"),
    ("en", PATIENTS, "can I get a flu shot", "medicines-to-avoid"),
    ("en", PATIENTS, "pregnent", "pregnancy-plans"),
    ("en", PATIENTS, "talk to a nurse", "more-questions"),
    ("en", PATIENTS, "why so many tests when I feel well", "monitoring-lesson"),
    ("en", PROFESSIONALS, "mechanism of action", "how-it-works"),
    ("en", PROFESSIONALS, "dosage of the second course", "dosing"),
    ("en", PROFESSIONALS, "trombocytopenia", "autoimmunity"),
    ("en", PROFESSIONALS, "which labs and how often", "tests-to-run"),
    ("en", PROFESSIONALS, "how do I enroll", "the-rems"),
    ("es", PATIENTS, "cuántas horas dura", "how-long-it-takes"),
    ("es", PATIENTS, "puedo quedar embarasada", "pregnancy-plans"),
    ("es", PATIENTS, "no tengo dinero", "financial-help"),
    ("es", PATIENTS, "analisis de sangre gratis", "lab-arrangements"),
    ("es", PATIENTS, "vacuna de la gripe", "medicines-to-avoid"),
    ("es", PATIENTS, "hablar con una enfermera", "more-questions"),
    ("es", PATIENTS, "inyección o pastilla", "how-it-is-taken"),
    ("es", PROFESSIONALS, "mecanismo de accion", "how-it-works"),
    ("es", PROFESSIONALS, "dosis del segundo ciclo", "dosing"),
    ("es", PROFESSIONALS, "reacciones a la infusion", "infusion-reactions"),
]


@cache
def texts(language: str = "en") -> list[Findable]:
    """Everything that can be found in the program that has most."""
    loaded = library.current().programs["lemtrada"]
    return findable(loaded, loaded.versions[-1], language)


def asked(words: str, language: str = "en", audience: str = PATIENTS) -> Found:
    """What a search for the words finds."""
    return search("lemtrada", language, audience, words, texts(language))


def places(words: str, language: str, audience: str) -> list[str]:
    """Where the first two things are that a search finds."""
    return [hit.place for hit in asked(words, language, audience).hits[:2]]


def test_people_find_what_they_mean_first_or_second() -> None:
    found = {words: places(words, language, audience) for language, audience, words, _ in ASKED}
    wrong = {
        words: found[words] for *_, words, code in ASKED if f"answer/{code}" not in found[words]
    }
    assert wrong == {}
    assert sum(language == "es" for language, *_ in ASKED) >= 10


def test_everything_there_is_to_read_is_found() -> None:
    places = {each.place.partition("#")[0].partition("/")[0] for each in texts()}
    assert places == {"answer", "material", "page"}
    guide = asked("listeria food").hits
    assert any(hit.place.startswith("material/patient-guide#") for hit in guide)
    label = asked("graves disease in a newborn", audience=PROFESSIONALS).hits
    assert label[0].place == "page/safety#pregnancy"
    assert asked("neck pain drooping face").hits
    for words, language in (("the drip takes how many hours", "en"), ("gota a gota", "es")):
        found = [hit.place for hit in asked(words, language).hits]
        assert "page/medicine#medicine-how" in found, found


def test_an_excerpt_marks_what_was_searched_and_keeps_every_sign() -> None:
    hit = next(each for each in asked("co-pay").hits if each.place == "answer/financial-help")
    marked = [piece.text for piece in hit.excerpt if piece.is_found]
    assert marked and all(word.lower() in {"co", "pay", "pays"} for word in marked)
    assert "\ue000" not in "".join(piece.text for piece in hit.excerpt)


def test_a_slip_is_mended_and_the_reader_is_told() -> None:
    found = asked("kindey problms")
    assert found.mended == {"kindey": "kidney", "problms": "problems"}
    assert found.hits


@pytest.mark.parametrize(
    "words",
    ["", "   ", "the", "zzzzqqq", "'); DROP TABLE x; --", "& | ! <->", "\x00", "☃", "a" * 5000],
)
def test_whatever_is_typed_is_searched_and_breaks_nothing(words: str) -> None:
    found = asked(words)
    assert not found.hits or "DROP" in words


def test_words_are_few_short_and_each_once() -> None:
    assert words_of("Blood blood TEST") == ("blood", "test")
    assert len(words_of(" ".join(f"word{n}" for n in range(100)))) == 12
    assert words_of("x" * 41) == ()
    assert words_of("How many hours?") == ("how", "hours") and words_of("many") == ("many",)


def test_texts_are_made_anew_when_a_word_changes_and_not_before() -> None:
    own = [Findable("answer/a", PATIENTS, "en", "Where is the clinic?", "", "Down the road.")]
    assert [hit.place for hit in search("p", "en", PATIENTS, "clinics", own).hits] == ["answer/a"]
    with CaptureQueriesContext(connection) as queries:
        search("p", "en", PATIENTS, "road", own)
    assert len(queries) == 3
    moved = [own[0]._replace(title="Where is the hospital?")]
    assert search("p", "en", PATIENTS, "clinic", moved).hits == []
    assert len(search("p", "en", PATIENTS, "hospital", moved).hits) == 1
    assert (SearchCorpus.objects.count(), SearchText.objects.count()) == (1, 1)


def test_readers_are_shown_texts_for_them_alone() -> None:
    hits = asked("infusion reactions", audience=PROFESSIONALS).hits
    of_patients = {each.place for each in texts() if each.audience == PATIENTS}
    assert hits and not of_patients & {hit.place for hit in hits}


def test_what_was_missed_is_counted_word_by_word_and_shown_when_it_comes_again() -> None:
    for _ in range(SHOWN_FROM):
        count_missed("p", "en", ["wheelchair", "x", "555-0142", "o'brien2"], ON)
    count_missed("p", "en", ["rossi"], ON)
    assert [(each.word, each.times) for each in missed_words("p", 10)] == [("wheelchair", 3)]
    assert set(SearchMiss.objects.values_list("word", flat=True)) == {"wheelchair", "rossi"}
    count_missed("p", "en", ["ramp"], date(2029, 1, 1))
    assert set(SearchMiss.objects.values_list("word", flat=True)) == {"ramp"}


def test_a_flood_of_words_is_not_kept() -> None:
    rows = (
        SearchMiss(program="p", language="en", word="w" * 3 + letters(n), times=1, last_on=ON)
        for n in range(MOST_WORDS)
    )
    SearchMiss.objects.bulk_create(rows)
    count_missed("p", "en", ["another", "www" + letters(0)], ON)
    assert SearchMiss.objects.count() == MOST_WORDS
    assert SearchMiss.objects.get(word="www" + letters(0)).times == 2


def letters(number: int) -> str:
    """A number in letters, for words are nothing else."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def test_reading_is_counted_by_the_month() -> None:
    for code, on in (("a", ON), ("b", ON), ("a", date(2026, 12, 1)), ("c", date(2025, 1, 31))):
        count_read("p", code, on)
    assert most_read("p", date(2026, 11, 30), 10) == [("a", 2), ("b", 1)]
    assert most_read("q", date(2000, 1, 1), 10) == []
