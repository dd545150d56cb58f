"""Nurse support: by consent alone, never forgotten, and no side effect goes unasked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
from django.db import DatabaseError, transaction

from etasu.clock.nurse_line import look_after_line
from etasu.registry.accounts.access import ADMINISTRATOR, SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.notices.models import Notice
from etasu.registry.participants.actions import add_member, end_membership
from etasu.registry.participants.models import Membership
from etasu.registry.patient_support import rota
from etasu.registry.patient_support.call_notes import Call, CorrectedAlready
from etasu.registry.patient_support.callbacks import (
    Outcome,
    TooLate,
    Wanted,
    close_callback,
    promise_callback,
)
from etasu.registry.patient_support.line_messages import (
    Settled,
    read_messages,
    settle_messages,
    write_to_nurses,
    write_to_patient,
)
from etasu.registry.patient_support.models import (
    Callback,
    CallNote,
    LineMessage,
    NurseAssignment,
    PossibleEvent,
)
from etasu.registry.patient_support.nurse_facts import (
    callback_promised,
    how_soon_answered,
    line_of,
    nurse_of,
    told_first,
    waiting_on_line,
)
from etasu.registry.patient_support.nursing import NotAllowed, assign_nurse
from etasu.registry.patient_support.possible_events import NotAnswered, thing_by_number
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import (
    call_noted,
    consent_withdrawn,
    enrollment_ended,
    event_seen,
    possible_event_answered,
)
from etasu.registry.reactions.nursing import Noted
from etasu.registry.safety.models import SafetyCase
from etasu.registry.submissions.models import Consent
from etasu.safe_use.rota import Weekday, Weekly, window_of
from tests.registry import labs
from tests.registry.labs import AT, PROGRAM

pytestmark = pytest.mark.django_db
MARA = Actor("mara", "patient")
ON = AT.date()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = window_of(ON + DAY, "evening", "America/New_York")
TONIGHT = AT.replace(hour=3) + DAY  # eleven in the evening where the line is
MORNING = window_of(ON + DAY, "morning", "America/New_York")


def person(name: str, role: str) -> User:
    user = User.objects.create_user(f"{name}@example.org", None, full_name=name.title())
    add_member(user, None, role, program=PROGRAM, by=PLATFORM, at=AT - DAY)
    return user


def by(user: User, role: str = SUPPORT_NURSE) -> Actor:
    return Actor(user.number, role)


def allow(patient: Patient) -> Consent:
    labs.open_to_nurses(patient)
    return Consent.objects.get()


def on_duty(nurse: User, begins: time, ends: time) -> list[rota.NurseShift]:
    days = Weekly(nurse.number, frozenset(Weekday), begins, ends, ON - DAY, ON + 20 * DAY)
    return rota.add_shifts(PROGRAM, days, line_of(PROGRAM, ON)[1], by=PLATFORM, at=AT)


def told(event: str) -> list[str]:
    found = Notice.objects.filter(event=event).order_by("recipient__email")
    return [each.recipient.full_name for each in found.select_related("recipient")]


@pytest.fixture
def mara(teaching_program: None) -> Iterator[Patient]:
    """Mara, and a program with an administrator."""
    labs.use_lemtrada()
    person("ada", ADMINISTRATOR)
    yield labs.patient()


@pytest.fixture
def opal(mara: Patient) -> User:
    """Opal, the nurse appointed first, on duty by day; Mila by night."""
    opal, mila = person("opal", SUPPORT_NURSE), person("mila", SUPPORT_NURSE)
    on_duty(opal, time(7), time(19))
    on_duty(mila, time(19), time(7))
    return opal


def test_every_feature_needs_the_consent_and_ends_with_it(mara: Patient, opal: User) -> None:
    """The matrix: each feature before the consent, with it, and after it was taken back."""
    features = {
        "message": lambda at: write_to_nurses(mara, "Hello", by=MARA, at=at),
        "answer": lambda at: write_to_patient(mara, "Hello", by=by(opal), at=at),
        "callback": lambda at: promise_callback(mara, Wanted(MORNING), by=MARA, at=at),
        "nurse": lambda at: assign_nurse(mara, opal.number, by=by(opal), at=at),
        "note": lambda at: call_noted(
            mara, Noted(Call("patient", "All well", at)), by=by(opal), at=at
        ),
        "settle": lambda at: settle_messages(mara, Settled.NEEDS_NONE, by=by(opal), at=at),
    }

    def refused(at: datetime) -> set[str]:
        found = set()
        for name, do in features.items():
            try:
                do(at)
            except NotAllowed:
                found.add(name)
        return found

    assert refused(AT) == set(features)
    consent = allow(mara)
    assert refused(AT) == set() and nurse_of(mara) == opal
    consent_withdrawn(consent, how="link", by=MARA, at=AT + HOUR)
    assert refused(AT + HOUR) == set(features)
    assert nurse_of(mara) is None and callback_promised(mara) is None
    line = line_of(PROGRAM, ON)[1]
    assert [*map(len, waiting_on_line(PROGRAM))] == [0, 0, 0, 0]
    assert NurseAssignment.objects.get().ended_why == "not-allowed"
    assert Callback.objects.get().outcome == Outcome.NOT_ALLOWED
    # What was said stays, and a message nobody may answer any more is not counted as late.
    assert LineMessage.objects.count() == 2
    assert how_soon_answered(PROGRAM, line, AT + 9 * DAY).late == 0


def test_a_message_goes_to_ones_own_nurse_or_to_whoever_is_on_duty(
    mara: Patient, opal: User
) -> None:
    allow(mara)
    line = line_of(PROGRAM, ON)[1]
    mila = User.objects.get(full_name="Mila")
    assert told_first(mara, line, AT) == [opal]
    assign_nurse(mara, mila.number, by=PLATFORM, at=AT)
    assert told_first(mara, line, AT) == [mila], "calls are taken: her own nurse, on duty or not"
    assign_nurse(mara, opal.number, by=PLATFORM, at=AT)
    assert told_first(mara, line, TONIGHT) == [mila], "at night whoever is on duty"
    write_to_nurses(mara, "Where can I have my test?", by=MARA, at=AT)
    assert told("patient_wrote") == ["Opal"]
    for each in rota.shifts_between(PROGRAM, AT, AT + 30 * DAY):
        rota.remove_shift(each, by=PLATFORM, at=AT)
    assert told_first(mara, line, TONIGHT) == [], "her own nurse may be asleep: everybody"
    end_membership(Membership.objects.get(user=opal), by=PLATFORM, at=AT)
    assert nurse_of(mara) is None and told_first(mara, line, AT) == []
    write_to_nurses(mara, "Is anybody there?", by=MARA, at=AT)
    assert sorted(told("patient_wrote")) == ["Ada", "Mila", "Opal"], "a gap is told to all"


def test_answers_are_timed_and_what_waits_too_long_is_told_once(mara: Patient, opal: User) -> None:
    allow(mara)
    line = line_of(PROGRAM, ON)[1]
    write_to_nurses(mara, "May I fly?", by=MARA, at=AT)
    write_to_nurses(mara, "And swim?", by=MARA, at=AT + HOUR)
    look_after_line(AT + DAY)
    assert told("line_late") == []
    look_after_line(AT + DAY + timedelta(minutes=1))
    look_after_line(AT + DAY + timedelta(minutes=2))
    assert sorted(told("line_late")) == ["Ada", "Mila", "Opal"]
    write_to_patient(mara, "Both.", by=by(opal), at=AT + DAY + 2 * HOUR)
    answered = how_soon_answered(PROGRAM, line, AT + 2 * DAY)
    assert answered == (2, 25.0, 2)
    assert {each.settled_how for each in LineMessage.objects.filter(is_from_patient=True)} == {
        "answered"
    }
    assert read_messages(mara, is_patient=True, by=MARA, at=AT + 2 * DAY) == 1
    assert read_messages(mara, is_patient=True, by=MARA, at=AT + 2 * DAY) == 0


def test_a_callback_is_promised_until_it_is_made(mara: Patient, opal: User) -> None:
    allow(mara)
    with pytest.raises(TooLate):
        promise_callback(mara, Wanted(window_of(ON, "morning", "UTC")), by=MARA, at=AT)
    wanted = Wanted(MORNING, "555-555-0142", "do not call at work")
    first = promise_callback(mara, wanted, by=MARA, at=AT)
    assert promise_callback(mara, wanted, by=MARA, at=AT) == first, "a second click is the same"
    assert told("callback_asked") == ["Opal"]
    look_after_line(MORNING.ends)
    assert told("line_late") == []
    look_after_line(MORNING.ends + timedelta(seconds=1))
    assert len(told("line_late")) == 3
    evening = LATER
    tried = Noted(Call("nobody", "No answer", MORNING.ends, callback=first), window=evening)
    call_noted(mara, tried, by=by(opal), at=MORNING.ends)
    again = callback_promised(mara)
    assert again is not None and again.in_place_of == first and again.words == first.words
    other = Noted(Call("other", "A man said she is out", evening.begins, callback=again))
    call_noted(mara, other, by=by(opal), at=evening.begins)
    assert callback_promised(mara) == again, "somebody else was reached, not she"
    made = Noted(Call("patient", "She is well", evening.begins, callback=again))
    call_noted(mara, made, by=by(opal), at=evening.begins)
    assert callback_promised(mara) is None
    assert sorted(each.outcome or "" for each in Callback.objects.all()) == [
        *("not-reached", "reached")
    ]


def test_words_that_may_tell_of_a_side_effect_ask_before_anything_is_closed(
    mara: Patient, opal: User
) -> None:
    allow(mara)
    said = write_to_nurses(mara, "Bruises everywhere, and tired", by=MARA, at=AT)
    event = PossibleEvent.objects.get()
    assert event.words_found == ["Bruises", "tired"] and event.heard_at == AT
    later = AT + 3 * DAY
    for close in (
        lambda: write_to_patient(mara, "Do rest.", by=by(opal), at=later),
        lambda: settle_messages(mara, Settled.NEEDS_NONE, by=by(opal), at=later),
    ):
        with pytest.raises(NotAnswered):
            close()
    assert LineMessage.objects.count() == 1, "what could not be closed left nothing behind"
    possible_event_answered(event, is_event=True, by=by(opal), at=later)
    case = SafetyCase.objects.get()
    assert case.received_on == ON and case.source == "message", "counted from when it was heard"
    assert said.words in case.information.get().words
    possible_event_answered(event, is_event=True, by=by(opal), at=later)
    assert SafetyCase.objects.count() == 1
    write_to_patient(mara, "See your doctor today.", by=by(opal), at=later)
    with pytest.raises(NotAnswered):
        noted = Noted(Call("patient", "A rash", later), ("rash",))
        call_noted(mara, noted, by=by(opal), at=later)
    noted = noted._replace(is_event=False)
    note = call_noted(mara, noted, by=by(opal), at=later)
    assert SafetyCase.objects.count() == 1
    # Somebody thinks again: a yes after a no is reported, a no after a yes is not.
    event_seen(note, by=by(opal), at=later)
    assert SafetyCase.objects.count() == 2
    again = possible_event_answered(event, is_event=False, by=by(opal), at=later)
    assert again.is_event is True


def test_a_callback_with_such_words_is_asked_about_too_and_an_end_reports_it(
    mara: Patient, opal: User
) -> None:
    consent = allow(mara)
    promised = promise_callback(mara, Wanted(MORNING, "", "Fiebre desde ayer"), by=MARA, at=AT)
    with pytest.raises(NotAnswered):
        close_callback(promised, Outcome.NOT_WANTED, by=MARA, at=AT)
    consent_withdrawn(consent, how="link", by=MARA, at=AT + HOUR)
    case = SafetyCase.objects.get()
    assert case.patient == mara and case.received_on == ON
    assert PossibleEvent.objects.get().case == case.number


def test_whoever_leaves_the_program_is_let_go_by_the_clock_as_well(
    mara: Patient, opal: User
) -> None:
    allow(mara)
    assert look_after_line(AT)["changed"] == 1 and nurse_of(mara) == opal, "nobody is without one"
    write_to_nurses(mara, "I have a rash", by=MARA, at=AT)
    Patient.objects.filter(pk=mara.pk).update(ended_on=ON, end_reason="moved")
    assert waiting_on_line(PROGRAM).events == [], "a nurse sees nothing of it from now on"
    look_after_line(AT + HOUR)
    assert SafetyCase.objects.get().received_on == ON and nurse_of(mara) is None


def test_an_ended_enrollment_ends_it_at_once_and_a_nurse_who_left_is_followed(
    mara: Patient, opal: User
) -> None:
    allow(mara)
    assign_nurse(mara, opal.number, by=PLATFORM, at=AT)
    end_membership(Membership.objects.get(user=opal), by=PLATFORM, at=AT)
    look_after_line(AT + HOUR)
    assert nurse_of(mara) == User.objects.get(full_name="Mila")
    assert [each.ended_why for each in NurseAssignment.objects.order_by("pk")] == [
        *("nurse-left", None)
    ]
    enrollment_ended(mara, on=ON, reason="moved", by=PLATFORM, at=AT + HOUR)
    assert not NurseAssignment.objects.filter(ended_at__isnull=True).exists()


def test_hours_without_a_nurse_are_told_two_weeks_ahead_and_again_when_they_change(
    mara: Patient, opal: User
) -> None:
    line = line_of(PROGRAM, ON)[1]
    assert rota.gaps_ahead(PROGRAM, line, ON) == ()
    look_after_line(AT)
    assert told("rota_uncovered") == []
    shifts = rota.shifts_between(PROGRAM, AT + 5 * DAY, AT + 6 * DAY)
    first = shifts[0]
    rota.remove_shift(first, by=PLATFORM, at=AT)
    look_after_line(AT)
    look_after_line(AT + HOUR)
    assert sorted(told("rota_uncovered")) == ["Ada", "Mila", "Opal"]
    (gap,) = rota.gaps_ahead(PROGRAM, line, ON)
    assert gap.hours == 12 and (gap.begins, gap.ends) == (first.begins, first.ends)
    end_membership(Membership.objects.get(user=opal), by=PLATFORM, at=AT)
    look_after_line(AT + HOUR)
    assert len(told("rota_uncovered")) == 5, "who left is told no more; the others again"
    assert rota.on_duty_at(PROGRAM, AT) == []


def test_an_answer_settles_only_what_the_nurse_looked_at(mara: Patient, opal: User) -> None:
    allow(mara)
    first = write_to_nurses(mara, "May I fly?", by=MARA, at=AT)
    second = write_to_nurses(mara, "Bruises everywhere", by=MARA, at=AT + HOUR)
    write_to_patient(mara, "Yes.", {first.number}, by=by(opal), at=AT + HOUR)
    third = write_to_nurses(mara, "And swim?", by=MARA, at=AT + HOUR)
    assert waiting_on_line(PROGRAM).messages == [second, third]
    how = Settled.NEEDS_NONE
    assert settle_messages(mara, how, {third.number}, by=by(opal), at=AT + HOUR) == 1
    assert settle_messages(mara, how, set(), by=by(opal), at=AT + HOUR) == 0
    assert waiting_on_line(PROGRAM).messages == [second]


def test_what_was_said_on_a_record_merged_since_is_heard(mara: Patient, opal: User) -> None:
    kept = labs.patient("Mara Vael", "MRN-2", prescriber=mara.prescriber)
    allow(mara)
    assign_nurse(mara, opal.number, by=PLATFORM, at=AT)
    promised = promise_callback(mara, Wanted(MORNING, "", "call me"), by=MARA, at=AT)
    said = write_to_nurses(mara, "Bruises everywhere", by=MARA, at=AT)
    Patient.objects.filter(pk=mara.pk).update(merged_into=kept, merged_at=AT, merged_by="a")
    look_after_line(AT + HOUR)
    waiting = waiting_on_line(PROGRAM)
    assert (waiting.callbacks, waiting.messages) == ([promised], [said])
    assert [each.patient_id for each in NurseAssignment.objects.filter(ended_at__isnull=True)] == [
        kept.pk
    ]
    look_after_line(MORNING.ends + DAY)
    late = Notice.objects.filter(event="line_late")
    assert {each.facts["patient"] for each in late} == {kept.number} and late.count() == 9
    # As a page finds it, not as it was before they were merged.
    found = callback_promised(kept)
    tried = Noted(Call("nobody", "No answer", MORNING.ends, callback=found), window=LATER)
    call_noted(kept, tried, by=by(opal), at=MORNING.ends)
    again = callback_promised(kept)
    assert again is not None and again.in_place_of == promised
    assert thing_by_number(kept, "message", said.number) == said
    possible_event_answered(waiting.events[0], is_event=True, by=by(opal), at=AT + HOUR)
    assert SafetyCase.objects.get().patient == kept
    # Nobody acts for the prescriber: those hear of it who can call.
    assert sorted(told("event_told_to_nurse")) == ["Ada", "Mila", "Opal"]


def test_a_correction_of_what_was_reported_is_the_same_case(mara: Patient, opal: User) -> None:
    allow(mara)
    note = call_noted(
        mara, Noted(Call("patient", "A rash, left arm", AT), ("rash",), True), by=by(opal), at=AT
    )
    fixed = Call("patient", "A rash, right arm", AT, corrects=note)
    call_noted(mara, Noted(fixed, ("rash",), True), by=by(opal), at=AT + HOUR)
    case = SafetyCase.objects.get()
    assert case.information.count() == 2
    assert {each.case for each in PossibleEvent.objects.all()} == {case.number}


def test_a_note_is_never_changed_and_corrected_once_by_another(mara: Patient, opal: User) -> None:
    allow(mara)
    note = call_noted(mara, Noted(Call("patient", "Left arm", AT)), by=by(opal), at=AT)
    fixed = Noted(Call("patient", "Right arm", AT, corrects=note))
    call_noted(mara, fixed, by=by(opal), at=AT)
    with pytest.raises(CorrectedAlready):
        call_noted(mara, fixed, by=by(opal), at=AT)
    for table, change in (
        (CallNote, {"words": "x"}),
        (Callback, {"words": "x"}),
        (LineMessage, {"words": "x"}),
        (PossibleEvent, {"heard_at": AT - DAY}),
        (NurseAssignment, {"assigned_at": AT + DAY}),
        (rota.NurseShift, {"begins": AT}),
        (rota.ShiftNote, {"words": "x"}),
    ):
        _one_of(table, mara, opal)
        with pytest.raises(DatabaseError), transaction.atomic():
            table.objects.update(**change)


def _one_of(table: type, mara: Patient, opal: User) -> None:
    """There is a row to be changed."""
    if table.objects.exists():
        return
    makers = {
        "Callback": lambda: promise_callback(mara, Wanted(MORNING), by=MARA, at=AT),
        "LineMessage": lambda: write_to_nurses(mara, "A rash", by=MARA, at=AT),
        "NurseAssignment": lambda: assign_nurse(mara, opal.number, by=PLATFORM, at=AT),
        "ShiftNote": lambda: rota.leave_note(PROGRAM, "Call Mara", by=by(opal), at=AT),
    }
    makers[table.__name__]()


def test_a_shift_note_is_taken_over_by_another_and_the_first_nurse_keeps_the_rota(
    mara: Patient, opal: User
) -> None:
    mila = User.objects.get(full_name="Mila")
    left = rota.leave_note(PROGRAM, "Call Mara at nine", by=by(opal), at=AT)
    assert rota.take_note_over(left, by=by(opal), at=AT).taken_at is None, "not one's own"
    assert rota.take_note_over(left, by=by(mila), at=AT + HOUR).taken_by == mila.number
    again = rota.take_note_over(left, by=PLATFORM, at=AT + DAY)
    assert again.taken_by == mila.number, "the first one counts"
    with pytest.raises(rota.NotANurse):
        rota.nurse_by_number(PROGRAM, "nobody")
    half = Weekly(opal.number, frozenset(Weekday), time(7), time(19), ON, ON + 400 * DAY)
    with pytest.raises(rota.TooManyShifts):
        rota.add_shifts(PROGRAM, half, line_of(PROGRAM, ON)[1], by=PLATFORM, at=AT)
    assert on_duty(opal, time(7), time(19)) == [], "what is in the rota is not put in twice"
    with pytest.raises(rota.OtherEnd):
        on_duty(opal, time(7), time(23))
    mine = rota.leave_note(PROGRAM, "Call Otto", by=by(opal), at=AT)
    waits = rota.notes_to_take_over(PROGRAM, AT + 9 * DAY)
    assert waits == [mine], "what nobody took over stays, and what was taken over goes"
