"""Reports of side effects: each is kept, counted from its receipt, and leaves only acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from etasu.programs import library
from etasu.registry import reactions
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices.models import Notice
from etasu.registry.participants import actions as participants
from etasu.registry.patients.actions import enroll_patient
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import infusion_days as reacting
from etasu.registry.reactions import report_what_was_missed, signing
from etasu.registry.safety import actions as safety
from etasu.registry.safety.actions import Judgment, NotLinked, Report, Statement
from etasu.registry.safety.facts import (
    CaseAt,
    Why,
    case_by_number,
    cases_by_number,
    cases_like,
    cases_of,
    hand_over_by_number,
    handed_over,
    records_in,
    worklist,
)
from etasu.registry.safety.handing_over import NothingToHandOver, digest_of_records
from etasu.registry.safety.models import CaseInformation, SafetyCase, Source
from etasu.registry.safety.receiving import NoSuchProgram
from etasu.registry.safety.reporting import COLUMNS
from etasu.registry.submissions.actions import save_answers
from etasu.registry.submissions.facts import definition_of
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.infusion_days import Note
from etasu.registry.treatment.models import DayEntry
from etasu.safe_use.infusion_day import DayEvent
from etasu.safe_use.safety import Because, Expectedness, Missing, Said, Seriousness
from etasu.safe_use.safety_plan import CaseKind, Criterion
from tests.factories.answers import right_answers
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world
from tests.registry.drafting import actor, begun, every_program, shown, sitting

NURSE = Actor("nia", "infusion_nurse")
SELMA = Actor("selma", "safety_reviewer")
DAY = timedelta(days=1)
HARMLESS = dict.fromkeys(Criterion, Said.NO)


@pytest.fixture
def world(db: None) -> World:
    """The people of the teaching program."""
    return build_world()


def report(words: str = "hives on both arms", at: datetime = AT, **more: Any) -> SafetyCase:
    """A report of a patient."""
    said = Statement(words, more.pop("told_by", "patient"), **more.pop("said", {}))
    given = {"source": Source.PATIENT, "kind": CaseKind.ADVERSE_EVENT, **more}
    return safety.receive_report(Report(PROGRAM, said=said, **given), by=NURSE, at=at)


def now(case: SafetyCase, at: datetime = AT) -> CaseAt:
    """The case as it stands."""
    found = case_by_number(PROGRAM, case.number, at)
    assert found is not None
    return found


def judge(
    case: SafetyCase, terms: tuple[str, ...] = ("hives",), at: datetime = AT, **criteria: Said
) -> None:
    """Selma's judgment of everything told so far; what is not said is denied."""
    said = {**HARMLESS, **{Criterion(name): answer for name, answer in criteria.items()}}
    found = Judgment(said, terms, Said.NO, "read in full")
    safety.assess_case(case, found, now(case, at).information, by=SELMA, at=at)


def hand(*cases: SafetyCase, at: datetime = AT) -> Any:
    """Selma hands them over."""
    return safety.hand_over(cases, program=PROGRAM, recipient="Sponsor", by=SELMA, at=at)


def done(*cases: SafetyCase, at: datetime = AT) -> Any:
    """They are handed over, and the sponsor has acknowledged them."""
    kept = hand(*cases, at=at)
    return safety.acknowledge_hand_over(kept, acknowledgment="ACK-1", by=SELMA, at=at)


def listed(at: datetime = AT) -> list[SafetyCase]:
    """The cases of the worklist in their order."""
    return [each.case for each in worklist(PROGRAM, at)]


def test_a_report_with_hardly_any_words_is_taken_and_says_what_is_missing(db: None) -> None:
    case = report("?", product="", told_by="")
    found = now(case)
    assert found.missing == tuple(Missing)
    assert (found.seriousness, found.expectedness) == (Seriousness.UNKNOWN, Expectedness.UNKNOWN)
    assert found.left == (date(2025, 5, 16), 15, Because.NOT_KNOWN)
    assert found.why == (Why.NOT_ASSESSED, Why.INCOMPLETE)
    with pytest.raises(NoSuchProgram):
        safety.receive_report(
            Report("none", Source.STAFF, CaseKind.PREGNANCY, Statement("x", "patient")),
            by=NURSE,
            at=AT,
        )


def test_the_same_report_is_received_once_and_staff_are_told_once(world: World) -> None:
    person = User.objects.create_user("rosa@example.org", full_name="Rosa")
    participants.add_member(person, None, "administrator", program=PROGRAM, by=PLATFORM, at=AT)
    first = report(occasion="form 1", said={"piece": "first"}, patient=world.mara)
    again = report("and a fever", AT + DAY, occasion="form 1", said={"piece": "first"})
    assert first == again and CaseInformation.objects.count() == 1
    assert Notice.objects.get().recipient == person
    selma = User.objects.create_user("selma@example.org", full_name="Selma")
    participants.add_member(selma, None, "safety_reviewer", program=PROGRAM, by=PLATFORM, at=AT)
    report()
    assert Notice.objects.latest("id").recipient == selma
    assert list(Notice.objects.values_list("facts__case", flat=True)) == [
        first.number,
        *SafetyCase.objects.exclude(pk=first.pk).values_list("number", flat=True),
    ]


