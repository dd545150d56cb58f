"""What patients are told once a day besides what falls due."""

from __future__ import annotations

from datetime import datetime

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.reactions.patient_messages import (
    remind_of_self_checks,
    tell_of_sharing_that_ends,
)


def tell_patients(at: datetime) -> dict[str, int]:
    """Remind of self-checks, and tell of sharing that ends; how many messages of each."""
    on = day_of_the_clock(at)
    return {
        "self_checks": remind_of_self_checks(on, by=PLATFORM, at=at),
        "sharing_ends": tell_of_sharing_that_ends(on, by=PLATFORM, at=at),
    }
