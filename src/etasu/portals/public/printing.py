"""Files made from what a program says: made once for each process, then kept.

The same wording always gives the same bytes, so a browser that has them need not fetch them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from etasu.portals.components.paper.forms import form_pdf
from etasu.portals.components.paper.materials import material_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.programs import library
from etasu.programs.documents import Document
from etasu.safe_use.program import ENGLISH, FormDefinition, Material, ProgramVersion

_MOST_FILES = 500


class PrintedFile(NamedTuple):
    """A file, the tag that tells it from any other, and the day its words were made."""

    content: bytes
    tag: str
    worded_on: date
    name: str


class _Shelf:
    """The files of this process, as long as its library is the same."""

    library: object = None
    files: dict[tuple[str, ...], PrintedFile] = {}


def printed_material(
    of: ProgramVersion, material: Material, document: Document, *, is_present: bool = True
) -> PrintedFile:
    """One wording of a material. One that was replaced says so across every page."""
    code, language = of.program.code, document.language
    day = document.edition.isoformat()
    name = f"{code}-{material.code}-{language}-{day}.pdf"

    def make() -> bytes:
        route = {"program": code, "material": material.code, "language": language}
        there = reverse("public:material", kwargs=route)
        with translation.override(language):
            printing = Printing(address=_absolute(there), watermark=_watermark(is_present))
        return material_pdf(document, of.program, printing)

    key = ("material", code, of.label, material.code, language, str(is_present))
    return _kept(key, name, document.edition, make)


def printed_form(
    of: ProgramVersion, form: FormDefinition, *, is_present: bool = True
) -> PrintedFile:
    """One blank form, in the language it is said in."""
    language = form.said_in
    said = "" if language == ENGLISH else f"-{language}"
    name = f"{of.program.code}-{form.code}{said}-{of.label}.pdf"

    def make() -> bytes:
        with translation.override(language):
            printing = Printing(
                language=language,
                address=_absolute(reverse("sign-in")),
                watermark=_watermark(is_present),
            )
        return form_pdf(form, of, printing=printing)

    key = ("form", of.program.code, of.label, form.code, language, str(is_present))
    return _kept(key, name, of.effective_on, make)


def _kept(
    key: tuple[str, ...], name: str, worded_on: date, make: Callable[[], bytes]
) -> PrintedFile:
    files = _files()
    if key not in files:
        content = make()
        if len(files) >= _MOST_FILES:
            files.clear()
        files[key] = PrintedFile(content, hashlib.sha256(content).hexdigest(), worded_on, name)
    return files[key]


def _files() -> dict[tuple[str, ...], PrintedFile]:
    current = library.current()
    if _Shelf.library is not current:
        _Shelf.library, _Shelf.files = current, {}
    return _Shelf.files


def _absolute(path: str) -> str:
    return f"{settings.ETASU_SITE_URL.rstrip('/')}{path}" if settings.ETASU_SITE_URL else ""


def _watermark(is_present: bool) -> str:
    return "" if is_present else _("Replaced")
