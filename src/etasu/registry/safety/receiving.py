"""Taking in what somebody tells: always, however little it is, and once however often it comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.numbers import new_number
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patients.models import Patient
from etasu.registry.safety.models import (
    CaseInformation,
    FollowUpQuestion,
    SafetyCase,
    Source,
)
from etasu.registry.safety.telling import tell_received
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.safety_plan import CaseKind, Criterion

# Where days are counted for a program that says nothing of it.
WITHOUT_A_CLOCK = "America/New_York"


class Statement(NamedTuple):
    """What somebody says of a case. `told_by` is their role; the same `piece` is kept once."""

    words: str
    told_by: str
    details: Mapping[str, str] = {}
    criteria: tuple[Criterion, ...] = ()
    piece: str = ""
    received_on: date | None = None


class Report(NamedTuple):
    """A first report. The same `occasion` is the same case, whoever tells of it and by which door.

    Without a `product` it is about the program's own; one that is empty is not known.
    """

    program: str
    source: Source
    kind: CaseKind
    said: Statement
    patient: Patient | None = None
    product: str | None = None
    occasion: str = ""


class NoSuchProgram(LookupError):
    """There is no such program, so nobody could be told."""


def sponsor_day(version: ProgramVersion, at: datetime) -> date:
    """The day it is where the sponsor counts its days."""
    clock = version.reporting_clock
    return at.astimezone(ZoneInfo(clock.time_zone if clock else WITHOUT_A_CLOCK)).date()


def version_at(program: str, at: datetime) -> ProgramVersion:
    """The version in force, before the first one that; raises NoSuchProgram."""
    loaded = library.current().programs.get(program)
    if loaded is None:
        raise NoSuchProgram(program)
    return loaded.effective(day_of_the_clock(at)) or loaded.versions[0]


def receive_report(report: Report, *, by: Actor, at: datetime) -> SafetyCase:
    """Keep it as a case with its time of receipt, and tell safety staff; nothing is refused.

    What is told of a case that is there already is added to it. Raises NoSuchProgram.
    """
    version = version_at(report.program, at)
    on = _received_on(report.said, version, at)
    with transaction.atomic():
        case, is_new = SafetyCase.objects.get_or_create(
            program=report.program,
            occasion=report.occasion or new_number(),
            defaults={
                "program_version": version.label,
                "source": report.source,
                "kind": report.kind.value,
                "patient": report.patient,
                "product": version.program.product if report.product is None else report.product,
                "received_on": on,
                "received_at": at,
                "received_by": by.number,
            },
        )
        if is_new:
            detail = {"kind": case.kind, "source": case.source, "on": on.isoformat()}
            if report.patient is not None:
                detail["patient"] = report.patient.number
            note(case, "received", by=by, at=at, detail=detail)
        add_information(case, report.said, by=by, at=at)
        if is_new:
            tell_received(case, version, by=by, at=at)
    return case


def add_information(
    case: SafetyCase,
    said: Statement,
    *,
    by: Actor,
    at: datetime,
    question: FollowUpQuestion | None = None,
) -> CaseInformation:
    """Keep what else somebody says of it. A later hand-over takes it along, one made before not."""
    with transaction.atomic():
        kept, is_new = CaseInformation.objects.get_or_create(
            case=case,
            occasion=said.piece or new_number(),
            defaults={
                "question": question,
                "told_by": said.told_by,
                "words": said.words,
                "details": {str(name): text for name, text in said.details.items() if text},
                "criteria": [each.value for each in said.criteria],
                "received_on": _received_on(said, version_at(case.program, at), at),
                "received_at": at,
                "received_by": by.number,
            },
        )
        if is_new:
            answers = {"question": question.number} if question else {}
            note(case, "told", by=by, at=at, detail={"information": kept.number, **answers})
    return kept


def lock_case(case: SafetyCase) -> SafetyCase:
    """The case, held until the transaction ends."""
    return SafetyCase.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)


def note(
    case: SafetyCase, verb: str, *, by: Actor, at: datetime, detail: Mapping[str, object]
) -> None:
    """Tell the trail of it, in codes and numbers."""
    subject = ("safety_case", case.number)
    audit.record(f"safety_case.{verb}", subject=subject, by=by, at=at, detail=dict(detail))


def _received_on(said: Statement, version: ProgramVersion, at: datetime) -> date:
    """The day it reached anybody here: today, or the day the paper came; never a day to come."""
    today = sponsor_day(version, at)
    return min(said.received_on or today, today)
