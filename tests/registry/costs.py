"""What each constraint refuses of help with costs."""

from __future__ import annotations

from etasu.registry.patient_support.models import CopayClaim, CopayEnrollment
from etasu.registry.patients.models import Patient
from tests.factories.teaching import AT
from tests.registry.getting_in import Attempt, a, both

COSTS: dict[str, Attempt] = {
    "a_patient_takes_part_in_help_with_costs_once": both(CopayEnrollment, patient=Patient),
    "an_ended_help_with_costs_says_by_whom": a(CopayEnrollment, ended_at=AT),
    "a_cost_of_a_day_is_granted_once": both(CopayClaim, patient=Patient, cost="drug"),
    "a_claim_is_for_a_known_cost": a(CopayClaim, cost="travel"),
    "no_more_is_granted_than_was_asked": a(CopayClaim, granted_cents=2, reasons=["r"]),
    "a_claim_not_granted_in_full_says_why": a(CopayClaim, granted_cents=0, reasons=[]),
    "a_claim_taken_back_says_by_whom_and_why": a(CopayClaim, taken_back_at=AT),
}
