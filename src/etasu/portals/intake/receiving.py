"""The queue, and taking things into it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.forms import ReasonForm, sent_form
from etasu.portals.components.sending import sent_once
from etasu.portals.components.shown_files import UNREADABLE
from etasu.portals.intake import presenters
from etasu.portals.intake.forms import CallForm, ReceiveForm
from etasu.portals.intake.here import desk, here
from etasu.portals.requests import PortalRequest
from etasu.registry.patients.duplicates import open_reviews
from etasu.registry.patients.transfers import open_transfers
from etasu.registry.submissions import intake
from etasu.registry.submissions.intake_facts import documents_done, documents_under_way
from etasu.registry.submissions.intake_files import Unreadable

page_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """What waits, oldest first, and what was done lately."""
    where = here(request)
    program = where.asker.program
    context = {
        "where": where,
        "queue": presenters.queue_table(documents_under_way(program), request.at),
        "done": presenters.done_table(documents_done(program), where.asker.time_zone),
        "reviews": open_reviews(program).count(),
        "transfers": open_transfers(program).count(),
    }
    return render(request, "intake/home.html", context)


@page_methods
def receive(request: PortalRequest) -> HttpResponse:
    """A document that came by mail or fax, kept exactly as it is."""
    where = here(request)
    files = request.FILES if request.method == "POST" else None
    start = {"reached_on": where.today}
    form = ReceiveForm(sent_form(request), files, today=where.today, initial=start)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        received = intake.Received(
            where.asker.program, given["channel"], given["reached_on"], given["file"].read()
        )
        number = _taken_in(request, form, received)
        if number:
            return redirect("intake:document", number)
    return render(request, "intake/receive.html", {"form": form})


@page_methods
def call(request: PortalRequest) -> HttpResponse:
    """Somebody called: who, and where to call back."""
    where = here(request)
    form = CallForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        received = intake.Received(where.asker.program, "phone", where.today, **form.cleaned_data)

        def write_down() -> str:
            made = intake.receive_document(received, by=where.by, at=request.at)
            return str(made.number)

        return redirect("intake:document", sent_once(request, write_down))
    return render(request, "intake/call.html", {"form": form})


@require_POST
def claim(request: PortalRequest, number: str) -> HttpResponse:
    """Onto one's own desk; whoever was faster has it."""
    found = desk(request, number)
    try:
        intake.claim_document(found.document, by=found.here.by, at=request.at)
    except (intake.OnAnotherDesk, intake.WrongState):
        messages.warning(request, _("Somebody else has this document now."))
    return redirect("intake:document", number)


@require_POST
def release(request: PortalRequest, number: str) -> HttpResponse:
    """Back into the queue, with everything typed so far."""
    found = desk(request, number)
    intake.release_document(found.document, by=found.here.by, at=request.at)
    return redirect("intake:home")


@page_methods
def put_aside(request: PortalRequest, number: str) -> HttpResponse:
    """Out of the queue with a reason: not a form of this program, or nobody can read it."""
    found = desk(request, number)
    if not found.is_mine:
        raise Http404
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        intake.set_aside(found.document, reason=reason, by=found.here.by, at=request.at)
        return redirect("intake:document", number)
    context: dict[str, Any] = {
        "form": form,
        "found": found,
        "heading": _("Set this document aside"),
        "said": _("It stays on record with your reason, and can be taken up again."),
        "button": _("Set it aside"),
    }
    return render(request, "intake/reason.html", context)


@require_POST
def take_up(request: PortalRequest, number: str) -> HttpResponse:
    """Back into the queue."""
    found = desk(request, number)
    try:
        intake.take_up_again(found.document, by=found.here.by, at=request.at)
    except intake.WrongState:
        messages.info(request, _("It is in the queue already."))
    return redirect("intake:document", number)


def _taken_in(request: PortalRequest, form: ReceiveForm, received: intake.Received) -> str:
    """The number of the document, the one there was if the very same file came in before."""
    try:
        made = intake.receive_document(received, by=here(request).by, at=request.at)
    except Unreadable as refused:
        form.add_error("file", str(UNREADABLE[refused.why]))
        return ""
    except intake.ReceivedAlready as known:
        messages.info(request, _("This very file came in before. This is it."))
        return str(known.document.number)
    return str(made.number)
