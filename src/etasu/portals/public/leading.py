"""Where an answer or a search leads: to another answer, a material, a page, or out of the house."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from etasu.portals.public.here import Here
from etasu.portals.public.speaking import Words
from etasu.programs.answers import Answer, Audience
from etasu.programs.documents import wordings_of
from etasu.safe_use.program import ENGLISH

# The pages a program's data can name; test data and this table name the same ones.
PAGES: dict[str, tuple[str, str | Promise]] = {
    "safety": ("public:safety", gettext_lazy("Important safety information")),
    "signs": ("public:signs", gettext_lazy("What to watch for")),
    "patients": ("public:patients", gettext_lazy("How it goes, step by step")),
    "medicine": ("public:medicine", gettext_lazy("The medicine on one page")),
    "enroll": ("public:enroll", gettext_lazy("Steps to enroll")),
    "sites": ("public:sites", gettext_lazy("Find a certified site")),
    "downloads": ("public:downloads", gettext_lazy("Downloads")),
    "reactions": ("public:reactions", gettext_lazy("How often reactions were seen")),
    "trials": ("public:trials", gettext_lazy("The trial and its facts")),
}
# Of these there is a page for each audience, told apart by the rest of the address.
_TWO_OF = frozenset({"sites", "downloads"})
FOR_PATIENTS = "for=patients"


class Link(NamedTuple):
    """Where to go on, and what it is called."""

    words: Words
    url: str


def links(here: Here, places: Iterable[str], audience: str) -> list[Link]:
    """Where these places are, for readers of the audience."""
    return [link for each in places if (link := link_to(here, each, audience)) is not None]


def link_to(here: Here, place: str, audience: str) -> Link | None:
    """Where one place is, in the program's own words; None for one that is not there any more."""
    if place.startswith("https://"):
        return Link(Words(place.removeprefix("https://")), place)
    where, _, anchor = place.partition("#")
    kind, _, name = where.partition("/")
    found = _OF_KIND[kind](here, name, audience)
    return found._replace(url=f"{found.url}#{anchor}") if found and anchor else found


def answer_of(here: Here, code: str) -> Answer | None:
    """The answer of that code in the present version."""
    return next((each for each in here.answers if each.code == code), None)


def _answer(here: Here, code: str, audience: str) -> Link | None:
    answer = answer_of(here, code)
    if answer is None:
        return None
    said = answer.said(here.speaker.language)
    url = reverse("public:answer", kwargs={"program": here.code, "answer": code})
    return Link(Words(said.question, here.speaker.other(said.language)), url)


def _material(here: Here, code: str, audience: str) -> Link | None:
    known = here.version.materials.get(code)
    if known is None:
        return None
    name = here.speaker.name(known.name)
    wordings = wordings_of(here.version, code)
    document = wordings.get(here.speaker.language) or wordings.get(ENGLISH)
    if document is None:
        shelf = reverse("public:downloads", kwargs={"program": here.code})
        return Link(name, f"{shelf}#{code}")
    names = {"program": here.code, "material": code, "language": document.language}
    return Link(name, reverse("public:material", kwargs=names))


def _page(here: Here, name: str, audience: str) -> Link | None:
    if name not in PAGES:
        return None
    route, label = PAGES[name]
    url = reverse(route, kwargs={"program": here.code})
    is_two = name in _TWO_OF and audience == Audience.PATIENTS
    return Link(Words(str(label)), f"{url}?{FOR_PATIENTS}" if is_two else url)


_OF_KIND = {"answer": _answer, "material": _material, "page": _page}
