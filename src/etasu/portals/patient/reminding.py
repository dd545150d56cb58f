"""How somebody is reminded: what was said, how they want it, and a calendar of their own."""

from __future__ import annotations

from datetime import time
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.dates import brief_moment
from etasu.portals.components.forms import ClockInput, PortalForm, sent_form
from etasu.portals.components.reminder_words import Text, by_channel, outcome_of
from etasu.portals.patient import here
from etasu.portals.patient.calendar_file import calendar_file
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.registry.accounts.keeping_secrets import UnreadableSecret, decrypted, encrypted
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.calendars import next_tests, read_calendar
from etasu.registry.monitoring.reminder_receipts import stop_by_link, stopped_ways, wish_reminders
from etasu.registry.notices.calendar_feeds import (
    LONGEST_TITLE,
    end_calendar,
    has_calendar,
    make_calendar,
)
from etasu.registry.notices.reminder_facts import said_to
from etasu.registry.notices.reminders import STOP_SALT
from etasu.registry.notices.wishes import Wish
from etasu.registry.patient_support.lab_facts import calendar_entries
from etasu.registry.patient_support.sharing_facts import may_read_calendar
from etasu.registry.patients.records import numbers_behind
from etasu.registry.patients.wishing import own_calendar, wish_of
from etasu.safe_use.reminding import CHANNELS

NEWEST = 10
WAYS = (
    ("sms email", gettext_lazy("By text message; if that does not work, by e-mail")),
    ("email sms", gettext_lazy("By e-mail; if that does not work, by text message")),
    ("sms", gettext_lazy("Only by text message")),
    ("email", gettext_lazy("Only by e-mail")),
    ("", gettext_lazy("Not at all. What is due stays due")),
)
NO_TIME = {
    "required": gettext_lazy("Enter a time, such as 9:00 PM"),
    "invalid": gettext_lazy("Enter a time, such as 9:00 PM"),
}


class WishForm(PortalForm):
    """How somebody wants to be reminded."""

    ways = forms.ChoiceField(
        label=gettext_lazy("How may we remind you?"),
        choices=WAYS,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of these")},
    )
    language = forms.ChoiceField(
        label=gettext_lazy("In which language?"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a language"),
            "invalid_choice": gettext_lazy("Choose a language"),
        },
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Leave me alone from"), widget=ClockInput, error_messages=NO_TIME
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("until"), widget=ClockInput, error_messages=NO_TIME
    )

    # The ways as they were chosen before anybody touched the form.
    shown_ways = forms.CharField(required=False, widget=forms.HiddenInput)

    def wish(self, before: Wish) -> Wish:
        """What is wanted. Ways nobody touched stay as they were wished."""
        said = self.cleaned_data
        quiet: tuple[time, time] = said["quiet_from"], said["quiet_until"]
        is_touched = said["ways"] != said["shown_ways"]
        ways = tuple(said["ways"].split()) if is_touched else _channels(before)
        return Wish(ways, said["language"], *quiet)

    def asked_for(self) -> set[str]:
        """The channels that were chosen by hand: those alone end a STOP."""
        said = self.cleaned_data
        return set(said["ways"].split()) - set(said["shown_ways"].split())


class CalendarForm(PortalForm):
    """What each day is called in the calendar."""

    title = forms.CharField(
        label=gettext_lazy("What should your calendar call it?"),
        help_text=gettext_lazy(
            "Others may see this on your screen. Leave it empty for “Appointment to keep”."
        ),
        max_length=LONGEST_TITLE,
        required=False,
    )


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request: HttpRequest, held: Holder) -> HttpResponse:
    """What was said lately, and how it is said from now on."""
    patient = held.patient
    wanted = wish_of(patient)
    stopped = stopped_ways(patient)
    form = WishForm(sent_form(request), initial=_initial(wanted, stopped, patient.language))
    if form.is_valid():
        new, asked_for = form.wish(wanted), form.asked_for()
        wish_reminders(patient, new, asked_for=asked_for, by=held.actor, at=held.at)
        here.remember(request, "said", "wished")
        return here.see_other("patient:reminders")
    context = {
        "form": form,
        "stopped": stopped,
        "next_tests": next_tests(patient, held.on),
        "said_lately": _said_lately(held),
        "has_calendar": has_calendar(own_calendar(patient)),
        "calendar_form": CalendarForm(),
        "calendar": _shown_once(request),
        "said": here.told_once(request, "said"),
    }
    return here.shown(request, "patient/reminders.html", context, held)


