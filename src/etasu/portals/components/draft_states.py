"""Where forms under way stand: begun, waiting for somebody's signature, or ready for the signer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from etasu.portals.components.dates import local_day, short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.words import role_label
from etasu.registry.submissions.facts import (
    definition_of,
    draft_problems,
    open_drafts_of,
    waiting_for,
)
from etasu.registry.submissions.refusals import NoSuchForm


class DraftState(NamedTuple):
    """A draft, what its form is called, and whose signature it is ready for; empty while begun."""

    draft: Any
    form_name: str
    ready_for: str


def drafts_of(owner_id: int, on: date) -> list[DraftState]:
    """The forms under way for a participant, newest first.

    A form is ready for a signature when every answer is there; nobody has to say so.
    """
    return list(_states(open_drafts_of(owner_id), on))


def ready_for(role: str, owner_id: int, on: date) -> int:
    """How many of the participant's forms need nothing more than the signature of this role."""
    return sum(each.ready_for == role for each in drafts_of(owner_id, on))


def drafts_table(states: Iterable[DraftState], zone: str) -> WorklistTable:
    """The forms under way, each leading to where it goes on."""
    rows = [
        (
            Cell(each.form_name, reverse("forms:resume", args=[each.draft.number])),
            Cell(each.draft.subject_number or _("New"), is_number=True),
            Cell(short_day(local_day(each.draft.updated_at, zone))),
            Cell(state_said(each)),
        )
        for each in states
    ]
    return WorklistTable(
        caption=_("Forms under way"),
        columns=(_("Form"), _("About"), _("Last changed"), _("State")),
        rows=rows,
        empty=_("No form is under way."),
    )


def _states(drafts: Iterable[Any], on: date) -> Iterable[DraftState]:
    for draft in drafts:
        try:
            name = definition_of(draft)[1].in_language(get_language()).name
        except NoSuchForm:
            continue
        signer = waiting_for(draft)
        is_ready = signer is not None and not draft_problems(draft, on)
        yield DraftState(draft, name, signer.role if signer and is_ready else "")


def state_said(state: DraftState) -> str:
    """Whether the form is still being prepared, or whose signature it is ready for."""
    if not state.ready_for:
        return _("Being prepared")
    return _("Ready for the signature of: %(role)s") % {"role": role_label(state.ready_for)}
