"""Lists of answers that people keep for themselves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.education.answer_models import SavedAnswer

# More than anybody reads again.
MOST_SAVED = 100


class ListFull(ValueError):
    """One has to be taken off before another is put on."""


def save_answer(program: str, person: str, answer: str, *, by: Actor, at: datetime) -> None:
    """Put an answer on somebody's list; one that is there stays. Raises ListFull."""
    with transaction.atomic():
        held = _of(program, person).select_for_update()
        known = set(held.values_list("answer", flat=True))
        if answer in known:
            return
        if len(known) >= MOST_SAVED:
            raise ListFull
        moment = {"saved_at": at, "saved_by": by.number}
        _saved, is_new = _of(program, person).get_or_create(
            program=program, person=person, answer=answer, removed_at=None, defaults=moment
        )
        if is_new:
            _note("answer.saved", person, answer, by, at)


def remove_answer(program: str, person: str, answer: str, *, by: Actor, at: datetime) -> None:
    """Take an answer off somebody's list; of one that is not there nothing changes."""
    with transaction.atomic():
        held = _of(program, person).filter(answer=answer)
        if held.update(removed_at=at, removed_by=by.number):
            _note("answer.removed", person, answer, by, at)


def saved_answers(program: str, person: str) -> list[str]:
    """The codes on somebody's list, the newest first."""
    found = _of(program, person).order_by("-saved_at", "-pk")
    return list(found.values_list("answer", flat=True))


def _of(program: str, person: str) -> QuerySet[SavedAnswer]:
    return SavedAnswer.objects.filter(program=program, person=person, removed_at__isnull=True)


def _note(verb: str, person: str, answer: str, by: Actor, at: datetime) -> None:
    audit.record(verb, subject=("list", person), by=by, at=at, detail={"answer": answer})
