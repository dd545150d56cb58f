"""The message log, and one message: as it came, what became of it, and how it was answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.dates import brief_moment, moment, short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.sending import sent_once
from etasu.portals.laboratory import words
from etasu.portals.laboratory.forms import SearchForm
from etasu.portals.laboratory.here import Here, here
from etasu.portals.laboratory.lent import wire
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.lab_facts import ItemNow, Search
from etasu.registry.monitoring.looking import note_look
from etasu.registry.monitoring.reasons import reason_of
from etasu.registry.monitoring.received import ItemOutcome, Outcome
from etasu.registry.monitoring.resolving import take_message_again

MOST = 50
# As much of a message of another wire as a page shows.
LONGEST = 20_000


@require_http_methods(["GET", "HEAD", "POST"])
def log(request: PortalRequest) -> HttpResponse:
    """The messages that came, newest first; what is looked for stands in no address."""
    where = here(request)
    known = lab_facts.connections_of(where.program)
    asked = request.POST if request.method == "POST" else None
    form = SearchForm(asked, connections=known)
    search = Search()
    before = ""
    if asked is not None and form.is_valid():
        said = form.cleaned_data
        search = Search(said["day"], said["connection"], said["fate"], said["words"])
        before = said["before"]
    found = lab_facts.messages_found(where.program, search, where.zone)
    last = lab_facts.message_seen(where.program, before) if before else None
    if last is not None:
        found = found.filter(pk__lt=last.pk)
    shown = list(found[: MOST + 1])
    context = {
        "form": form,
        "table": _table(shown[:MOST], where),
        "older": shown[MOST - 1].number if len(shown) > MOST else "",
        "searched": [(name, form[name].value() or "") for name in form.fields if name != "before"],
    }
    return render(request, "laboratory/messages.html", context)


@require_safe
def message(request: PortalRequest, number: str) -> HttpResponse:
    """One message: annotated, with the fate of every item, and the acknowledgment."""
    where = here(request)
    found = _seen(where, number)
    items = lab_facts.items_of(found)
    note_look(found, by=where.by, at=where.at)
    shown, acknowledgment = None, ""
    if found.wire == "hl7v2":
        shown, acknowledgment = wire().look_at(
            bytes(found.raw), known_as(found), outcome_of(found, items), found.received_at
        )
    context = {
        "message": found,
        "rows": _rows(found, where),
        "items": items_table(items, where),
        "others": _table(list(lab_facts.others_about(found)), where),
        "shown": shown,
        "acknowledgment": acknowledgment,
        "text": "" if shown else bytes(found.raw)[:LONGEST].decode("utf-8", "replace"),
        "waits": sum(each.waits for each in items),
        "can_come_again": found.answer != "AA" and found.wire == "hl7v2",
    }
    return render(request, "laboratory/message.html", context)


@require_POST
def again(request: PortalRequest, number: str) -> HttpResponse:
    """Take a message that is on record through again, after something was mended."""
    where = here(request)
    found = _seen(where, number)
    items = lab_facts.items_of(found)
    if found.answer != "AA" and found.wire == "hl7v2":

        def come_again() -> str:
            outcomes = wire().take_again(
                bytes(found.raw), known_as(found), by=where.by, at=where.at
            )
            return outcomes[0].reference or number

        led = sent_once(request, come_again)
        notes.success(request, _("It was taken through again: this is what came of it."))
        return redirect("laboratory:message", led)
    if not any(each.waits for each in items):
        raise Http404

    def go_on() -> str:
        take_message_again(found, by=where.by, at=where.at)
        return number

    sent_once(request, go_on)
    notes.success(request, _("What waited was taken through again."))
    return redirect("laboratory:message", number)


def known_as(message: Any) -> str:
    """What the door knew of the sender when the message came."""
    if message.connection is not None:
        return f"connection:{message.connection.number}"
    return str(message.sender)


def outcome_of(message: Any, items: Sequence[ItemNow]) -> Outcome:
    """What became of a message on the day it came."""
    found = []
    for each in items:
        row = each.row
        text = reason_of(row.reason, row.trouble if row.reason == "unreadable" else "")
        found.append(ItemOutcome(row.place, row.outcome, row.reason, text.said, text.remedy))
    return Outcome(
        message.answer,
        tuple(found),
        reference=message.number,
        error=message.error,
        said=message.said,
    )


def items_table(
    items: Sequence[ItemNow], where: Here, *, are_on_record: bool = True
) -> WorklistTable:
    """What messages hold, and what became of each by now; on record, leading to each."""
    return WorklistTable(
        caption=_("What it holds, and what became of it"),
        columns=(
            *(_("Where"), _("What was measured"), _("It means"), _("Value"), _("Collected on")),
            _("What became of it"),
        ),
        rows=[_item(each, where, _place(each) if are_on_record else "") for each in items],
        empty=_("Nothing in it could be read as a result."),
    )


def _place(item: ItemNow) -> str:
    return reverse("laboratory:item", args=[item.row.report.message.number, item.row.pk])


def _item(item: ItemNow, where: Here, place: str) -> tuple[Cell, ...]:
    row = item.row
    test = item.result.test if item.result is not None else row.test
    return (
        Cell(row.place, place, is_number=True),
        Cell(row.code_text or row.code or words.DASH),
        Cell(words.test_name(test, where.version)),
        Cell(words.value_of(row)),
        Cell(short_day(row.collected_on) or words.DASH, is_number=True),
        Cell(words.fate_of(item)),
    )


def _seen(where: Here, number: str) -> Any:
    found = lab_facts.message_seen(where.program, number)
    if found is None:
        raise Http404
    return found


def _table(found: Sequence[Any], where: Here) -> WorklistTable:
    return WorklistTable(
        caption=_("Messages"),
        columns=(
            *(_("Message"), _("Received"), _("Sender"), _("Control ID"), _("Answer")),
            _("What became of it"),
        ),
        rows=[
            (
                Cell(
                    each.number, reverse("laboratory:message", args=[each.number]), is_number=True
                ),
                Cell(brief_moment(each.received_at, where.zone)),
                Cell(words.sender_of(each)),
                Cell(each.control_id or words.DASH),
                Cell(words.ANSWERS[each.answer == "AA"], is_number=True),
                Cell(words.counts_of(each)),
            )
            for each in found
        ],
        empty=_("No such message came."),
    )


def _rows(found: Any, where: Here) -> list[SummaryRow]:
    rows = [
        SummaryRow(_("Sender"), words.sender_of(found)),
        SummaryRow(_("Received"), moment(found.received_at, where.zone)),
        SummaryRow(_("Control ID"), found.control_id or words.DASH),
        SummaryRow(_("Answer"), words.ANSWERS[found.answer == "AA"]),
    ]
    if found.sent_at is not None:
        rows.insert(1, SummaryRow(_("Sent"), moment(found.sent_at, where.zone)))
    if found.said:
        rows.append(SummaryRow(_("Why"), found.said))
    if found.is_test:
        rows.append(SummaryRow(_("Test"), _("It is marked as a test and changes nothing.")))
    return rows
