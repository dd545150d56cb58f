"""The patient's own results, in plain words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from etasu.portals.components.results_in_words import results_in_words
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link


@by_link(CHOOSE)
@require_safe
def results(request: HttpRequest, held: Holder) -> HttpResponse:
    """The newest result of each test, and what it means for the program."""
    found = results_in_words(held.patient, held.on)
    return here.shown(request, "patient/results.html", {"results": found}, held)
