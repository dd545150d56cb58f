"""Proving by the birth date that whoever holds a link is who it was sent to."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from etasu.registry.accounts.delays import forget, seconds_to_wait
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.patients.enrollment import known_answers
from etasu.registry.patients.facts import patient_of_subject
from etasu.registry.submissions.facts import answers_of, definition_of
from etasu.registry.submissions.models import Draft

PACE = "birth-date"


class Proof(NamedTuple):
    """Whether the birth date was right; if not looked at, the seconds to wait before the next."""

    is_right: bool
    wait_seconds: int = 0


def birth_date_of(draft: Draft) -> date | None:
    """The birth date of the patient a draft is about: on record, or else as the draft says."""
    patient = patient_of_subject(draft.subject_kind, draft.subject_id)
    if patient is not None and patient.birth_date is not None:
        return patient.birth_date
    told = known_answers(definition_of(draft)[1], answers_of(draft))
    return _read(told.get("patient_birth_date", ""))


def prove_birth_date(
    link: tuple[str, str], wanted: date | None, said: date | None, *, by: Actor, at: datetime
) -> Proof:
    """Compare a birth date with the one on record; after some wrong ones, only after a wait.

    `link` is its kind and number. Nothing is ever locked: the link stays as it is.
    """
    _kind, number = link
    wait = seconds_to_wait(PACE, number, at)
    if wait:
        return Proof(is_right=False, wait_seconds=wait)
    is_right = wanted is not None and said == wanted
    if is_right:
        forget(PACE, number, at)
    verb = "link.proved" if is_right else "link.not_proved"
    audit.record(verb, subject=link, by=by, at=at, detail={})
    return Proof(is_right)


def _read(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None
