"""Who sends results: connected, changed, ended, and the names their messages come under."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.dates import moment
from etasu.portals.components.forms import sent_form
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.sending import sent_once
from etasu.portals.laboratory import words
from etasu.portals.laboratory.forms import AgreedForm, ConnectionForm, SenderForm
from etasu.portals.laboratory.here import Here, here, is_confirmed, show_effect
from etasu.portals.laboratory.home import health_table
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.facts import names_of
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.connecting import (
    change_connection,
    close_connection,
    end_sender,
    register_connection,
)
from etasu.registry.monitoring.connection_health import health_of_connections
from etasu.registry.monitoring.resolving import register_sender

page_methods = require_http_methods(["GET", "HEAD", "POST"])
# The authority of the program's own numbers, which count from everybody and are never asked for.
_OWN = "etasu"


@require_safe
def connections(request: PortalRequest) -> HttpResponse:
    """Everybody who sends, and who would like to."""
    where = here(request)
    health = health_of_connections(where.program, zone=where.zone, on=where.today, at=where.at)
    ended = lab_facts.connections_of(where.program).filter(closed_at__isnull=False)
    context = {
        "table": health_table(health, where),
        "unknown": _unknown_table(where),
        "ended": [(each, moment(each.closed_at, where.zone)) for each in ended],
    }
    return render(request, "laboratory/connections.html", context)


@page_methods
def connect(request: PortalRequest) -> HttpResponse:
    """Register a laboratory or a system."""
    where = here(request)
    form = ConnectionForm(sent_form(request), initial={"time_zone": where.zone})
    if request.method == "POST" and form.is_valid():

        def register() -> str:
            said = form.cleaned_data
            if lab_facts.is_connected(where.program, said["name"]):
                raise _Taken
            return register_connection(where.program, **said, by=where.by, at=where.at).number

        try:
            return redirect("laboratory:connection", sent_once(request, register))
        except _Taken:
            form.add_error("name", _("Another connection has this name."))
    return render(request, "laboratory/connect.html", {"form": form})


@page_methods
def connection(request: PortalRequest, number: str) -> HttpResponse:
    """One connection: what was agreed, its names, and a way to change them."""
    where = here(request)
    found = _seen(where, number)
    is_open = found.closed_at is None
    agreed = AgreedForm(
        sent_form(request) if not _is_sender(request) else None, initial=_as_form(found)
    )
    sender = SenderForm(
        sent_form(request) if _is_sender(request) else None,
        initial={"kind": "", "name": request.GET.get("sender", "")},
    )
    if request.method == "POST" and not is_open:
        raise Http404
    if _is_sender(request) and sender.is_valid():
        answer = _add_sender(request, where, found, sender)
        if answer is not None:
            return answer
    elif request.method == "POST" and not _is_sender(request) and agreed.is_valid():
        change_connection(found, **agreed.cleaned_data, by=where.by, at=where.at)
        messages.success(request, _("What was agreed is on record. It counts within seconds."))
        return redirect("laboratory:connection", number)
    context = {
        "connection": found,
        "is_open": is_open,
        "rows": _rows(found, where),
        "senders": _senders_table(found, where, is_open),
        "form": sender if _is_sender(request) else agreed,
        "agreed": agreed,
        "sender": sender,
    }
    return render(request, "laboratory/connection.html", context)


@page_methods
def end_connection(request: PortalRequest, number: str) -> HttpResponse:
    """Take nothing more in from it."""
    where = here(request)
    found = _seen(where, number)
    if found.closed_at is not None and request.method != "POST":
        raise Http404
    if request.method == "POST":
        close_connection(found, by=where.by, at=where.at)
        messages.success(request, _("It has ended. What still comes from it waits."))
        return redirect("laboratory:connections")
    said = _("Nothing more is taken in from it. What came stays, and what still comes waits.")
    return _ask(request, _("End this connection"), found.name, said, number)


@page_methods
def end_name(request: PortalRequest, number: str, entry: int) -> HttpResponse:
    """Say that messages under a name are the connection's no more."""
    where = here(request)
    found = _seen(where, number)
    sender = next((each for each in found.senders.all() if each.pk == entry), None)
    if sender is None or (sender.ended_at is not None and request.method != "POST"):
        raise Http404
    if request.method == "POST":
        end_sender(sender, by=where.by, at=where.at)
        messages.success(request, _("The name is the connection’s no more."))
        return redirect("laboratory:connection", number)
    said = _("What still comes under this name waits until somebody registers it again.")
    return _ask(request, _("End this name"), sender.name, said, number)


