"""Training on record: read, confirmed, tried, graded once, and credited to whoever it is for."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from etasu.programs import library
from etasu.registry import reactions
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.education import actions, facts, progress
from etasu.registry.education.models import Attempt, Grade, GradedAnswer, Reading, Review
from etasu.registry.education.statistics import question_counts, tries
from etasu.registry.participants import actions as participants
from etasu.registry.participants.facts import steps_done
from etasu.registry.participants.training import credit_training, steps_to_repeat, trained_for
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.training import Assessment, TrainingModule
from tests.factories.teaching import AT, ON, PROGRAM, version

pytestmark = pytest.mark.django_db
NEXT_DAY = ON + timedelta(days=1)


def somebody(name: str = "nia") -> User:
    """A person without any role."""
    return User.objects.create_user(f"{name}@example.org", full_name=f"{name.title()} Example")


def actor(user: User) -> Actor:
    """The person as an actor."""
    return Actor(user.number, "no_role")


def the_module() -> TrainingModule:
    """The teaching program's overview."""
    return version().modules["overview"]


def the_assessment() -> Assessment:
    """The teaching program's two questions."""
    return version().assessments["assessment"]


def read_all(user: User, module: TrainingModule | None = None) -> None:
    """Go on from every page."""
    module = module or the_module()
    for page in module.pages:
        progress.note_page_read(user, PROGRAM, module, page.code, by=actor(user), at=AT)


def review(user: User, on: date = ON) -> Review:
    """Confirm the overview, everything read."""
    read_all(user)
    return reactions.module_reviewed(user, version(), the_module(), on=on, by=actor(user), at=AT)


def begin(user: User) -> Attempt:
    """Begin the assessment, or go on with it."""
    return actions.begin_attempt(user, version(), the_assessment(), by=actor(user), at=AT)


def answer(attempt: Attempt, wrong: int = 0) -> None:
    """Answer everything, the first so many questions wrongly."""
    for place, each in enumerate(facts.asked_in(attempt)):
        choice = (each.right + 1) % 4 if place < wrong else each.right
        assert progress.keep_answer(attempt, each.item, choice)


def hand_in(attempt: Attempt, on: date = ON) -> Grade:
    """Hand in what was answered."""
    by = actor(attempt.user)
    return reactions.assessment_handed_in(attempt, version(), 100, on=on, by=by, at=AT)


def verbs(user: User) -> list[str]:
    """What the audit trail says about the person."""
    return list(AuditEntry.objects.filter(subject=user.number).values_list("verb", flat=True))


def prescriber(user: User) -> Any:
    """The person registers as a prescriber who has done nothing yet."""
    found = participants.register_participant(
        PROGRAM, "prescriber", user.full_name, by=PLATFORM, at=AT, npi="1234567893"
    )
    participants.add_member(user, found, "prescriber", program=PROGRAM, by=PLATFORM, at=AT)
    return found


# Reading


def test_a_module_is_confirmed_once_everything_is_read() -> None:
    nia = somebody()
    module = the_module()
    by = actor(nia)
    first, second, third = (page.code for page in module.pages)
    for page in (second, second, "no-such-page"):
        progress.note_page_read(nia, PROGRAM, module, page, by=by, at=AT)
    assert Reading.objects.get().pages == [second]
    with pytest.raises(actions.NotAllRead) as refused:
        actions.review_module(nia, version(), module, on=ON, by=by, at=AT)
    assert refused.value.pages == [first, third]
    assert not Review.objects.exists()
    kept = review(nia)
    assert (kept.edition, kept.reviewed_on, kept.program_version) == (
        module.edition,
        ON,
        "2024-01-01",
    )
    assert (kept.statement, kept.content_hash) == (module.statement, module.digest)
    assert verbs(nia) == ["training.reviewed"]


