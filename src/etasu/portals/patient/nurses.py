"""A patient and the nurses: when they are there, messages, and a call to be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.calling import CallbackForm, WordsForm, said_window
from etasu.portals.components.dates import moment
from etasu.portals.components.forms import sent_form
from etasu.portals.components.sending import digest_of_form
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, GIVEN, Holder, by_link
from etasu.registry.accounts.receipts import once
from etasu.registry.patient_support.callbacks import (
    Outcome,
    TooLate,
    Wanted,
    close_callback,
    promise_callback,
)
from etasu.registry.patient_support.line_messages import email_of, read_messages, write_to_nurses
from etasu.registry.patient_support.nurse_facts import (
    NoNurseLine,
    callback_promised,
    events_of,
    how_soon_answered,
    is_with_nurses,
    line_of,
    messages_of,
    nurse_of,
)
from etasu.registry.patient_support.nursing import NotAllowed
from etasu.registry.patient_support.possible_events import NotAnswered
from etasu.registry.patient_support.rota import on_duty_at
from etasu.safe_use.nurse_line import NurseLine
from etasu.safe_use.rota import is_open, opens_next

SAID = "nurses_said"
MOST_SHOWN = 30
# Fewer answers than this say nothing of how soon the next one comes.
_ENOUGH = 5


class Hours(NamedTuple):
    """Who is there now: somebody on duty, calls taken or when next; how soon we answer."""

    is_covered: bool
    is_open: bool
    opens: str
    answered_within: int


@by_link(CHOOSE)
@require_safe
def nurses(request: HttpRequest, held: Holder) -> HttpResponse:
    """Who the nurse is, when somebody is there, what was written, and the call that is promised."""
    line = _line(held)
    patient = held.patient
    if not is_with_nurses(patient):
        context = {"consent": line.consent, "is_allowed": False}
        return here.shown(request, "patient/nurses.html", context, held)
    if request.method == "GET":
        read_messages(patient, is_patient=True, by=held.actor, at=held.at)
    promised = callback_promised(patient)
    context = {
        "is_allowed": True,
        "nurse": nurse_of(patient),
        "hours": _hours(line, held),
        "exchange": list(messages_of(patient))[-MOST_SHOWN:],
        "promised": promised and said_window(promised.begins, promised.ends, held.zone),
        "shown": promised.number if promised else "",
        "said": here.told_once(request, SAID),
        "given": here.told_once(request, GIVEN),
        "is_emailed": bool(email_of(patient)[0]),
        "may_be_event": _may_be_event(held),
    }
    return here.shown(request, "patient/nurses.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, held: Holder) -> HttpResponse:
    """Write to the nurses."""
    _line(held)
    if not is_with_nurses(held.patient):
        return here.refused(request, "patient:nurses")
    form = WordsForm(sent_form(request))
    if form.is_valid():

        def do() -> None:
            write_to_nurses(held.patient, form.cleaned_data["words"], by=held.actor, at=held.at)

        return _done(request, held, do, "written")
    return here.shown(request, "patient/nurses_write.html", {"form": form}, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def call_me(request: HttpRequest, held: Holder) -> HttpResponse:
    """Say when a nurse may call."""
    _line(held)
    if not is_with_nurses(held.patient):
        return here.refused(request, "patient:nurses")
    initial = {"telephone": held.patient.telephone}
    form = CallbackForm(sent_form(request), at=held.at, zone=held.zone, initial=initial)
    if form.is_valid():

        def do() -> None:
            wanted = Wanted(**form.cleaned_data)
            promise_callback(held.patient, wanted, by=held.actor, at=held.at)

        try:
            return _done(request, held, do, "asked")
        except TooLate:
            form.add_error("window", form.fields["window"].error_messages["required"])
    return here.shown(request, "patient/nurses_call.html", {"form": form}, held)


@by_link(CHOOSE)
@require_POST
def no_call(request: HttpRequest, held: Holder) -> HttpResponse:
    """The promised call is not wanted any more; one that may tell of a side effect stays."""
    _line(held)
    promised = callback_promised(held.patient)
    # A call that was promised after the page was opened is not meant by it.
    if promised is not None and promised.number == request.POST.get("shown"):
        try:
            close_callback(promised, Outcome.NOT_WANTED, by=held.actor, at=held.at)
            here.remember(request, SAID, "not-wanted")
        except NotAnswered:
            here.remember(request, SAID, "stays")
    return here.see_other("patient:nurses")


def _done(request: HttpRequest, held: Holder, do: Callable[[], None], said: str) -> HttpResponse:
    """Do it once however often it is sent; somebody who allows it no more is told so there."""

    def act() -> str:
        do()
        return reverse("patient:nurses")

    try:
        once(digest_of_form(request), act, by=held.actor, at=held.at)
        here.remember(request, SAID, said)
    except NotAllowed:
        return here.refused(request, "patient:nurses")
    return here.see_other("patient:nurses")


def _line(held: Holder) -> NurseLine:
    try:
        return line_of(held.program, held.on)[1]
    except NoNurseLine as none:
        raise Http404 from none


def _hours(line: NurseLine, held: Holder) -> Hours:
    answered = how_soon_answered(held.program, line, held.at)
    within = float(line.answer_within_hours)
    if answered.answers >= _ENOUGH and answered.median_hours is not None:
        within = min(within, max(1.0, answered.median_hours))
    opens = opens_next(line.office_hours, held.at, line.time_zone)
    return Hours(
        bool(on_duty_at(held.program, held.at)),
        is_open(line.office_hours, held.at, line.time_zone),
        moment(opens, held.zone) if opens is not None else "",
        round(within),
    )


def _may_be_event(held: Holder) -> bool:
    """Whether something they said waits to be looked at, so that they are told what cannot wait."""
    return events_of(held.patient).filter(answered_at__isnull=True).exists()
