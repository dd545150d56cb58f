"""A question to a gate that comes with a signed form and the tests reported on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from etasu.registry.authorizations.requests import (
    AuthorizationRequest,
    BadRequest,
    RequestProblem,
    asked_on,
)
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import FormToSign
from etasu.safe_use.program import FormDefinition, ProgramVersion


class FormAsSigned(NamedTuple):
    """A form of the program with the answers as its signer saw them, and the name as typed."""

    form: str
    answers: Mapping[str, Any]
    signer_name: str


class ReportedTest(NamedTuple):
    """A test as reported on a form. `value` is None where only the day is asked for."""

    test: str
    collected_on: date
    value: str | None = None
    unit: str | None = None


class SignedRequest(NamedTuple):
    """A question to a gate with the form signed for it and the tests reported on the form."""

    request: AuthorizationRequest
    form: FormAsSigned | None
    tests: tuple[ReportedTest, ...] = ()


def check_tests(signed: SignedRequest, version: ProgramVersion, by: Asker, at: datetime) -> None:
    """Raise BadRequest for a test the program does not have, or one collected after today."""
    today = asked_on(by, at)
    for each in signed.tests:
        if each.test not in version.tests:
            raise BadRequest(RequestProblem(each.test, "The program has no such test."))
        if each.collected_on > today:
            raise BadRequest(RequestProblem(each.test, "This day is yet to come."))


def form_to_sign(
    signed: SignedRequest, version: ProgramVersion, patient: Patient, by: Asker, at: datetime
) -> FormToSign | None:
    """The form as it is kept, or None when none is signed.

    Raises BadRequest when the program has no such form, or the role does not sign it.
    """
    form = signed.form
    if form is None:
        return None
    definition = version.forms.get(form.form)
    signers = [each for each in definition.signers if each.role == by.role] if definition else []
    if definition is None or not signers:
        said = f"Your role, {by.role}, does not sign this form."
        raise BadRequest(RequestProblem("form", said))
    return FormToSign(
        program=version.program.code,
        program_version=version.label,
        form=definition.code,
        subject_kind="patient",
        subject_id=patient.pk,
        subject_number=patient.number,
        answers=form.answers,
        gate_answers=_gate_answers(definition, form.answers),
        signer_name=form.signer_name,
        meaning=signers[0].meaning,
        signed_on=asked_on(by, at),
        course=signed.request.course,
    )


def _gate_answers(definition: FormDefinition, answers: Mapping[str, Any]) -> dict[str, str]:
    """The answers the program marks for the gates; one left empty is not an answer."""
    read = [each.code for section in definition.sections for each in section.fields if each.gate]
    return {code: str(answers[code]) for code in read if answers.get(code) not in (None, "")}
