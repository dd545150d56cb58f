"""What each constraint refuses of the lab program and of live events."""

from __future__ import annotations

from datetime import time

from etasu.registry.patient_support.models import (
    DrawSite,
    EventMail,
    EventRegistration,
    LabAppointment,
    LabOrder,
    LiveEvent,
)
from etasu.registry.patients.models import Patient
from tests.factories.teaching import AT, ON
from tests.registry.getting_in import Attempt, a, both
from tests.registry.rows import row

SET = {
    "day": ON, "begins": time(9), "ends": time(11), "confirmed_at": AT, "confirmed_by": "a",
}  # fmt: skip
DONE = {"done_on": ON, "done_at": AT, "done_by": "a"}
DRAWN: dict[str, Attempt] = {
    "a_draw_site_is_listed_once": both(DrawSite, program="p", way="w", key="k"),
    "a_draw_site_taken_off_says_by_whom": a(DrawSite, removed_at=AT),
    "a_patient_has_one_lab_appointment_ahead": both(LabAppointment, patient=Patient),
    "a_lab_appointment_is_wished_for_a_known_part_of_the_day": a(
        LabAppointment, wished_part="midnight"
    ),
    "a_lab_appointment_is_at_a_site_or_an_address": lambda w: row(
        LabAppointment, site=row(DrawSite), street="5 Oak Street"
    ),
    "a_confirmed_lab_appointment_says_when_and_by_whom": a(
        LabAppointment, **{**SET, "ends": time(9)}
    ),
    "a_lab_appointment_kept_says_on_which_day_and_by_whom": a(LabAppointment, done_at=AT),
    "a_missed_lab_appointment_was_confirmed_and_says_by_whom": a(
        LabAppointment, missed_at=AT, missed_by="a"
    ),
    "a_canceled_lab_appointment_says_by_whom_and_why": a(LabAppointment, canceled_at=AT),
    "a_lab_appointment_ends_in_one_way": a(
        LabAppointment, **SET, **DONE, missed_at=AT, missed_by="a"
    ),
    "a_settled_lab_appointment_says_by_whom_and_what_was_done": a(LabAppointment, settled_at=AT),
    "a_patient_has_one_lab_order": both(LabOrder, patient=Patient),
    "an_ended_lab_order_says_by_whom": a(LabOrder, ended_at=AT),
    "a_live_event_ends_after_it_begins": a(LiveEvent, ends=AT),
    "a_live_event_has_a_seat_at_least": a(LiveEvent, capacity=0),
    "a_canceled_live_event_says_by_whom_and_why": a(LiveEvent, canceled_at=AT),
    "somebody_registers_for_a_live_event_once": both(
        EventRegistration, event=LiveEvent, email="a@example.org", full_name="Ana"
    ),
    "a_seat_says_since_when_and_by_whom": a(EventRegistration, seated_at=AT),
    "attendance_says_when_and_by_whom": a(EventRegistration, attended_at=AT),
    "a_canceled_registration_says_by_whom": a(EventRegistration, canceled_at=AT),
    "a_message_about_a_live_event_goes_once": both(
        EventMail, registration=EventRegistration, kind="seat"
    ),
    "a_message_about_a_live_event_is_of_a_known_kind": a(EventMail, kind="song"),
    "a_message_sent_about_a_live_event_says_by_whom": a(EventMail, sent_at=AT),
    "a_message_given_up_about_a_live_event_says_by_whom": a(EventMail, closed_at=AT),
}