@by_link(CHOOSE)
@require_POST
def new_calendar(request: HttpRequest, held: Holder) -> HttpResponse:
    """Make a calendar; its address is shown on the next page and never again."""
    form = CalendarForm(sent_form(request))
    title = form.cleaned_data["title"] if form.is_valid() else ""
    wanted = wish_of(held.patient)
    language = wanted.language or held.patient.language
    whose = own_calendar(held.patient)
    made = make_calendar(whose, title, language, by=held.actor, at=held.at)
    here.remember(request, "calendar", encrypted(made.secret.encode()).decode())
    return here.see_other("patient:reminders")


@by_link(CHOOSE)
@require_POST
def no_calendar(request: HttpRequest, held: Holder) -> HttpResponse:
    """End the calendar on every device."""
    end_calendar(own_calendar(held.patient), by=held.actor, at=held.at)
    here.remember(request, "said", "calendar-ended")
    return here.see_other("patient:reminders")


@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar at this address; gone for good once it was ended."""
    at: Any = request.at  # type: ignore[attr-defined]
    found = read_calendar(secret, may_hold=partial(may_read_calendar, at=at), at=at)
    if found is None:
        raise Http404
    if found.is_over:
        return HttpResponse(status=410)
    written = calendar_file(found, calendar_entries(found.person))
    answer = HttpResponse(written, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


# A mail program does this in one click, without our page and its token: RFC 8058.
@csrf_exempt
@here.not_kept
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, signed: str) -> HttpResponse:
    """End reminders at the address an e-mail went to. Opening the page alone ends nothing."""
    at: Any = request.at  # type: ignore[attr-defined]
    try:
        number = Signer(salt=STOP_SALT).unsign(signed)
    except BadSignature:
        number = ""
    is_done = False
    if number and request.method == "POST":
        is_done = stop_by_link(number, by=Actor(f"reminder {number}", "patient"), at=at)
    context = {"is_known": bool(number), "is_done": is_done}
    status = 200 if number else 404
    return render(request, "patient/stop.html", context, status=status)


class _Line(NamedTuple):
    """One reminder: the newest moment known of it, the way it went, and what became of it."""

    moment: str
    way: Text
    state: Text
    reason: Text


def _said_lately(held: Holder) -> list[_Line]:
    return [_line(each, held.zone) for each in said_to(numbers_behind(held.patient), NEWEST)]


def _line(reminder: Any, zone: str) -> _Line:
    outcome = outcome_of(reminder)
    moment = brief_moment(outcome.at, zone)
    return _Line(moment, by_channel(reminder), outcome.state, outcome.reason)


def _channels(wanted: Wish) -> tuple[str, ...]:
    return CHANNELS if wanted.channels is None else wanted.channels


def _initial(wanted: Wish, stopped: dict[str, str], language: str) -> dict[str, Any]:
    """How the form is preset: never with a way that is ended, which saving it would begin again.

    A way whose address is wrong is chosen by hand as well, by whoever knows that it is right. The
    wish itself stays, so that it serves again once the address is another.
    """
    ways = " ".join(each for each in _channels(wanted) if each not in stopped)
    return {
        "ways": ways,
        "shown_ways": ways,
        "language": wanted.language or language,
        "quiet_from": wanted.quiet_from,
        "quiet_until": wanted.quiet_until,
    }


def _shown_once(request: HttpRequest) -> str:
    """The address of a calendar made a moment ago; empty when there is none to show."""
    kept = here.remembered(request, "calendar")
    if not kept:
        return ""
    here.remember(request, "calendar", "")
    try:
        secret = decrypted(str(kept).encode()).decode()
    except UnreadableSecret:
        return ""
    return f"{settings.ETASU_SITE_URL}/calendar/{secret}.ics"
