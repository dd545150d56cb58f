"""The answers of the programs: complete, in two languages, readable, and refused when wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from etasu.programs.answers import Answer, AnswerKind, Audience, overdue
from etasu.programs.check import check_folder, overdue_reviews, unverified
from etasu.programs.document_text import all_runs, plain_text
from etasu.programs.findable import digest_of, findable
from etasu.programs.loader import LoadedProgram, load_program
from etasu.safe_use.program import ProgramVersion
from tests.cases.programs import loaded_programs
from tests.programs.folders import teaching_copy
from tests.programs.readability import school_grade, spanish_ease

ANSWER = """---
code: when
kind: question
audience: patients
order: 1
question: When do I come?
version: 2
reviewed_on: "2026-01-10"
next_review: "2027-01-10"
learn_more: [page/signs, "https://example.org/more"]
source: invented
verified: false
---

On **Monday**. Call {telephone}.
"""
SPANISH = """---
code: when
version: 2
question: ¿Cuándo vengo?
---

El **lunes**. Llame al {telephone}.
"""


def teaching_with(place: Path, **files: str) -> Path:
    """The teaching program with answers; in a name, `_` parts code and language."""
    folder = teaching_copy(place)
    answers = folder / "2024-01-01" / "answers"
    answers.mkdir()
    for name, text in files.items():
        (answers / f"{name.replace('_', '.')}.md").write_text(text, encoding="utf-8")
    return folder


def words_of(answer: Answer, language: str) -> list[str]:
    """The question and every paragraph of its answer."""
    said = answer.said(language)
    return [said.question, *(plain_text(runs) for runs in all_runs(said.blocks))]


def own() -> Iterator[tuple[LoadedProgram, ProgramVersion, Answer]]:
    """Every answer that comes with Etasu."""
    for loaded in loaded_programs():
        for version in loaded.versions:
            for answer in loaded.answers.get(version.label, ()):
                yield loaded, version, answer


def test_an_answer_is_read_with_its_translation(tmp_path: Path) -> None:
    loaded = load_program(teaching_with(tmp_path, when_en=ANSWER, when_es=SPANISH))
    (answer,) = loaded.answers["2024-01-01"]
    assert (answer.code, answer.version, answer.next_review) == ("when", 2, date(2027, 1, 10))
    assert words_of(answer, "es")[0] == "¿Cuándo vengo?"
    assert answer.said("fr") == answer.said("en")
    assert "{" not in " ".join(words_of(answer, "en"))
    assert "2024-01-01/answers/when" in unverified(loaded)


def test_a_review_is_overdue_from_the_day_after(tmp_path: Path) -> None:
    loaded = load_program(teaching_with(tmp_path, when_en=ANSWER))
    answers = loaded.answers["2024-01-01"]
    assert overdue(answers, date(2027, 1, 10)) == []
    assert overdue(answers, date(2027, 1, 11)) == list(answers)
    (said,) = overdue_reviews(loaded, date(2027, 1, 11))
    assert said == "2024-01-01/answers/when: next review 2027-01-10"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"when_en": ANSWER.replace('"2027-01-10"', '"2026-01-10"')},
            "answers/when.en.md: header: next_review: expected a day after 2026-01-10",
        ),
        (
            {"when_en": ANSWER.replace("page/signs", "page/nowhere")},
            "answers/when.en.md: header: learn_more: expected answer/<code>, material/<code>, pa",
        ),
        (
            {"when_en": ANSWER.replace("page/signs", "answer/when")},
            "header: learn_more: expected answer/<code>",
        ),
        (
            {"when_en": ANSWER, "then_en": ANSWER.replace("code: when", "code: then")},
            "header: order: expected a place of its own among those of its kind, for then has 1",
        ),
        (
            {"when_en": ANSWER.replace("version: 2", "version: 0")},
            "answers/when.en.md: header: version: expected a count from 1",
        ),
        ({"when_es": SPANISH}, "answers/when.en.md: expected this file, but it is missing"),
        (
            {"when_en": ANSWER, "when_es": SPANISH.replace("version: 2", "version: 1")},
            "answers/when.es.md: header: version: expected 2, that of the English text",
        ),
        (
            {"when_en": ANSWER, "when_es": SPANISH + "\nMás.\n"},
            "answers/when.es.md: expected the same headings, paragraphs, lists and tables",
        ),
        (
            {"when_en": ANSWER.replace("kind: question", "kind: riddle")},
            "answers/when.en.md: header: when: kind: expected one of: question, lesson, column",
        ),
        ({"when_en": ANSWER.replace("{telephone}", "{nobody}")}, "not {nobody}"),
        ({"when": ANSWER}, "answers/when.md: expected a file called <code>.<language>.md"),
    ],
    ids=lambda each: each[-40:] if isinstance(each, str) else "",
)
def test_a_mistake_is_told_by_file_entry_and_field(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    problems = [str(each) for each in check_folder(teaching_with(tmp_path, **files)).problems]
    assert len(problems) == 1
    assert said in problems[0]


def test_trials_have_as_many_patients_as_their_arms(tmp_path: Path) -> None:
    folder = teaching_with(tmp_path)
    public = folder / "2024-01-01" / "public"
    public.mkdir(exist_ok=True)
    (public / "trials.yaml").write_text(
        "trials: [{code: t, title: T, text: [A.], patients: 5, facts: [], references: [],"
        " source: invented, arms: [{code: a, title: A, patients: 2, source: invented}]}]"
    )
    (problem,) = check_folder(folder).problems
    said = "trials: t: patients: expected as many as its arms have together, 2, not 5"
    assert str(problem).endswith(said)


def test_the_answers_are_those_people_asked_for() -> None:
    kinds = Counter((answer.audience, answer.kind) for _, _, answer in own())
    assert kinds[Audience.PROFESSIONALS, AnswerKind.QUESTION] >= 10
    assert kinds[Audience.PATIENTS, AnswerKind.QUESTION] >= 8
    assert kinds[Audience.PATIENTS, AnswerKind.LESSON] >= 1
    assert kinds[Audience.PATIENTS, AnswerKind.COLUMN] >= 1


def test_every_answer_is_said_in_spanish_and_leads_on() -> None:
    assert [answer.code for _, _, answer in own() if answer.said("es").language != "es"] == []
    assert [answer.code for _, _, answer in own() if not answer.learn_more] == []
    assert [answer.code for _, _, answer in own() if not answer.said("es").also] == []


def test_patients_of_thirteen_can_read_what_is_for_them() -> None:
    for _, _, answer in own():
        if answer.audience is Audience.PATIENTS:
            assert school_grade(words_of(answer, "en")) <= 6.5, answer.code
            assert spanish_ease(words_of(answer, "es")) >= 70, answer.code


def test_a_lesson_on_monitoring_says_how_long_and_in_three_parts() -> None:
    for _, version, answer in own():
        if answer.kind is AnswerKind.LESSON:
            assert version.horizon is not None
            years = version.horizon.length.count // 12
            assert f"{years} years" in " ".join(words_of(answer, "en"))
            assert f"{years} años" in " ".join(words_of(answer, "es"))
            assert sum(each.startswith("Part ") for each in words_of(answer, "en")) == 3


def test_whoever_is_invented_is_called_so() -> None:
    columns = [answer for _, _, answer in own() if answer.kind is AnswerKind.COLUMN]
    assert columns and all("invented" in " ".join(words_of(each, "en")) for each in columns)
    assert all("inventada" in " ".join(words_of(each, "es")) for each in columns)


def test_dose_and_rhythm_in_the_answers_are_those_of_the_program() -> None:
    """The prose repeats numbers of the data; this is how it is noticed when they part."""
    for _, version, answer in own():
        said = " ".join(words_of(answer, "en"))
        if answer.code == "dosing":
            for plan in version.courses:
                assert f"on {plan.doses} days in a row" in said
        if answer.code == "tests-to-run":
            assert version.horizon is not None
            assert f"{version.horizon.length.count} months" in said


def test_reviews_come_within_two_years() -> None:
    longest = timedelta(days=731)
    late = [a.code for _, _, a in own() if a.next_review - a.reviewed_on > longest]
    assert late == []


def test_a_changed_word_changes_the_number_of_the_texts(tmp_path: Path) -> None:
    before = load_program(teaching_with(tmp_path / "a", when_en=ANSWER))
    after = load_program(teaching_with(tmp_path / "b", when_en=ANSWER.replace("Monday", "Friday")))
    numbers = {digest_of(findable(each, each.versions[-1], "en")) for each in (before, after)}
    assert len(numbers) == 2
