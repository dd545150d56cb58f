"""What follows when a form or an infusion day states an event: a case for safety staff, always."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat

from etasu.programs import library
from etasu.registry.accounts.access import INFUSION_NURSE
from etasu.registry.accounts.facts import names_of
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.registry.safety.actions import Report, Statement, add_information, receive_report
from etasu.registry.safety.models import CaseInformation, SafetyCase, Source
from etasu.registry.safety.receiving import sponsor_day, version_at
from etasu.registry.submissions.bulk import CHANNEL
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.day_facts import SERIOUS
from etasu.registry.treatment.models import DayEntry, Infusion
from etasu.safe_use.infusion_day import DayEvent
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.safety import GRADE_CRITERIA, stated_events
from etasu.safe_use.safety_plan import CaseKind, Criterion, Detail


def report_events_of(form: SignedForm, *, by: Actor, at: datetime) -> list[SafetyCase]:
    """A case for each event the answers of a patient's form state, as the program says which do.

    One of an infusion day joins what was noted on that day.
    """
    return [receive_report(each, by=by, at=at) for each in _reports_of(form)]


def _reports_of(form: SignedForm) -> Iterator[Report]:
    version = library.current().version(form.program, form.program_version)
    if version is None or form.subject_kind != "patient" or form.form not in version.forms:
        return
    definition, known = version.forms[form.form], tuple(version.event_answers.values())
    found = stated_events(definition, form.answers, known)
    patient = Patient.objects.filter(pk=form.subject_id).first() if found else None
    for each in found:
        own = f"form {form.number} {each.code}"
        said = Statement(
            each.words,
            definition.filled_by,
            {Detail.REPORTER_NAME: form.signer_name, **each.details},
            each.criteria,
            piece=f"{own} {each.of_day}".strip(),
            received_on=_reached_on(form, version),
        )
        occasion = _day(patient, each.of_day) if patient and each.of_day else own
        yield Report(form.program, Source.FORM, each.kind, said, patient, occasion=occasion)


def report_reaction(entry: DayEntry, *, by: Actor, at: datetime) -> None:
    """A reaction noted on an infusion day is a case; further ones of the day are added to it."""
    if entry.event == DayEvent.REACTION:
        receive_report(_report_of(entry, by), by=by, at=at)


def _report_of(entry: DayEntry, by: Actor) -> Report:
    grade = entry.detail.get("grade")
    criterion = GRADE_CRITERIA.get(grade) if isinstance(grade, int) else None
    said = "; ".join(_words_of(entry.detail))
    statement = Statement(
        f"Corrected: {said}" if entry.corrects else said,
        by.role,
        criteria=(criterion,) if criterion else (),
        piece=f"entry {entry.number}",
    )
    return _report_of_day(entry.patient, entry.given_on, entry.facility, statement, by)


def report_taken_back(entry: DayEntry, *, by: Actor, at: datetime) -> None:
    """That a reaction was noted by mistake is told to safety staff, who alone judge what it means.

    The case stays.
    """
    if entry.event != DayEvent.REACTION:
        return
    occasion = _day(entry.patient, entry.given_on.isoformat())
    case = SafetyCase.objects.filter(program=entry.patient.program, occasion=occasion).first()
    if case is not None:
        words = f"Taken back as noted by mistake: {entry.struck_reason}"
        said = Statement(words, by.role, piece=f"struck {entry.number}")
        add_information(case, said, by=by, at=at)


def report_written_down(infusion: Infusion, *, by: Actor, at: datetime) -> None:
    """A reaction of an infusion that was written down afterwards is a case of its day as well."""
    reaction = infusion.detail.get("reaction")
    if reaction not in ("mild", SERIOUS):
        return
    is_serious = reaction == SERIOUS
    said = Statement(
        "; ".join(filter(None, [reaction, infusion.detail.get("reaction_described", "")])),
        by.role,
        criteria=(Criterion.IMPORTANT_MEDICAL_EVENT,) if is_serious else (),
        piece=f"infusion {infusion.number}",
    )
    report = _report_of_day(infusion.patient, infusion.given_on, infusion.facility, said, by)
    receive_report(report, by=by, at=at)


def report_what_was_missed(since: datetime, *, by: Actor, at: datetime) -> int:
    """Report what forms and infusion days have stated since then without a case; how many.

    There is none, unless a way to record them forgot to report. Its clock runs from the day it was
    recorded, for that is when somebody here could know. What was decided elsewhere was reported
    elsewhere.
    """
    forms = SignedForm.objects.filter(signed_at__gte=since, subject_kind="patient")
    found: list[Report] = []
    for form in forms.exclude(channel=CHANNEL).select_related("draft__document"):
        found += _reports_of(form)
    known = CaseInformation.objects.filter(occasion=Concat(Value("entry "), OuterRef("number")))
    entries = DayEntry.objects.filter(
        ~Exists(known), event=DayEvent.REACTION, recorded_at__gte=since, struck_at__isnull=True
    )
    for entry in entries.select_related("patient", "facility", "corrects"):
        report = _report_of(entry, Actor(entry.recorded_by, INFUSION_NURSE))
        day = sponsor_day(version_at(entry.patient.program, at), entry.recorded_at)
        found.append(report._replace(said=report.said._replace(received_on=day)))
    kept = _kept_among(found)
    missed = [each for each in found if (each.program, each.said.piece) not in kept]
    for each in missed:
        receive_report(each, by=by, at=at)
    return len(missed)


def _kept_among(reports: Collection[Report]) -> set[tuple[str, str]]:
    """The programs and occasions of those of the reports that are kept already."""
    pieces = {each.said.piece for each in reports}
    kept = CaseInformation.objects.filter(occasion__in=pieces)
    return set(kept.values_list("case__program", "occasion"))


def _report_of_day(
    patient: Patient, on: date, facility: Participant | None, said: Statement, by: Actor
) -> Report:
    details = {
        Detail.BEGAN_ON.value: on.isoformat(),
        Detail.REPORTER_NAME.value: names_of({by.number}).get(by.number, ""),
        Detail.REPORTER_CONTACT.value: f"{facility.name}, {facility.telephone}" if facility else "",
    }
    return Report(
        program=patient.program,
        source=Source.INFUSION_DAY,
        kind=CaseKind.ADVERSE_EVENT,
        said=said._replace(details=details),
        patient=patient,
        occasion=_day(patient, on.isoformat()),
    )


def _day(patient: Patient, on: str) -> str:
    """What makes everything told of one infusion day one case."""
    return f"infusion day {patient.number} {on}"


def _words_of(detail: dict[str, Any]) -> Iterator[str]:
    grade = detail.get("grade")
    yield "Infusion reaction"
    yield from ([f"grade {grade}"] if grade else [])
    yield from (detail[key] for key in ("described", "action") if detail.get(key))


def _reached_on(form: SignedForm, version: ProgramVersion) -> date:
    """The day the paper came; a form that was never paper came as it was signed."""
    document = getattr(form.draft, "document", None) if form.draft is not None else None
    return document.reached_on if document else sponsor_day(version, form.signed_at)
