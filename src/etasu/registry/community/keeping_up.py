"""Memberships that nobody allows any more, found however that came about."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.community.facts import Who, members_behind, who_is
from etasu.registry.community.members import leave_where_not_allowed
from etasu.registry.community.models import Member
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for

_log = structlog.get_logger("etasu.community")


def end_what_is_over(program: str, *, by: Actor, at: datetime) -> int:
    """End the memberships of whoever left the program, helps nobody any more, or has two; how many.

    A consent that is taken back ends one at once; this finds what ended by any other way.
    """
    held = Member.objects.filter(program=program, left_at__isnull=True)
    found = held.select_related("patient__merged_into", "user").order_by("pk")
    people = {who_is(each).subject[:2]: who_is(each) for each in found}
    return sum(_end_one(who, by, at) for who in people.values())


def _end_one(who: Who, by: Actor, at: datetime) -> int:
    try:
        with transaction.atomic():
            return leave_where_not_allowed(who, by=by, at=at)
    except Exception as error:  # noqa: BLE001 - told, and tried again; the next one matters too
        reason, number = type(error).__name__, who.subject[2]
        _log.error("could not be done", what="membership", number=number, reason=reason)
        return 0


def end_for_patient(patient: Patient, *, by: Actor, at: datetime) -> int:
    """End the membership of a patient who allows it no more or left the program; how many."""
    who = Who(patient.program, patient=answered_for(patient))
    if not members_behind(who).filter(left_at__isnull=True).exists():
        return 0
    return leave_where_not_allowed(who, by=by, at=at)
