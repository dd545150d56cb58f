"""The second person: what decides anything is read from the document and typed once more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from etasu.portals.components.confirming import confirm_identity
from etasu.portals.components.forms import ReasonForm, sent_form
from etasu.portals.components.paper.answers import in_words
from etasu.portals.components.people import person_here
from etasu.portals.components.records import SummaryRow
from etasu.portals.components.shown_files import shows_document
from etasu.portals.components.signing_words import refusal_words
from etasu.portals.components.words import role_label
from etasu.portals.intake.forms import CheckForm
from etasu.portals.intake.here import Desk, desk, my_desk
from etasu.portals.intake.showing import around
from etasu.portals.requests import PortalRequest
from etasu.registry.reactions import document_checked
from etasu.registry.submissions import intake
from etasu.registry.submissions.actions import NotSignable, Sitting
from etasu.registry.submissions.intake_facts import DocumentState
from etasu.safe_use.forms import CONSENT, Question, shown_sections

page_methods = require_http_methods(["GET", "HEAD", "POST"])


@sensitive_post_parameters("password", "passkey")
@never_cache
@page_methods
@shows_document
def check(request: PortalRequest, number: str) -> HttpResponse:
    """The document beside what was keyed in, part by part."""
    lying = desk(request, number)
    if lying.state is DocumentState.TO_CHECK and intake.is_own_work(lying.document, lying.here.by):
        said = _("You keyed this in. Somebody else compares it with the document and signs it in.")
        messages.warning(request, said)
        return redirect("intake:document", number)
    found = my_desk(request, number, DocumentState.TO_CHECK)
    if found.definition is None:
        raise Http404
    deciding = _deciding(found)
    signers = list(intake.signatures_on(found.document))
    form = CheckForm(
        deciding,
        signers,
        sent_form(request),
        person=person_here(request),
        names=intake.names_to_compare(found.document),
    )
    if request.method == "POST" and form.is_valid() and _check(request, found, form):
        messages.success(request, _("The document is checked, and what follows from it is done."))
        return redirect("intake:document", number)
    context = around(found) | {
        "form": form,
        "sections": _sections(found, form),
        "signed": _signed(found, form),
    }
    return render(request, "intake/check.html", context)


@page_methods
def send_back(request: PortalRequest, number: str) -> HttpResponse:
    """What was keyed in is wrong: back to the queue, with what to correct."""
    found = my_desk(request, number, DocumentState.TO_CHECK)
    form = ReasonForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        intake.send_back(found.document, reason=reason, by=found.here.by, at=request.at)
        messages.success(request, _("It is back in the queue, with your reason."))
        return redirect("intake:home")
    context: dict[str, Any] = {
        "form": form,
        "found": found,
        "heading": _("Send it back for correction"),
        "said": _("Say what the document says, so that it can be put right at once."),
        "button": _("Send it back"),
    }
    return render(request, "intake/reason.html", context)


def _check(request: PortalRequest, found: Desk, form: CheckForm) -> bool:
    """Whether both readings agree and everything is done; otherwise the form says what is wrong."""
    read = form.read()
    differing = intake.differences(found.document, read)
    if differing:
        _tell_differences(found, form, differing)
        return False
    confirmed = confirm_identity(request, form)
    if confirmed is None:
        return False
    sitting = Sitting(
        "paper",
        found.here.asker.time_zone,
        confirmed_at=confirmed.at,
        names_compared=form.compared(),
    )
    try:
        document_checked(found.document, read, sitting, by=found.here.by, at=request.at)
    except NotSignable as refused:
        form.add_error(None, refusal_words(refused))
        return False
    except (intake.WrongState, intake.OnAnotherDesk):
        return True
    return True


def _tell_differences(found: Desk, form: CheckForm, keys: list[str]) -> None:
    said = _(
        "The first person keyed in “%(value)s”. Read the document again: correct what you typed, "
        "or send it back."
    )
    signed = intake.signatures_on(found.document)
    for key in keys:
        if key in form.fields:
            day = key.removeprefix("signed.")
            value = signed[day].signed_on.isoformat() if key.startswith("signed.") else ""
            form.add_error(key, said % {"value": value or found.answers.get(key, "–")})


def _deciding(found: Desk) -> dict[str, list[Question]]:
    """What is typed once more, by section; sections without such a question are compared too."""
    wanted = {each.key: each for each in intake.deciding(found.document.draft)}
    shown: dict[str, list[Question]] = {}
    for section, asked in shown_sections(found.definition, found.answers):  # type: ignore[arg-type]
        shown[section.code] = [wanted[each.key] for each in asked if each.key in wanted]
    return shown


def _sections(found: Desk, form: CheckForm) -> list[dict[str, Any]]:
    """Each part: what was keyed in and only compared, and the fields to type once more."""
    told = []
    for section, asked in shown_sections(found.definition, found.answers):  # type: ignore[arg-type]
        again = {each.key for each in form.deciding[section.code]}
        rows = [
            SummaryRow(each.field.label, _said(found, each))
            for each in asked
            if each.key not in again and (each.row is None or found.answers.get(each.key))
        ]
        fields = [form[key] for key in form.fields if key in again]
        seen = form[f"seen.{section.code}"]
        told.append({"heading": section.title, "rows": rows, "fields": fields, "seen": seen})
    if told and found.definition is not None and found.definition.offered:
        allowed = {"yes": _("Yes"), "no": _("No")}
        told[-1]["consents"] = [
            SummaryRow(each.name, allowed.get(found.answers.get(CONSENT + each.code, ""), "–"))
            for each in found.definition.offered
        ]
    return told


def _said(found: Desk, question: Question) -> str:
    said = found.answers.get(question.key, "")
    return in_words(question.field, said) if said else _("Not answered")


def _signed(found: Desk, form: CheckForm) -> list[tuple[str, str, list[Any]]]:
    return [
        (
            role_label(role),
            ", ".join(part for part in (each.printed_name, each.relationship) if part),
            [
                form[f"{what}.{role}"]
                for what in ("signed", "name")
                if f"{what}.{role}" in form.fields
            ],
        )
        for role, each in intake.signatures_on(found.document).items()
    ]
