"""Calls: noted, corrected, promised, and what they may tell of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from etasu.portals.components.calling import CallbackForm
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.side_effects import report_lines
from etasu.portals.requests import PortalRequest
from etasu.portals.support.brief import (
    answers_for,
    helpers_of,
    identifying,
    numbers_shown,
    promised_call,
    scripts_for,
)
from etasu.portals.support.forms import NO, NOT_REACHED, YES, CallForm, EventForm, Situation
from etasu.portals.support.here import Here, about, here, patient_here
from etasu.registry.patient_support.call_notes import CARE_PARTNER, Call, CorrectedAlready
from etasu.registry.patient_support.callbacks import (
    Outcome,
    TooLate,
    Wanted,
    close_callback,
    promise_callback,
)
from etasu.registry.patient_support.line_messages import Settled, settle_messages
from etasu.registry.patient_support.nurse_facts import (
    callback_promised,
    event_by_number,
    messages_of,
    note_by_number,
    words_that_tell,
)
from etasu.registry.patient_support.nursing import NotAllowed
from etasu.registry.patient_support.possible_events import (
    NotAnswered,
    thing_by_number,
    thing_of,
)
from etasu.registry.reactions import call_noted, event_seen, possible_event_answered
from etasu.registry.reactions.nursing import Noted
from etasu.safe_use.nurse_line import Moment
from etasu.safe_use.rota import MIDNIGHT, at_wall

page_methods = require_http_methods(["GET", "HEAD", "POST"])
_SAID = {YES: True, NO: False}
_FIRST = (Moment.OPENING, Moment.EMERGENCY)
_LAST = (Moment.CAUTION, Moment.CLOSING)


@page_methods
def call(request: PortalRequest, number: str, corrects: str = "") -> HttpResponse:
    """Note a call, with what to ask and say beside it; a correction is another note."""
    where = here(request)
    found = patient_here(where.asker, number)
    corrected = note_by_number(found, corrects) if corrects else None
    if corrects and corrected is None:
        raise Http404
    callback = callback_promised(found) if corrected is None else None
    written = list(messages_of(found).filter(is_from_patient=True, settled_at__isnull=True))
    helpers = helpers_of(found, request.at)
    is_helped = bool(helpers) or (corrected is not None and corrected.caller == CARE_PARTNER)
    is_promised = callback is not None
    situation = Situation(
        *(where.line, where.today, request.at, found.time_zone),
        *(is_promised, bool(written), is_helped),
    )
    open_now = [*written, callback] if is_promised else written
    initial = {**_initial(corrected), "shown": numbers_shown(open_now)}
    form = CallForm(sent_form(request), situation=situation, initial=initial)
    if form.is_valid():
        there = _kept(request, form, (found, where, callback, corrected))
        if there:
            messages.success(request, _("Your note is on record."))
            return redirect(there)
    context = {
        **about(found, where),
        "form": form,
        "corrected": corrected,
        "promised": promised_call(callback, found, where, request.at),
        "written": written,
        "helpers": helpers,
        "asked": identifying(found, where),
        "needed": where.line.identifiers_needed,
        "first": scripts_for(found, where, _FIRST),
        "last": scripts_for(found, where, _LAST),
        "answers": answers_for(found, where),
        "report": report_lines(where.asker.program),
    }
    return render(request, "support/call.html", context)


@page_methods
def event(request: PortalRequest, number: str, doubt: str) -> HttpResponse:
    """Say whether what was said tells of a side effect."""
    where = here(request)
    found = patient_here(where.asker, number)
    asked = event_by_number(found, doubt)
    if asked is None:
        raise Http404
    if asked.answered_at is not None and request.method != "POST":
        return redirect("support:patient", number)
    form = EventForm(sent_form(request))
    if form.is_valid():
        is_event = _SAID[form.cleaned_data["is_event"]]

        def do() -> str:
            possible_event_answered(asked, is_event=is_event, by=actor(request), at=request.at)
            return reverse("support:patient", args=[number])

        there = sent_once(request, do)
        asked.refresh_from_db()
        if asked.is_event == is_event:
            messages.success(request, _("Your answer is on record."))
        else:
            messages.warning(request, _("Somebody has reported it as a side effect meanwhile."))
        return redirect(there)
    context = {
        **about(found, where),
        "form": form,
        "event": asked,
        "said": thing_of(asked).words,
        "words": ", ".join(asked.words_found),
        "cautions": scripts_for(found, where, (Moment.EMERGENCY, Moment.CAUTION)),
        "report": report_lines(where.asker.program),
    }
    return render(request, "support/event.html", context)


@require_POST
def escalate(request: PortalRequest, number: str, source: str, thing: str) -> HttpResponse:
    """Report a message, a call asked for, or a note as a side effect, with one click."""
    where = here(request)
    found = patient_here(where.asker, number)
    said = thing_by_number(found, source, thing)
    if said is None:
        raise Http404
    reported = event_seen(said, by=actor(request), at=request.at)
    text = _("It is reported as case %(case)s. The days count from when it was first heard.")
    messages.success(request, text % {"case": reported.case})
    return redirect("support:patient", number)


@page_methods
def callback(request: PortalRequest, number: str) -> HttpResponse:
    """Promise a call, in the patient's own time."""
    where = here(request)
    found = patient_here(where.asker, number)
    zone = found.time_zone
    initial = {"telephone": found.telephone}
    form = CallbackForm(sent_form(request), at=request.at, zone=zone, initial=initial)
    if form.is_valid():

        def do() -> str:
            wanted = Wanted(**form.cleaned_data)
            promise_callback(found, wanted, by=actor(request), at=request.at)
            return reverse("support:patient", args=[number])

        there = _try(request, form, do)
        if there:
            messages.success(request, _("The call is promised. It stays on the list until made."))
            return redirect(there)
    return render(request, "support/callback.html", {**about(found, where), "form": form})


