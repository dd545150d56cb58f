"""What each constraint refuses of what laboratories send, and of what people do about it."""

from __future__ import annotations

from uuid import UUID

from etasu.registry.monitoring.models import (
    CodeMapping,
    ItemResolution,
    LabConnection,
    LabItemRow,
    LabMessageRow,
    LabSender,
    PaperReport,
    Reconciliation,
    Result,
    Retaking,
    SavedView,
    SendersToken,
    SignalRow,
)
from etasu.registry.patients.models import Patient, PatientIdentifier
from tests.factories.teaching import AT
from tests.registry.getting_in import Attempt, a, both

LABORATORIES: dict[str, Attempt] = {
    "a_connection_has_its_own_name": both(LabConnection, name="n"),
    "a_closed_connection_says_by_whom": a(LabConnection, closed_at=AT),
    "a_sender_is_known_once": both(LabSender, name="n", connection=LabConnection),
    "an_ended_sender_says_by_whom": a(LabSender, ended_at=AT),
    "there_is_one_token_of_the_senders": a(SendersToken, id=2, token=UUID(int=2)),
    "a_code_means_one_thing": both(CodeMapping, system="L", code="c"),
    "an_ended_mapping_says_by_whom": a(CodeMapping, ended_at=AT),
    "a_message_has_its_own_number": both(LabMessageRow, number="LMSG-1"),
    "a_control_id_is_accepted_once": both(LabMessageRow, sender="s", control_id="c"),
    "what_came_in_is_accounted_for": a(LabMessageRow, items=2),
    "a_message_has_a_known_answer": a(LabMessageRow, answer="OK"),
    "an_item_has_a_known_outcome": a(LabItemRow, outcome="lost"),
    "an_item_without_a_result_says_why": a(LabItemRow, reason=""),
    "an_item_is_settled_once": both(ItemResolution, item=LabItemRow),
    "a_resolution_has_a_known_outcome": a(ItemResolution, outcome="lost"),
    "a_resolution_without_a_result_says_why": a(ItemResolution, reason=""),
    "a_retaking_that_is_done_says_by_whom": a(Retaking, done_at=AT),
    "a_decided_reconciliation_says_by_whom_and_why": a(
        Reconciliation, decided_at=AT, decided_by="a", reason=""
    ),
    "a_patient_sends_a_file_once": both(
        PaperReport, patient=Patient, is_from_patient=True, content=b"x", media_type="m", digest="d"
    ),
    "a_report_with_a_file_says_what_it_is": a(PaperReport, content=b"x"),
    "a_typed_report_says_by_whom": a(PaperReport, typed_at=AT),
    "a_report_sent_back_says_by_whom_and_why": a(PaperReport, sent_back_at=AT, sent_back_by="a"),
    "a_view_has_its_own_name": both(SavedView, kept_by="a", program="p", name="n"),
    "a_view_has_a_name": a(SavedView, name=""),
    "a_removed_view_says_by_whom": a(SavedView, removed_at=AT),
    "a_limit_is_crossed_once_by_a_result": both(
        SignalRow, result=Result, limit_code="l", certainty="crossed"
    ),
    "a_signal_has_a_known_urgency": a(SignalRow, urgency="soon"),
    "a_signal_is_as_sure_as_it_says": a(SignalRow, certainty="somewhat"),
    "an_escalated_signal_says_by_whom": a(SignalRow, escalated_at=AT),
    "an_acknowledged_signal_says_by_whom_and_what_was_done": a(
        SignalRow, acknowledged_at=AT, acknowledged_by="a", done=""
    ),
    "a_signal_of_a_replaced_result_says_by_whom": a(SignalRow, result_replaced_at=AT),
    "a_reviewed_result_says_by_whom": a(Result, reviewed_at=AT),
    "an_identifier_is_one_patient": both(PatientIdentifier, authority="a", value="v"),
    "an_ended_identifier_says_by_whom": a(PatientIdentifier, ended_at=AT),
}
