"""A patient takes along what is on record about them: to read, or for another program."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from etasu.portals.components.paper.own_record import own_record_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.language import page_language
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.registry.reactions import own_record_taken
from etasu.registry.reactions.own_record import OwnRecord

# Pages know no wire; the house lends the one that writes for other programs.
_lent: list[Callable[[OwnRecord], bytes]] = []


def lend(bundle_of: Callable[[OwnRecord], bytes]) -> None:
    """Let the pages use what writes a record for other programs."""
    _lent[:] = [bundle_of]


@by_link(CHOOSE)
@require_safe
def own_data(request: HttpRequest, held: Holder) -> HttpResponse:
    """What is in it, and the two files."""
    return here.shown(request, "patient/own_data.html", {}, held)


@by_link(CHOOSE)
@require_safe
def printed(request: HttpRequest, held: Holder) -> HttpResponse:
    """The record as a file to read."""
    printing = Printing(language=page_language(), printed_at=held.at, zone=held.zone)
    made = own_record_pdf(_record(held, "pdf"), printing)
    return _file(made, "application/pdf", "my-record.pdf")


@by_link(CHOOSE)
@require_safe
def bundle(request: HttpRequest, held: Holder) -> HttpResponse:
    """The record as other programs read it."""
    made = _lent[0](_record(held, "fhir"))
    return _file(made, "application/fhir+json", "my-record.json")


def _record(held: Holder, kind: str) -> OwnRecord:
    found = own_record_taken(
        held.patient, held.on, kind=kind, language=page_language(), by=held.actor, at=held.at
    )
    if found is None:
        raise Http404
    return found


def _file(made: bytes, content_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(made, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
