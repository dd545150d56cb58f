"""What each constraint refuses of nurse support."""

from __future__ import annotations

from datetime import timedelta

from etasu.registry.accounts.models import User
from etasu.registry.patient_support.models import (
    Callback,
    CallNote,
    LineMessage,
    NurseAssignment,
    NurseShift,
    PossibleEvent,
    ShiftNote,
)
from etasu.registry.patients.models import Patient
from tests.factories.teaching import AT
from tests.registry.getting_in import Attempt, a, both

NURSED: dict[str, Attempt] = {
    "a_nurse_begins_one_shift_at_a_time": both(NurseShift, nurse=User, program="p"),
    "a_shift_ends_after_it_begins_and_within_a_day": a(
        NurseShift, begins=AT, ends=AT + timedelta(hours=25, seconds=1)
    ),
    "a_shift_taken_out_says_by_whom": a(NurseShift, removed_at=AT),
    "a_shift_note_says_something": a(ShiftNote, words=""),
    "a_shift_note_taken_over_says_by_whom": a(ShiftNote, taken_at=AT),
    "a_patient_has_one_nurse_of_their_own": both(NurseAssignment, patient=Patient),
    "an_ended_assignment_says_by_whom_and_why": a(
        NurseAssignment, ended_at=AT, ended_by="a", ended_why="tired"
    ),
    "a_patient_is_promised_one_callback": both(Callback, patient=Patient),
    "a_callback_ends_after_it_begins": a(Callback, begins=AT, ends=AT),
    "a_closed_callback_says_by_whom_and_what_came_of_it": a(
        Callback, closed_at=AT, closed_by="a", outcome="forgotten"
    ),
    "a_call_note_says_something": a(CallNote, words=""),
    "a_call_note_is_of_a_known_caller": a(CallNote, caller="a ghost"),
    "a_call_is_noted_after_it_was_heard": a(CallNote, heard_at=AT + timedelta(seconds=1)),
    "a_line_message_says_something": a(LineMessage, words=""),
    "a_line_message_read_says_by_whom": a(LineMessage, read_at=AT),
    "a_settled_line_message_is_of_a_patient_and_says_how": a(
        LineMessage, is_from_patient=False, settled_at=AT, settled_by="a", settled_how="answered"
    ),
    "a_line_message_told_of_is_to_a_patient_and_says_how": a(
        LineMessage, is_from_patient=True, told_at=AT, told_by="a", told_how="sent"
    ),
    "a_possible_event_is_asked_about_once": both(
        PossibleEvent, source="note", source_number="NUMBER"
    ),
    "a_possible_event_is_of_a_known_source": a(PossibleEvent, source="rumor"),
    "a_possible_event_answered_says_by_whom_and_what": a(
        PossibleEvent, answered_at=AT, answered_by="a"
    ),
    "an_event_has_its_case_and_nothing_else_has": a(
        PossibleEvent, answered_at=AT, answered_by="a", is_event=True
    ),
}
