"""What each constraint refuses of what is kept about what falls due."""

from __future__ import annotations

from datetime import timedelta

from etasu.registry.monitoring.models import Extension, Touch, Waiver, Watch
from etasu.registry.patients.models import Patient
from tests.factories.teaching import AT, ON
from tests.registry.getting_in import Attempt, a, both

WATCHED: dict[str, Attempt] = {
    "a_rule_is_watched_once": both(Watch, patient=Patient, code="c"),
    "a_rhythm_is_of_months_or_of_days": a(Watch, months=1, days=1),
    "a_watch_has_a_period": a(Watch, last=0),
    "only_a_whole_look_is_set_aside": a(Touch, test="cbc", collected_on=ON, again_on=ON),
    "a_collection_has_a_test_and_a_day": a(Touch, test="cbc"),
    "an_extension_ends_later_than_it_was_decided": a(Extension, decided_on=ON, through=ON),
    "an_extension_ends_within_fifty_years": a(
        Extension, decided_on=ON, through=ON + timedelta(days=18_264)
    ),
    "an_extension_says_why": a(Extension, reason=""),
    "an_obligation_is_waived_once": both(Waiver, patient=Patient, code="c", due_on=ON),
    "a_waiver_says_why": a(Waiver, reason=""),
    "an_ended_waiver_says_by_whom_and_why": a(Waiver, ended_at=AT),
}
