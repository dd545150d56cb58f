"""How serious and how expected a case is, as somebody judges it who has read everything told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import sent_form
from etasu.portals.components.sending import sent_once
from etasu.portals.requests import PortalRequest
from etasu.portals.safety.forms import AssessmentForm
from etasu.portals.safety.here import case_here, here
from etasu.registry.safety.actions import Judgment, assess_case
from etasu.registry.safety.facts import CaseAt
from etasu.safe_use.safety import Said, named_in

# How many pieces were read: something told since is not judged unseen.
READ = "read"


@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: PortalRequest, number: str) -> HttpResponse:
    """Everything told, beside the questions that settle it."""
    where = here(request)
    found = case_here(where, number)
    suggested = named_in(found.words, where.version.expected_reactions.values())
    form = AssessmentForm(
        sent_form(request), version=where.version, suggested=suggested, initial=_before(found)
    )
    if form.is_valid() and request.POST.get(READ) != str(len(found.information)):
        form.add_error(None, _("Something was told meanwhile. Read it, and judge again"))
    if form.is_valid():
        judgment = Judgment(
            form.criteria(),
            form.cleaned_data["terms"],
            Said(form.cleaned_data["something_else"]),
            form.cleaned_data["reason"],
        )

        def do() -> str:
            assess_case(found.case, judgment, found.information, by=where.by, at=where.at)
            return reverse("safety:case", args=[number])

        there = sent_once(request, do)
        messages.success(request, _("It is on record, with your name."))
        return redirect(there)
    context = {"form": form, "found": found, "case": found.case, "read": len(found.information)}
    return render(request, "safety/assess.html", context)


def _before(found: CaseAt) -> dict[str, Any]:
    """What was judged last; before that, what those who told of it say, and nothing more."""
    judged = found.assessment
    if judged is None:
        return dict.fromkeys(found.criteria, Said.YES.value)
    criteria = judged.criteria | dict.fromkeys(found.criteria, Said.YES.value)
    return {**criteria, "terms": judged.terms, "something_else": judged.something_else}
