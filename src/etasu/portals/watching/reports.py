"""What patients sent: looked at beside what is typed from it, and taken over or sent back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import ReasonForm, sent_form
from etasu.portals.components.mailing import send_at_once
from etasu.portals.components.sending import actor, sent_before, sent_once
from etasu.portals.components.shown_files import (
    ShownFile,
    as_it_came,
    only_a_file,
    page_of_picture,
    shows_document,
)
from etasu.portals.requests import PortalRequest
from etasu.portals.watching.entering import KEEP, Typing
from etasu.portals.watching.entry_forms import ValuesForm
from etasu.portals.watching.here import about, here
from etasu.portals.watching.presenters import reports_table
from etasu.registry.monitoring import paper_reports as registry
from etasu.registry.monitoring.received import Outcome
from etasu.registry.patients.records import answered_for
from etasu.registry.submissions.intake_files import PDF

page_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def waiting(request: PortalRequest) -> HttpResponse:
    """What patients sent and nobody looked at, oldest first."""
    asker = here(request).asker
    table = reports_table(registry.reports_waiting(asker), asker.time_zone)
    return render(request, "watching/reports.html", {"table": table})


@page_methods
@shows_document
def show(request: PortalRequest, report: str) -> HttpResponse:
    """Type what is on the picture, or send it back."""
    where = here(request)
    found = _found(request, report)
    patient = answered_for(found.patient)
    if not _waits(found):
        return _too_late(request, found)
    start = {"collected_on": found.collected_on, "laboratory": found.laboratory}
    typing = Typing(request, where, patient, start)
    if typing.step == KEEP and typing.is_right:

        def keep(form: ValuesForm) -> Outcome | None:
            said, entered = form.cleaned_data["laboratory"], form.new_results()
            return registry.accept_report(found, said, entered, by=actor(request), at=request.at)

        try:
            return typing.keep_once(keep)
        except registry.Decided:
            return redirect("watching:report", report)
    return typing.shown("watching/report.html", _around(found))


@page_methods
@shows_document
def send_back(request: PortalRequest, report: str) -> HttpResponse:
    """Say why nothing can be typed from it; the patient reads that and can send another."""
    where = here(request)
    found = _found(request, report)
    if not _waits(found):
        return _too_late(request, found)
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        there = reverse("watching:patient", args=[answered_for(found.patient).number])
        done: list[Any] = []

        def do() -> str:
            reason = form.cleaned_data["reason"]
            done.append(registry.send_back(found, reason, by=actor(request), at=request.at))
            return there

        try:
            led_to = sent_once(request, do)
        except registry.Decided:
            return redirect("watching:report", report)
        for each in done:
            _tell_patient(request, each)
        return redirect(led_to)
    context = about(answered_for(found.patient), where.today, form) | _around(found)
    return render(request, "watching/send_back.html", context)


@require_safe
@xframe_options_sameorigin
@only_a_file
def file(request: PortalRequest, report: str) -> HttpResponse:
    """The file exactly as it came."""
    found = _found(request, report)
    return as_it_came(registry.picture_of(found), found.media_type, f"report-{report}")


@require_safe
def picture(request: PortalRequest, report: str, page: int) -> HttpResponse:
    """One page of a picture."""
    found = _found(request, report)
    if found.pages is None:
        raise Http404
    return page_of_picture(registry.picture_of(found), found.media_type, page)


def shown_file(report: Any) -> ShownFile | None:
    """Where the pages of a report's picture are; None for one without."""
    if not report.media_type:
        return None
    number = report.number
    pages = range(1, (report.pages or 0) + 1)
    return ShownFile(
        reverse("watching:report-file", args=[number]),
        report.media_type == PDF,
        [reverse("watching:report-picture", args=[number, each]) for each in pages],
    )


def _found(request: PortalRequest, number: str) -> Any:
    found = registry.report_seen(here(request).asker, number)
    if found is None:
        raise Http404
    return found


def _waits(report: Any) -> bool:
    return bool(report.is_from_patient and report.typed_at is None and report.sent_back_at is None)


def _around(report: Any) -> dict[str, Any]:
    return {"report": report, "paper": shown_file(report)}


def _too_late(request: PortalRequest, report: Any) -> HttpResponse:
    """Where the form led when it was sent before; else what somebody made of it meanwhile."""
    if request.method == "POST":
        with suppress(Http404):
            return sent_before(request)
    today = here(request).today
    context = about(answered_for(report.patient), today, None) | _around(report)
    return render(request, "watching/report_done.html", context)


def _tell_patient(request: PortalRequest, report: Any) -> None:
    """A message that says nothing of what was sent; whoever sent it back learns if it went."""
    patient = answered_for(report.patient)
    is_sent = False
    if patient.email:
        with translation.override(patient.language):
            lines = [
                _("Your prescriber’s office looked at what you sent, and needs another one."),
                _("Open the page and ask for your link. It shows why."),
            ]
            address = request.build_absolute_uri(reverse("patient:choices-ask"))
            subject = _("About what you sent")
            is_sent = send_at_once("sent-back", subject, lines, to=patient.email, link=address)
    if is_sent:
        messages.success(request, _("It is sent back, and the patient has a message."))
    else:
        said = _("It is sent back, but no message could be sent. Call the patient.")
        messages.warning(request, said)
