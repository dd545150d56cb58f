"""A document: what it is, what was done with it, and its image, served as nothing but an image."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from etasu.portals.components.form_pages.pages import CHECK, first_open_page, parts
from etasu.portals.components.shown_files import (
    ShownFile,
    as_it_came,
    only_a_file,
    page_of_picture,
    shows_document,
)
from etasu.portals.intake import presenters
from etasu.portals.intake.here import Desk, desk
from etasu.portals.requests import PortalRequest
from etasu.registry.submissions.draft_facts import signatures_of
from etasu.registry.submissions.intake import is_own_work
from etasu.registry.submissions.intake_facts import DocumentState, image_of
from etasu.registry.submissions.intake_files import PDF


@require_safe
@shows_document
def document(request: PortalRequest, number: str) -> HttpResponse:
    """Where the document stands, what is to be done next, and by whom."""
    found = desk(request, number)
    context = around(found) | {
        "rows": presenters.document_rows(found.document, found.here.asker.time_zone),
        "state": found.state,
        "next": next_page(found),
        "is_own_work": is_own_work(found.document, found.here.by),
        "signatures": signatures_of(found.document.draft) if found.document.draft else [],
    }
    if found.definition is not None and found.document.checked_at is not None:
        context["parts"] = parts(found.definition, found.answers, lambda code: "")
    return render(request, "intake/document.html", context)


@require_safe
@xframe_options_sameorigin
@only_a_file
def file(request: PortalRequest, number: str) -> HttpResponse:
    """The file exactly as it came, as the kind it was found to be and as nothing else."""
    found = desk(request, number)
    return as_it_came(image_of(found.document), found.document.media_type, f"document-{number}")


@require_safe
def page(request: PortalRequest, number: str, page: int) -> HttpResponse:
    """One page of a picture, in a form every browser shows."""
    found = desk(request, number)
    if found.document.pages is None:
        raise Http404
    return page_of_picture(image_of(found.document), found.document.media_type, page)


def around(found: Desk) -> dict[str, Any]:
    """The document as every page of this room shows it beside its own matter."""
    number = found.document.number
    pages = range(1, (found.document.pages or 0) + 1)
    paper = ShownFile(
        reverse("intake:file", args=[number]),
        found.document.media_type == PDF,
        [reverse("intake:picture", args=[number, each]) for each in pages],
    )
    return {
        "found": found,
        "document": found.document,
        "paper": paper if found.document.digest else None,
    }


def next_page(found: Desk) -> str:
    """Where whoever has the document goes on; empty when there is nothing to do."""
    number = found.document.number
    if not found.is_mine:
        return ""
    if found.state is DocumentState.TO_CHECK:
        return reverse("intake:check", args=[number])
    if found.definition is None:
        return reverse("intake:open-form", args=[number])
    code = first_open_page(found.definition, found.answers, found.on, found.known)
    return url_of(found, code)


def url_of(found: Desk, code: str) -> str:
    """The address of one page of keying in."""
    number = found.document.number
    if code != CHECK:
        return reverse("intake:key", args=[number, code])
    if found.document.channel != "phone" and not found.document.signatures:
        return reverse("intake:signatures", args=[number])
    return reverse("intake:hand-on", args=[number])
