"""Live events for everybody: what there is, registering without an account, and coming no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.event_words import shown_event, timed
from etasu.portals.components.forms import NameField, PortalForm, VisitorEmail, sent_form
from etasu.portals.components.ics import new_calendar, timed_event
from etasu.portals.language import page_language
from etasu.portals.public.here import Here, program_here
from etasu.portals.public.views import PATIENTS, answer
from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.event_actions import (
    Coming,
    NotOpen,
    cancel_registration,
    register,
)
from etasu.registry.patient_support.event_facts import (
    REGISTRATION_SALT,
    event_by_number,
    events_ahead,
    registration_by_number,
)

VISITOR = Actor("visitor", "anonymous")


class ComingForm(PortalForm):
    """Who comes, and how to reach them."""

    full_name = NameField(
        label=gettext_lazy("Your name"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name")},
    )
    email = VisitorEmail(
        help_text=gettext_lazy("We write to you there whether you have a seat."),
    )
    wants_reminder = forms.BooleanField(
        label=gettext_lazy("You may write to me again on the day before, to remind me"),
        required=False,
    )


def events(request: HttpRequest, program: str) -> HttpResponse:
    """The events to come."""
    here = program_here(request, program)
    found = [shown_event(each) for each in events_ahead(here.code, _at(request))]
    return answer(request, here, "events", PATIENTS, {"events": found})


def event(request: HttpRequest, program: str, number: str) -> HttpResponse:
    """One event, and the form to register."""
    here = program_here(request, program)
    found, at = _found(here, number), _at(request)
    is_open = found.canceled_at is None and at < found.begins
    form = ComingForm(sent_form(request)) if is_open else None
    if form is not None and form.is_valid() and _is_in_turn(request, form, at):
        language = page_language()
        try:
            register(found, Coming(language=language, **form.cleaned_data), by=VISITOR, at=at)
        except NotOpen:
            return redirect("public:event", program, number)
        response = redirect("public:event-registered", program, number)
        response.status_code = 303
        return response
    context: dict[str, Any] = {"event": shown_event(found), "form": form}
    return answer(request, here, "event", PATIENTS, context)


def registered(request: HttpRequest, program: str, number: str) -> HttpResponse:
    """Thanks; whether there is a seat is in the message, and told to nobody else."""
    here = program_here(request, program)
    context = {"event": shown_event(_found(here, number))}
    return answer(request, here, "event_registered", PATIENTS, context)


def event_file(request: HttpRequest, program: str, number: str) -> HttpResponse:
    """The event for a calendar."""
    found = _found(program_here(request, program), number)
    said = timed(found)
    made = new_calendar(said.summary)
    made.add_component(timed_event(said))
    response = HttpResponse(made.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="event.ics"'
    return response


def registration(request: HttpRequest, signed: str) -> HttpResponse:
    """One's own registration, by the link in the message; opening it changes nothing."""
    try:
        number = Signer(salt=REGISTRATION_SALT).unsign(signed)
    except BadSignature:
        raise Http404 from None
    found = registration_by_number(number)
    if found is None:
        raise Http404
    if request.method == "POST":
        by = Actor(f"registration {number}", "anonymous")
        cancel_registration(found, by=by, at=_at(request))
        return redirect("public:registration", signed)
    counted = event_by_number(found.event.program, found.event.number)
    is_over = counted is None or counted.ends <= _at(request)
    context = {"mine": found, "event": shown_event(counted), "is_over": is_over,
               "program_code": found.event.program}  # fmt: skip
    response = render(request, "public/registration.html", context)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _is_in_turn(request: HttpRequest, form: ComingForm, at: datetime) -> bool:
    """Whether few enough came from this place and for this address lately."""
    place = f"event {request.META.get('REMOTE_ADDR', '')}"
    address = form.cleaned_data["email"].lower()
    if seconds_to_wait("recover", place, at) or seconds_to_wait("mail", address, at):
        said = _("Too many messages went to this address or from this place. Try again later.")
        form.add_error("email", said)
        return False
    return True


def _found(here: Here, number: str) -> Any:
    found = event_by_number(here.code, number)
    if found is None:
        raise Http404
    return found


def _at(request: HttpRequest) -> datetime:
    at: datetime = request.at  # type: ignore[attr-defined]
    return at
