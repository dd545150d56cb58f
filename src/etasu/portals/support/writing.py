"""Messages to patients: written, and those that need no answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from etasu.portals.components.forms import sent_form
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.portals.support.brief import exchange, numbers_waiting, scripts_for
from etasu.portals.support.calling import answer_first, shown
from etasu.portals.support.forms import AnswerForm
from etasu.portals.support.here import about, here, patient_here
from etasu.registry.accounts.facts import names_of
from etasu.registry.patient_support.line_messages import (
    Settled,
    settle_messages,
    write_to_patient,
)
from etasu.registry.patient_support.nurse_facts import messages_of
from etasu.registry.patient_support.nursing import NotAllowed
from etasu.registry.patient_support.possible_events import NotAnswered
from etasu.safe_use.nurse_line import Moment

MOST_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: PortalRequest, number: str) -> HttpResponse:
    """Write to the patient; it answers whatever they wrote and the page showed."""
    where = here(request)
    found = patient_here(where.asker, number)
    known = list(messages_of(found))[-MOST_SHOWN:]
    form = AnswerForm(sent_form(request), initial={"shown": numbers_waiting(known)})
    if form.is_valid():

        def do() -> str:
            words = form.cleaned_data["words"]
            write_to_patient(found, words, shown(request), by=actor(request), at=request.at)
            return reverse("support:patient", args=[number])

        try:
            there = sent_once(request, do)
        except NotAnswered:
            form.add_error(None, answer_first())
        except NotAllowed as gone:
            raise Http404 from gone
        else:
            messages.success(request, _("Your message waits on the patient’s page."))
            return redirect(there)
    people = names_of({each.sent_by for each in known})
    context = {
        **about(found, where),
        "form": form,
        "exchange": exchange(known, people, {each.number for each in known}),
        "cautions": scripts_for(found, where, (Moment.CAUTION,)),
    }
    return render(request, "support/write.html", context)


@require_POST
def settle(request: PortalRequest, number: str) -> HttpResponse:
    """Note that what the patient wrote needs no answer."""
    where = here(request)
    found = patient_here(where.asker, number)
    try:
        seen = shown(request)
        settle_messages(found, Settled.NEEDS_NONE, seen, by=actor(request), at=request.at)
    except NotAnswered:
        messages.warning(request, answer_first())
    except NotAllowed as gone:
        raise Http404 from gone
    return redirect("support:patient", number)
