"""A file that somebody sent, shown as nothing but what it was found to be, beside a page or alone.

A page that shows one wears `shows_document`; the address of the file itself wears `only_a_file`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from etasu.registry.submissions.intake_files import PDF, TIFF, page_as_png

# A page that shows a document beside it may embed a file of this site, and of no other.
shows_document: Callable[[Any], Any] = csp_update({"object-src": [SELF], "frame-src": [SELF]})
# The file itself may do nothing; a browser's own viewer needs its style and its frame.
only_a_file: Callable[[Any], Any] = csp_replace(
    {
        **dict.fromkeys(
            ("default-src", "script-src", "connect-src", "font-src", "form-action"), [NONE]
        ),
        **dict.fromkeys(("object-src", "img-src", "frame-ancestors"), [SELF]),
        "style-src": ["'unsafe-inline'"],
    }
)
# Why a file is not taken, by the code of the refusal.
UNREADABLE: dict[str, str | Promise] = {
    "empty": _("This file is empty. Choose another."),
    "too-large": _("This file is too large. The largest we take has 10 MB; scan at 200 dpi."),
    "too-many-pages": _("This file has too many pages. Send at most 60 in one."),
    "other-kind": _("This is not a PDF, PNG, JPEG or TIFF file, whatever its name says."),
    "locked": _("This PDF is locked. Print it to a new PDF, or scan the paper."),
    "broken": _("This file is damaged and cannot be opened. Scan or fetch it again."),
}
_SUFFIXES = {PDF: "pdf", "image/png": "png", "image/jpeg": "jpg", TIFF: "tif"}


class ShownFile(NamedTuple):
    """What a page beside a file needs: where the file is, and where each page of a picture is."""

    file_url: str
    is_pdf: bool
    pictures: list[str]


def as_it_came(content: bytes, media_type: str, name: str) -> HttpResponse:
    """The file exactly as it came; `name` is without its ending, and holds no identity."""
    if not content:
        raise Http404
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'inline; filename="{name}.{_SUFFIXES[media_type]}"'
    return answer


def page_of_picture(content: bytes, media_type: str, page: int) -> HttpResponse:
    """One page of a picture, counted from 1, in a form every browser shows."""
    made = page_as_png(content, media_type, page)
    if made is None:
        raise Http404
    return HttpResponse(made, content_type="image/png")
