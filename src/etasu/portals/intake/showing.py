"""A document: what it is, what was done with it, and its image, served as nothing but an image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from etasu.portals.components.form_pages.pages import CHECK, first_open_page, parts
from etasu.portals.intake import presenters
from etasu.portals.intake.here import Desk, desk
from etasu.portals.requests import PortalRequest
from etasu.registry.submissions.draft_facts import signatures_of
from etasu.registry.submissions.intake import is_own_work
from etasu.registry.submissions.intake_facts import DocumentState, image_of
from etasu.registry.submissions.intake_files import PDF, TIFF, page_as_png

# A page that shows a document beside it may embed a file of this site, and of no other.
shows_document: Callable[[Any], Any] = csp_update({"object-src": [SELF], "frame-src": [SELF]})
# The file itself may do nothing; a browser's own viewer needs its style and its frame.
_only_a_file: Callable[[Any], Any] = csp_replace(
    {
        **dict.fromkeys(
            ("default-src", "script-src", "connect-src", "font-src", "form-action"), [NONE]
        ),
        **dict.fromkeys(("object-src", "img-src", "frame-ancestors"), [SELF]),
        "style-src": ["'unsafe-inline'"],
    }
)
_SUFFIXES = {PDF: "pdf", "image/png": "png", "image/jpeg": "jpg", TIFF: "tif"}


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
@_only_a_file
def file(request: PortalRequest, number: str) -> HttpResponse:
    """The file exactly as it came, as the kind it was found to be and as nothing else."""
    found = desk(request, number)
    content = image_of(found.document)
    if not content:
        raise Http404
    media_type = found.document.media_type
    answer = HttpResponse(content, content_type=media_type)
    name = f"document-{number}.{_SUFFIXES[media_type]}"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@require_safe
def page(request: PortalRequest, number: str, page: int) -> HttpResponse:
    """One page of a picture, in a form every browser shows."""
    found = desk(request, number)
    if found.document.pages is None:
        raise Http404
    made = page_as_png(image_of(found.document), found.document.media_type, page)
    if made is None:
        raise Http404
    return HttpResponse(made, content_type="image/png")


def around(found: Desk) -> dict[str, Any]:
    """The document as every page of this room shows it beside its own matter."""
    number = found.document.number
    pages = range(1, (found.document.pages or 0) + 1)
    return {
        "found": found,
        "document": found.document,
        "file_url": reverse("intake:file", args=[number]) if found.document.digest else "",
        "is_pdf": found.document.media_type == PDF,
        "pictures": [reverse("intake:picture", args=[number, each]) for each in pages],
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
