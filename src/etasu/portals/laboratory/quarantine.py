"""What waits, by what somebody has to do about it, and one item with the fix beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.sending import sent_once
from etasu.portals.laboratory import words
from etasu.portals.laboratory.fixing_forms import ItemForm, RefusalForm
from etasu.portals.laboratory.here import Here, here, is_confirmed, show_effect
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.corrections import taken_away_by
from etasu.registry.monitoring.lab_facts import ItemNow
from etasu.registry.monitoring.looking import note_look
from etasu.registry.monitoring.quarantine import CODE_REASONS, codes_waiting
from etasu.registry.monitoring.resolving import NotWaiting, enter, reject_item
from etasu.registry.monitoring.whose import unmatched

MOST = 100
REFUSE = "refuse"


@require_safe
def quarantine(request: PortalRequest) -> HttpResponse:
    """Everything that waits: codes, patients, results to look at, and single items."""
    where = here(request)
    context = {
        "codes": _codes_table(where),
        "tasks": _tasks_table(where),
        "reviews": _reviews_table(where),
        "items": _items_table(where),
        "unknown": lab_facts.unregistered_senders(where.program),
    }
    return render(request, "laboratory/quarantine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def item(request: PortalRequest, number: str, entry: int) -> HttpResponse:
    """One item: what was sent, why it waits, and what somebody can do about it."""
    where = here(request)
    found = lab_facts.item_seen(where.program, number, entry)
    if found is None:
        raise Http404
    if request.method == "POST" and not found.waits:
        return redirect("laboratory:item", number, entry)
    is_refusal = request.POST.get("what") == REFUSE
    lacks = words.LACKS.get(found.reason, frozenset())
    sent = request.POST if request.method == "POST" else None
    taken = [each.result for each in taken_away_by(found.row)] if found.waits else []
    refuse = RefusalForm(sent if is_refusal else None, prefix=REFUSE, corrects=bool(taken))
    mend = ItemForm(sent if not is_refusal else None, lacks=lacks) if lacks else None
    if sent is not None and is_refusal and refuse.is_valid():
        return _settle(request, where, found, number, refuse=refuse)
    if sent is not None and mend is not None and mend.is_valid():
        return _settle(request, where, found, number, mend=mend)
    note_look(found.row.report.message, item=found.row.place, by=where.by, at=where.at)
    context = {
        "message": number,
        "item": found,
        "rows": [*_rows(found, where), *_taken_rows(taken, where)],
        "form": refuse if is_refusal else mend,
        "mend": mend,
        "refuse": refuse,
        "elsewhere": _elsewhere(found, number),
    }
    return render(request, "laboratory/item.html", context)


def _settle(
    request: PortalRequest,
    where: Here,
    found: ItemNow,
    number: str,
    *,
    mend: ItemForm | None = None,
    refuse: RefusalForm | None = None,
) -> HttpResponse:
    """Show what would become of the item, and once that was confirmed, do it."""
    place = reverse("laboratory:item", args=[number, found.row.pk])

    def do() -> str:
        if mend is not None:
            enter(found.row, mend.entered, by=where.by, at=where.at)
        elif refuse is not None:
            reject_item(
                found.row,
                refuse.cleaned_data["reason"],
                earlier_stands=refuse.earlier_stands,
                by=where.by,
                at=where.at,
            )
        return place

    def effect() -> list[str]:
        do()
        sentences = words.effect_on(lab_facts.fates_of([found.row.pk]))
        if refuse is not None and refuse.earlier_stands:
            sentences.append(_("What was said before counts again."))
        return sentences

    try:
        if not is_confirmed(request):
            heading = _("Refuse it") if refuse is not None else _("Enter what is missing")
            said = {"heading": heading, "about": f"{found.row.code_text or found.row.code}",
                    "back_url": place, "send": _("Keep on record")}  # fmt: skip
            return show_effect(request, effect, said)
        sent_once(request, do)
        messages.success(request, _("It is on record, with your name."))
    except NotWaiting:
        messages.info(request, _("Somebody did this already."))
    return redirect(place)


def code_address(sender: str | None, system: str, code: str) -> str:
    """Where somebody says what a code means."""
    asked = urlencode({"sender": sender or "", "system": system, "code": code})
    return f"{reverse('laboratory:code')}?{asked}"


def _elsewhere(found: ItemNow, number: str) -> tuple[str, str] | None:
    """Where the fix is, when it is not about this item alone."""
    row = found.row
    sender = row.report.message.connection
    if not found.waits:
        return None
    if found.reason in CODE_REASONS:
        address = code_address(sender.number if sender else None, row.code_system, row.code)
        return address, words.fix_of(found.reason)
    task = getattr(row.report, "reconciliation", None)
    if found.reason in words.PATIENT_REASONS and task is not None:
        return reverse("laboratory:reconcile", args=[task.number]), words.fix_of(found.reason)
    if found.reason in words.SENDER_REASONS:
        return reverse("laboratory:connections"), words.fix_of(found.reason)
    return None


def _rows(found: ItemNow, where: Here) -> list[SummaryRow]:
    row = found.row
    codes = [(row.code_system, row.code, row.code_text), *(row.other_codes or ())]
    rows = [
        SummaryRow(_("What became of it"), words.fate_of(found)),
        SummaryRow(_("Where"), f"{row.report.place}, {row.place}"),
        SummaryRow(_("Codes"), "; ".join(" ".join(map(str, each)) for each in codes)),
        SummaryRow(_("It means"), words.test_name(row.test, where.version)),
        SummaryRow(_("Value"), words.value_of(row) or words.DASH),
        SummaryRow(_("Range and flags"), f"{row.range_text} {row.flags}".strip() or words.DASH),
        SummaryRow(_("Collected on"), short_day(row.collected_on) or words.DASH),
        SummaryRow(_("Status"), row.status),
    ]
    if row.trouble:
        rows.insert(1, SummaryRow(_("In the way"), row.trouble))
    if row.note:
        rows.append(SummaryRow(_("Note"), row.note[:500]))
    if found.decided_at is not None:
        rows.append(SummaryRow(_("Last looked at"), moment(found.decided_at, where.zone)))
    if found.decided_at is not None and found.said:
        rows.append(SummaryRow(_("Reason"), found.said))
    return rows


def _taken_rows(taken: Iterable[Any], where: Here) -> list[SummaryRow]:
    """The results that count no longer because of an item."""
    said = [
        f"{words.test_name(each.test, where.version)}, {short_day(each.collected_on)}: "
        f"{each.comparator}{each.value or ''} {each.unit or ''}".strip()
        for each in taken
    ]
    return [SummaryRow(_("Said before, and counts no longer"), "; ".join(said))] if said else []


def _codes_table(where: Here) -> WorklistTable:
    names = {each.number: each.name for each in lab_facts.connections_of(where.program)}
    rows = [
        (
            Cell(each.text or each.code, code_address(each.connection, each.system, each.code)),
            Cell(f"{each.system} {each.code}"),
            Cell(names.get(each.connection or "", words.DASH)),
            Cell(f"{each.items:,}", is_number=True),
            Cell(short_day(each.since), is_number=True),
        )
        for each in codes_waiting(where.program)
    ]
    return WorklistTable(
        caption=_("Codes nobody has explained"),
        columns=(_("What was sent"), _("Code"), _("Sender"), _("Items"), _("Since")),
        rows=rows,
        empty=_("None."),
    )


def _tasks_table(where: Here) -> WorklistTable:
    found = unmatched(where.program)
    rows = [
        (
            Cell(task.number, reverse("laboratory:reconcile", args=[task.number]), is_number=True),
            Cell(words.said_of(task.trouble)),
            Cell(words.sender_of(task.report.message)),
            Cell(f"{reports:,}", is_number=True),
            Cell(words.age(task.opened_at, where.at)),
        )
        for task, reports in found[:MOST]
    ]
    return WorklistTable(
        caption=_("Reports whose patient is not known"),
        columns=(_("Report"), _("Why"), _("Sender"), _("Reports"), _("Waits for")),
        rows=rows,
        empty=_("None."),
        shown=len(rows),
        total=len(found) if len(found) > MOST else None,
    )


def _reviews_table(where: Here) -> WorklistTable:
    names = {each.number: each.name for each in lab_facts.connections_of(where.program)}
    rows = [
        (
            Cell(words.test_name(each.test, where.version), review_address(each)),
            Cell(words.said_of(each.review)),
            Cell(each.unit or _("none")),
            Cell(names.get(each.connection, words.DASH)),
            Cell(f"{each.results:,}", is_number=True),
        )
        for each in lab_facts.reviews_waiting(where.program)
    ]
    return WorklistTable(
        caption=_("Results that are kept and should be looked at"),
        columns=(_("Test"), _("Why"), _("Unit sent"), _("Sender"), _("Results")),
        rows=rows,
        empty=_("None."),
    )


def review_address(group: lab_facts.InReview) -> str:
    """Where somebody looks at results that are alike."""
    asked = {"sender": group.connection, "test": group.test, "unit": group.unit}
    return f"{reverse('laboratory:review')}?{urlencode({**asked, 'why': group.review})}"


def _why(each: Any) -> str:
    why = words.said_of(each.why)
    if not each.corrects:
        return why
    return _("%(why)s A result counts no longer until somebody has looked.") % {"why": why}


def _items_table(where: Here) -> WorklistTable:
    """Items about which something is to be done that helps no other."""
    shared = CODE_REASONS | words.PATIENT_REASONS | words.SENDER_REASONS
    reasons = {each.reason for each in lab_facts.why_items_wait(where.program)} - shared
    found: Any = lab_facts.items_waiting_for(where.program, reasons)
    rows = [
        (
            Cell(
                each.code_text or each.code or each.place,
                reverse("laboratory:item", args=[each.report.message.number, each.pk]),
            ),
            Cell(_why(each)),
            Cell(words.sender_of(each.report.message)),
            Cell(words.age(each.report.message.received_at, where.at)),
        )
        for each in found[:MOST]
    ]
    return WorklistTable(
        caption=_("Items in which something is missing or cannot be read"),
        columns=(_("What was sent"), _("Why"), _("Sender"), _("Waits for")),
        rows=rows,
        empty=_("None."),
        shown=len(rows),
        total=found.count() if len(rows) == MOST else None,
    )
