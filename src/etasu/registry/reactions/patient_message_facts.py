"""The messages to patients of the programs in force, and what there is to tell of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime

from etasu.programs import library
from etasu.programs.messages import OBLIGATIONS, is_reminder
from etasu.registry.notices.models import Reminder
from etasu.registry.patient_support.lab_facts import still_to_come
from etasu.registry.patient_support.self_check_facts import checks_to_come
from etasu.registry.patient_support.sharing_facts import ends_to_come
from etasu.registry.patients.models import Patient
from etasu.registry.patients.today import day_of, has_left
from etasu.safe_use.program import Notice, ProgramVersion


def all_to_come(claimed: Collection[Reminder], *, at: datetime) -> set[tuple[str, str]]:
    """What these reminders may still tell of besides obligations, by number and day."""
    persons = {each.person for each in claimed if _tells_of_more(each)}
    known = (still_to_come, checks_to_come, ends_to_come, _enrolled) if persons else ()
    return {each for found in known for each in found(persons, at=at)}


def _tells_of_more(reminder: Reminder) -> bool:
    version = library.current().version(reminder.program, reminder.program_version)
    notice = version.notices.get(reminder.code) if version is not None else None
    return notice is not None and notice.event not in OBLIGATIONS


def news_of_enrollment(patient: Patient) -> str:
    """What the message that somebody is enrolled is about."""
    return f"{patient.number} enrolled"


def _enrolled(persons: Collection[str], *, at: datetime) -> set[tuple[str, str]]:
    """The enrollments of these patients that go on."""
    found = Patient.objects.filter(number__in=persons, merged_into__isnull=True)
    return {
        (news_of_enrollment(each), each.enrolled_on.isoformat())
        for each in found
        if each.enrolled_on is not None and not has_left(each, day_of(each, at))
    }


def messages_about(event: str, on: date) -> Iterator[tuple[ProgramVersion, Notice]]:
    """Each program's message to patients about an event, with the version in force on the day."""
    for program in sorted(library.current().programs):
        if (found := version_saying(event, program, on)) is not None:
            yield found


def version_saying(event: str, program: str, on: date) -> tuple[ProgramVersion, Notice] | None:
    """The version in force on the day with its message to patients about an event, or None."""
    version = library.current().effective(program, on)
    known = version.notices.values() if version is not None else ()
    notice = next((each for each in known if each.event == event and is_reminder(each)), None)
    return (version, notice) if version is not None and notice is not None else None
