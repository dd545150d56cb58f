"""What the pages about delegates show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import local_day, short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.registry.participants.invitations import is_open


class InvitationLine(NamedTuple):
    """An invitation without an answer; `number` leads to sending it again."""

    number: str
    name: str
    email: str
    said: str


def delegates_table(members: Iterable[Any], zone: str) -> WorklistTable:
    """Who prepares work now."""
    rows = [
        (
            Cell(each.user.full_name),
            Cell(each.user.email),
            Cell(short_day(local_day(each.began_at, zone))),
            Cell(_("End"), reverse("prescriber:delegate-end", args=[each.pk])),
        )
        for each in members
    ]
    return WorklistTable(
        caption=_("They prepare your work"),
        columns=(_("Name"), _("E-mail"), _("From"), _("To do")),
        rows=rows,
        empty=_("Nobody prepares work for you."),
    )


def former_table(members: Iterable[Any], zone: str) -> WorklistTable:
    """Who prepared work before."""
    rows = [
        (
            Cell(each.user.full_name),
            Cell(short_day(local_day(each.began_at, zone))),
            Cell(short_day(local_day(each.ended_at, zone))),
        )
        for each in members
    ]
    return WorklistTable(
        caption=_("Former delegates"),
        columns=(_("Name"), _("From"), _("Until")),
        rows=rows,
        empty=_("None."),
    )


def invitations_table(found: Iterable[Any], zone: str, at: datetime) -> list[InvitationLine]:
    """Invitations without an answer, the newest first."""
    return [
        InvitationLine(each.number, each.full_name, each.email, _said(each, zone, at))
        for each in found
    ]


def _said(invitation: Any, zone: str, at: datetime) -> str:
    until = short_day(local_day(invitation.valid_until, zone))
    state = _("Opens through %(day)s") if is_open(invitation, at) else _("Expired on %(day)s")
    return state % {"day": until}
