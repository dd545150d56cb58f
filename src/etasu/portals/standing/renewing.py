"""Renewing: what is on record, whether it still holds, and on to the signature."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from etasu.portals.components.form_pages.pages import parts
from etasu.portals.components.forms import PortalForm
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.requests import PortalRequest
from etasu.portals.standing import presenters
from etasu.portals.standing.framing import framed
from etasu.portals.standing.here import Mine, mine
from etasu.registry.participants.renewal import (
    answers_to_show,
    begin_renewal,
    form_to_renew,
    only_the_form_is_left,
    statements_of,
)
from etasu.registry.submissions.facts import draft_problems
from etasu.safe_use.forms import problems
from etasu.safe_use.program import FormDefinition
from etasu.safe_use.renewal import Renewal


class UnchangedForm(PortalForm):
    """That what is on record still holds."""

    holds = forms.BooleanField(
        label=gettext_lazy("Nothing has changed, and everything above is true today."),
        error_messages={
            "required": gettext_lazy("Tick this, or choose to change what is on record")
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: PortalRequest, number: str) -> HttpResponse:
    """What is on record: still true, or to be changed. Both lead to the same form to sign."""
    own = mine(request, number)
    due = own.due
    if not own.may_renew:
        raise Http404
    definition = form_to_renew(due, own.version) if due and due.is_open else None
    if due is None or definition is None:
        return redirect("standing:mine", number)
    wants_change = request.method == "POST" and "change" in request.POST
    form = UnchangedForm(request.POST if request.method == "POST" and not wants_change else None)
    if wants_change or (request.method == "POST" and form.is_valid()):
        return _go_on(request, own, due, definition, is_unchanged=not wants_change)
    return framed(request, "standing/renew.html", _shown(request, own, due, definition, form))


def _shown(
    request: PortalRequest, own: Mine, due: Renewal, definition: FormDefinition, form: Any
) -> dict[str, Any]:
    person: Any = request.user
    answers = answers_to_show(own.participant, definition, due.why, person, own.today)
    statements = statements_of(definition)
    stated = answers | dict.fromkeys(statements, "yes")
    shown = [
        (part.heading, [row for row in part.rows if row.label not in statements.values()])
        for part in parts(definition, stated, lambda code: "")
    ]
    return {
        "own": own,
        "advice": presenters.advice(own),
        "definition": definition,
        "parts": [(heading, rows) for heading, rows in shown if rows],
        "statements": list(statements.values()),
        "is_complete": not problems(definition, stated, own.today),
        "is_last": only_the_form_is_left(due),
        "form": form,
    }


def _go_on(
    request: PortalRequest,
    own: Mine,
    due: Renewal,
    definition: FormDefinition,
    *,
    is_unchanged: bool,
) -> HttpResponse:
    person: Any = request.user
    by, at = actor(request), request.at

    def begin() -> str:
        draft = begin_renewal(
            own.participant,
            definition,
            due,
            person,
            is_unchanged=is_unchanged,
            on=own.today,
            by=by,
            at=at,
        )
        is_ready = is_unchanged and not draft_problems(draft, own.today)
        return f"{'forms:sign' if is_ready else 'forms:resume'} {draft.number}"

    route, _space, draft_number = sent_once(request, begin).partition(" ")
    if is_unchanged and route == "forms:resume":
        messages.info(request, _("A few answers are still needed before you can sign."))
    return redirect(route, draft_number)