def test_a_reading_says_who_read_on_and_when() -> None:
    nia = somebody()
    later = datetime.fromisoformat("2025-05-02T09:00:00+00:00")
    module = the_module()
    first, second, _third = (page.code for page in module.pages)
    progress.note_page_read(nia, PROGRAM, module, first, by=actor(nia), at=AT)
    progress.note_page_read(nia, PROGRAM, module, second, by=actor(nia), at=later)
    kept = Reading.objects.get()
    assert (kept.pages, kept.read_at, kept.read_by) == ([first, second], later, nia.number)


def test_confirming_twice_a_day_is_confirming_once() -> None:
    nia = somebody()
    assert review(nia) == review(nia)
    assert review(nia, on=NEXT_DAY) == review(nia, on=NEXT_DAY)
    assert list(Review.objects.values_list("reviewed_on", flat=True)) == [ON, NEXT_DAY]


def test_a_new_edition_is_read_from_its_beginning() -> None:
    nia = somebody()
    review(nia)
    newer = dataclasses.replace(the_module(), edition=date(2025, 1, 1))
    assert len(facts.pages_left(nia, PROGRAM, newer)) == 3
    with pytest.raises(actions.NotAllRead):
        actions.review_module(nia, version(), newer, on=ON, by=actor(nia), at=AT)


def test_somebody_s_training_is_nobody_else_s() -> None:
    nia, ola = somebody(), somebody("ola")
    review(nia)
    assert facts.completed(ola, PROGRAM, version()) == {}
    assert facts.pages_read(ola, PROGRAM) == {}
    assert facts.completed(nia, "another", version()) == {}


# Trying


def test_an_attempt_goes_on_where_it_was_left() -> None:
    nia = somebody()
    attempt = begin(nia)
    first = facts.asked_in(attempt)[0]
    assert progress.keep_answer(attempt, first.item, first.right)
    again = begin(nia)
    assert again == attempt
    assert again.answers == {first.item: first.right}
    assert verbs(nia) == ["assessment.begun"]


def test_an_answer_may_be_changed_until_the_attempt_is_handed_in() -> None:
    nia = somebody()
    attempt = begin(nia)
    answer(attempt, wrong=2)
    answer(attempt)
    assert hand_in(attempt).passed
    assert not progress.keep_answer(attempt, facts.asked_in(attempt)[0].item, 0)


@pytest.mark.parametrize(("item", "choice"), [("unasked", 0), (None, 4), (None, -1)])
def test_no_answer_is_kept_that_was_not_offered(item: str | None, choice: int) -> None:
    attempt = begin(somebody())
    asked = facts.asked_in(attempt)[0].item
    assert not progress.keep_answer(attempt, item or asked, choice)
    attempt.refresh_from_db()
    assert attempt.answers == {}


def test_an_attempt_with_a_question_left_is_not_graded() -> None:
    attempt = begin(somebody())
    first = facts.asked_in(attempt)[0]
    progress.keep_answer(attempt, first.item, first.right)
    with pytest.raises(actions.NotAllAnswered):
        hand_in(attempt)
    assert not Grade.objects.exists()


def test_an_attempt_is_graded_once() -> None:
    nia = somebody()
    attempt = begin(nia)
    answer(attempt, wrong=1)
    grade = hand_in(attempt)
    assert (grade.right, grade.questions, grade.needed, grade.passed) == (1, 2, 2, False)
    assert hand_in(attempt, on=NEXT_DAY) == grade
    assert GradedAnswer.objects.count() == 2
    assert verbs(nia) == ["assessment.begun", "assessment.handed_in"]
    said = AuditEntry.objects.get(verb="assessment.handed_in").detail
    assert said["right"] == 1 and said["passed"] is False


def test_what_was_missed_comes_first_in_the_next_attempt() -> None:
    nia = somebody()
    attempt = begin(nia)
    asked = facts.asked_in(attempt)
    assert [each.topic for each in asked] == ["before", "after"]
    progress.keep_answer(attempt, asked[0].item, asked[0].right)
    progress.keep_answer(attempt, asked[1].item, (asked[1].right + 1) % 4)
    hand_in(attempt)
    second = begin(nia)
    assert second.number == 2
    assert [each.topic for each in facts.asked_in(second)] == ["after", "before"]
    assert not {e.item for e in facts.asked_in(second)} & {e.item for e in asked}
    answer(second)
    assert hand_in(second).passed
    assert facts.topics_missed(nia, PROGRAM, "assessment") == ()


