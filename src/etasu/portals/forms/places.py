"""A draft as somebody in a role may open it."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language

from etasu.portals.requests import PortalRequest
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.visibility import acted_for, concerns, may_act_for
from etasu.registry.submissions.facts import (
    answers_of,
    current_rows,
    definition_of,
    draft_by_number,
    draft_text,
    is_of_version_in_force,
    open_drafts_of,
    waiting_for,
)
from etasu.safe_use.program import FormDefinition, ProgramVersion, Signer


class FormAt(NamedTuple):
    """A draft with its form, the answers so far, and the day it is where the person works.

    The form is in the language of the pages, where the program has it in it.
    """

    draft: Any
    version: ProgramVersion
    definition: FormDefinition
    answers: dict[str, str]
    known: frozenset[str]
    on: date
    asker: Asker

    @property
    def number(self) -> str:
        """The draft's number."""
        return str(self.draft.number)

    @property
    def next_signer(self) -> Signer | None:
        """Whose signature is wanted next, in the language of the form."""
        wanted = waiting_for(self.draft)
        signers = self.definition.signers if wanted is not None else ()
        return next((each for each in signers if wanted and each.role == wanted.role), None)

    @property
    def text(self) -> str:
        """What is to be signed, exactly."""
        return draft_text(self.draft, self.definition.said_in)

    @property
    def may_sign(self) -> bool:
        """Whether this role signs next."""
        signer = self.next_signer
        return self.draft.is_open and signer is not None and signer.role == self.asker.role

    @property
    def is_current(self) -> bool:
        """Whether the program still uses this edition of the form."""
        return is_of_version_in_force(self.draft, self.on)

    def url(self, code: str) -> str:
        """The address of one page of the form."""
        if code == "check":
            return reverse("forms:check", args=[self.number])
        return reverse("forms:page", args=[self.number, code])


def open_form(request: PortalRequest, number: str) -> FormAt:
    """The draft, if the asker's role fills in or signs it for a participant they act for."""
    draft = draft_by_number(number, request.asker.program)
    if draft is None or not may_act_for(request.asker, draft.owner_id):
        raise Http404
    return _at(request, draft)


def drafts_at_hand(request: PortalRequest) -> list[FormAt]:
    """The open drafts of everybody the asker acts for, newest first."""
    found = [draft for owner in acted_for(request.asker) for draft in open_drafts_of(owner)]
    shown = []
    for draft in sorted(found, key=lambda each: each.updated_at, reverse=True):
        try:
            shown.append(_at(request, draft))
        except Http404:
            continue
    return shown


def _at(request: PortalRequest, draft: Any) -> FormAt:
    version, definition = definition_of(draft)
    if not concerns(definition, request.asker.role):
        raise Http404
    definition = definition.in_language(get_language())
    rows = current_rows(draft)
    today = asked_on(request.asker, request.at)
    known = frozenset(key for key, row in rows.items() if row.is_known and row.value)
    return FormAt(draft, version, definition, answers_of(draft), known, today, request.asker)
