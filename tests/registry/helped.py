"""What each constraint refuses of care partners and what is shared with them."""

from __future__ import annotations

from etasu.registry.patient_support.models import CarePartner, SharedSlice
from etasu.registry.patients.models import Patient
from tests.factories.teaching import AT
from tests.registry.getting_in import Attempt, a, both

HELPED: dict[str, Attempt] = {
    "somebody_helps_a_patient_once": both(CarePartner, patient=Patient, email="a@example.org"),
    "a_care_partner_is_asked_in_one_way_and_accepts_with_an_address": a(
        CarePartner, telephone="+12125550100"
    ),
    "a_care_partner_who_accepted_says_who_and_by_whom": a(CarePartner, accepted_at=AT),
    "copies_of_reminders_say_by_whom": a(CarePartner, copies_at=AT, copies_by="a"),
    "a_care_partner_who_helps_no_longer_says_by_whom": a(CarePartner, ended_at=AT),
    "a_slice_is_shared_with_somebody_once": both(SharedSlice, partner=CarePartner),
    "a_shared_slice_is_a_known_one": a(SharedSlice, slice="everything"),
    "a_slice_no_longer_shared_says_by_whom": a(SharedSlice, ended_at=AT),
}
