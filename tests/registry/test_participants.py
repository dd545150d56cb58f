"""Certification follows from the steps on record, and from nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants import actions
from etasu.registry.participants.models import Certification, Participant
from tests.factories.teaching import AT, PROGRAM, certified, version

pytestmark = pytest.mark.django_db


def do_all_steps(participant: Participant, on: date) -> Participant:
    """Every step of the participant's kind, done on one day."""
    for step in version().parties[participant.kind].steps:
        participant = actions.record_step(
            participant, version(), step.code, on=on, by=PLATFORM, at=AT
        )
    return participant


def test_the_last_step_certifies_from_its_day() -> None:
    riverside = certified("facility", "Riverside", date(2024, 2, 1))
    assert riverside.certified_from == date(2024, 2, 1)
    assert riverside.certified_until == date(2026, 1, 31)
    stored = Participant.objects.get(pk=riverside.pk)
    assert stored.certified_until == riverside.certified_until


def test_a_missing_step_does_not_certify() -> None:
    facility = actions.register_participant(PROGRAM, "facility", "New", by=PLATFORM, at=AT)
    steps = version().parties["facility"].steps
    done = actions.record_step(
        facility, version(), steps[0].code, on=date(2024, 2, 1), by=PLATFORM, at=AT
    )
    assert done.certified_from is None
    assert not Certification.objects.exists()


def test_doing_every_step_again_renews() -> None:
    riverside = certified("facility", "Riverside", date(2024, 2, 1))
    renewed = do_all_steps(riverside, date(2025, 12, 1))
    assert renewed.certified_until == date(2027, 11, 30)
    assert Certification.objects.count() == 2


def test_a_representative_who_leaves_ends_it_and_a_new_one_certifies_again() -> None:
    riverside = certified("facility", "Riverside", date(2024, 2, 1))
    left = actions.record_representative_left(
        riverside, version(), on=date(2025, 3, 1), by=PLATFORM, at=AT
    )
    assert left.certified_until == date(2025, 2, 28)
    again = do_all_steps(left, date(2025, 4, 1))
    assert again.certified_until == date(2027, 3, 31)


def test_a_step_the_program_does_not_have_is_refused() -> None:
    facility = actions.register_participant(PROGRAM, "facility", "New", by=PLATFORM, at=AT)
    with pytest.raises(KeyError):
        actions.record_step(
            facility, version(), "no-such-step", on=date(2024, 2, 1), by=PLATFORM, at=AT
        )
