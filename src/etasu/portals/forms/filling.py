"""Filling a form in: one section a page, saved with every page, everything checked at the end."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.form_pages.pages import (
    CHECK,
    CONSENTS,
    first_open_page,
    lacking,
    page_after,
    pages_of,
    parts,
    section_called,
)
from etasu.portals.components.form_pages.section_form import fixed_answers
from etasu.portals.components.form_pages.sent import PageForm, page_form, seen_revision
from etasu.portals.components.paper.answers import in_words
from etasu.portals.components.records import SummaryRow
from etasu.portals.components.sending import actor
from etasu.portals.components.sent_links import lacks_answers, sent_links
from etasu.portals.forms.handing_over import may_hand_over
from etasu.portals.forms.places import FormAt, open_form
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import PATIENT
from etasu.registry.accounts.facts import names_of
from etasu.registry.submissions import actions
from etasu.registry.submissions.actions import DraftClosed, SaveOutcome
from etasu.registry.submissions.facts import signatures_of
from etasu.safe_use.forms import CONSENT


@require_safe
def resume(request: PortalRequest, number: str) -> HttpResponse:
    """To the first page with something to do, or to what was signed."""
    found = open_form(request, number)
    if not found.draft.is_open:
        return redirect("forms:receipt", number)
    return redirect(
        found.url(first_open_page(found.definition, found.answers, found.on, found.known))
    )


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PortalRequest, number: str, code: str) -> HttpResponse:
    """One page. Whatever is sent is saved first, and only then looked at."""
    found = open_form(request, number)
    if not found.draft.is_open:
        return redirect("forms:receipt", number)
    if code not in pages_of(found.definition, found.answers, found.known):
        raise Http404
    if signatures_of(found.draft):
        return render(request, "forms/signed_already.html", _around(found, code))
    if request.method != "POST":
        return _shown(request, found, code, page_form(found, found.definition, code, None))
    form = page_form(found, found.definition, code, request.POST)
    is_sound = form.is_valid()
    outcome = _saved(request, found, form)
    if outcome is None:
        return redirect("forms:receipt", number)
    if outcome.conflicts:
        return _shown_with_conflicts(request, found, code, outcome)
    if is_sound or ("later" in request.POST and form.only_missing):
        now = open_form(request, number)
        back = request.GET.get("then") == CHECK
        follows = CHECK if back else page_after(now.definition, now.answers, code, now.known)
        return redirect(now.url(follows))
    return _shown(request, found, code, form, outcome.revision)


@require_safe
def check(request: PortalRequest, number: str) -> HttpResponse:
    """Every answer once more, each with the way to change it, and what is still missing."""
    found = open_form(request, number)
    if not found.draft.is_open:
        return redirect("forms:receipt", number)

    def url(code: str) -> str:
        return f"{found.url(code)}?then={CHECK}"

    wrong = lacking(found.definition, found.answers, found.on, url)
    is_patients = found.next_signer is not None and found.next_signer.role == PATIENT
    context = _around(found, CHECK) | {
        "parts": parts(found.definition, found.answers, url, found.known),
        "lacking": wrong,
        # What the patient allows is asked of the patient, by the link.
        "only_consents": bool(wrong) and is_patients and not lacks_answers(found.draft, found.on),
        "allowing_url": url(CONSENTS),
        "declined": [
            each.name
            for each in found.definition.offered
            if each.needed and found.answers.get(f"{CONSENT}{each.code}") == "no"
        ],
        "links": sent_links(found.draft, request.at),
        "signer": found.next_signer,
        "may_sign": found.may_sign,
        "may_hand_over": may_hand_over(found),
        "signatures": signatures_of(found.draft),
    }
    return render(request, "forms/check.html", context)


@require_POST
def reopen(request: PortalRequest, number: str) -> HttpResponse:
    """Take the signatures off, so that answers can change."""
    found = open_form(request, number)
    try:
        actions.reopen_draft(
            found.draft, reason="changed by whoever fills it in", by=actor(request), at=request.at
        )
    except DraftClosed:
        return redirect("forms:receipt", number)
    return redirect("forms:check", number)


@require_POST
def move(request: PortalRequest, number: str) -> HttpResponse:
    """Into the edition of the form that is used today."""
    found = open_form(request, number)
    try:
        actions.move_draft(found.draft, on=found.on, by=actor(request), at=request.at)
    except DraftClosed:
        return redirect("forms:receipt", number)
    return redirect("forms:resume", number)


def _saved(request: PortalRequest, found: FormAt, form: PageForm) -> SaveOutcome | None:
    """What became of the answers; None when somebody closed the draft meanwhile."""
    seen = seen_revision(request)
    try:
        return actions.save_answers(
            found.draft, form.given(), seen_revision=seen, by=actor(request), at=request.at
        )
    except DraftClosed:
        return None


def _shown(
    request: PortalRequest,
    found: FormAt,
    code: str,
    form: PageForm,
    revision: int | None = None,
) -> HttpResponse:
    section = section_called(found.definition, code)
    fixed = fixed_answers(section, found.answers, found.known) if section else []
    context = _around(found, code) | {
        "form": form,
        "heading": section.title if section else _("What you allow"),
        "revision": found.draft.revision if revision is None else revision,
        "fixed": [SummaryRow(field.label, in_words(field, said)) for field, said in fixed],
        "is_sent": request.method == "POST",
    }
    name = "forms/page.html" if section else "forms/consents.html"
    return render(request, name, context)


def _shown_with_conflicts(
    request: PortalRequest, found: FormAt, code: str, outcome: SaveOutcome
) -> HttpResponse:
    """Both answers of each question that two people answered differently; the page holds theirs."""
    now = open_form(request, found.number)
    names = names_of({each.by for each in outcome.conflicts})
    asked = {field.code: field for each in found.definition.sections for field in each.fields}
    lines = []
    for each in outcome.conflicts:
        field = asked.get(each.field.partition(".")[0])
        words = (lambda said, f=field: in_words(f, said)) if field else (lambda said: said)
        lines.append(
            {
                "label": field.label if field else each.field,
                "theirs": words(each.theirs) if each.theirs else _("Not answered"),
                "yours": words(each.yours) if each.yours else _("Not answered"),
                "by": names.get(each.by, _("somebody else")),
            }
        )
    section = section_called(now.definition, code)
    context = _around(now, code) | {
        "form": page_form(now, now.definition, code, None),
        "heading": section.title if section else _("What you allow"),
        "revision": now.draft.revision,
        "conflicts": lines,
        "is_sent": True,
    }
    return render(request, "forms/page.html" if section else "forms/consents.html", context)


def _around(found: FormAt, code: str) -> dict[str, Any]:
    """What every page of the form shows around its own matter."""
    known = pages_of(found.definition, found.answers, found.known)
    return {
        "found": found,
        "draft": found.draft,
        "definition": found.definition,
        "code": code,
        "step": known.index(code) + 1 if code in known else len(known) + 1,
        "steps": len(known) + 1,
        "is_current": found.is_current,
    }
