"""Filling in and signing forms, for the tests of the room that keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from etasu.programs.library import ProgramLibrary, load_library
from etasu.registry.accounts.access import ROLES
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.actions import (
    Beginning,
    Signed,
    Sitting,
    ToSign,
    begin_draft,
    save_answers,
    sign_draft,
)
from etasu.registry.submissions.facts import answers_of, definition_of, draft_text
from etasu.registry.submissions.models import Draft
from etasu.safe_use.form_text import hash_of
from tests.factories.answers import right_answers
from tests.factories.teaching import AT

ZONE = "America/New_York"
OWNER, PATIENT = 41, 42


@cache
def every_program() -> ProgramLibrary:
    """All programs that come with the platform, read once."""
    return load_library()


def actor(role: str, number: str = "") -> Actor:
    """Somebody in the role, with an account of their own."""
    return Actor(number or f"user-{role}", role)


def begun(program: str, form: str, at: datetime = AT, **more: Any) -> Draft:
    """A draft about a patient of the owner."""
    shape: dict[str, Any] = {
        "subject_kind": "patient",
        "subject_id": PATIENT,
        "subject_number": "PATIENT-42",
        "owner_id": OWNER,
    }
    beginning = Beginning(program, form, **(shape | more))
    return begin_draft(beginning, by=actor("delegate"), at=at, on=at.date())


def filled(program: str, form: str, at: datetime = AT, **more: Any) -> Draft:
    """A draft with every answer right."""
    draft = begun(program, form, at, **more)
    answers = right_answers(definition_of(draft)[1], at.date())
    save_answers(draft, answers, seen_revision=draft.revision, by=actor("delegate"), at=at)
    return draft


def shown(draft: Draft, role: str, name: str = "", relationship: str = "") -> ToSign:
    """The draft as its signer sees it now."""
    name = name or ("Mara Example" if role == "patient" else "Sam Example")
    return ToSign(draft.number, role, hash_of(draft_text(draft)), name, relationship)


def sitting(at: datetime = AT, **more: Any) -> Sitting:
    """Somebody of the owner who just proved who they are."""
    shape: dict[str, Any] = {"method": "password", "confirmed_at": at, "participant_id": OWNER}
    give_accounts()
    return Sitting(zone=ZONE, **(shape | more))


def give_accounts(*numbers: str, name: str = "Sam Example") -> None:
    """Whoever signs has an account, under whose name they sign."""
    wanted = dict.fromkeys(numbers or ("amara", "bob", *(f"user-{role}" for role in ROLES)), name)
    if not numbers:
        wanted |= dict.fromkeys(("mara", "user-patient"), "Mara Example")
    User.objects.bulk_create(
        [
            User(number=number, email=f"{number}.{n}@example.org", full_name=said)
            for n, (number, said) in enumerate(wanted.items())
        ],
        ignore_conflicts=True,
    )


def sign_as(draft: Draft, role: str, at: datetime = AT) -> Signed:
    """A signature of the role: in person where it is the patient's, or else by account."""
    others = [each.role for each in definition_of(draft)[1].signers if each.role != role]
    if role == "patient" and others:
        here = sitting(at, method="in_person")
        return sign_draft(shown(draft, role, "Mara Example"), here, by=actor(others[0]), at=at)
    if role == "patient":
        here = sitting(at, participant_id=None, patient_id=draft.subject_id)
        return sign_draft(shown(draft, role, "Mara Example"), here, by=actor(role), at=at)
    return sign_draft(shown(draft, role), sitting(at), by=actor(role), at=at)


def sign_all(draft: Draft, at: datetime = AT) -> Signed:
    """Everybody signs in order; the last signature."""
    signers = definition_of(draft)[1].signers
    return [sign_as(draft, signer.role, at) for signer in signers][-1]


def said(draft: Draft) -> dict[str, str]:
    """The answers of a draft as they are now."""
    return answers_of(draft)


@contextmanager
def tampering(table: str) -> Iterator[Any]:
    """A cursor to a table that lets itself be changed, as behind the back of the platform."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
