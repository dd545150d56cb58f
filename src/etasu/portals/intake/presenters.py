"""The queue, a document and its story as rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.intake.words import CHANNELS
from etasu.registry.accounts.facts import names_of
from etasu.registry.submissions.facts import definition_of
from etasu.registry.submissions.intake_facts import state_of

_DASH = "–"


def queue_table(documents: Iterable[Any], at: datetime) -> WorklistTable:
    """What still needs somebody, oldest first, each with how long it has waited."""
    found = list(documents)
    names = names_of({each.claimed_by for each in found if each.claimed_by})
    rows = [
        (
            Cell(each.number, reverse("intake:document", args=[each.number]), is_number=True),
            Cell(CHANNELS[each.channel]),
            Cell(_form_name(each)),
            Cell(_age(each.received_at, at)),
            Cell(names.get(each.claimed_by, _DASH)),
            Cell(status=("document", state_of(each))),
        )
        for each in found
    ]
    return WorklistTable(
        caption=_("What waits, oldest first"),
        columns=(_("Number"), _("How"), _("Form"), _("Waiting"), _("With"), _("State")),
        rows=rows,
        empty=_("Nothing waits."),
    )


def done_table(documents: Iterable[Any], zone: str) -> WorklistTable:
    """What was checked or set aside."""
    rows = [
        (
            Cell(each.number, reverse("intake:document", args=[each.number]), is_number=True),
            Cell(CHANNELS[each.channel]),
            Cell(_form_name(each)),
            Cell(moment(each.received_at, zone)),
            Cell(status=("document", state_of(each))),
        )
        for each in documents
    ]
    return WorklistTable(
        caption=_("Done lately"),
        columns=(_("Number"), _("How"), _("Form"), _("Received"), _("State")),
        rows=rows,
        empty=_("Nothing has been done yet."),
    )


def document_rows(document: Any, zone: str) -> list[SummaryRow]:
    """What the document is, and every hand it went through."""
    people = (
        (_("Received"), document.received_at, document.received_by, ""),
        (_("On the desk of"), document.claimed_at, document.claimed_by, ""),
        (_("Keyed in"), document.keyed_at, document.keyed_by, ""),
        (
            _("Sent back"),
            document.returned_at,
            document.returned_by,
            document.returned_reason or "",
        ),
        (_("Checked"), document.checked_at, document.checked_by, ""),
        (
            _("Set aside"),
            document.set_aside_at,
            document.set_aside_by,
            document.set_aside_reason or "",
        ),
    )
    names = names_of({who for _label, _at, who, _why in people if who})
    rows = [
        SummaryRow(_("State"), "", status=("document", state_of(document))),
        SummaryRow(_("How it came"), CHANNELS[document.channel]),
        SummaryRow(_("Reached us on"), short_day(document.reached_on)),
    ]
    if document.caller_name:
        rows.append(SummaryRow(_("Who called"), document.caller_name))
        rows.append(SummaryRow(_("Number to call back"), document.call_back))
    if document.draft is not None:
        rows.append(SummaryRow(_("Form"), _form_name(document)))
    if document.draft is not None and document.draft.subject_number:
        rows.append(SummaryRow(_("About"), document.draft.subject_number))
    for label, at, who, why in people:
        if at is not None:
            said = f"{names.get(who, who)}, {moment(at, zone)}"
            rows.append(SummaryRow(label, f"{said}: {why}" if why else said))
    if document.digest:
        rows.append(SummaryRow(_("SHA-256 of the file"), document.digest))
    return rows


def _form_name(document: Any) -> str:
    if document.draft is None:
        return _DASH
    return definition_of(document.draft)[1].name


def _age(since: datetime, at: datetime) -> str:
    hours = int((at - since).total_seconds() // 3600)
    if hours < 1:
        return _("less than an hour")
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}
