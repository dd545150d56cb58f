"""The records people share: what comes next, results in plain words, messages, nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.lab_appointment_words import site_line, when_line
from etasu.portals.components.results_in_words import results_in_words
from etasu.portals.components.sending import actor
from etasu.portals.components.sharing_words import DAYS, MESSAGES, RESULTS, Words, slices_in_order
from etasu.portals.partner.here import helping_here, look, shown
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.keeping_secrets import UnreadableSecret, decrypted, encrypted
from etasu.registry.monitoring.calendars import days_to_keep, next_tests
from etasu.registry.notices.calendar_feeds import Whose, end_calendar, has_calendar, make_calendar
from etasu.registry.patient_support.nurse_facts import messages_of
from etasu.registry.patient_support.sharing import end_sharing, want_copies
from etasu.registry.patient_support.sharing_facts import Helping, helped_by
from etasu.registry.reactions.lab_appointment_facts import appointments_today
from etasu.safe_use.lab_program import AppointmentStage
from etasu.safe_use.sharing import Slice

MOST_DAYS = 12
# With the care partner's number: the secret of a calendar made a moment ago, encrypted until the
# next page of that record has shown it once.
CALENDAR = "partner_calendar"


class Helped(NamedTuple):
    """Somebody who shares something, as the list shows them."""

    number: str
    name: str
    shared: list[Words]


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Whose records are shared, by name; nothing of the records themselves."""
    person: Any = request.user
    people = [
        Helped(each.number, each.patient.full_name, slices_in_order(each.sharing.slices))
        for each in helped_by(person, request.asker.program, request.at)
    ]
    return render(request, "partner/home.html", {"people": people})


@require_safe
def record(request: PortalRequest, number: str) -> HttpResponse:
    """What comes next for one of them, if they share it, and ways to help."""
    helping = helping_here(request, number)
    context: dict[str, Any] = {}
    if helping.may_see(Slice.REMINDERS):
        look(request, helping, DAYS)
        patient = helping.patient
        context = {
            "sees_days": True,
            "appointment": _appointment(patient, helping.on),
            "next_tests": next_tests(patient, helping.on),
            "days": sorted(days_to_keep(patient, helping.on))[:MOST_DAYS],
            "has_calendar": has_calendar(_whose(helping)),
            "calendar": _shown_once(request, number),
            "has_copies": helping.partner.copies_at is not None,
        }
    return shown(request, "partner/record.html", helping, context)


@require_safe
def results(request: PortalRequest, number: str) -> HttpResponse:
    """The newest result of each test, in plain words."""
    helping = helping_here(request, number, Slice.RESULTS)
    look(request, helping, RESULTS)
    found = results_in_words(helping.patient, helping.on)
    return shown(request, "partner/results.html", helping, {"results": found})


@require_safe
def messages_read(request: PortalRequest, number: str) -> HttpResponse:
    """What the patient and the nurses wrote to each other, to read along."""
    helping = helping_here(request, number, Slice.MESSAGES)
    look(request, helping, MESSAGES)
    context = {"lines": messages_of(helping.patient), "zone": helping.patient.time_zone}
    return shown(request, "partner/messages.html", helping, context)


@require_POST
def new_calendar(request: PortalRequest, number: str) -> HttpResponse:
    """Make a calendar of their own; its address is shown on the next page and never again."""
    helping = helping_here(request, number, Slice.REMINDERS)
    made = make_calendar(
        _whose(helping), "", get_language() or "en", by=actor(request), at=request.at
    )
    request.session[f"{CALENDAR} {number}"] = encrypted(made.secret.encode()).decode()
    return redirect("partner:record", number)


@require_POST
def no_calendar(request: PortalRequest, number: str) -> HttpResponse:
    """End their calendar on every device."""
    helping = helping_here(request, number, Slice.REMINDERS)
    end_calendar(_whose(helping), by=actor(request), at=request.at)
    messages.success(request, _("The calendar is ended. No device can read it any more."))
    return redirect("partner:record", number)


@require_POST
def copies(request: PortalRequest, number: str) -> HttpResponse:
    """Send an e-mail with each reminder from now on, or none."""
    helping = helping_here(request, number, Slice.REMINDERS)
    wanted = request.POST.get("wanted") == "yes"
    want_copies(helping, wanted, by=actor(request), at=request.at)
    said = _("You get an e-mail with each reminder.") if wanted else _("You get no more e-mail.")
    messages.success(request, said)
    return redirect("partner:record", number)


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: PortalRequest, number: str) -> HttpResponse:
    """Help no longer: what that means first, then the button."""
    helping = helping_here(request, number)
    if request.method == "POST":
        end_sharing(helping.partner, by=actor(request), at=request.at)
        messages.success(request, _("You see nothing of theirs any more."))
        return redirect("partner:home")
    return shown(request, "partner/leave.html", helping, {})


def _appointment(patient: Any, on: date) -> list[str]:
    """The laboratory appointment that is set and yet to come: when, and where if at a draw site.

    The site is as its laboratory lists it now, or said to be closed.
    """
    known = appointments_today(patient, on)
    found = next((each for each in known if each.stage is AppointmentStage.CONFIRMED), None)
    if found is None:
        return []
    where = [site_line(found.site)] if found.site is not None else []
    closed = [_("The laboratory closed this place.")] if found.is_at_closed_site else []
    return [when_line(found.row), *where, *closed]


def _whose(helping: Helping) -> Whose:
    return Whose(helping.partner.patient.number, helping.number)


def _shown_once(request: PortalRequest, number: str) -> str:
    """The address of a calendar made a moment ago; empty when there is none to show."""
    kept = request.session.pop(f"{CALENDAR} {number}", "")
    try:
        secret = decrypted(kept.encode()).decode() if kept else ""
    except UnreadableSecret:
        return ""
    return f"{settings.ETASU_SITE_URL}/calendar/{secret}.ics" if secret else ""
