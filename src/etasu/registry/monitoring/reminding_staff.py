"""Telling those who look after patients what is overdue: one message a person and day, not more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet

from etasu.programs import library
from etasu.programs.messages import says
from etasu.registry.accounts.access import ADMINISTRATOR, DELEGATE, PRESCRIBER, SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.watches import Due
from etasu.registry.notices import actions as notices
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.participants.visibility import patients_open_to
from etasu.registry.patients.models import Patient
from etasu.safe_use.program import Notice, ProgramVersion

PATIENTS_AT_ONCE = 5_000
# A message names so many patients; the worklist has them all.
MOST_NAMED = 20
AT_THE_PRESCRIBER = frozenset({PRESCRIBER, DELEGATE})
OF_THE_PROGRAM = frozenset({SUPPORT_NURSE, ADMINISTRATOR})


class _About(NamedTuple):
    """One message: which notice of which program, and whose patients it is about."""

    program: str
    notice: str
    prescriber: int | None


def tell_staff(due: Mapping[int, Sequence[Due]], on: date, *, by: Actor, at: datetime) -> int:
    """Queue what staff is told of this, each person's patients in one message; how many are new."""
    versions: dict[str, ProgramVersion] = {}
    found: defaultdict[_About, list[str]] = defaultdict(list)
    ids = sorted(due)
    for start in range(0, len(ids), PATIENTS_AT_ONCE):
        rows = Patient.objects.filter(pk__in=ids[start : start + PATIENTS_AT_ONCE])
        open_to_nurses = _open_to_nurses(rows)
        for pk, number, program, prescriber in rows.values_list(
            "pk", "number", "program", "prescriber_id"
        ):
            version = versions.get(program) or library.current().effective(program, on)
            if version is None:
                continue
            versions[program] = version
            for notice in _told(version, due[pk]):
                if notice.audience == SUPPORT_NURSE and pk not in open_to_nurses:
                    continue
                is_own = notice.audience in AT_THE_PRESCRIBER
                found[_About(program, notice.code, prescriber if is_own else None)].append(number)
    return notices.queue_all(_messages(found, versions, on), by=by, at=at)


def _open_to_nurses(patients: QuerySet[Patient]) -> set[int]:
    """Those of them who allow nurses to see their record: of the others no nurse hears."""
    programs = patients.values_list("program", flat=True).distinct()
    return {
        pk
        for program in programs
        for pk in patients.filter(patients_open_to(program, SUPPORT_NURSE)).values_list(
            "pk", flat=True
        )
    }


def _told(version: ProgramVersion, due: Sequence[Due]) -> Iterable[Notice]:
    for notice in version.notices.values():
        if notice.audience in AT_THE_PRESCRIBER | OF_THE_PROGRAM:
            if any(says(notice, each.code, each.offset_days, version) for each in due):
                yield notice


def _messages(
    found: Mapping[_About, list[str]], versions: Mapping[str, ProgramVersion], on: date
) -> Iterable[tuple[notices.Message, User]]:
    people = _People(found)
    for about, numbers in found.items():
        version = versions[about.program]
        notice = version.notices[about.notice]
        named = sorted(set(numbers))
        message = notices.Message(
            program=about.program,
            program_version=version.label,
            code=notice.code,
            event=notice.event,
            audience=notice.audience,
            subject=people.subject(about),
            occasion=f"on {on}",
            channels=notice.channels,
            facts={"patients": named[:MOST_NAMED], "count": len(named), "on": on.isoformat()},
        )
        yield from ((message, person) for person in people.of(about, notice.audience))


class _People:
    """Who acts in which role for whom, asked once for everybody."""

    def __init__(self, wanted: Iterable[_About]) -> None:
        owners = {each.prescriber for each in wanted if each.prescriber is not None}
        self._numbers = dict(Participant.objects.filter(pk__in=owners).values_list("pk", "number"))
        self._found: defaultdict[tuple[int | None, str, str], list[User]] = defaultdict(list)
        held = Membership.objects.filter(
            ended_at__isnull=True,
            user__is_active=True,
            user__is_system=False,
            role__in=AT_THE_PRESCRIBER | OF_THE_PROGRAM,
        )
        for each in held.select_related("user").order_by("user_id"):
            if each.participant_id is None or each.participant_id in owners:
                place = (each.participant_id, each.program, each.role)
                self._found[place].append(each.user)

    def of(self, about: _About, role: str) -> Sequence[User]:
        """Those in the role; the program's own people where there is nobody."""
        found = self._found.get((about.prescriber, about.program, role), [])
        return found or self._found.get((None, about.program, ADMINISTRATOR), [])

    def subject(self, about: _About) -> tuple[str, str]:
        """What the message is about: the prescriber, or the program."""
        if about.prescriber is None:
            return "program", about.program
        return "participant", self._numbers[about.prescriber]
