"""Appointments for tests, looked after once a day: those to come, and those with results."""

from __future__ import annotations

from datetime import datetime

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.reactions.lab_appointments import (
    remind_of_appointments,
    settle_with_results,
)


def look_after_appointments(at: datetime) -> dict[str, int]:
    """Remind of the appointments of the next day, and settle those whose results are there."""
    on = day_of_the_clock(at)
    programs = sorted(library.current().programs)
    done = [settle_with_results(each, by=PLATFORM, at=at) for each in programs]
    return {
        "reminded": remind_of_appointments(on, by=PLATFORM, at=at),
        "settled": sum(each.settled for each in done),
        "failed": sum(each.failed for each in done),
    }
