"""Materials to read on the screen or to print, and blank forms, with every earlier wording."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import condition

from etasu.portals.components.paper.screen import document_html
from etasu.portals.public import shelf
from etasu.portals.public.here import program_here
from etasu.portals.public.printing import PrintedFile, printed_form, printed_material
from etasu.portals.public.views import PATIENTS, PROFESSIONALS, answer
from etasu.safe_use.program import ENGLISH

# An hour in any cache on the way; after that the tag tells whether something changed.
_KEEP = "public, max-age=3600"


def downloads(request: HttpRequest, program: str) -> HttpResponse:
    """Everything there is to read, for the audience that asks."""
    here = program_here(request, program)
    is_for_patients = request.GET.get("for") == PATIENTS
    items = shelf.materials(here, is_for_patients=is_for_patients)
    context = {
        "made_here": [each for each in items if each.wordings],
        "elsewhere": [each for each in items if not each.wordings],
        "forms": [] if is_for_patients else shelf.blank_forms(here),
        "earlier_forms": [] if is_for_patients else shelf.earlier_forms(here),
    }
    audience = PATIENTS if is_for_patients else PROFESSIONALS
    return answer(request, here, "downloads", audience, context)


def material(
    request: HttpRequest, program: str, material: str, language: str, version: str = ""
) -> HttpResponse:
    """One material as a page, in the wording of the version; of the present one without a name."""
    here = program_here(request, program)
    of = shelf.version_of(here, version)
    document = shelf.document_of(of, material, language)
    known = of.materials[material]
    context = {
        "document": document,
        "text": document_html(document),
        "wordings": list(shelf.wordings(here, of, material)),
        "earlier": shelf.earlier_wordings(here, material) if of is here.version else [],
        "newest": shelf.addresses(here, here.version, material, language)[0],
        "is_replaced": of is not here.version,
    }
    audience = PATIENTS if known.audience == shelf.PATIENT else PROFESSIONALS
    return answer(request, here, "material", audience, context)


def _material_file(
    request: HttpRequest, program: str, material: str, language: str, version: str = ""
) -> PrintedFile:
    here = program_here(request, program)
    of = shelf.version_of(here, version)
    document = shelf.document_of(of, material, language)
    known = of.materials[material]
    return printed_material(of, known, document, is_present=of is here.version)


def _form_file(
    request: HttpRequest, program: str, form: str, version: str = "", language: str = ENGLISH
) -> PrintedFile:
    here = program_here(request, program)
    of = shelf.version_of(here, version)
    found = of.forms[form].in_language(language) if form in of.forms else None
    if found is None or found.said_in != language:
        raise Http404
    return printed_form(of, found, is_present=of is here.version)


@condition(
    etag_func=lambda request, **names: f'"{_material_file(request, **names).tag}"',
    last_modified_func=lambda request, **names: _moment(_material_file(request, **names)),
)
def material_file(request: HttpRequest, **names: str) -> HttpResponse:
    """One material as a file to print."""
    return _sent(_material_file(request, **names))


@condition(
    etag_func=lambda request, **names: f'"{_form_file(request, **names).tag}"',
    last_modified_func=lambda request, **names: _moment(_form_file(request, **names)),
)
def form_file(request: HttpRequest, **names: str) -> HttpResponse:
    """One blank form as a file to print."""
    return _sent(_form_file(request, **names))


def _moment(file: PrintedFile) -> datetime:
    return datetime.combine(file.worded_on, time(), UTC)


def _sent(file: PrintedFile) -> HttpResponse:
    response = HttpResponse(file.content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{file.name}"'
    response["Cache-Control"] = _KEEP
    return response