def test_an_attempt_keeps_what_it_asked_whatever_the_program_asks_later() -> None:
    attempt = begin(somebody())
    asked = facts.asked_in(attempt)
    library.use(library.ProgramLibrary({}))
    assert facts.asked_in(Attempt.objects.get()) == asked
    assert all(len(each.choices) == 4 and each.explanation for each in asked)


def test_an_attempt_of_an_older_version_is_not_gone_on_with() -> None:
    nia = somebody()
    begin(nia)
    newer = dataclasses.replace(version(), effective_on=date(2025, 1, 1))
    second = actions.begin_attempt(nia, newer, the_assessment(), by=actor(nia), at=AT)
    assert (second.number, second.program_version) == (2, "2025-01-01")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_are_one_attempt_and_a_double_click_one_grade() -> None:
    nia = somebody()
    ready = threading.Barrier(4)
    found: list[int] = []
    grades: list[int] = []

    def one_tab() -> None:
        try:
            ready.wait()
            attempt = begin(nia)
            found.append(attempt.pk)
            answer(attempt)
            ready.wait()
            grades.append(hand_in(attempt).pk)
        finally:
            connection.close()

    tabs = [threading.Thread(target=one_tab) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(found) == len(grades) == 4
    assert len(set(found)) == 1
    assert len(set(grades)) == 1
    assert verbs(nia).count("assessment.handed_in") == 1


# What it counts for


def test_training_belongs_to_the_person_until_there_is_a_participant() -> None:
    nia = somebody()
    review(nia)
    attempt = begin(nia)
    answer(attempt)
    hand_in(attempt, on=NEXT_DAY)
    known = {"reviewed-overview": ON, "passed-assessment": NEXT_DAY}
    assert facts.completed(nia, PROGRAM, version()) == known
    party = version().parties
    assert facts.completed(nia, PROGRAM, version(), party=party["prescriber"]) == known
    assert facts.completed(nia, PROGRAM, version(), party=party["facility"]) == {}
    found = prescriber(nia)
    credited = credit_training(found, nia, version(), by=actor(nia), at=AT)
    assert credited == ["reviewed-overview", "passed-assessment"]
    assert dict(steps_done(found)) == known


def test_training_is_credited_once() -> None:
    nia = somebody()
    found = prescriber(nia)
    review(nia)
    assert dict(steps_done(found)) == {"reviewed-overview": ON}
    assert credit_training(found, nia, version(), by=actor(nia), at=AT) == []
    review(nia)
    assert found.steps.count() == 1


def test_a_failed_attempt_does_no_step_and_a_passed_one_does() -> None:
    nia = somebody()
    found = prescriber(nia)
    attempt = begin(nia)
    answer(attempt, wrong=1)
    hand_in(attempt)
    assert dict(steps_done(found)) == {}
    second = begin(nia)
    answer(second)
    hand_in(second, on=NEXT_DAY)
    assert dict(steps_done(found)) == {"passed-assessment": NEXT_DAY}


def test_the_last_step_certifies() -> None:
    nia = somebody()
    found = prescriber(nia)
    participants.record_step(found, version(), "signed-enrollment", on=ON, by=PLATFORM, at=AT)
    review(nia)
    attempt = begin(nia)
    answer(attempt)
    hand_in(attempt, on=NEXT_DAY)
    found.refresh_from_db()
    assert found.certified_from == NEXT_DAY


def test_training_counts_for_nobody_else_s_certification() -> None:
    nia, ola = somebody(), somebody("ola")
    found = prescriber(nia)
    participants.add_member(ola, found, "delegate", program=PROGRAM, by=PLATFORM, at=AT)
    review(ola)
    assert dict(steps_done(found)) == {}
    assert list(trained_for(ola, version())) == []
    assert list(trained_for(nia, version())) == [found]


# Renewals, in a program whose facility renews its training


@pytest.fixture
def renewing() -> Iterator[ProgramVersion]:
    """The teaching program, in which the representative reads the overview, too."""
    taught = version()
    reads, signs = taught.parties["prescriber"].steps[0], taught.parties["facility"].steps[-1]
    facility = dataclasses.replace(taught.parties["facility"], steps=(reads, signs))
    both = ("prescriber", "facility_representative")
    overview = dataclasses.replace(taught.modules["overview"], audience=both)
    changed = dataclasses.replace(
        taught,
        parties={**taught.parties, "facility": facility},
        modules={"overview": overview},
    )
    loaded = library.current().programs[PROGRAM]
    library.use(library.ProgramLibrary({PROGRAM: loaded._replace(versions=(changed,))}))
    yield changed


def test_a_representative_s_training_counts_for_every_site_and_again_at_the_renewal(
    renewing: ProgramVersion,
) -> None:
    rep = somebody("rep")
    sites = [
        participants.register_participant(PROGRAM, "facility", name, by=PLATFORM, at=AT)
        for name in ("Riverside", "Lakeside")
    ]
    for site in sites:
        participants.add_member(
            rep, site, "facility_representative", program=PROGRAM, by=PLATFORM, at=AT
        )
    began = ON - timedelta(days=700)
    _read_on(rep, renewing, began)
    for site in sites:
        assert dict(steps_done(site)) == {"reviewed-overview": began}
        participants.record_step(site, renewing, "signed-enrollment", on=began, by=PLATFORM, at=AT)
    party = renewing.parties["facility"]
    middle = began + timedelta(days=300)
    assert steps_to_repeat(rep, renewing, party, middle) == frozenset()
    assert "reviewed-overview" in steps_to_repeat(rep, renewing, party, ON)
    _read_on(rep, renewing, ON)
    assert "reviewed-overview" not in steps_to_repeat(rep, renewing, party, ON)
    assert [dict(steps_done(site))["reviewed-overview"] for site in sites] == [ON, ON]
    assert steps_to_repeat(rep, renewing, renewing.parties["prescriber"], ON) == frozenset()


def _read_on(user: User, taught: ProgramVersion, on: date) -> None:
    read_all(user, taught.modules["overview"])
    reactions.module_reviewed(
        user, taught, taught.modules["overview"], on=on, by=actor(user), at=AT
    )


# Statistics


def test_statistics_count_each_question_and_each_person() -> None:
    for name, mistakes in (("nia", (1, 0)), ("ola", (0,)), ("pam", (2,))):
        user = somebody(name)
        for wrong in mistakes:
            attempt = begin(user)
            answer(attempt, wrong=wrong)
            hand_in(attempt)
    begin(somebody("quin"))
    counts = question_counts(PROGRAM, "assessment")
    assert sum(each.shown for each in counts) == 8
    assert sum(each.missed for each in counts) == 3
    shares = [each.missed_percent for each in counts]
    assert shares == sorted(shares, reverse=True)
    assert {each.version for each in counts} == {1}
    assert tries(PROGRAM, "assessment") == (4, 2, 1, 4, 1)
    assert question_counts(PROGRAM, "another") == []
    assert tries("another", "assessment") == (0, 0, 0, 0, 0)


def test_two_wordings_of_a_question_are_counted_apart() -> None:
    topics = tuple(
        dataclasses.replace(
            topic, items=tuple(dataclasses.replace(item, version=2) for item in topic.items)
        )
        for topic in the_assessment().topics
    )
    reworded = dataclasses.replace(the_assessment(), topics=topics)
    for name, assessment in (("nia", the_assessment()), ("ola", reworded)):
        user = somebody(name)
        attempt = actions.begin_attempt(user, version(), assessment, by=actor(user), at=AT)
        answer(attempt)
        hand_in(attempt)
    counts = question_counts(PROGRAM, "assessment")
    assert sorted(each.version for each in counts) == [1, 1, 2, 2]
