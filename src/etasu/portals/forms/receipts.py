"""What was signed: the receipt, and the form as a file to keep."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from etasu.portals.components.form_pages.pages import parts
from etasu.portals.components.paper.forms import form_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.signed import printed_signatures
from etasu.portals.forms.places import open_form
from etasu.portals.requests import PortalRequest
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
        "signatures": printed_signatures(found.draft),
        "signer": found.next_signer if found.draft.is_open else None,
        "parts": parts(found.definition, found.answers, lambda code: ""),
    }
    return render(request, "forms/receipt.html", context)


@require_safe
def pdf(request: PortalRequest, number: str) -> HttpResponse:
    """The form as filled in, with its signatures."""
    found = open_form(request, number)
    made = form_pdf(
        found.definition,
        found.version,
        answers=found.answers,
        signatures=printed_signatures(found.draft),
        number=found.number,
        printing=Printing(
            language=(get_language() or "en")[:2],
            printed_at=request.at,
            zone=request.asker.time_zone,
        ),
    )
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="form-{found.number}.pdf"'
    return answer
