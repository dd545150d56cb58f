"""Where a clerk or auditor stands, and the document they opened."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.http import Http404

from etasu.portals.components.program_here import program_today
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import ADMINISTRATOR
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.facts import Asker
from etasu.registry.submissions.facts import answers_of, current_rows, definition_of
from etasu.registry.submissions.intake import is_claimed_by_another
from etasu.registry.submissions.intake_facts import DocumentState, document_by_number, state_of
from etasu.safe_use.program import FormDefinition, ProgramVersion


class Here(NamedTuple):
    """`can_change` is False for auditors, who read the same pages."""

    asker: Asker
    by: Actor
    today: date
    version: ProgramVersion
    can_change: bool


class Desk(NamedTuple):
    """A document as it lies on somebody's desk, with the form it becomes, if that is known."""

    here: Here
    document: Any
    state: DocumentState
    is_mine: bool
    is_anothers: bool
    version: ProgramVersion | None
    definition: FormDefinition | None
    answers: dict[str, str]
    known: frozenset[str]

    @property
    def on(self) -> date:
        """The day the answers are judged by: the last one signed, or today."""
        days = [each["signed_on"] for each in self.document.signatures.values()]
        return date.fromisoformat(max(days)) if days else self.here.today


def here(request: PortalRequest) -> Here:
    """The program the person works in, as it stands today."""
    asker = request.asker
    today, version = program_today(request)
    return Here(asker, actor(request), today, version, asker.role == ADMINISTRATOR)


def desk(request: PortalRequest, number: str) -> Desk:
    """The document of that number, in this program."""
    where = here(request)
    document = document_by_number(number, where.asker.program)
    if document is None:
        raise Http404
    is_anothers = is_claimed_by_another(document, where.by, request.at)
    is_mine = document.claimed_by == where.by.number
    if document.draft is None:
        place = (where, document, state_of(document), is_mine, is_anothers)
        return Desk(*place, None, None, {}, frozenset())
    version, definition = definition_of(document.draft)
    rows = current_rows(document.draft)
    return Desk(
        *(where, document, state_of(document), is_mine, is_anothers, version, definition),
        answers_of(document.draft),
        frozenset(key for key, row in rows.items() if row.is_known and row.value),
    )


def my_desk(request: PortalRequest, number: str, *states: DocumentState) -> Desk:
    """The document, if this person has it on the desk in one of these states."""
    found = desk(request, number)
    if not found.is_mine or found.state not in states:
        raise Http404
    return found
