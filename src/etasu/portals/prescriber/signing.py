"""A finished draft turned into what is signed, kept and asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from etasu.portals.prescriber.asking import Asking, form_fields, is_asked, tests_asked
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.authorizations.signed import FormAsSigned, ReportedTest, SignedRequest
from etasu.registry.participants.facts import participant_by_number


def to_sign(asking: Asking, full_name: str) -> SignedRequest:
    """The request, the form with every answer on it, and the tests reported."""
    draft = asking.draft
    request = AuthorizationRequest(
        program=asking.asker.program,
        gate=asking.gate.code,
        patient=asking.patient.number,
        planned_on=asking.day,
        course=draft.course,
        facility=draft.facility or None,
        statements=tuple(draft.statements),
    )
    form = None
    if asking.form is not None:
        form = FormAsSigned(asking.form.code, form_answers(asking), full_name)
    return SignedRequest(request, form, tuple(reported_tests(asking)))


def reported_tests(asking: Asking) -> list[ReportedTest]:
    """The tests with a collection day."""
    found = []
    for test in tests_asked(asking):
        said = asking.draft.tests.get(test.code, {})
        if said.get("on"):
            value = said.get("value") or None
            day = date.fromisoformat(said["on"])
            found.append(ReportedTest(test.code, day, value, test.unit if value else None))
    return found


def form_answers(asking: Asking) -> dict[str, Any]:
    """The answer to every question of the form, by its code; left out where there is none."""
    if asking.form is None:
        return {}
    days = {each.test: each.collected_on.isoformat() for each in reported_tests(asking)}
    known = _known(asking)
    answers: dict[str, Any] = {}
    for field in form_fields(asking.form):
        if is_asked(field):
            answer = asking.draft.answers.get(field.code)
        elif field.test is not None:
            answer = days.get(field.test)
        else:
            answer = known.get(field.known_as or "")
        if answer not in (None, ""):
            answers[field.code] = answer
    return answers


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _known(asking: Asking) -> dict[str, Any]:
    draft, prescriber = asking.draft, asking.patient.prescriber
    facility = participant_by_number(draft.facility, asking.asker.program)
    return {
        "patient_number": asking.patient.number,
        "patient_name": asking.patient.full_name,
        "patient_birth_date": _iso(asking.patient.birth_date),
        "prescriber_name": prescriber.name,
        "prescriber_npi": prescriber.npi,
        "facility_name": facility.name if facility else None,
        "facility_number": facility.number if facility else None,
        "course": draft.course,
        "first_course": "yes" if draft.course == 1 else "no",
        "planned_on": asking.day.isoformat(),
    }
