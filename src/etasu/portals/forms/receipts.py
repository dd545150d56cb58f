"""What was signed: the receipt, and the form as a file to keep."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from etasu.portals.components.form_pages.pages import parts
from etasu.portals.components.paper.records import draft_pdf, signed_so_far
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.forms.places import FormAt, open_form
from etasu.portals.language import page_language
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import OWN_STANDING
from etasu.registry.participants.facts import certified_at
from etasu.registry.submissions.facts import signatures_of


@require_safe
def receipt(request: PortalRequest, number: str) -> HttpResponse:
    """Who signed when, whether every signature still holds, and what comes next."""
    found = open_form(request, number)
    if found.draft.is_open and not signatures_of(found.draft):
        return redirect("forms:check", number)
    context = {
        "found": found,
        "definition": found.definition,
        "signed": signed_so_far(found.draft),
        "signer": found.next_signer if found.draft.is_open else None,
        "certified": _certified_by(found),
        "parts": parts(found.definition, found.answers, lambda code: ""),
    }
    return render(request, "forms/receipt.html", context)


def _certified_by(found: FormAt) -> Any:
    """The participant this very form made certified, if it is today, for who sees its standing."""
    draft = found.draft
    is_own = draft.subject_kind == "participant" and found.asker.role in OWN_STANDING
    if not is_own or draft.finished_at is None:
        return None
    return certified_at(draft.subject_id, draft.finished_at, found.on)


@require_safe
def pdf(request: PortalRequest, number: str) -> HttpResponse:
    """The form as filled in, with its signatures."""
    found = open_form(request, number)
    printing = Printing(
        language=page_language(),
        printed_at=request.at,
        zone=request.asker.time_zone,
    )
    made = draft_pdf(found.draft, printing)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="form-{found.number}.pdf"'
    return answer
