"""What follows when a patient tells of a symptom: a clinician and safety staff hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.models import SelfCheck, ToldSymptom
from etasu.registry.patient_support.self_check_facts import plan_of, version_of
from etasu.registry.patient_support.self_checks import answer_region
from etasu.registry.patient_support.symptom_telling import tell_symptoms
from etasu.registry.safety.actions import Report, Source, Statement, add_information, receive_report
from etasu.registry.safety.models import SafetyCase
from etasu.safe_use.program import ENGLISH
from etasu.safe_use.safety_plan import CaseKind
from etasu.safe_use.self_check import Noticed, SelfCheckPlan

_PATIENT = "patient"


def region_answered(
    check: SelfCheck, region: str, noticed: Noticed, *, by: Actor, at: datetime
) -> list[ToldSymptom]:
    """Keep what was said of one region; each new symptom is a task and a case, or one more of it.

    Everything noticed in one self-check is one case. What somebody is only not sure of is a task
    and no case, for nothing was told that happened. Raises as `answer_region` does.
    """
    with transaction.atomic():
        told = answer_region(check, region, noticed, by=by, at=at)
        tell_symptoms(told, version_of(check), by=by, at=at)
        _report([each for each in told if not each.is_unsure], check, by, at)
        _report_taken_back(check, by, at)
    return told


def _report(told: Sequence[ToldSymptom], check: SelfCheck, by: Actor, at: datetime) -> None:
    plan = plan_of(check)
    for each in told:
        said = Statement(_words(plan, each), _PATIENT, piece=f"symptom {each.number}")
        report = Report(
            program=check.patient.program,
            source=Source.SELF_CHECK,
            kind=CaseKind.ADVERSE_EVENT,
            said=said,
            patient=check.patient,
            occasion=_occasion(check),
        )
        receive_report(report, by=by, at=at)


def _report_taken_back(check: SelfCheck, by: Actor, at: datetime) -> None:
    """Tell the case that the patient says otherwise now; safety staff judge what it means."""
    case = SafetyCase.objects.filter(
        program=check.patient.program, occasion=_occasion(check)
    ).first()
    if case is None:
        return
    plan = plan_of(check)
    for each in check.told.filter(taken_back_at=at, is_unsure=False):
        words = f"Taken back by the patient: {_words(plan, each)}"
        said = Statement(words, _PATIENT, piece=f"taken back {each.number} {at.isoformat()}")
        add_information(case, said, by=by, at=at)


def _words(plan: SelfCheckPlan, told: ToldSymptom) -> str:
    """The symptom as safety staff read it, whatever language it was asked in."""
    symptom = plan.symptom(told.code)
    return symptom.said(ENGLISH).text if symptom is not None else told.code


def _occasion(check: SelfCheck) -> str:
    return f"self-check {check.number}"
