"""Asking more about a case, and keeping what is answered or told besides."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import sent_form
from etasu.portals.components.sending import sent_once
from etasu.portals.components.side_effects import as_text
from etasu.portals.requests import PortalRequest
from etasu.portals.safety.forms import InformationForm, QuestionForm
from etasu.portals.safety.here import Here, case_here, here
from etasu.registry.safety.actions import (
    Statement,
    add_information,
    answer_follow_up,
    ask_follow_up,
)
from etasu.safe_use.safety_plan import Criterion


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PortalRequest, number: str) -> HttpResponse:
    """Keep a question, so that the case waits for its answer."""
    where = here(request)
    found = case_here(where, number)
    form = QuestionForm(sent_form(request))
    if form.is_valid():
        said = form.cleaned_data

        def do() -> None:
            asked_of = said["asked_of"]
            ask_follow_up(found.case, said["text"], asked_of=asked_of, by=where.by, at=where.at)

        return _done(request, number, do)
    heading = _("Ask more about it")
    return _page(request, form, heading, number)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: PortalRequest, number: str, question: str) -> HttpResponse:
    """Keep the answer to a question."""
    where = here(request)
    found = case_here(where, number)
    asked = next((each for each in found.questions if each.number == question), None)
    if asked is None:
        raise Http404
    form = InformationForm(sent_form(request), on=where.today, initial={"told_by": asked.asked_of})
    if form.is_valid():

        def do() -> None:
            answer_follow_up(asked, _statement(form), by=where.by, at=where.at)

        return _done(request, number, do)
    return _page(request, form, _("Keep the answer"), number, lead=asked.text)


@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: PortalRequest, number: str) -> HttpResponse:
    """Keep what else somebody told of it."""
    where: Here = here(request)
    found = case_here(where, number)
    form = InformationForm(sent_form(request), on=where.today)
    if form.is_valid():

        def do() -> None:
            add_information(found.case, _statement(form), by=where.by, at=where.at)

        return _done(request, number, do)
    return _page(request, form, _("Add what else was told"), number)


def _statement(form: InformationForm) -> Statement:
    said = form.cleaned_data
    return Statement(
        said["words"],
        said["told_by"],
        as_text(form.details()),
        tuple(Criterion(each) for each in said["criteria"]),
        received_on=said["received_on"],
    )


def _done(request: PortalRequest, number: str, do: Callable[[], None]) -> HttpResponse:
    def keep() -> str:
        do()
        return reverse("safety:case", args=[number])

    there = sent_once(request, keep)
    messages.success(request, _("It is on record, with your name."))
    return redirect(there)


def _page(
    request: PortalRequest,
    form: QuestionForm | InformationForm,
    heading: str,
    number: str,
    lead: str = "",
) -> HttpResponse:
    context = {"form": form, "heading": heading, "lead": lead, "number": number}
    return render(request, "safety/one_form.html", context)
