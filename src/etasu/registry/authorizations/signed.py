"""A question to a gate that comes with a signed form and the tests reported on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from etasu.registry.accounts.models import User
from etasu.registry.authorizations.requests import (
    AuthorizationRequest,
    BadRequest,
    RequestProblem,
    asked_on,
)
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import FormToSign
from etasu.safe_use.form_checks import Wrong, cleaned
from etasu.safe_use.forms import gate_answers, is_fixed, kept_answers, problems, questions
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

    Raises BadRequest when the program has no such form, the role does not sign it alone, the name
    is not the account's own, or an answer is missing or wrong.
    """
    form = signed.form
    if form is None:
        return None
    definition = version.forms.get(form.form)
    signers = definition.signers if definition else ()
    if definition is None or [each.role for each in signers] != [by.role]:
        said = f"Your role, {by.role}, does not sign this form alone."
        raise BadRequest(RequestProblem("form", said))
    _check_name(form.signer_name, by)
    on = asked_on(by, at)
    answers = {key: _as_text(said) for key, said in form.answers.items()}
    _check_answers(definition, answers, on)
    return FormToSign(
        program=version.program.code,
        program_version=version.label,
        form=definition.code,
        subject_kind="patient",
        subject_id=patient.pk,
        subject_number=patient.number,
        answers=kept_answers(definition, answers),
        gate_answers=gate_answers(definition, answers),
        signer_name=form.signer_name,
        meaning=signers[0].meaning,
        signed_on=on,
        course=signed.request.course,
    )


def _check_name(name: str, by: Asker) -> None:
    """Raise BadRequest unless the name is that of the account that signs."""
    own = User.objects.filter(number=by.user, is_active=True).first()
    if own is None or cleaned(name) != cleaned(own.full_name):
        raise BadRequest(RequestProblem("form", "The name is not that of the account that signs."))


def _check_answers(definition: FormDefinition, answers: Mapping[str, object], on: date) -> None:
    """Raise BadRequest for what is missing or wrong, but for what the platform should know."""
    fields = {key: field for key, field, _row in questions(definition)}
    wrong = []
    for problem in problems(definition, answers, on):
        field = fields.get(problem.field)
        if field is None or not is_fixed(field) or problem.code is not Wrong.MISSING:
            label = field.label if field else problem.field
            said = "is not answered" if problem.code is Wrong.MISSING else "cannot be read"
            wrong.append(RequestProblem(problem.field, f"{label}: this {said}."))
    if wrong:
        raise BadRequest(*wrong)


def _as_text(said: object) -> object:
    """A number as text, as forms keep it; anything else as it is."""
    return str(said) if type(said) is int else said
