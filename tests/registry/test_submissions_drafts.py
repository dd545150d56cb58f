"""A form being filled in: two tabs, the back button, a lost session, and nothing is lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from etasu.programs import library
from etasu.registry.audit.models import AuditEntry
from etasu.registry.submissions import drafts as drafts_module
from etasu.registry.submissions.actions import (
    Beginning,
    DraftClosed,
    NoSuchForm,
    abandon_draft,
    begin_draft,
    move_draft,
    name_subject,
    reopen_draft,
    save_answers,
)
from etasu.registry.submissions.facts import (
    answer_history,
    definition_of,
    draft_by_number,
    draft_problems,
    drafts_begun_by,
    is_of_version_in_force,
    open_drafts_about,
    open_drafts_of,
    signatures_of,
)
from etasu.registry.submissions.models import Draft
from tests.factories.teaching import AT, ON
from tests.registry.drafting import (
    OWNER,
    PATIENT,
    actor,
    begun,
    every_program,
    filled,
    said,
    sign_all,
    sign_as,
)

pytestmark = pytest.mark.django_db
ANN, BOB = actor("delegate", "ann"), actor("prescriber", "bob")
LEMTRADA, ENROLLMENT, ORDER = "lemtrada", "patient-enrollment", "prescription-order"
LATER = AT + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def all_programs(teaching_program: None) -> None:
    """All programs that come with the platform."""
    library.use(every_program())


def save(draft: Draft, answers: dict[str, str], seen: int, by=ANN, at=AT):
    """One page sent."""
    return save_answers(draft, answers, seen_revision=seen, by=by, at=at)


def test_a_draft_begins_with_what_is_known_and_fits() -> None:
    known = {"course": 2, "patient_number": "P-1", "prescriber_npi": "not one"}
    draft = begun(LEMTRADA, "patient-authorization", course=2, known=known)
    assert said(draft) == {"patient-number": "P-1", "course": "2"}
    assert (draft.revision, draft.program_version) == (1, "2024-03-04")
    assert begun(LEMTRADA, ORDER).revision == 0


def test_there_is_one_open_draft_of_a_form_about_a_subject_and_course() -> None:
    first = begun(LEMTRADA, ORDER, course=1)
    assert begun(LEMTRADA, ORDER, course=1) == first
    others = [begun(LEMTRADA, ORDER, course=2), begun(LEMTRADA, ORDER, subject_id=7, course=1)]
    others.append(begun(LEMTRADA, ENROLLMENT, course=1))
    assert len({each.pk for each in [first, *others]}) == 4
    abandon_draft(first, reason="mistake", by=ANN, at=AT)
    assert begun(LEMTRADA, ORDER, course=1) != first


def test_drafts_about_nobody_yet_are_each_their_own() -> None:
    one = begun(LEMTRADA, ENROLLMENT, subject_id=None, subject_number="")
    assert begun(LEMTRADA, ENROLLMENT, subject_id=None, subject_number="") != one


def test_the_database_refuses_a_second_open_draft() -> None:
    draft = begun(LEMTRADA, ORDER)
    draft.pk, draft.number = None, "other"
    with pytest.raises(IntegrityError, match="a_form_has_one_open_draft"), transaction.atomic():
        draft.save(force_insert=True)


def test_a_participants_own_form_is_filled_in_in_its_name() -> None:
    beginning = Beginning("teaching", "facility-enrollment", "participant", 9, "F-9")
    assert begin_draft(beginning, by=ANN, at=AT, on=ON).owner_id == 9


def test_a_form_the_program_does_not_have_cannot_be_begun() -> None:
    for program, form, on in (
        ("teaching", "nothing", ON),
        ("nothing", ENROLLMENT, ON),
        ("teaching", ENROLLMENT, ON.replace(year=2000)),
    ):
        with pytest.raises(NoSuchForm):
            begin_draft(Beginning(program, form, "patient", 1), by=ANN, at=AT, on=on)
    assert Draft.objects.count() == 0


def test_two_tabs_with_different_pages_lose_nothing() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    seen = draft.revision
    save(draft, {"first-name": "Mara"}, seen, ANN)
    outcome = save(draft, {"last-name": "Example"}, seen, BOB)
    assert said(draft) == {"first-name": "Mara", "last-name": "Example"}
    assert (outcome.saved, outcome.conflicts, outcome.refused) == (("last-name",), (), ())


def test_a_stale_tab_does_not_blank_what_another_wrote() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    seen = draft.revision
    save(draft, {"first-name": "Mara", "last-name": ""}, seen, ANN)
    outcome = save(draft, {"first-name": "", "last-name": "Example"}, seen, BOB)
    assert said(draft) == {"first-name": "Mara", "last-name": "Example"}
    assert outcome.conflicts == ()


def test_two_answers_to_one_question_are_both_reported_and_kept() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    save(draft, {"first-name": "Mara"}, 0, ANN)
    outcome = save(draft, {"first-name": "Maria", "last-name": "Example"}, 0, BOB, LATER)
    (conflict,) = outcome.conflicts
    assert conflict == ("first-name", "Mara", "Maria", "ann", AT)
    assert said(draft) == {"first-name": "Mara", "last-name": "Example"}
    history = [
        (row.value, row.is_kept, row.saved_by) for row in answer_history(draft, "first-name")
    ]
    assert sorted(history) == [("Mara", True, "ann"), ("Maria", False, "bob")]
    again = save(draft, {"first-name": "Maria"}, outcome.revision, BOB, LATER)
    assert again.saved == ("first-name",)
    assert said(draft)["first-name"] == "Maria"


def test_the_same_answer_twice_is_no_conflict_and_changes_nothing() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    first = save(draft, {"first-name": "Mara"}, 0, ANN)
    again = save(draft, {"first-name": " Mara "}, 0, BOB)
    assert (again.revision, again.saved, again.conflicts) == (first.revision, (), ())
    assert AuditEntry.objects.filter(verb="draft.saved").count() == 1


def test_the_back_button_sends_an_old_page_and_changes_only_what_was_changed_on_it() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    first = save(draft, {"first-name": "Mara", "last-name": "Example"}, 0)
    save(draft, {"first-name": "Maria"}, first.revision)
    back = save(draft, {"first-name": "Mara", "last-name": "Sample"}, first.revision)
    assert said(draft) == {"first-name": "Maria", "last-name": "Sample"}
    assert back.saved == ("last-name",)


def test_an_answer_can_be_taken_back_and_stays_in_the_history() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    first = save(draft, {"first-name": "Mara"}, 0)
    save(draft, {"first-name": ""}, first.revision)
    assert said(draft) == {}
    assert [row.value for row in answer_history(draft, "first-name")] == ["", "Mara"]


def test_answers_that_are_wrong_are_kept_and_named() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    save(draft, {"birth-date": "soon"}, 0)
    assert said(draft) == {"birth-date": "soon"}
    codes = {each.field: each.code for each in draft_problems(draft, ON)}
    assert codes["birth-date"] == "not-a-day"
    assert codes["first-name"] == "missing"


def test_what_the_platform_is_sure_of_cannot_be_changed() -> None:
    draft = begun(LEMTRADA, ORDER, known={"patient_number": "P-1"})
    outcome = save(draft, {"patient-number": "P-2", "facility-name": "Riverside"}, 1)
    assert (outcome.refused, outcome.saved) == (("patient-number",), ("facility-name",))
    assert said(draft)["patient-number"] == "P-1"
    assert "P-2" in {row.value for row in answer_history(draft, "patient-number")}


def test_an_answer_to_a_question_nobody_asks_is_refused() -> None:
    draft = begun(LEMTRADA, ORDER)
    long = "x" * 8001
    outcome = save(draft, {"unheard-of": "x", "diagnosis": long, "facility-contact": "a\0b"}, 0)
    assert set(outcome.refused) == {"unheard-of", "diagnosis", "facility-contact"}
    assert said(draft) == {}


def test_nothing_changes_once_somebody_signed_and_nothing_typed_is_lost() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    before = said(draft)
    sign_as(draft, "patient")
    outcome = save(draft, {"first-name": "Other"}, draft.revision)
    assert outcome.refused == ("first-name",)
    assert said(draft) == before
    assert "Other" in {row.value for row in answer_history(draft, "first-name")}


def test_a_draft_opened_again_can_change_and_its_signatures_count_no_more() -> None:
    draft = filled(LEMTRADA, ENROLLMENT)
    sign_as(draft, "patient")
    reopened = reopen_draft(draft, reason="wrong name", by=BOB, at=AT)
    assert signatures_of(reopened) == []
    assert reopened.signatures.count() == 1
    assert save(reopened, {"city": "Other"}, reopened.revision).saved == ("city",)
    assert sign_all(reopened).form is not None


def test_opening_again_what_nobody_signed_does_nothing() -> None:
    draft = begun(LEMTRADA, ORDER)
    assert reopen_draft(draft, reason="x", by=ANN, at=AT).signing_round == 1
    assert not AuditEntry.objects.filter(verb="draft.reopened").exists()


def test_an_abandoned_draft_stays_with_everything_in_it() -> None:
    draft = filled(LEMTRADA, ORDER)
    answers = said(draft)
    abandoned = abandon_draft(draft, reason="not needed", by=ANN, at=AT)
    assert abandon_draft(draft, reason="again", by=BOB, at=LATER).abandoned_by == "ann"
    assert said(abandoned) == answers
    for change in (
        lambda: save(draft, {"diagnosis": "other"}, 1),
        lambda: reopen_draft(draft, reason="x", by=ANN, at=AT),
        lambda: name_subject(draft, PATIENT, "P", by=ANN, at=AT),
        lambda: move_draft(draft, on=ON, by=ANN, at=AT),
    ):
        with pytest.raises(DraftClosed):
            change()
    assert list(open_drafts_about("patient", PATIENT)) == []


def test_a_finished_draft_cannot_be_abandoned() -> None:
    draft = filled(LEMTRADA, ORDER)
    sign_all(draft)
    with pytest.raises(DraftClosed):
        abandon_draft(draft, reason="x", by=ANN, at=AT)


def test_a_draft_is_never_deleted_and_a_closed_one_never_opened() -> None:
    draft = begun(LEMTRADA, ORDER)
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.delete()
    closed = abandon_draft(draft, reason="x", by=ANN, at=AT)
    closed.abandoned_at = closed.abandoned_by = closed.abandoned_reason = None
    with pytest.raises(IntegrityError, match="closed for good"), transaction.atomic():
        closed.save()


def test_a_draft_about_nobody_yet_is_named_once() -> None:
    draft = begun(LEMTRADA, ENROLLMENT, subject_id=None, subject_number="")
    named = name_subject(draft, 5, "P-5", by=BOB, at=AT)
    assert (named.subject_id, named.subject_number) == (5, "P-5")
    assert name_subject(draft, 5, "P-5", by=BOB, at=AT).subject_id == 5
    with pytest.raises(ValueError, match="somebody else"):
        name_subject(draft, 6, "P-6", by=BOB, at=AT)


def test_a_draft_moves_into_the_version_in_force_with_the_answers_that_remain() -> None:
    before = AT.replace(year=2023)
    draft = begun(LEMTRADA, "patient-status", before)
    assert draft.program_version == "2016-04-05"
    save(draft, {"alive": "yes", "stroke": "no"}, 0)
    assert said(draft) == {"alive": "yes"}
    assert not is_of_version_in_force(draft, ON) and is_of_version_in_force(draft, before.date())
    moved = move_draft(draft, on=ON, by=ANN, at=AT)
    assert moved.program_version == "2024-03-04"
    assert said(moved) == {"alive": "yes"}
    assert save(moved, {"stroke": "no"}, moved.revision).saved == ("stroke",)
    assert move_draft(moved, on=ON, by=ANN, at=AT).signing_round == moved.signing_round


def test_moving_back_takes_off_answers_the_older_form_does_not_ask_for() -> None:
    draft = begun(LEMTRADA, "patient-status")
    save(draft, {"alive": "yes", "stroke": "no"}, 0)
    moved = move_draft(draft, on=ON.replace(year=2020), by=ANN, at=AT)
    assert said(moved) == {"alive": "yes"}
    assert [row.value for row in answer_history(moved, "stroke")] == ["", "no"]
    with pytest.raises(NoSuchForm):
        move_draft(moved, on=ON.replace(year=1990), by=ANN, at=AT)


def test_drafts_are_found_by_number_subject_owner_and_who_began_them() -> None:
    draft = begun(LEMTRADA, ORDER)
    assert draft_by_number(draft.number, LEMTRADA) == draft
    assert draft_by_number(draft.number, "teaching") is None
    assert list(open_drafts_about("patient", PATIENT)) == [draft]
    assert list(open_drafts_about("participant", PATIENT)) == []
    assert list(open_drafts_of(OWNER)) == [draft]
    assert list(drafts_begun_by("user-delegate")) == [draft]
    assert definition_of(draft)[1].code == ORDER


def test_a_draft_of_a_program_that_is_gone_says_so() -> None:
    draft = begun(LEMTRADA, ORDER)
    library.use(library.ProgramLibrary({}))
    with pytest.raises(NoSuchForm):
        definition_of(draft)


def test_every_saving_is_noted_without_what_was_said() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    save(draft, {"first-name": "Mara"}, 0)
    entry = AuditEntry.objects.get(verb="draft.saved")
    assert entry.detail == {"revision": 1, "saved": ["first-name"], "lost": []}
    assert (entry.actor, entry.subject) == ("ann", draft.number)


KEYS = ["first-name", "last-name", "email", "phone"]
PAGE = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["", "a", "b", "c"]), max_size=4)


class Merging(TestCase):
    """Whatever pages are sent in whatever order, nothing typed is lost."""

    @settings(max_examples=40, deadline=None)
    @given(pages=st.lists(st.tuples(PAGE, st.integers(0, 6)), max_size=7))
    def test_what_was_typed_stands_or_is_in_the_history(self, pages) -> None:
        library.use(every_program())
        draft = begun(LEMTRADA, ENROLLMENT)
        values = {0: {}}
        for page, wish in pages:
            seen = min(wish, draft.revision)
            outcome = save(draft, page, seen)
            now = said(draft)
            for key, value in page.items():
                changed_here = value != values[seen].get(key, "")
                history = {row.value for row in answer_history(draft, key)}
                assert not changed_here or now.get(key, "") == value or value in history
            untouched = now.keys() - page.keys()
            assert all(now[key] == values[max(values)].get(key) for key in untouched)
            values[outcome.revision] = now
            for revision in range(outcome.revision):
                values.setdefault(revision, values[max(r for r in values if r <= revision)])


@pytest.mark.django_db(transaction=True)
def test_two_people_saving_at_once_both_keep_their_answers() -> None:
    draft = begun(LEMTRADA, ENROLLMENT)
    failed: list[BaseException] = []

    def send(key: str) -> None:
        try:
            save(Draft.objects.get(pk=draft.pk), {key: "x"}, 0)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(key,)) for key in KEYS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert said(draft) == dict.fromkeys(KEYS, "x")
    assert Draft.objects.get(pk=draft.pk).revision == 4


@pytest.mark.django_db(transaction=True)
def test_two_people_beginning_at_once_share_one_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    both_looked = threading.Barrier(2, timeout=10)
    look = drafts_module._open_draft
    found: list[int] = []
    first_look: dict[int, bool] = {}

    def looking(beginning: Beginning) -> Draft | None:
        seen = look(beginning)
        if first_look.setdefault(threading.get_ident(), True):
            first_look[threading.get_ident()] = False
            both_looked.wait()
        return seen

    def begin() -> None:
        try:
            found.append(begun(LEMTRADA, ORDER).pk)
        finally:
            connection.close()

    monkeypatch.setattr(drafts_module, "_open_draft", looking)
    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and len(set(found)) == 1
    assert Draft.objects.count() == 1
