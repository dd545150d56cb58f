"""Training: which step each module and assessment does, what is drawn, and how it is graded."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.safe_use.program import Party, ProgramVersion, Step, StepKind
from etasu.safe_use.training import (
    AskedItem,
    Assessment,
    Choice,
    Done,
    Item,
    Topic,
    TrainingModule,
    TrainingPage,
    audience_of,
    draw,
    grade,
    party_of,
    reading_minutes,
    right_to_pass,
    steps_trained,
    training_tasks,
)
from tests.safe_use.building import version

EDITION, OLDER = date(2024, 3, 4), date(2020, 1, 1)
ON, LATER = date(2025, 5, 1), date(2025, 6, 1)
PAGES = (TrainingPage("one", "One", "a b c"), TrainingPage("two", "Page two", "d"))


def step(code: str, kind: StepKind, **fields: Any) -> Step:
    """A certification step."""
    return Step(code=code, source="invented", name=code, kind=kind, **fields)


LEARN = step("learned", StepKind.REVIEW, material="guide")
PASS = step("passed", StepKind.ASSESS, items=3, pass_percent=100)
SIGN = step("signed", StepKind.SIGN, form="form")
OTHER = step("other", StepKind.REVIEW, material="unwritten")
PRESCRIBER = Party(code="prescriber", source="invented", name="P", steps=(LEARN, PASS, OTHER, SIGN))
FACILITY = Party(
    code="facility", source="invented", name="F", steps=(LEARN, SIGN), has_representative=True
)


def module(code: str = "guide", **fields: Any) -> TrainingModule:
    """A module of two pages on the guide, for prescribers."""
    shape: dict[str, Any] = {"audience": ("prescriber",), "pages": PAGES, "edition": EDITION}
    texts = {"name": "Guide", "material": "guide", "statement": "I have read it."}
    return TrainingModule(code=code, source="invented", **(texts | shape | fields))


def item(code: str, right: int = 0, **fields: Any) -> Item:
    """A question with four choices."""
    choices = tuple(Choice(f"{code} {place}", place == right) for place in range(4))
    shape = {"question": f"{code}?", "explanation": "Because.", "module": "guide", "page": "one"}
    return Item(code=code, source="invented", choices=choices, version=1, **(shape | fields))


def bank(topics: int = 3, items: int = 2, **fields: Any) -> Assessment:
    """An assessment with so many topics, and so many questions on each."""
    made = tuple(
        Topic(
            code=f"topic-{number}",
            source="invented",
            name=f"Topic {number}",
            items=tuple(item(f"item-{number}-{each}", each % 4) for each in range(items)),
        )
        for number in range(topics)
    )
    shape: dict[str, Any] = {"party": "prescriber", "step": "passed", "edition": EDITION}
    return Assessment(code="bank", source="invented", name="Bank", topics=made, **(shape | fields))


def trained(**fields: Any) -> ProgramVersion:
    """A version with training for prescribers."""
    shape: dict[str, Any] = {
        "parties": {"prescriber": PRESCRIBER, "facility": FACILITY},
        "modules": {"guide": module()},
        "assessments": {"bank": bank()},
    }
    return version(**(shape | fields))


def answered(asked: tuple[AskedItem, ...], wrong: int = 0) -> dict[str, int]:
    """Right answers, but for the first so many questions."""
    return {
        each.item: (each.right + 1) % 4 if place < wrong else each.right
        for place, each in enumerate(asked)
    }


# What there is to read


def test_a_representative_trains_for_a_site_and_a_prescriber_for_themselves() -> None:
    assert audience_of(PRESCRIBER) == "prescriber"
    assert audience_of(FACILITY) == "facility_representative"
    found = trained()
    assert party_of(found, "facility_representative") is FACILITY
    assert party_of(found, "pharmacist") is None


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (200, 1), (201, 2), (400, 2)])
def test_reading_takes_whole_minutes(words: int, minutes: int) -> None:
    assert reading_minutes(words) == minutes


def test_a_page_counts_its_title_among_its_words() -> None:
    assert [page.words for page in PAGES] == [4, 3]
    assert module().minutes == 1
    long = TrainingPage("long", "Long", "word " * 199)
    assert module(pages=(long, PAGES[0])).minutes == 2


def test_the_rules_of_a_table_are_no_words() -> None:
    table = "| Test | Again |\n|---|---|\n| **Skin exam** | every 12 months |"
    assert TrainingPage("tests", "Tests", table).words == 8


def test_the_digest_tells_whether_anything_read_or_confirmed_changed() -> None:
    before = module().digest
    assert len(before) == 64
    assert module().digest == before
    changed = [
        module(name="Other"),
        module(edition=OLDER),
        module(statement="I have not read it."),
        module(pages=PAGES[:1]),
        module(pages=(PAGES[0], TrainingPage("two", "Page two", "e"))),
    ]
    assert len({before, *(each.digest for each in changed)}) == 6


def test_what_was_read_years_ago_has_its_digest_still() -> None:
    known = "86775823a44d579efebb2294efa036d1fea21acef6fae8b7e03e171e8180b81a"
    assert module().digest == known


def test_the_tasks_are_the_steps_that_have_training_in_their_order() -> None:
    found = trained()
    tasks = training_tasks(found, PRESCRIBER)
    assert [(task.step.code, task.work.code) for task in tasks] == [
        ("learned", "guide"),
        ("passed", "bank"),
    ]
    assert [task.is_assessment for task in tasks] == [False, True]
    assert training_tasks(found, FACILITY) == ()


def test_each_audience_has_its_own_module_on_one_material() -> None:
    theirs = module("theirs", audience=("facility_representative",))
    found = trained(modules={"guide": module(), "theirs": theirs})
    assert [task.work.code for task in training_tasks(found, FACILITY)] == ["theirs"]


@pytest.mark.parametrize("fields", [{"party": "facility"}, {"step": "signed"}])
def test_an_assessment_is_for_its_own_step_only(fields: dict[str, str]) -> None:
    found = trained(assessments={"bank": bank(**fields)})
    assert [task.step.code for task in training_tasks(found, PRESCRIBER)] == ["learned"]


# What was done


def test_the_newest_day_counts_for_each_step() -> None:
    tasks = training_tasks(trained(), PRESCRIBER)
    done = [Done("guide", EDITION, ON), Done("guide", EDITION, LATER), Done("other", EDITION, ON)]
    assert steps_trained(tasks, done) == {"learned": LATER}


def test_an_older_edition_counts_unless_the_program_asks_again() -> None:
    done = [Done("guide", OLDER, ON), Done("bank", OLDER, ON)]
    tasks = training_tasks(trained(), PRESCRIBER)
    assert steps_trained(tasks, done) == {"learned": ON, "passed": ON}
    again = trained(
        modules={"guide": module(ask_again=True)}, assessments={"bank": bank(ask_again=True)}
    )
    tasks = training_tasks(again, PRESCRIBER)
    assert steps_trained(tasks, done) == {}
    assert steps_trained(tasks, [Done("guide", EDITION, ON)]) == {"learned": ON}


def test_only_what_was_done_after_the_day_counts() -> None:
    tasks = training_tasks(trained(), PRESCRIBER)
    done = [Done("guide", EDITION, ON)]
    assert steps_trained(tasks, done, since=date(2025, 4, 30)) == {"learned": ON}
    assert steps_trained(tasks, done, since=ON) == {}


# What is asked


@given(st.integers(1, 500), st.text(max_size=9), st.integers(1, 9), st.integers(1, 5))
def test_every_attempt_asks_one_question_on_every_topic(
    attempt: int, who: str, topics: int, items: int
) -> None:
    asked = draw(bank(topics, items), attempt, who)
    assert [each.topic for each in asked] == [f"topic-{number}" for number in range(topics)]


@given(st.integers(1, 500), st.text(max_size=9), st.sets(st.sampled_from(["topic-1", "topic-2"])))
def test_what_was_missed_comes_first(attempt: int, who: str, missed: set[str]) -> None:
    asked = [each.topic for each in draw(bank(4), attempt, who, missed)]
    assert asked[: len(missed)] == sorted(missed)
    assert sorted(asked) == ["topic-0", "topic-1", "topic-2", "topic-3"]


@given(st.integers(1, 500), st.text(max_size=9))
def test_the_next_attempt_asks_another_question(attempt: int, who: str) -> None:
    first, second = (draw(bank(3, 2), number, who) for number in (attempt, attempt + 1))
    assert not {each.item for each in first} & {each.item for each in second}


def test_what_is_read_and_asked_is_in_the_language_wanted_where_there_is_one() -> None:
    spanish, german = module(language="es"), module(language="de")
    both = module(translations=(spanish, german))
    assert both.in_language("es") is both.in_language("es-MX") is spanish
    assert both.in_language("de") is german
    for other in ("en", "fr", "e", "", None):
        assert both.in_language(other) is both
    preguntas = bank(language="es")
    questions = bank(translations=(preguntas,))
    assert questions.in_language("es") is preguntas
    assert questions.in_language(None) is questions
    assert {each.language for each in draw(preguntas, 1, "ada")} == {"es"}
    assert {each.language for each in draw(questions, 1, "ada")} == {"en"}


def test_an_attempt_can_be_drawn_again_as_it_was() -> None:
    assert draw(bank(), 3, "ada") == draw(bank(), 3, "ada")


def test_an_attempt_is_drawn_as_it_was_years_ago() -> None:
    drawn = [(each.item, each.right) for each in draw(bank(5, 7), 3, "ada")]
    assert drawn == [("item-0-3", 3), ("item-1-6", 1), ("item-2-5", 0), ("item-3-2", 2),
                     ("item-4-5", 2)]  # fmt: skip
    orders = [tuple(int(said[-1]) for said in each.choices) for each in draw(bank(5, 7), 3, "ada")]
    assert orders == [(1, 0, 2, 3), (3, 2, 0, 1), (1, 2, 3, 0), (3, 1, 2, 0), (2, 3, 1, 0)]


def test_the_questions_and_their_order_differ_among_people_and_attempts() -> None:
    orders = {draw(bank(3, 1), 1, who)[0].choices for who in "abcdefghijkl"}
    assert len(orders) > 3
    items = {tuple(each.item for each in draw(bank(), 1, who)) for who in "abcdefghijkl"}
    assert len(items) > 2
    attempts = {draw(bank(3, 1), number, "ada")[0].choices for number in range(1, 13)}
    assert len(attempts) > 3


def test_the_right_choice_is_found_in_every_place() -> None:
    asked = [draw(bank(1, 4), number, "ada")[0] for number in range(1, 201)]
    assert all(each.choices[each.right] == f"{each.item} {each.item[-1]}" for each in asked)
    places = Counter(each.right for each in asked)
    assert min(places[place] for place in range(4)) > 25


def test_a_question_is_asked_with_all_that_belongs_to_it() -> None:
    (asked,) = draw(bank(1, 1), 1, "ada")
    assert asked.item == "item-0-0"
    assert (asked.version, asked.question, asked.explanation) == (1, "item-0-0?", "Because.")
    assert (asked.module, asked.page, asked.source) == ("guide", "one", "invented")
    assert sorted(asked.choices) == [f"item-0-0 {place}" for place in range(4)]


# How it is graded


def test_everything_right_passes() -> None:
    asked = draw(bank(), 1, "ada")
    found = grade(asked, answered(asked), 100)
    assert (found.right, found.needed, found.passed, found.missed) == (3, 3, True, ())
    assert [each.choice for each in found.answers] == [each.right for each in asked]


def test_one_mistake_fails_and_is_named() -> None:
    asked = draw(bank(), 1, "ada")
    found = grade(asked, answered(asked, wrong=1), 100)
    assert (found.right, found.passed, found.missed) == (2, False, ("topic-0",))


@pytest.mark.parametrize(("percent", "passed"), [(66, True), (67, False), (1, True)])
def test_a_lower_mark_lets_pass_with_a_mistake(percent: int, passed: bool) -> None:
    asked = draw(bank(), 1, "ada")
    assert grade(asked, answered(asked, wrong=1), percent).passed is passed


@pytest.mark.parametrize(
    ("questions", "percent", "needed"),
    [(8, 100, 8), (8, 75, 6), (8, 76, 7), (8, 1, 1), (8, 0, 8), (8, -5, 8), (8, 101, 8),
     (8, None, 8), (0, 100, 1), (10, 80, 8), (3, 67, 3)],
)  # fmt: skip
def test_right_answers_to_pass(questions: int, percent: int | None, needed: int) -> None:
    assert right_to_pass(questions, percent) == needed


@pytest.mark.parametrize("nothing", [None, -1, 4, True, "0", 0.0, [], {}])
def test_what_is_no_choice_is_no_answer(nothing: Any) -> None:
    asked = draw(bank(1, 1), 1, "ada")
    (answer,) = grade(asked, {asked[0].item: nothing}, 100).answers
    assert (answer.choice, answer.is_right) == (None, False)


def test_nobody_passes_without_questions() -> None:
    assert grade((), {}, 100).passed is False
    assert grade((), {}, 0).passed is False


ANYTHING = st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text() | st.binary()


@given(
    topics=st.integers(0, 8),
    attempt=st.integers(1, 50),
    guesses=st.dictionaries(st.text() | st.sampled_from(["item-0-0", "item-1-1"]), ANYTHING),
    percent=st.none() | st.integers(-200, 300),
)
def test_grading_never_raises_and_never_passes_too_few(
    topics: int, attempt: int, guesses: dict[str, Any], percent: int | None
) -> None:
    asked = draw(bank(topics), attempt, "ada")
    found = grade(asked, guesses, percent)
    truly = sum(
        type(guesses.get(each.item)) is int and guesses[each.item] == each.right for each in asked
    )
    assert found.right == truly
    assert found.passed == (truly >= right_to_pass(topics, percent))
    assert not (found.passed and truly == 0)


@given(topics=st.integers(1, 8), attempt=st.integers(1, 50), data=st.data())
def test_with_the_full_mark_only_everything_right_passes(
    topics: int, attempt: int, data: st.DataObject
) -> None:
    asked = draw(bank(topics), attempt, "ada")
    answers = {each.item: data.draw(st.integers(0, 3)) for each in asked}
    all_right = all(answers[each.item] == each.right for each in asked)
    assert grade(asked, answers, 100).passed is all_right
