"""The cast from day to day: enrolled once, and on a later day enrolled anew for that day.

What was done with the cast of an earlier day stays as it is; only the date is added to its names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.actions import record_step
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.patients.models import Patient
from etasu.safe_use.dates import say_date
from etasu.site.seed.cast_patients import CastPatients
from etasu.site.seed.copying import Copying, Ids, raw_connection
from etasu.site.seed.desk import Desk, Voice, day_of
from etasu.site.seed.identifiers import Numbers
from etasu.site.seed.participants import ParticipantStory
from etasu.site.seed.shape import VOICES

CAST_ENROLLED = "site.cast_enrolled"
# One stays lapsed and one without a representative, whatever the day.
NOT_RENEWED = ("hillview", "millbrook")


def enroll_cast(desk: Desk, settled: Mapping[str, ParticipantStory], seed: int) -> None:
    """Tell the cast's patients for the desk's day, and note who they are."""
    patients = CastPatients(desk, settled)
    patients.tell()
    said: dict[str, Any] = {"program": desk.code, "on": str(desk.today), "seed": seed}
    said["patients"] = {key: story.number for key, story in patients.told.items()}
    said["participants"] = {key: story.number for key, story in settled.items()}
    desk.sheets.note(desk.at, CAST_ENROLLED, "site", "cast", **said)


def newest_cast() -> dict[str, Any] | None:
    """What was noted about the newest cast: its day, and everybody's number by key."""
    found = AuditEntry.objects.filter(subject="cast", verb=CAST_ENROLLED).order_by("-id").first()
    return found.detail if found else None


def cast_on() -> date | None:
    """The day the newest cast was enrolled for; None without one."""
    newest = newest_cast()
    return date.fromisoformat(newest["on"]) if newest else None


def refresh_cast(at: datetime) -> bool:
    """Enroll the cast anew when it is of an earlier day; whether it was.

    Participants whose certification ran out meanwhile renew it first, but for those who never do.
    """
    newest = newest_cast()
    program = library.current().programs.get(newest["program"]) if newest else None
    if newest is None or program is None or date.fromisoformat(newest["on"]) >= day_of(at):
        return False
    seed, today = newest["seed"], day_of(at)
    with transaction.atomic():
        _date_the_names(newest, at)
        with Copying(raw_connection()) as copying:
            desk = Desk(
                program,
                Numbers("cast", seed, today),
                Ids(copying.reserve, 100),
                at,
            )
            settled = {
                key: _reloaded(desk, key, number) for key, number in newest["participants"].items()
            }
            enroll_cast(desk, settled, seed)
            copying.send(desk.sheets)
    return True


def _date_the_names(cast: Mapping[str, Any], at: datetime) -> None:
    said = say_date(date.fromisoformat(cast["on"]))
    for patient in Patient.objects.filter(number__in=cast["patients"].values()):
        patient.full_name = f"{patient.full_name} ({said})"
        patient.save(update_fields=["full_name"])
        audit.record("patient.renamed", subject=("patient", patient.number), by=PLATFORM, at=at)


def _reloaded(desk: Desk, key: str, number: str) -> ParticipantStory:
    row = Participant.objects.get(number=number)
    if key not in NOT_RENEWED:
        row = _renewed(row, desk)
    story = ParticipantStory(desk, row, _people_of(row))
    now = (row.certified_from, row.certified_until)
    for each in row.certifications.order_by("certified_from"):
        row.certified_from, row.certified_until = each.certified_from, each.certified_until
        story.remember(each.certified_from)
    row.certified_from, row.certified_until = now
    story.remember(desk.today)
    return story


def _renewed(row: Participant, desk: Desk) -> Participant:
    """The participant with every renewal it should have had by now."""
    while row.certified_until is not None and row.certified_until <= desk.today:
        on = row.certified_until
        version = desk.version_on(on)
        for step in version.parties[row.kind].steps:
            record_step(row, version, step.code, on=on, by=PLATFORM, at=desk.at)
        row.refresh_from_db()
        if row.certified_until is None or row.certified_until <= on:
            break
    return row


def _people_of(row: Participant) -> list[Voice]:
    """Whoever acts for it, or did: the one who asks the gates first."""
    asks = VOICES.get(row.kind)
    found = Membership.objects.filter(participant=row, user__is_system=False)
    people = [
        Voice(each.user.pk, each.user.number, each.user.full_name, each.role)
        for each in found.select_related("user").order_by("id")
    ]
    return sorted(people, key=lambda voice: voice.role != asks)
