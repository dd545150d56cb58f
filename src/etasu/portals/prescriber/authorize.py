"""Authorizing: one thing on each page, then everything checked, signed and asked."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.confirming import confirm_identity
from etasu.portals.components.people import person_here
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import sent_once
from etasu.portals.components.signing_forms import SigningForm
from etasu.portals.prescriber.asking import (
    CHECK,
    FACILITY,
    SECTION,
    SIGN,
    STATEMENTS,
    Asking,
    next_page,
    open_asking,
    open_holds,
    pages,
)
from etasu.portals.prescriber.check import parts, parts_as_signed
from etasu.portals.prescriber.drafts import drop_draft, keep_draft
from etasu.portals.prescriber.pages import facilities_found, page
from etasu.portals.prescriber.presenters import hold_lines
from etasu.portals.prescriber.signing import to_sign
from etasu.portals.requests import PortalRequest
from etasu.registry.authorizations.facts import decision_by_number
from etasu.registry.authorizations.requests import BadRequest
from etasu.registry.reactions import signed_request

DIGEST = "shown"


class AnswersChanged(Exception):
    """What would be signed is no longer what the signer was shown."""


@require_safe
def start(request: PortalRequest, number: str, gate: str) -> HttpResponse:
    """To the first page still to be filled in; a draft begun before is taken up again."""
    return _go_on(open_asking(request, number, gate))


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: PortalRequest, number: str, gate: str, code: str) -> HttpResponse:
    """One page of the question; once answered, on to the next."""
    asking = open_asking(request, number, gate)
    if code not in pages(asking) or code in (CHECK, SIGN):
        raise Http404
    shown = page(asking, code)
    form = shown.build(asking, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        shown.keep(asking, form)
        asking.draft.done = [*dict.fromkeys([*asking.draft.done, code])]
        keep_draft(request.session, number, gate, asking.draft)
        return _go_on(open_asking(request, number, gate))
    words = request.GET.get("find", "")
    context = _around(asking, code) | {"form": form, "heading": shown.heading, "lead": shown.lead}
    if code == FACILITY:
        context |= {"facilities": facilities_found(asking, words), "words": words}
        context["chosen"] = form["facility"].value()
    elif code == STATEMENTS:
        context["holds"] = hold_lines(open_holds(asking))
    elif code.startswith(SECTION):
        context["meaning"] = _meaning(asking)
    return render(request, "prescriber/authorize_page.html", context)


@require_safe
def check(request: PortalRequest, number: str, gate: str) -> HttpResponse:
    """Every answer once more, each with the way to change it."""
    asking = open_asking(request, number, gate)
    if next_page(asking) != CHECK:
        return _go_on(asking)
    context = _around(asking, CHECK) | {"parts": parts(asking)}
    return render(request, "prescriber/authorize_check.html", context)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: PortalRequest, number: str, gate: str) -> HttpResponse:
    """The signature: name, password, and then the question is asked, once."""
    asking = open_asking(request, number, gate)
    is_sent = request.method == "POST"
    if next_page(asking) != CHECK and not is_sent:
        return _go_on(asking)
    sent = request.POST if is_sent else None
    form = SigningForm(sent, person=person_here(request))
    if is_sent and form.is_valid() and confirm_identity(request, form) is not None:
        try:
            return redirect("prescriber:decision", _ask_once(request, asking, form))
        except AnswersChanged:
            return render(request, "prescriber/authorize_changed.html", _around(asking, SIGN))
        except BadRequest as refused:
            form.add_problems(refused)
    context = _around(asking, SIGN) | {
        "form": form,
        "digest": asking.draft.digest,
        "meaning": _meaning(asking),
        "parts": parts_as_signed(asking),
    }
    return render(request, "prescriber/authorize_sign.html", context)


def _ask_once(request: PortalRequest, asking: Asking, form: SigningForm) -> str:
    """The number of the decision, made by the first sending of this page and given by each."""

    def ask() -> str:
        if request.POST.get(DIGEST) != asking.draft.digest or next_page(asking) != CHECK:
            raise AnswersChanged
        signed = to_sign(asking, form.printed_name)
        given = signed_request(signed, by=asking.asker, at=request.at)
        return given.decision.number

    decided = sent_once(request, ask)
    _forget_when_authorized(request, asking, decided)
    return decided


def _forget_when_authorized(request: PortalRequest, asking: Asking, decided: str) -> None:
    """A refused draft stays, so that what was wrong can be put right without starting again."""
    found = decision_by_number(decided, asking.asker)
    if found is not None and found.decision.outcome == "authorized":
        drop_draft(request.session, asking.patient.number, asking.gate.code)


def _meaning(asking: Asking) -> str:
    signers = asking.form.signers if asking.form else ()
    return next((each.meaning for each in signers if each.role == asking.asker.role), "")


def _go_on(asking: Asking) -> HttpResponse:
    code, place = next_page(asking), (asking.patient.number, asking.gate.code)
    if code == CHECK:
        return redirect("prescriber:authorize-check", *place)
    return redirect("prescriber:authorize-page", *place, code)


def _around(asking: Asking, code: str) -> dict[str, Any]:
    """What every page of the question shows around its own matter."""
    known = pages(asking)
    return {
        "banner": patient_banner(asking.patient, in_full=True, on=asking.today),
        "asking": asking,
        "code": code,
        "step": known.index(code) + 1 if code in known else len(known),
        "steps": len(known),
    }