def test_what_was_received_is_never_changed_or_deleted(db: None) -> None:
    case = report()
    for change in (
        lambda: SafetyCase.objects.update(received_at=AT + DAY),
        lambda: SafetyCase.objects.filter(pk=case.pk)._raw_delete("default"),
        lambda: CaseInformation.objects.update(words="nothing"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert now(case).words == "hives on both arms"


def test_the_clock_counts_days_where_the_sponsor_is(db: None) -> None:
    # 03:30 UTC on May 2 is still May 1 in New York.
    late = report(at=datetime.fromisoformat("2025-05-02T03:30+00:00"))
    assert late.received_on == ON
    paper = report(at=AT + 5 * DAY, said={"received_on": ON})
    assert paper.received_on == ON and paper.received_at == AT + 5 * DAY
    from_tomorrow = report(at=AT, said={"received_on": ON + DAY})
    assert from_tomorrow.received_on == ON
    last_minute = datetime.fromisoformat("2025-05-17T03:59+00:00")
    assert not now(late, last_minute).left.is_late
    assert now(late, last_minute + timedelta(minutes=1)).left.is_late


def test_a_judgment_counts_until_something_else_is_told(db: None) -> None:
    case = report()
    judge(case)
    found = now(case)
    assert (found.seriousness, found.expectedness) == ("not_serious", "expected")
    assert found.left.because is Because.PERIODIC and found.is_assessed
    safety.add_information(case, Statement("now in hospital", "patient"), by=NURSE, at=AT + DAY)
    found = now(case)
    assert (found.seriousness, found.expectedness) == ("unknown", "unknown")
    assert found.left.due_on == ON + 15 * DAY and Why.NOT_ASSESSED in found.why
    said = Statement("stayed there", "patient", criteria=(Criterion.HOSPITALIZATION,))
    safety.add_information(case, said, by=NURSE, at=AT + DAY)
    assert now(case).seriousness is Seriousness.SERIOUS
    judge(case, hospitalization=Said.YES)
    found = now(case)
    assert (found.seriousness, found.expectedness) == ("serious", "unexpected")
    assert found.left.because is Because.ALERT
    safety.add_information(case, Statement("better", "patient"), by=NURSE, at=AT + DAY)
    assert (now(case).seriousness, now(case).expectedness) == ("serious", "unexpected")


def test_a_question_keeps_a_case_open_and_its_answer_has_days_of_its_own(world: World) -> None:
    case = report(patient=world.mara)
    judge(case, hospitalization=Said.YES)
    asked = safety.ask_follow_up(case, "Since when?", asked_of="patient", by=SELMA, at=AT)
    done(case)
    assert now(case).why == (Why.QUESTION_OPEN,) and listed() == [case]
    said = Statement("since Monday", "patient", {"began_on": "2025-04-28"})
    later = AT + 20 * DAY
    answer = safety.answer_follow_up(asked, said, by=NURSE, at=later)
    found = now(case, later)
    assert answer.question == asked and not found.open_questions
    assert found.left == (ON + 35 * DAY, 15, Because.FOLLOW_UP)
    assert found.details == {"began_on": "2025-04-28"}
    assert hand(case, at=later).cases.get().record["report_type"] == "follow-up"


def test_duplicates_are_linked_by_a_person_and_the_earlier_receipt_counts(world: World) -> None:
    late, early = report(at=AT + 3 * DAY, patient=world.mara), report(patient=world.mara)
    assert [each.case for each in cases_like(now(late), AT)] == [early]
    assert listed() == [early, late]
    safety.link_duplicate(early, late, reason="one event", by=SELMA, at=AT)
    head = now(late)
    assert listed() == [late] and head.left.due_on == ON + 15 * DAY
    assert len(head.information) == 2 and head.patient == world.mara
    assert now(early).same_as == late and not now(early).is_open
    third, fourth = report(), report()
    for wrong in ((early, third), (third, early), (late, third), (third, third)):
        with pytest.raises(NotLinked):
            safety.link_duplicate(*wrong, reason="no", by=SELMA, at=AT)
    safety.link_duplicate(third, fourth, reason="one", by=SELMA, at=AT)
    assert safety.unlink_duplicate(early, reason="two events", by=SELMA, at=AT)
    assert not safety.unlink_duplicate(early, reason="again", by=SELMA, at=AT)
    assert listed() == [early, fourth, late]


def test_what_went_along_as_a_duplicate_waits_again_once_it_is_none(db: None) -> None:
    case, other = report("first"), report("second")
    safety.link_duplicate(other, case, reason="one event", by=SELMA, at=AT)
    kept = done(other)
    record = kept.cases.get().record
    assert record["case"] == case.number and record["duplicates"] == other.number
    assert "first" in record["told"] and "second" in record["told"]
    assert listed() == []
    safety.unlink_duplicate(other, reason="two events", by=SELMA, at=AT)
    assert listed() == [other] and now(other).not_handed


def test_a_hand_over_keeps_what_was_given_and_leaves_only_acknowledged(world: World) -> None:
    case, other = report(patient=world.mara), report()
    kept = hand(case, other)
    assert listed() == [case, other]
    assert now(case).why == (Why.NOT_ASSESSED, Why.NOT_ACKNOWLEDGED)
    with pytest.raises(NothingToHandOver):
        hand(case)
    records = records_in(kept)
    assert [set(each) for each in records] == [set(COLUMNS)] * 2
    assert records[0]["patient_initials"] == "M" and records[0]["age"] == "34"
    assert kept.digest == digest_of_records(records)
    safety.acknowledge_hand_over(kept, acknowledgment="ACK-7", by=SELMA, at=AT + DAY)
    safety.acknowledge_hand_over(kept, acknowledgment="again", by=SELMA, at=AT + 2 * DAY)
    again = hand_over_by_number(PROGRAM, kept.number)
    assert again is not None and (again.acknowledgment, again.count) == ("ACK-7", 2)  # type: ignore[attr-defined]
    assert list(handed_over(PROGRAM)) == [kept] and listed() == []
    assert hand_over_by_number("other", kept.number) is None
    verbs = AuditEntry.objects.filter(subject_kind="hand_over").values_list("verb", flat=True)
    assert list(verbs) == ["hand_over.made", "hand_over.acknowledged"]


def test_the_list_is_by_days_left_and_those_without_a_day_come_last(db: None) -> None:
    harmless, late, fresh = report(), report(at=AT - 20 * DAY), report(at=AT)
    judge(harmless)
    assert listed() == [late, fresh, harmless]
    assert [each.why[0] for each in worklist(PROGRAM, AT)][:2] == [Why.LATE, Why.NOT_ASSESSED]
    assert [each.case for each in cases_by_number(PROGRAM, [fresh.number, "x"], AT)] == [fresh]


@pytest.fixture
def mara_elsewhere(world: World) -> Iterator[Patient]:
    """Mara in a program whose forms state events."""
    library.use(every_program())
    yield enroll_patient(
        "lemtrada", "Mara", prescriber=world.amara, enrolled_on=ON, by=PLATFORM, at=AT
    )
    library.use(None)


def signed(form: str, role: str, patient: Patient, **said: str) -> SignedForm:
    """A form about her, every answer right but for these, signed as by its page."""
    about = {"subject_id": patient.pk, "subject_number": patient.number}
    draft = begun("lemtrada", form, **about)
    definition = definition_of(draft)[1]
    answers = right_answers(definition, ON) | {
        key.replace("_", "-"): text for key, text in said.items()
    }
    save_answers(draft, answers, seen_revision=draft.revision, by=actor("delegate"), at=AT)
    draft.refresh_from_db()
    (done,) = reactions.forms_signed([shown(draft, role)], sitting(), by=actor(role), at=AT)
    assert done.form is not None
    return done.form


def test_each_event_a_form_states_is_a_case_in_its_transaction(mara_elsewhere: Patient) -> None:
    mara = mara_elsewhere
    signed("patient-status", "prescriber", mara, alive="yes", in_care="yes")
    assert not SafetyCase.objects.exists()
    happened = {"stroke": "yes", "stroke-onset": "2025-04-02", "pregnancy": "yes"}
    form = signed("patient-status", "prescriber", mara, alive="yes", **happened)
    stroke, pregnancy = cases_of(mara, AT)
    assert (stroke.case.kind, pregnancy.case.kind) == ("adverse_event", "pregnancy")
    assert stroke.words == "A stroke?: yes" and stroke.details["began_on"] == "2025-04-02"
    assert stroke.criteria == {"important_medical_event"} and not stroke.missing
    assert stroke.details["reporter_name"] == form.signer_name
    assert [each.told_by for each in stroke.information] == ["prescriber"]
    # A report by the program's own form carries what it says.
    said = {"kind": "an adverse event", "seriousness": "a stay in hospital", "lot": "L-7"}
    signed("safety-report", "prescriber", mara, **said, description="fell")
    reported = cases_of(mara, AT)[-1]
    assert reported.words.endswith("fell") and reported.criteria == {"hospitalization"}
    assert reported.details["lot"] == "L-7"


def test_a_checklist_tells_the_case_of_the_day_it_was_filled_in_from(
    mara_elsewhere: Patient, world: World
) -> None:
    mara = mara_elsewhere
    note = Note(1, ON, DayEvent.REACTION, AT, {"grade": 1, "described": "flushing"})
    reactions.day_noted(mara, note, facility=world.riverside, by=NURSE, at=AT)
    rows = {"day-date.1": ON.isoformat(), "day-result.1": "completed", "day-reaction.1": "serious"}
    rows |= {"day-date.2": "2025-04-30", "day-result.2": "completed", "day-reaction.2": "yes"}
    signed("infusion-checklist", "infusion_nurse", mara, **rows)
    first, second = cases_of(mara, AT)
    assert [len(each.information) for each in (first, second)] == [2, 1]
    assert first.criteria == {"important_medical_event"}


def test_a_form_that_was_not_reported_is_found_in_the_night(
    mara_elsewhere: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "report_events_of", lambda *args, **named: [])
    signed("patient-status", "prescriber", mara_elsewhere, alive="no")
    assert not SafetyCase.objects.exists()
    assert report_what_was_missed(AT - DAY, by=PLATFORM, at=AT + 2 * DAY) == 1
    (found,) = cases_of(mara_elsewhere, AT)
    assert found.criteria == {"death"} and found.case.received_on == ON
    assert report_what_was_missed(AT - DAY, by=PLATFORM, at=AT + 2 * DAY) == 0


def noted(world: World, event: DayEvent, **detail: object) -> DayEntry:
    """Something noted of Mara's infusion day."""
    return reactions.day_noted(
        world.mara, Note(1, ON, event, AT, dict(detail)), facility=world.riverside, by=NURSE, at=AT
    )


def test_a_reaction_noted_at_the_chair_is_a_case_of_the_day(world: World) -> None:
    noted(world, DayEvent.STARTED)
    assert not SafetyCase.objects.exists()
    first = noted(world, DayEvent.REACTION, grade=2, described="hives", action="slowed")
    (found,) = cases_of(world.mara, AT)
    assert found.words == "Infusion reaction; grade 2; hives; slowed"
    assert found.seriousness is Seriousness.UNKNOWN and not found.missing
    noted(world, DayEvent.REACTION, grade=4, described="cannot breathe")
    assert SafetyCase.objects.count() == 1
    assert now(found.case).criteria == {"life_threatening"}
    put = reactions.day_entry_corrected(
        first, AT, {"grade": 1, "described": "itching"}, reason="slip", by=NURSE, at=AT
    )
    reactions.day_entry_taken_back(put, reason="another patient", by=NURSE, at=AT)
    words = [each.words for each in now(found.case).information]
    assert words[2:] == [
        "Corrected: Infusion reaction; grade 1; itching",
        "Taken back as noted by mistake: another patient",
    ]
    assert listed() == [found.case]


def test_an_infusion_written_down_with_a_reaction_is_a_case(world: World) -> None:
    for days, reaction in enumerate(("none", "mild", "serious")):
        reactions.infusion_written_down(
            world.mara,
            course=1,
            given_on=ON + days * DAY,
            facility=world.riverside if days else None,
            by=NURSE,
            at=AT,
            detail={"reaction": reaction, "reaction_described": "hives"},
        )
    mild, serious = cases_of(world.mara, AT)
    assert mild.words == "mild; hives" and mild.seriousness is Seriousness.UNKNOWN
    assert serious.seriousness is Seriousness.SERIOUS


def test_a_case_and_what_it_comes_from_are_kept_together_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **named: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(safety, "add_information", broken)
    monkeypatch.setattr("etasu.registry.safety.receiving.add_information", broken)
    with pytest.raises(RuntimeError):
        noted(world, DayEvent.REACTION, grade=1)
    assert not DayEntry.objects.exists() and not SafetyCase.objects.exists()


def test_a_report_that_got_lost_is_found_again_with_its_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(*args: Any, **named: Any) -> None:
        pass

    def miss() -> int:
        return report_what_was_missed(AT - DAY, by=PLATFORM, at=AT + 3 * DAY)

    noted(world, DayEvent.REACTION, grade=1)
    assert miss() == 0
    monkeypatch.setattr(reacting, "report_reaction", forget)
    lost = noted(world, DayEvent.REACTION, grade=5, described="gone")
    struck = noted(world, DayEvent.REACTION, grade=1)
    reactions.day_entry_taken_back(struck, reason="slip", by=NURSE, at=AT)
    assert miss() == 1 and miss() == 0
    (found,) = cases_of(world.mara, AT)
    piece = CaseInformation.objects.get(occasion=f"entry {lost.number}")
    assert piece.received_on == ON and found.criteria == {"death"}