@require_POST
def not_wanted(request: PortalRequest, number: str) -> HttpResponse:
    """Note that the promised call is not wanted any more."""
    where = here(request)
    found = patient_here(where.asker, number)
    promised = callback_promised(found)
    if promised is not None and promised.number not in shown(request):
        messages.warning(request, _("Another call was promised meanwhile. It stays on the list."))
    elif promised is not None:
        try:
            close_callback(promised, Outcome.NOT_WANTED, by=actor(request), at=request.at)
        except NotAnswered:
            messages.warning(request, answer_first())
    return redirect("support:patient", number)


def shown(request: PortalRequest) -> set[str]:
    """The numbers of what was open when the page was opened, which alone its buttons close."""
    return set(request.POST.get("shown", "").split())


def _initial(corrected: Any) -> dict[str, Any]:
    if corrected is None:
        return {}
    return {
        "caller": corrected.caller,
        "identified_by": corrected.identified_by,
        "topics": corrected.topics,
        "words": corrected.words,
    }


def _kept(request: PortalRequest, form: CallForm, known: tuple[Any, Here, Any, Any]) -> str:
    """Where keeping the note led; empty when the form says what is missing."""
    patient, where, promised, corrected = known
    said, seen = form.cleaned_data, shown(request)
    is_it = promised is not None and said.get("is_promised") and promised.number in seen
    words_found = words_that_tell(said["words"], where.version)
    if words_found and not said["is_event"]:
        text = _("You wrote: %(words)s. Say whether it is a side effect")
        form.add_error("is_event", text % {"words": ", ".join(words_found)})
        return ""
    noted = Noted(
        Call(
            caller=said["caller"],
            words=said["words"],
            heard_at=_heard_at(said["heard_on"], where, request.at),
            identified_by=said["identified_by"],
            topics=said["topics"],
            callback=promised if is_it else None,
            corrects=corrected,
        ),
        words_found,
        _SAID.get(said["is_event"]),
        said.get("window") if said["caller"] in NOT_REACHED else None,
    )

    def do() -> str:
        call_noted(patient, noted, by=actor(request), at=request.at)
        if said.get("settles"):
            settle_messages(patient, Settled.BY_CALL, seen, by=actor(request), at=request.at)
        return reverse("support:patient", args=[patient.number])

    return _try(request, form, do)


def _try(request: PortalRequest, form: PortalForm, do: Callable[[], str]) -> str:
    try:
        return sent_once(request, do)
    except NotAnswered:
        form.add_error(None, answer_first())
    except CorrectedAlready:
        form.add_error(None, _("This note was corrected already. Correct the newest one."))
    except TooLate:
        form.add_error("window", _("This time is over. Choose another"))
    except NotAllowed as gone:
        raise Http404 from gone
    return ""


def answer_first() -> str:
    """Why something cannot be closed yet."""
    return _("Something they wrote may tell of a side effect. On their page, say first if it does.")


def _heard_at(day: Any, where: Here, at: datetime) -> datetime:
    """When it was heard: now, or from the beginning of the day it was told."""
    if day is None or day >= where.today:
        return at
    return min(at_wall(day, MIDNIGHT, where.line.time_zone), at)
