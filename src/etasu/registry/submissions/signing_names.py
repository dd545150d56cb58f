"""The name under a signature: the account's own, or the one the form has the patient by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from etasu.registry.accounts.access import PATIENT
from etasu.registry.accounts.models import User
from etasu.registry.submissions.draft_facts import answers_of, definition_of
from etasu.registry.submissions.models import Draft, Method
from etasu.registry.submissions.refusals import Refusal
from etasu.safe_use.form_checks import cleaned
from etasu.safe_use.forms import questions
from etasu.safe_use.person_names import PersonName, is_somebody_else, name_of, same_person_name
from etasu.safe_use.program import FormDefinition

BY_ACCOUNT = frozenset({Method.PASSWORD, Method.PASSKEY})


class Printed(NamedTuple):
    """A name about to stand under a signature, and how it got there.

    `signed_by` is the number of the account, where it is an account that signs. `is_compared` says
    that two people read a name on paper that is not the patient's.
    """

    role: str
    name: str
    relationship: str
    method: str
    signed_by: str
    is_compared: bool = False


def why_not(
    printed: Printed, definition: FormDefinition, answers: Mapping[str, str]
) -> Refusal | None:
    """Why this name cannot stand under the form; None when it can."""
    if printed.method in BY_ACCOUNT:
        own = User.objects.filter(number=printed.signed_by, is_active=True, is_system=False)
        names = [cleaned(each.full_name) for each in own]
        if printed.name not in names:
            return Refusal.NOT_YOUR_NAME
    if printed.role != PATIENT:
        return None
    return _why_not_the_patients(printed, named_on(definition, answers))


def named_patient(draft: Draft) -> PersonName | None:
    """The patient's name as the form has it; None for a form that does not ask for it."""
    return named_on(definition_of(draft)[1], answers_of(draft))


def refusal_of_name(draft: Draft, name: str, relationship: str) -> Refusal | None:
    """Why a patient, or who signs for them, cannot sign the draft with this name; None if so."""
    said = Printed(PATIENT, cleaned(name), cleaned(relationship), Method.LINK, "")
    return _why_not_the_patients(said, named_patient(draft))


def named_on(definition: FormDefinition, answers: Mapping[str, str]) -> PersonName | None:
    """The patient's name as answered on the form; None when it is not there."""
    said = {
        field.known_as: answers.get(key, "")
        for key, field, row in questions(definition)
        if field.known_as and row is None
    }
    given, family = said.get("patient_first_name", ""), said.get("patient_last_name", "")
    if cleaned(given) or cleaned(family):
        return PersonName(cleaned(given), cleaned(family))
    whole = cleaned(said.get("patient_name", ""))
    return name_of(whole) if whole else None


def is_to_compare(name: str, relationship: str, patient: PersonName | None) -> bool:
    """Whether a name on paper is not the one to expect under a patient's signature."""
    if patient is None:
        return False
    if relationship:
        return not is_somebody_else(name, patient)
    return not same_person_name(name, patient)


def _why_not_the_patients(printed: Printed, patient: PersonName | None) -> Refusal | None:
    if printed.method == Method.PAPER:
        is_doubtful = is_to_compare(printed.name, printed.relationship, patient)
        return Refusal.NAME_TO_COMPARE if is_doubtful and not printed.is_compared else None
    if patient is None:
        # Whoever signs with an account of their own is known by it; by any other way, by nothing.
        return None if printed.method in BY_ACCOUNT else Refusal.NOT_THE_PATIENT
    if printed.relationship:
        is_other = is_somebody_else(printed.name, patient)
        return None if is_other else Refusal.PATIENTS_OWN_NAME
    return None if same_person_name(printed.name, patient) else Refusal.NOT_THE_PATIENT
