"""Events at work: all of them, a new one, one with everybody who comes, and what is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.dates import brief_moment
from etasu.portals.components.event_words import shown_event
from etasu.portals.components.forms import PortalForm, ReasonForm, sent_form
from etasu.portals.components.program_here import program_today
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.events.forms import AttendanceForm, EventForm, SeatsForm
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import POLICIES
from etasu.registry.patient_support.event_actions import (
    add_event,
    add_seats,
    call_off,
    note_attendance,
)
from etasu.registry.patient_support.event_facts import (
    all_events,
    event_by_number,
    registrations_of,
    undelivered,
)

A_PAGE = 100
SEATS, CALL_OFF, ATTENDANCE = "seats", "call-off", "attendance"
DEEDS = {
    SEATS: gettext_lazy("Let more people come"),
    CALL_OFF: gettext_lazy("Call it off"),
    ATTENDANCE: gettext_lazy("Note who was there"),
}
# The messages to those who registered, as somebody at work calls them.
MAILS = {
    "seat": gettext_lazy("They have a seat"),
    "waiting": gettext_lazy("They are on the waiting list"),
    "moved_up": gettext_lazy("A seat became free for them"),
    "reminder": gettext_lazy("It takes place soon"),
    "called_off": gettext_lazy("It is called off"),
}
_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Every event, the latest first, and the messages that reached nobody."""
    program_today(request)
    program = request.asker.program
    context = {
        "table": _events(_page_of(request, all_events(program), "page")),
        "undelivered": _undelivered(
            _page_of(request, undelivered(program), "lost"), request.asker.time_zone
        ),
        "may_change": _may_change(request),
    }
    return render(request, "events/home.html", context)


@_page
def new(request: PortalRequest) -> HttpResponse:
    """Offer an event."""
    program_today(request)
    form = EventForm(sent_form(request), at=request.at, initial={"capacity": 40})
    if form.is_valid():

        def do() -> str:
            program, by = request.asker.program, actor(request)
            made = add_event(program, form.planned(), by=by, at=request.at)
            return reverse("events:event", args=[made.number])

        return redirect(sent_once(request, do))
    return render(request, "events/new.html", {"form": form})


@require_safe
def event(request: PortalRequest, number: str) -> HttpResponse:
    """One event, and everybody who comes or waits."""
    found = _found(request, number)
    context = {
        "event": shown_event(found),
        "capacity": found.capacity,
        "table": _people(
            _page_of(request, registrations_of(found), "page"), request.asker.time_zone
        ),
        "deeds": [(each, DEEDS[each]) for each in _possible(request, found)],
    }
    return render(request, "events/event.html", context)


@_page
def do(request: PortalRequest, number: str, deed: str) -> HttpResponse:
    """One form about an event, and its effect once."""
    found = _found(request, number)
    if deed not in DEEDS:
        raise Http404
    there = reverse("events:event", args=[number])
    if deed not in _possible(request, found):
        messages.warning(request, _("As it stands now, this cannot be done."))
        return redirect(there)
    form = _form(request, deed, found)
    if form.is_valid():

        def act() -> str:
            _act(request, deed, found, form.cleaned_data)
            return there

        return redirect(sent_once(request, act))
    context = {"form": form, "heading": DEEDS[deed], "number": number}
    return render(request, "events/do.html", context)


def _form(request: PortalRequest, deed: str, found: Any) -> PortalForm:
    sent = sent_form(request)
    if deed == SEATS:
        return SeatsForm(sent, initial={"capacity": found.capacity})
    if deed == CALL_OFF:
        return ReasonForm(sent)
    form = AttendanceForm(sent)
    form.offer(registrations_of(found).filter(attended_at__isnull=True))
    return form


def _act(request: PortalRequest, deed: str, found: Any, said: dict[str, Any]) -> None:
    by, at = actor(request), request.at
    if deed == SEATS:
        add_seats(found, said["capacity"], by=by, at=at)
    elif deed == CALL_OFF:
        call_off(found, said["reason"], by=by, at=at)
    else:
        count = note_attendance(found, said["there"], by=by, at=at)
        text = ngettext("%(n)s person is noted.", "%(n)s people are noted.", count)
        messages.success(request, text % {"n": count})


def _possible(request: PortalRequest, found: Any) -> Sequence[str]:
    """What can be done about it now, by whoever may."""
    if not _may_change(request) or found.canceled_at is not None:
        return ()
    return (SEATS, CALL_OFF) if request.at < found.begins else (ATTENDANCE,)


def _may_change(request: PortalRequest) -> bool:
    return POLICIES["events:do"].allows(request.asker.role, "POST")


def _found(request: PortalRequest, number: str) -> Any:
    program_today(request)
    found = event_by_number(request.asker.program, number)
    if found is None:
        raise Http404
    return found


def _page_of(request: PortalRequest, found: Any, name: str) -> Page[Any]:
    return Paginator(found, A_PAGE).get_page(request.GET.get(name))


def _events(found: Page[Any]) -> WorklistTable:
    rows = []
    for each in found:
        shown = shown_event(each)
        state = _("Called off") if shown.is_canceled else f"{each.seated} / {each.capacity}"
        rows.append(
            (
                Cell(shown.title, reverse("events:event", args=[each.number])),
                Cell(brief_moment(each.begins, each.time_zone)),
                Cell(state),
                Cell(str(each.waiting), is_number=True),
            )
        )
    return WorklistTable(
        caption=_("All events"),
        columns=(_("Event"), _("When"), _("Seats taken"), _("Waiting")),
        rows=rows,
        empty=_("No event is planned at the moment."),
    ).on(found, "page")


def _people(found: Page[Any], zone: str) -> WorklistTable:
    rows = [
        (
            Cell(each.full_name),
            Cell(each.email),
            Cell(_("Seat") if each.seated_at else _("Waiting list")),
            Cell(_("Was there") if each.attended_at else "–"),
            Cell(brief_moment(each.registered_at, zone)),
        )
        for each in found
    ]
    return WorklistTable(
        caption=_("Who comes"),
        columns=(_("Name"), _("E-mail"), _("Has"), _("Attendance"), _("Registered")),
        rows=rows,
        empty=_("Nobody has registered yet."),
    ).on(found, "page")


def _undelivered(found: Page[Any], zone: str) -> WorklistTable | None:
    rows = [
        (
            Cell(each.registration.full_name),
            Cell(each.registration.email),
            Cell(MAILS[each.kind]),
            Cell(brief_moment(each.closed_at, zone)),
            Cell(
                _("Open the event"),
                reverse("events:event", args=[each.registration.event.number]),
            ),
        )
        for each in found
    ]
    if not rows:
        return None
    return WorklistTable(
        caption=_("Messages that reached nobody"),
        columns=(_("Name"), _("E-mail"), _("Message"), _("Given up"), _("Event")),
        rows=rows,
        empty="",
    ).on(found, "lost")
