"""Which cases somebody may read: safety staff all of a program, everybody what they sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from etasu.registry.accounts import access
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.registry.safety.facts import CaseAt, case_by_number
from etasu.registry.safety.models import CaseInformation, SafetyCase
from etasu.registry.safety.receiving import note

READ_ALL = (access.SAFETY_REVIEWER, access.ADMINISTRATOR, access.AUDITOR)


class CaseSeen(NamedTuple):
    """A case, who reads it in which role, and what was told of it that they may read.

    `head` is the case it is a duplicate of, or itself: within that one it is handed over.
    """

    found: CaseAt
    asker: Asker
    told: tuple[CaseInformation, ...]
    head: CaseAt

    @property
    def patient(self) -> Patient | None:
        """Whom it is about; what a duplicate says is only for those who read every case."""
        if _reads_all(self.asker):
            return self.found.patient
        own = self.found.case.patient
        return answered_for(own) if own is not None else None

    @property
    def is_handed(self) -> bool:
        """Whether everything they read of it was handed over."""
        return not set(self.told) & set(self.head.not_handed)

    @property
    def is_acknowledged(self) -> bool:
        """Whether the sponsor has acknowledged everything they read of it."""
        return not set(self.told) & set(self.head.not_acknowledged)


class CasesSeen(NamedTuple):
    """One page of a list, and whether there are more."""

    cases: list[CaseSeen]
    is_more: bool


def case_seen(askers: Sequence[Asker], number: str, at: datetime) -> CaseSeen | None:
    """The case of that number, if one of these roles may read it; otherwise None."""
    readable = _readable(askers).filter(number=number).first()
    return _seen(askers, readable, at) if readable is not None else None


def cases_seen(
    askers: Sequence[Asker], after: str | None, limit: int, at: datetime
) -> CasesSeen | None:
    """So many cases, newest first, from the one that follows; None for a number not among them."""
    readable = _readable(askers)
    if after is not None:
        last = readable.filter(number=after).first()
        if last is None:
            return None
        readable = readable.filter(pk__lt=last.pk)
    found = list(readable.order_by("-pk")[: limit + 1])
    return CasesSeen([_seen(askers, each, at) for each in found[:limit]], len(found) > limit)


def note_look(case: SafetyCase, *, by: Actor, at: datetime) -> None:
    """Note that somebody looked at a case: it says what happened to whom."""
    note(case, "looked_at", by=by, at=at, detail={})


def _readable(askers: Sequence[Asker]) -> QuerySet[SafetyCase]:
    whole = {each.program for each in askers if _reads_all(each)}
    mine = Q(received_by__in={each.user for each in askers})
    programs = {each.program for each in askers}
    return SafetyCase.objects.filter(Q(program__in=whole) | mine & Q(program__in=programs))


def _seen(askers: Sequence[Asker], case: SafetyCase, at: datetime) -> CaseSeen:
    here = [each for each in askers if each.program == case.program]
    asker = next(filter(_reads_all, here), here[0])
    found = case_by_number(case.program, case.number, at)
    if found is None:
        raise LookupError(case.number)
    mine = tuple(each for each in found.information if each.received_by == asker.user)
    told = found.information if _reads_all(asker) else mine
    same = found.same_as
    head = case_by_number(same.program, same.number, at) if same is not None else None
    return CaseSeen(found, asker, told, head or found)


def _reads_all(asker: Asker) -> bool:
    return asker.role in READ_ALL and asker.participant_id is None
