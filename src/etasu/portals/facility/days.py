"""One patient's infusion day: what is next, what was noted, and putting slips right.

What the page's script sends for a device that lost its connection is the same form; it is told in
a few words of JSON what became of it, instead of being led on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.day_words import EVENTS
from etasu.portals.components.forms import ReasonForm
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.facility import day_presenters as presenters
from etasu.portals.facility.day_forms import FORM_OF, FORMS, DayAt, DayForm, noted_when
from etasu.portals.requests import PortalRequest
from etasu.registry import reactions
from etasu.registry.accounts.facts import names_of
from etasu.registry.authorizations.infusion_day_facts import (
    PatientDay,
    day_by_number,
    day_of_entry,
)
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.treatment.day_facts import entry_by_number
from etasu.registry.treatment.infusion_days import Note, confirm_entry
from etasu.safe_use.infusion_day import DayEvent

page_methods = require_http_methods(["GET", "HEAD", "POST"])
# The page's script says with this header that it sends, and when by its own clock.
SENDS = "X-Sent-At"


@page_methods
def day(request: PortalRequest, number: str) -> HttpResponse:
    """Where the patient stands, and a button for whatever comes next."""
    found = day_by_number(number, request.asker)
    if found is None:
        raise Http404
    sent = _event(request)
    forms = {event: _form(request, found, kind, sent) for event, kind in FORMS.items()}
    if request.method == "POST":
        form = forms.get(sent) if sent is not None else None
        if form is None:
            raise Http404
        if form.is_valid():
            return _answered(request, _noted(request, found, form))
        if SENDS in request.headers:
            return JsonResponse({"mistakes": [each.text for each in form.mistakes()]}, status=422)
    return render(request, "facility/day.html", _shown(request, found, forms, sent))


@page_methods
def entry(request: PortalRequest, number: str) -> HttpResponse:
    """One entry: say that it is right, put it right, or take it back. The former stays readable."""
    found = entry_by_number(number, request.asker)
    if found is None:
        raise Http404
    about = day_of_entry(found, request.asker)
    there = _page_of(about)
    if found.struck_at is not None or about is None:
        return redirect(there)
    kind = FORM_OF[DayEvent(found.event)]
    does = request.POST.get("does", "")
    sent = request.POST if does == "correct" else None
    form = kind(sent, day=_day_at(request, about), initial=_initial(found, about))
    # A correction never means now: it says when it was.
    form.fields["clock"].required, form.fields["clock"].help_text = True, ""
    reason = ReasonForm(request.POST if does in ("correct", "strike") else None, prefix="why")
    if request.method == "POST" and _put_right(request, found, does, form, reason):
        messages.success(request, _("It is on record, beside what was there before."))
        # The day may have been no infusion at all.
        return redirect(_page_of(day_of_entry(found, request.asker)))
    context = {
        "entry": found,
        "what": EVENTS[DayEvent(found.event)],
        "odd": presenters.unlikely(found, about.version, about.facility.time_zone),
        "banner": patient_banner(about.patient, in_full=True, on=about.day.on),
        "correction": form,
        "reason": reason,
        "form": form if form.errors else reason,
        "back": there,
    }
    return render(request, "facility/entry.html", context)


def _page_of(about: PatientDay | None) -> str:
    """The page of the day; the board where there is none any more."""
    return reverse("facility:day", args=[about.number]) if about else reverse("facility:today")


def _shown(
    request: PortalRequest,
    found: PatientDay,
    forms: dict[DayEvent, DayForm],
    sent: DayEvent | None,
) -> dict[str, Any]:
    zone = found.facility.time_zone
    standing = found.standing(request.at)
    page = presenters.day_page(standing, zone) if standing else None
    first, rest = presenters.acts(forms, standing.stage, sent) if standing else ([], [])
    names = names_of({each.recorded_by for each in found.entries})
    return {
        "day": found,
        "page": page,
        "first": first,
        "rest": rest,
        "zone": zone,
        "banner": patient_banner(found.patient, in_full=True, on=found.day.on),
        "doubts": presenters.doubts(found.entries, found.version, zone),
        "entries": presenters.entry_lines(found.entries, found.version, zone, names),
        "is_valid": found.authorization is not None and found.authorization.state in VALID,
        "form": forms.get(sent) if sent is not None else None,
    }


# A day's authorization that was used was used for this infusion.
VALID = ("live", "used")


def _event(request: PortalRequest) -> DayEvent | None:
    named = request.POST.get("event", "") if request.method == "POST" else ""
    return DayEvent(named) if named in {each.value for each in FORMS} else None


def _form(
    request: PortalRequest, found: PatientDay, kind: type[DayForm], sent: DayEvent | None
) -> DayForm:
    return kind(request.POST if kind.event is sent else None, day=_day_at(request, found))


def _day_at(request: PortalRequest, found: PatientDay) -> DayAt:
    today = asked_on(request.asker, request.at)
    return DayAt(found.version, found.day.on, found.day.number, found.facility.time_zone, today)


def _noted(request: PortalRequest, found: PatientDay, form: DayForm) -> str:
    """Note it once, however often it is sent; the address to go on at."""
    when = noted_when(request.POST, request.headers.get(SENDS, ""), request.at)

    def keep() -> str:
        note = Note(
            course=found.course,
            given_on=found.day.on,
            event=form.noted_event(),
            moment=form.moment(when),
            detail=form.detail(),
        )
        reactions.day_noted(
            found.patient, note, facility=found.facility, by=actor(request), at=request.at
        )
        return reverse("facility:day", args=[found.number])

    return sent_once(request, keep)


def _answered(request: PortalRequest, there: str) -> HttpResponse:
    if SENDS in request.headers:
        return JsonResponse({"there": there})
    messages.success(request, _("Noted."))
    return redirect(there)


def _put_right(
    request: PortalRequest, found: Any, does: str, form: DayForm, reason: ReasonForm
) -> bool:
    """Do what was asked for, once; False when something is left to be put right."""
    by, at = actor(request), request.at
    if does == "confirm":
        sent_once(request, lambda: confirm_entry(found, by=by, at=at).number)
        return True
    if does not in ("correct", "strike") or not reason.is_valid():
        return False
    why = reason.cleaned_data["reason"]
    if does == "strike":
        do = reactions.day_entry_taken_back
        sent_once(request, lambda: do(found, reason=why, by=by, at=at).number)
        return True
    if not form.is_valid():
        return False
    moment, detail, event = _moment(form, found), form.detail(), form.noted_event()
    put = reactions.day_entry_corrected
    sent_once(
        request, lambda: put(found, moment, detail, event=event, reason=why, by=by, at=at).number
    )
    return True


def _moment(form: DayForm, entry: Any) -> datetime:
    """The time given; to the second that of the entry, where the time stays the same."""
    given: datetime = form.moment(entry.moment)
    found: datetime = entry.moment
    kept = found.replace(second=0, microsecond=0)
    return found if given == kept else given


def _initial(entry: Any, found: PatientDay) -> dict[str, Any]:
    """The entry as its own form would have it."""
    zone = ZoneInfo(found.facility.time_zone)
    detail = entry.detail
    until = detail.get("until")
    return {
        **detail,
        **detail.get("values", {}),
        "clock": entry.moment.astimezone(zone).time(),
        "what": detail.get("premedication") or entry.event,
        "until": datetime.fromisoformat(until).astimezone(zone).time() if until else None,
    }
