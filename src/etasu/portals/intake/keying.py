"""Keying a document in, with its image beside each page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.form_pages.pages import (
    CHECK,
    lacking,
    page_after,
    pages_of,
    parts,
    section_called,
)
from etasu.portals.components.form_pages.section_form import fixed_answers
from etasu.portals.components.form_pages.sent import PageForm, page_form, seen_revision
from etasu.portals.components.forms import sent_form
from etasu.portals.components.paper.answers import in_words
from etasu.portals.components.records import SummaryRow
from etasu.portals.components.shown_files import shows_document
from etasu.portals.components.words import role_label
from etasu.portals.intake.forms import SignaturesForm
from etasu.portals.intake.here import Desk, my_desk
from etasu.portals.intake.showing import around, url_of
from etasu.portals.requests import PortalRequest
from etasu.registry.submissions import intake
from etasu.registry.submissions.actions import DraftClosed, SaveOutcome, save_answers
from etasu.registry.submissions.intake_facts import DocumentState

_KEYING = (DocumentState.KEYING, DocumentState.RETURNED)


@require_http_methods(["GET", "HEAD", "POST"])
@shows_document
def page(request: PortalRequest, number: str, code: str) -> HttpResponse:
    """One page. Whatever is sent is saved first, and only then looked at."""
    found = _keyed(request, number)
    if code not in pages_of(_definition(found), found.answers, found.known):
        raise Http404
    form = page_form(found, _definition(found), code, sent_form(request))
    revision = found.document.draft.revision
    if request.method == "POST":
        is_sound = form.is_valid()
        outcome = _saved(request, found, form)
        revision = outcome.revision
        if outcome.conflicts:
            messages.warning(
                request, _("Another window saved this page meanwhile. Check it, and save again.")
            )
            return redirect("intake:key", number, code)
        if is_sound or ("later" in request.POST and form.only_missing):
            now = _keyed(request, number)
            return redirect(_after(request, now, code))
    section = section_called(_definition(found), code)
    fixed = fixed_answers(section, found.answers, found.known) if section else []
    context = around(found) | {
        "form": form,
        "section": section,
        "heading": section.title if section else _("What the patient allows"),
        "revision": revision,
        "fixed": [SummaryRow(field.label, in_words(field, said)) for field, said in fixed],
        "steps": _steps(found, code),
    }
    return render(request, "intake/key.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@shows_document
def signatures(request: PortalRequest, number: str) -> HttpResponse:
    """The signatures as they are on the document."""
    found = _keyed(request, number)
    if found.document.channel == "phone":
        raise Http404
    start = {
        f"{role}.{name}": date.fromisoformat(value) if name == "signed_on" else value
        for role, each in found.document.signatures.items()
        for name, value in each.items()
    }
    draft = found.document.draft
    left = set(intake.roles_left(draft))
    signers = [each for each in _definition(found).signers if each.role in left]
    all_needed = not intake.is_printed_here(draft)
    today = found.here.today
    form = SignaturesForm(signers, today, sent_form(request), initial=start, all_needed=all_needed)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        written = {
            signer.role: intake.OnPaper(
                given[f"{signer.role}.printed_name"],
                given[f"{signer.role}.signed_on"],
                given.get(f"{signer.role}.relationship", ""),
            )
            for signer in signers
            if given[f"{signer.role}.signed_on"]
        }
        intake.write_signatures(found.document, written, by=found.here.by, at=request.at)
        return redirect("intake:hand-on", number)
    groups = [(role_label(role), fields) for role, fields in form.groups()]
    context = around(found) | {"form": form, "groups": groups, "steps": _steps(found, CHECK)}
    return render(request, "intake/signatures.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@shows_document
def hand_on(request: PortalRequest, number: str) -> HttpResponse:
    """Everything once more; then on to somebody else, who checks it."""
    found = _keyed(request, number)
    if request.method == "POST":
        try:
            intake.hand_on(found.document, on=found.here.today, by=found.here.by, at=request.at)
        except intake.NotReady:
            return redirect("intake:hand-on", number)
        messages.success(request, _("It waits for somebody else to check it."))
        return redirect("intake:home")

    def url(code: str) -> str:
        return f"{reverse('intake:key', args=[number, code])}?then={CHECK}"

    definition = _definition(found)
    wrong, unsigned = intake.left_to_key(found.document, found.here.today)
    context = around(found) | {
        "parts": parts(definition, found.answers, url, found.known),
        "lacking": lacking(definition, found.answers, found.on, url) if wrong else [],
        "unsigned": [role_label(role) for role in unsigned],
        "signed": _signed_rows(found),
    }
    return render(request, "intake/hand_on.html", context)


def _keyed(request: PortalRequest, number: str) -> Desk:
    found = my_desk(request, number, *_KEYING)
    if found.definition is None:
        raise Http404
    return found


def _definition(found: Desk) -> Any:
    return found.definition


def _saved(request: PortalRequest, found: Desk, form: PageForm) -> SaveOutcome:
    seen = seen_revision(request)
    draft = found.document.draft
    try:
        return save_answers(
            draft, form.given(), seen_revision=seen, by=found.here.by, at=request.at
        )
    except DraftClosed:
        raise Http404 from None


def _after(request: PortalRequest, now: Desk, code: str) -> str:
    if request.GET.get("then") == CHECK:
        return reverse("intake:hand-on", args=[now.document.number])
    return url_of(now, page_after(_definition(now), now.answers, code, now.known))


def _steps(found: Desk, code: str) -> dict[str, int]:
    pages = pages_of(_definition(found), found.answers, found.known)
    signing = 0 if found.document.channel == "phone" else 1
    step = pages.index(code) + 1 if code in pages else len(pages) + 1
    return {"step": step, "steps": len(pages) + signing + 1}


def _signed_rows(found: Desk) -> list[SummaryRow]:
    url = reverse("intake:signatures", args=[found.document.number])
    return [
        SummaryRow(
            role_label(role),
            ", ".join(
                part
                for part in (each.printed_name, each.relationship, each.signed_on.isoformat())
                if part
            ),
            url,
            _("Change"),
        )
        for role, each in intake.signatures_on(found.document).items()
    ]
