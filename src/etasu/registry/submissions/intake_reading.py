"""What a document says, as two people read it: signatures, what is left, where readings differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from etasu.registry.accounts.access import PATIENT
from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.draft_facts import (
    answers_of,
    current_rows,
    definition_of,
    draft_problems,
    draft_text,
    signatures_of,
)
from etasu.registry.submissions.intake_models import IncomingDocument
from etasu.registry.submissions.models import Channel, Draft, DraftAnswer
from etasu.registry.submissions.signing import Sitting, ToSign
from etasu.registry.submissions.signing_names import is_to_compare, named_patient
from etasu.safe_use.form_checks import cleaned
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.forms import FieldProblem, Question, is_fixed, shown_fields
from etasu.safe_use.program import FieldType

IDENTIFYING = frozenset(
    {
        *("patient_first_name", "patient_last_name", "patient_name", "patient_birth_date"),
        *("patient_number", "participant_npi", "prescriber_npi", "own_first_name", "own_last_name"),
    }
)
_DECIDING_TYPES = frozenset({FieldType.DATE, FieldType.NPI, FieldType.DEA, FieldType.NCPDP})


class OnPaper(NamedTuple):
    """A signature as it is on the document: the name, for whom it stands, and the day beside it."""

    printed_name: str
    signed_on: date
    relationship: str = ""


def is_own_work(document: IncomingDocument, by: Actor) -> bool:
    """Whether this person typed any of it, so that somebody else has to check."""
    typed = DraftAnswer.objects.filter(draft=document.draft_id, saved_by=by.number, is_known=False)
    return document.keyed_by == by.number or typed.exists()


def signatures_on(document: IncomingDocument) -> dict[str, OnPaper]:
    """The signatures written down from the document, by role."""
    return {
        role: OnPaper(
            said["printed_name"], date.fromisoformat(said["signed_on"]), said["relationship"]
        )
        for role, said in document.signatures.items()
    }


def names_to_compare(document: IncomingDocument) -> dict[str, tuple[str, str]]:
    """The roles whose name is not the one to expect: what was read, and the name on the form."""
    if document.draft is None:
        return {}
    patient = named_patient(document.draft)
    return {
        role: (said.printed_name, str(patient))
        for role, said in signatures_on(document).items()
        if role == PATIENT and is_to_compare(said.printed_name, said.relationship, patient)
    }


def roles_to_sign(draft: Draft) -> list[str]:
    """The roles that sign the form, in the order of signing."""
    return [each.role for each in definition_of(draft)[1].signers]


def left_to_key(document: IncomingDocument, on: date) -> tuple[list[FieldProblem], list[str]]:
    """What is wrong or missing in the answers, and the roles whose signature is not there.

    Nobody signs by telephone: a call is complete without.
    """
    if document.draft is None:
        return [], []
    there = signatures_on(document)
    # The answers have to be right on the day of each signature, or it cannot be kept.
    days = sorted({each.signed_on for each in there.values()}) or [on]
    wrong = next((found for day in days if (found := draft_problems(document.draft, day))), [])
    return wrong, [] if document.channel == Channel.PHONE else _unsigned(document.draft, there)


def is_printed_here(draft: Draft) -> bool:
    """Whether the answers were given on a screen, and only the signatures came on paper."""
    return draft.channel not in (Channel.PAPER, Channel.FAX, Channel.PHONE)


def roles_left(draft: Draft) -> list[str]:
    """The roles whose signature is still wanted, in the order of signing."""
    already = {each.role for each in signatures_of(draft)}
    return [role for role in roles_to_sign(draft) if role not in already]


def _unsigned(draft: Draft, there: Collection[str]) -> list[str]:
    """The roles whose signature should be on the document and is not.

    A form printed from here may come back with the patient's alone; the others then sign on their
    pages. Nobody is passed over, for forms are signed in order.
    """
    wanted = roles_left(draft)
    if is_printed_here(draft):
        last = max((wanted.index(role) for role in there if role in wanted), default=0)
        wanted = wanted[: last + 1]
    return [role for role in wanted if role not in there]


def deciding(draft: Draft) -> list[Question]:
    """The questions two people read independently: who it is, days, identifiers, what gates read.

    What the platform filled in itself was read by nobody, and is not among them.
    """
    _version, definition = definition_of(draft)
    rows = current_rows(draft)
    answers = {key: row.value for key, row in rows.items() if row.value}
    known = {key for key, row in rows.items() if row.is_known}
    return [
        each
        for each in shown_fields(definition, answers)
        if not (is_fixed(each.field) and each.key in known)
        and (
            each.field.gate
            or each.field.type in _DECIDING_TYPES
            or each.field.known_as in IDENTIFYING
        )
        and (each.is_needed or answers.get(each.key))
    ]


def differences(document: IncomingDocument, read: Mapping[str, str]) -> list[str]:
    """The keys of what the second person read otherwise: answers, and `signed.<role>` for days."""
    if document.draft is None:
        return []
    answers = answers_of(document.draft)
    wanted = {each.key: answers.get(each.key, "") for each in deciding(document.draft)}
    wanted |= {
        f"signed.{role}": each.signed_on.isoformat()
        for role, each in signatures_on(document).items()
    }
    return [key for key, value in wanted.items() if _folded(read.get(key, "")) != _folded(value)]


def turns_on(document: IncomingDocument, sitting: Sitting) -> list[tuple[ToSign, Sitting]]:
    """The signatures on a document in the order of signing, as they are to be kept.

    `sitting` says when whoever checked it proved who they are. A call has none.
    """
    draft = document.draft
    if draft is None:
        return []
    text_hash, there = hash_of(draft_text(draft)), signatures_on(document)
    left = roles_left(draft)
    return [
        (
            ToSign(draft.number, role, text_hash, said.printed_name, said.relationship),
            sitting._replace(method="paper", signed_on=said.signed_on),
        )
        for role in left
        if (said := there.get(role)) is not None
    ]


def _folded(text: str) -> str:
    """As compared: two people write one name in capitals and in small letters."""
    return cleaned(text).casefold()
