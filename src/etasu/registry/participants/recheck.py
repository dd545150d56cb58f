"""Stored certification periods against those computed from what is on record."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from etasu.registry.participants.facts import as_given
from etasu.registry.participants.models import Participant
from etasu.registry.participants.suspending import span_of
from etasu.safe_use.certification import CertificationFacts, certified_period
from etasu.safe_use.program import ProgramVersion

AT_ONCE = 1000


class Checked(NamedTuple):
    """How many participants were looked at, the last one's id, and those whose period differs."""

    count: int  # type: ignore[assignment]  # tuples have a method of this name
    last_id: int
    drifted: tuple[Participant, ...]


def recheck_standings(
    version: ProgramVersion, after_id: int, *, on: date, limit: int = AT_ONCE
) -> Checked:
    """Look at the program's next participants by id. Changes nothing, and locks nothing.

    `actions.refresh_standing` computes again under a lock, so one that changed meanwhile is right.
    """
    found = list(
        Participant.objects.filter(
            program=version.program.code, kind__in=version.parties, pk__gt=after_id
        )
        .prefetch_related("certifications", "suspensions")
        .order_by("pk")[:limit]
    )
    drifted = tuple(each for each in found if _differs(each, version, on))
    return Checked(len(found), found[-1].pk if found else after_id, drifted)


def _differs(participant: Participant, version: ProgramVersion, on: date) -> bool:
    stopped = span_of(participant, list(participant.suspensions.all()), on)
    if stopped != (participant.suspended_from, participant.suspended_until):
        return True
    facts = CertificationFacts(
        steps_done={},
        certifications=[as_given(each) for each in participant.certifications.all()],
        representative_left_on=participant.representative_left_on,
        in_review=participant.in_review,
    )
    computed = certified_period(version.parties[participant.kind], facts)
    return computed != (participant.certified_from, participant.certified_until)
