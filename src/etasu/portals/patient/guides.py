"""The card to show, the guides to read, and what the days of an infusion are like."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from etasu.portals.components.qr_code import qr_svg
from etasu.portals.language import page_language
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.programs import library
from etasu.programs.document_files import Document
from etasu.safe_use.program import ENGLISH

PATIENT = "patient"


class Guide(NamedTuple):
    """Something to read or to carry: its page, its file, and for a card the code to show."""

    title: str
    language: str
    page: str
    file: str
    code: SafeString | None


@by_link(CHOOSE)
@require_safe
def guides(request: HttpRequest, held: Holder) -> HttpResponse:
    """The card first, as a code that anybody's telephone can read, then the guides."""
    loaded = library.current().programs[held.program]
    version = loaded.effective(held.on)
    if version is None:
        raise Http404
    found = [
        _guide(held.program, code, document)
        for code, material in version.materials.items()
        if material.audience == PATIENT
        for document in [_in_language(loaded.documents[version.label], material.document)]
        if document is not None
    ]
    context = {
        "cards": [each for each in found if each.code],
        "guides": [each for each in found if not each.code],
        "day": version.infusion_day,
    }
    return here.shown(request, "patient/guides.html", context, held)


def _in_language(documents: tuple[Document, ...], code: str | None) -> Document | None:
    """The document in the language of the page, or in English."""
    known = {each.language: each for each in documents if each.code == code}
    return known.get(page_language(), known.get(ENGLISH))


def _guide(program: str, material: str, document: Document) -> Guide:
    where = [program, material, document.language]
    page = reverse("public:material", args=where)
    return Guide(
        document.title,
        document.language,
        page,
        reverse("public:material-file", args=where),
        qr_svg(f"{settings.ETASU_SITE_URL}{page}") if document.is_card else None,
    )
