"""Reading the exact text, signing it, and what the signer keeps of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import sent_form
from etasu.portals.components.paper.records import draft_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.signing_forms import PatientSigningForm
from etasu.portals.language import page_language
from etasu.portals.patient import here
from etasu.portals.patient.agreeing import left_to_say
from etasu.portals.patient.allowing import steps_of
from etasu.portals.patient.here import ASKED, SIGN, Holder, by_link
from etasu.registry.reactions import form_signed_by_link, signature_taken_back
from etasu.registry.submissions.actions import (
    DraftClosed,
    LinkNotUsable,
    NotSignable,
    Refusal,
    ToSign,
)
from etasu.registry.submissions.facts import draft_text, waiting_for
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.forms import stated_by

READ = "read"


@by_link(SIGN)
@require_safe
def read(request: HttpRequest, held: Holder) -> HttpResponse:
    """The whole text, exactly as it will be signed, in the language of the page."""
    if held.has_signed:
        return here.see_other("patient:done")
    if (first := left_to_say(held)) is not None:
        return first
    text = draft_text(held.draft, get_language())
    was = here.remembered(request, READ)
    changed = bool(here.remembered(request, "changed"))
    here.remember(request, "changed", False)
    if was != hash_of(text):
        here.remember(request, READ, hash_of(text))
    context = {
        "form_name": held.form.name,
        "text": text,
        "language": held.form.said_in,
        "changed": changed,
        "before": held.form.offered[-1].code if held.form.offered else "",
        "has_statements": bool(stated_by(held.form, held.link.role)),
        "step": steps_of(held) - 1,
        "steps": steps_of(held),
    }
    return here.shown(request, "patient/read.html", context, held)


@by_link(SIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, held: Holder) -> HttpResponse:
    """The name, and under the text that was read."""
    if held.has_signed:
        return here.see_other("patient:done")
    seen = here.remembered(request, READ)
    if left_to_say(held) is not None or seen is None:
        return here.see_other("patient:read")
    signer = held.signer
    form = PatientSigningForm(signer, sent_form(request))
    if form.is_valid() and form.takes_name(held.draft):
        return _signed(request, held, form, str(seen))
    context = {
        "form": form,
        "form_name": held.form.name,
        "signer": signer,
        "step": steps_of(held),
        "steps": steps_of(held),
    }
    return here.shown(request, "patient/sign.html", context, held)


@by_link(SIGN)
@require_safe
def done(request: HttpRequest, held: Holder) -> HttpResponse:
    """What was signed, the copy, and what happens next."""
    if not held.has_signed:
        return here.see_other("patient:welcome")
    follows = waiting_for(held.draft) if held.draft.is_open else None
    context = {
        "form_name": held.form.name,
        "follows": follows,
        "counts": held.still_counts and held.draft.abandoned_at is None,
        "is_closed": held.draft.abandoned_at is not None,
        "is_enrolled": held.patient is not None and not held.draft.is_open,
        "can_take_back": held.draft.is_open and held.still_counts,
        "can_ask": held.can_ask,
        "was_asked": here.remembered(request, ASKED) == held.number,
        "choices_address": choices_address(request),
        "has_consents": bool(held.form.offered),
        "signature": held.link.signature_set.first(),
    }
    return here.shown(request, "patient/done.html", context, held)


@by_link(SIGN)
@require_safe
def copy(request: HttpRequest, held: Holder) -> HttpResponse:
    """The form as signed so far, as a file to keep."""
    if not held.has_signed:
        return here.see_other("patient:welcome")
    language = page_language()
    made = draft_pdf(
        held.draft,
        Printing(language=language, printed_at=held.at, zone=held.zone),
        about=[(_("See and change what you allow"), choices_address(request))],
    )
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="form-{held.draft.number}.pdf"'
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@by_link(SIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, held: Holder) -> HttpResponse:
    """Take the signature back while the form still waits for the prescriber's."""
    if not (held.has_signed and held.draft.is_open and held.still_counts):
        return here.see_other("patient:start")
    if request.method == "POST":
        try:
            signature_taken_back(held.link, by=held.actor, at=held.at)
        except DraftClosed:
            # The prescriber was quicker: the done page says what can be done now.
            pass
        return here.see_other("patient:done")
    context = {"form_name": held.form.name}
    return here.shown(request, "patient/take_back.html", context, held)


def choices_address(request: HttpRequest) -> str:
    """The address a patient keeps: where the link to their choices is asked for."""
    return request.build_absolute_uri(reverse("patient:choices-ask"))


def _signed(
    request: HttpRequest, held: Holder, form: PatientSigningForm, seen: str
) -> HttpResponse:
    name = form.cleaned_data["full_name"]
    to_sign = ToSign(held.draft.number, held.link.role, seen, name, form.relationship())
    try:
        form_signed_by_link(held.token, to_sign, zone=held.zone, by=held.actor, at=held.at)
    except LinkNotUsable:
        # Sent twice, it is signed already; otherwise the first page says what happened.
        return here.see_other("patient:start")
    except NotSignable as refused:
        if refused.reason is Refusal.CHANGED_SINCE_SHOWN:
            here.remember(request, "changed", True)
            return here.see_other("patient:read")
        if refused.reason is Refusal.NO_NAME:
            form.add_error("full_name", _("Write your full name"))
            context = {"form": form, "form_name": held.form.name, "signer": held.signer}
            context |= {"step": steps_of(held), "steps": steps_of(held)}
            return here.shown(request, "patient/sign.html", context, held)
        return here.see_other("patient:start")
    return here.see_other("patient:done")
