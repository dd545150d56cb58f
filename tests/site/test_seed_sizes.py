"""Ten thousand invented patients: the record holds together at that size too."""

from __future__ import annotations

from random import Random

import pytest
from django.db.models import Max

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.explaining import decided_again
from etasu.registry.authorizations.models import Decision
from etasu.registry.monitoring.models import Result
from etasu.registry.participants.actions import refresh_standing
from etasu.registry.participants.models import Participant
from etasu.site.seed import load
from tests.factories.cast import AT


@pytest.mark.long
@pytest.mark.django_db
def test_a_middle_sized_site_is_seeded_whole_and_its_decisions_hold() -> None:
    told: list[int] = []
    report = load("m", 1, AT, lambda what, done, total: told.append(done))
    assert report.patients == 10_008
    assert told == sorted(told) and told[-1] == 10_000
    assert report.rows["monitoring_result"] == Result.objects.count() > 1_000_000
    numbers = list(Decision.objects.values_list("number", flat=True))
    for number in Random(7).sample(numbers, 1_000):
        again = decided_again(Decision.objects.get(number=number))
        assert again is not None and again.is_same, number
    version = library.current().effective(report.program, AT.date())
    assert version is not None
    last = AuditEntry.objects.aggregate(newest=Max("id"))["newest"]
    for each in Participant.objects.all():
        refresh_standing(each, version, by=PLATFORM, at=AT)
    drifted = AuditEntry.objects.filter(id__gt=last, verb="participant.standing_computed")
    assert not drifted.exists()
