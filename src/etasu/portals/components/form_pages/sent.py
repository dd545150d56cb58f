"""A page of a form as it was sent: the form that reads it, and the state it was shown in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from django.http import Http404, HttpRequest

from etasu.portals.components.form_pages.pages import CONSENTS, section_called
from etasu.portals.components.form_pages.section_form import ConsentsForm, SectionForm
from etasu.safe_use.program import FormDefinition

# The revision of the draft that the page showed, in a hidden field of every page.
SEEN = "seen_revision"
PageForm = SectionForm | ConsentsForm


class Filled(Protocol):
    """A draft somebody fills in, wherever it lies: the answers so far, and which are known."""

    @property
    def answers(self) -> Mapping[str, str]:
        """The answers so far, by key."""

    @property
    def known(self) -> frozenset[str]:
        """The keys the platform answered itself."""

    @property
    def on(self) -> date:
        """The day the answers are judged by."""


def page_form(found: Filled, definition: FormDefinition, code: str, data: Any) -> PageForm:
    """The questions of one page of the form; a page it does not have is not found."""
    if code == CONSENTS:
        return ConsentsForm(definition, found.answers, data)
    section = section_called(definition, code)
    if section is None:
        raise Http404
    return SectionForm(definition, section, found.answers, found.on, data, found.known)


def seen_revision(request: HttpRequest) -> int:
    """The revision of the draft whoever sent the page had before them; 0 when it is not said."""
    seen = request.POST.get(SEEN, "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0