class _Taken(Exception):
    """The name is in use."""


def _ask(request: PortalRequest, heading: str, about: str, said: str, number: str) -> HttpResponse:
    context = {
        "heading": heading,
        "about": about,
        "said": said,
        "back_url": reverse("laboratory:connection", args=[number]),
    }
    return render(request, "laboratory/end.html", context)


def _add_sender(
    request: PortalRequest, where: Here, found: Any, form: SenderForm
) -> HttpResponse | None:
    """Register the name once what follows was seen; None when it cannot be."""
    waits = [each.pk for each in lab_facts.items_of_sender(form.sender)]
    back = reverse("laboratory:connection", args=[found.number])

    def register() -> str:
        if lab_facts.sender_named(form.sender) is not None:
            raise _Taken
        register_sender(found, form.sender, by=where.by, at=where.at)
        return back

    def effect() -> list[str]:
        register()
        return words.effect_on(lab_facts.fates_of(waits))

    try:
        if not is_confirmed(request):
            said = {"heading": _("Register this name"), "about": form.sender, "back_url": back,
                    "send": _("Register it")}  # fmt: skip
            return show_effect(request, effect, said)
        led = sent_once(request, register)
        messages.success(request, _("The name is registered, and what waited for it went on."))
        return redirect(led)
    except _Taken:
        form.add_error("name", _("This name is registered already."))
    return None


def _is_sender(request: PortalRequest) -> bool:
    """Whether the form that was sent is the one for a name."""
    return request.method == "POST" and "time_zone" not in request.POST


def _seen(where: Here, number: str) -> Any:
    found = lab_facts.connection_seen(where.program, number)
    if found is None:
        raise Http404
    return found


def _as_form(found: Any) -> dict[str, str]:
    lines = [f"{sent} = {kept}" for sent, kept in found.authorities.items() if sent != _OWN]
    return {
        "authorities": "\n".join(lines),
        "time_zone": found.time_zone,
        "character_set": found.character_set,
    }


def _rows(found: Any, where: Here) -> list[SummaryRow]:
    names = names_of({each for each in (found.registered_by, found.closed_by) if each})
    registered = f"{moment(found.registered_at, where.zone)}, {names.get(found.registered_by, '')}"
    rows = [
        SummaryRow(_("Our number of it"), found.number),
        SummaryRow(_("How it sends"), words.WIRES.get(found.wire, found.wire)),
        SummaryRow(_("Registered"), registered.rstrip(", ")),
    ]
    if found.closed_at is not None:
        ended = f"{moment(found.closed_at, where.zone)}, {names.get(found.closed_by, '')}"
        rows.append(SummaryRow(_("Ended"), ended.rstrip(", ")))
    return rows


def _senders_table(found: Any, where: Here, is_open: bool) -> WorklistTable:
    rows = [
        (
            Cell(each.name),
            Cell(moment(each.added_at, where.zone)),
            Cell(moment(each.ended_at, where.zone) if each.ended_at else words.DASH),
            Cell(_("End it"), reverse("laboratory:end-name", args=[found.number, each.pk]))
            if is_open and each.ended_at is None
            else Cell(words.DASH),
        )
        for each in found.senders.order_by("ended_at", "pk")
    ]
    return WorklistTable(
        caption=_("Names its messages come under"),
        columns=(_("Name"), _("Since"), _("Until"), _("Change")),
        rows=rows,
        empty=_("None yet. Until there is one, what it sends waits under an unknown sender."),
    )


def _unknown_table(where: Here) -> WorklistTable:
    rows = [
        (Cell(name), Cell(f"{count:,}", is_number=True), Cell(words.age(since, where.at)))
        for name, count, since in lab_facts.unregistered_senders(where.program)
    ]
    return WorklistTable(
        caption=_("Senders nobody has registered"),
        columns=(_("As it comes"), _("Items that wait"), _("For")),
        rows=rows,
        empty=_("None."),
    )
