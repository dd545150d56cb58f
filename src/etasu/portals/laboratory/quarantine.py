"""All that waits on one page, and one item with the fix beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.forms import ReasonForm
from etasu.portals.components.records import SummaryRow
from etasu.portals.laboratory import words
from etasu.portals.laboratory.fixing_forms import ItemForm, RefusalForm
from etasu.portals.laboratory.here import Here, here, once_confirmed
from etasu.portals.laboratory.taking_back import (
    TO_TAKE_BACK,
    take_back,
    what_to_take_back,
)
from etasu.portals.laboratory.waiting_tables import (
    code_address,
    codes_table,
    items_table,
    reviews_table,
    tasks_table,
)
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.corrections import taken_away_by
from etasu.registry.monitoring.held import held, pressing
from etasu.registry.monitoring.lab_facts import ItemNow
from etasu.registry.monitoring.looking import note_look
from etasu.registry.monitoring.quarantine import CODE_REASONS
from etasu.registry.monitoring.resolving import enter, reject_item

REFUSE = "refuse"


@require_safe
def quarantine(request: PortalRequest) -> HttpResponse:
    """Everything that waits: codes, patients, results to look at, and single items."""
    where = here(request)
    urgent = list(pressing(held(where.program, where.at)).values())
    context = {
        "codes": codes_table(where, urgent),
        "tasks": tasks_table(where, urgent),
        "reviews": reviews_table(where),
        "items": items_table(where, urgent),
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
    if not found.waits:
        return _settled(request, where, found, number)
    if request.POST.get("what") in TO_TAKE_BACK:
        # It was sent before, and what was taken back waits again.
        messages.info(request, _("Somebody did this already."))
        return redirect("laboratory:item", number, found.row.pk)
    is_refusal = request.POST.get("what") == REFUSE
    lacks = words.LACKS.get(found.reason, frozenset())
    sent = request.POST if request.method == "POST" else None
    taken = [each.result for each in taken_away_by(found.row)]
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


def _settled(request: PortalRequest, where: Here, found: ItemNow, number: str) -> HttpResponse:
    """An item that waits for nothing: a result that it became, or a refusal, can be taken back."""
    what = what_to_take_back(found)
    sent = request.POST if what and request.POST.get("what") == what else None
    if request.method == "POST" and sent is None:
        return redirect("laboratory:item", number, found.row.pk)
    form = ReasonForm(sent, prefix=what) if what else None
    if form is not None and form.is_valid():
        return take_back(request, where, found, form.cleaned_data["reason"])
    note_look(found.row.report.message, item=found.row.place, by=where.by, at=where.at)
    context = {
        "message": number,
        "item": found,
        "rows": _rows(found, where),
        "form": form,
        "take_back": what,
        "decided_in": _decided_in(found),
    }
    return render(request, "laboratory/item.html", context)


def _decided_in(found: ItemNow) -> str:
    """Where somebody said whom the item is about, if anybody did."""
    task = getattr(found.row.report, "reconciliation", None)
    if task is None or task.decided_at is None:
        return ""
    return reverse("laboratory:reconcile", args=[task.number])


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

    def do() -> None:
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

    def effect() -> list[str]:
        do()
        sentences = words.effect_on(lab_facts.fates_of([found.row.pk]))
        if refuse is not None and refuse.earlier_stands:
            sentences.append(_("What was said before counts again."))
        return sentences

    heading = _("Refuse it") if refuse is not None else _("Enter what is missing")
    about = found.row.code_text or found.row.code
    return once_confirmed(request, do, effect, heading=heading, about=about, back=place)


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
