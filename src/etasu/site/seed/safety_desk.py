"""Reports of side effects for Greta: one is late, one was told twice, one waits for its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.patients.models import Patient
from etasu.registry.safety.actions import (
    Judgment,
    Report,
    Source,
    Statement,
    ask_follow_up,
    assess_case,
    hand_over,
    receive_report,
)
from etasu.registry.safety.facts import case_by_number
from etasu.registry.safety.models import SafetyCase
from etasu.safe_use.safety import Said
from etasu.safe_use.safety_plan import CaseKind, Criterion, Detail
from etasu.site.seed.cast import email
from etasu.site.seed.desk import Desk

DAY = timedelta(days=1)


def let_reports_come(desk: Desk, patients: Mapping[str, str]) -> None:
    """What was told of the cast's patients; nothing of it changes what a gate answers."""
    if not {"mara", "noor", "iris"} <= patients.keys():
        return
    greta = User.objects.get(email=email("greta"))
    by = Actor(greta.number, access.SAFETY_REVIEWER)
    told = _Told(desk, patients)
    late = told.report("noor", "In the hospital with a very bad headache", 16, by, at_hospital=True)
    ask_follow_up(
        late,
        "When did the headache begin, and what was found?",
        asked_of=access.PRESCRIBER,
        by=by,
        at=desk.at - 14 * DAY,
    )
    told.report("mara", "Rash on both arms since yesterday", 3, by)
    told.report("mara", "The patient called: red, itching arms", 2, by, told_by="support_nurse")
    waits = told.report("iris", "Tired and sick for two days after the infusion", 9, by)
    _judge(waits, by, desk)
    hand_over(
        [waits],
        program=desk.code,
        recipient=desk.version_on(desk.today).program.sponsor,
        by=by,
        at=desk.at - 4 * DAY,
    )


class _Told:
    """Reports about the patients of the cast, so many days ago."""

    def __init__(self, desk: Desk, patients: Mapping[str, str]) -> None:
        self.desk, self.patients = desk, patients

    def report(
        self,
        patient: str,
        words: str,
        days: int,
        by: Actor,
        *,
        told_by: str = access.PATIENT,
        at_hospital: bool = False,
    ) -> SafetyCase:
        """One of them, as it was told on the telephone."""
        said = Statement(
            words,
            told_by,
            {Detail.REPORTER_CONTACT.value: "555-555-0114"},
            (Criterion.HOSPITALIZATION,) if at_hospital else (),
        )
        return receive_report(
            Report(
                program=self.desk.code,
                source=Source.STAFF,
                kind=CaseKind.ADVERSE_EVENT,
                said=said,
                patient=Patient.objects.get(number=self.patients[patient]),
            ),
            by=by,
            at=self.desk.at - days * DAY,
        )


def _judge(case: SafetyCase, by: Actor, desk: Desk) -> None:
    at = desk.at - 5 * DAY
    found = case_by_number(case.program, case.number, at)
    if found is None:
        return
    none = dict.fromkeys(Criterion, Said.NO)
    terms = [each for each in ("fatigue", "nausea") if each in found.version.expected_reactions]
    judgment = Judgment(none, terms, Said.NO, "Passed without treatment; listed as it was.")
    assess_case(case, judgment, found.information, by=by, at=at)
