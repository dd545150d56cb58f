"""What each constraint refuses of self-checks and lists of medicines."""

from __future__ import annotations

from datetime import timedelta

from etasu.registry.patient_support.models import ListedMedicine, SelfCheck, ToldSymptom
from etasu.registry.patients.models import Patient
from tests.factories.teaching import AT, ON
from tests.registry.getting_in import Attempt, a, both

STOPPED = {"stopped_on": ON, "stopped_at": AT, "stopped_by": "a"}

WELLBEING: dict[str, Attempt] = {
    "a_patient_is_in_one_self_check_at_a_time": both(SelfCheck, patient=Patient),
    "a_finished_self_check_says_by_whom": a(SelfCheck, finished_at=AT),
    "a_self_check_left_unfinished_says_by_whom": a(SelfCheck, left_at=AT),
    "a_symptom_waits_once_in_a_self_check": both(ToldSymptom, check_of=SelfCheck, code="c"),
    "a_symptom_is_as_urgent_as_can_be_answered": a(ToldSymptom, urgency="information"),
    "a_symptom_taken_back_says_by_whom": a(ToldSymptom, taken_back_at=AT),
    "an_escalated_symptom_says_by_whom": a(ToldSymptom, escalated_at=AT),
    "an_acknowledged_symptom_says_by_whom_and_what_was_done": a(
        ToldSymptom, acknowledged_at=AT, acknowledged_by="a", done=""
    ),
    "a_listed_medicine_has_a_name_and_a_known_kind": a(ListedMedicine, name=""),
    "a_stopped_medicine_says_when_and_by_whom": a(
        ListedMedicine, **STOPPED, started_on=ON + timedelta(days=1)
    ),
    "a_medicine_taken_off_the_list_says_by_whom": a(ListedMedicine, removed_at=AT),
}
