"""Signing: the exact text, the name, who you are once more, and then the signature."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.confirming import confirm_identity
from etasu.portals.components.paper.records import signed_so_far
from etasu.portals.components.people import person_here
from etasu.portals.components.sending import actor
from etasu.portals.components.sent_links import link_note
from etasu.portals.components.signing_forms import SigningForm
from etasu.portals.components.signing_words import refusal_words
from etasu.portals.forms.places import FormAt, drafts_at_hand, open_form
from etasu.portals.requests import PortalRequest
from etasu.registry.reactions import forms_signed
from etasu.registry.submissions.actions import NotSignable, Sitting, ToSign
from etasu.registry.submissions.facts import draft_problems
from etasu.safe_use.form_text import hash_of

MOST_TOGETHER = 10


class TogetherForm(SigningForm):
    """Several forms signed in one sitting; each is ticked by itself."""

    drafts = forms.MultipleChoiceField(
        label=gettext_lazy("Forms to sign"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick each form you have read and sign")},
    )

    def __init__(self, *args: Any, numbers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["drafts"].choices = [(each, each) for each in numbers]  # type: ignore[attr-defined]


@sensitive_post_parameters("password", "passkey")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: PortalRequest, number: str) -> HttpResponse:
    """The text in full, and the signature under it."""
    found = open_form(request, number)
    if not found.draft.is_open and found.definition.signers:
        return redirect("forms:receipt", number)
    if not found.may_sign:
        raise Http404
    if draft_problems(found.draft, found.on) or not found.is_current:
        return redirect("forms:check", number)
    is_sent = request.method == "POST"
    form = SigningForm(
        request.POST if is_sent else None,
        person=person_here(request),
    )
    text = found.text
    if (
        is_sent
        and form.is_valid()
        and _sign(request, form, [(found, request.POST.get("shown", ""))])
    ):
        return redirect("forms:receipt", number)
    signer = found.next_signer
    context = {
        "found": found,
        "definition": found.definition,
        "form": form,
        "text": text,
        "hash": hash_of(text),
        "meaning": signer.meaning if signer else "",
        "before": signed_so_far(found.draft).signatures,
    }
    return render(request, "forms/sign.html", context)


@require_safe
def waiting(request: PortalRequest) -> HttpResponse:
    """The forms begun and not finished: those waiting for this person's signature first."""
    found = drafts_at_hand(request)
    ready = [each for each in found if _is_ready(each)]
    context = {
        "ready": ready,
        "others": [
            (each, link_note(each.draft, request.at, request.asker.time_zone))
            for each in found
            if each not in ready
        ],
        "most": MOST_TOGETHER,
    }
    return render(request, "forms/waiting.html", context)


@sensitive_post_parameters("password", "passkey")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def together(request: PortalRequest) -> HttpResponse:
    """Up to ten forms in one sitting, each shown in full and ticked by itself."""
    ready = [each for each in drafts_at_hand(request) if _is_ready(each)][:MOST_TOGETHER]
    is_sent = request.method == "POST"
    if not ready and not is_sent:
        return redirect("forms:waiting")
    form = TogetherForm(
        request.POST if is_sent else None,
        person=person_here(request),
        numbers=[each.number for each in ready],
    )
    if is_sent and form.is_valid():
        chosen = set(form.cleaned_data["drafts"])
        shown = [
            (each, request.POST.get(f"shown.{each.number}", ""))
            for each in ready
            if each.number in chosen
        ]
        if _sign(request, form, shown):
            return redirect("forms:waiting")
    texts = [(each, each.text) for each in ready]
    ticked = set(request.POST.getlist("drafts")) if is_sent else set()
    context = {
        "form": form,
        "sheets": [
            {
                "found": each,
                "text": text,
                "hash": hash_of(text),
                "meaning": each.next_signer.meaning if each.next_signer else "",
                "before": signed_so_far(each.draft).signatures,
                "is_ticked": each.number in ticked,
            }
            for each, text in texts
        ],
    }
    return render(request, "forms/together.html", context)


def _is_ready(found: FormAt) -> bool:
    return found.may_sign and found.is_current and not draft_problems(found.draft, found.on)


def _sign(request: PortalRequest, form: SigningForm, shown: list[tuple[FormAt, str]]) -> bool:
    """Whether every form is signed; otherwise none is, and the form says why."""
    confirmed = confirm_identity(request, form)
    if confirmed is None:
        return False
    name = form.printed_name
    to_sign = [ToSign(each.number, each.asker.role, seen, name) for each, seen in shown]
    owners = {each.draft.owner_id for each, _seen in shown}
    sitting = Sitting(
        method="passkey" if confirmed.how == "passkey" else "password",
        zone=request.asker.time_zone,
        confirmed_at=confirmed.at,
        participant_id=owners.pop() if len(owners) == 1 else request.asker.participant_id,
    )
    try:
        forms_signed(to_sign, sitting, by=actor(request), at=request.at)
    except NotSignable as refused:
        form.add_error(None, refusal_words(refused))
        return False
    return True
