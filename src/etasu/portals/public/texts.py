"""What the site says about itself: accessibility, privacy, security, imprint; read from files.

A site puts its own texts beside or in place of ours with ETASU_SITE_TEXTS.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from etasu.portals.language import page_language
from etasu.portals.public.here import all_here

FOLDER = Path(__file__).resolve().parent / "texts"
TEXTS = ("accessibility", "privacy", "security", "imprint")
ENGLISH = "en"


class SiteText(NamedTuple):
    """One text: its title, what stands under it, and the language it is in."""

    title: str
    body: SafeString
    language: str


def about(request: HttpRequest, text: str) -> HttpResponse:
    """One text of the site."""
    if text not in TEXTS:
        raise Http404
    language = page_language()
    found = site_text(text, language)
    context = {
        "text": found,
        "lang": found.language if found.language != language else "",
        "programs": all_here(request) if text == "imprint" else [],
    }
    return render(request, "public/about.html", context)


def site_text(name: str, language: str) -> SiteText:
    """The text in the language, or in English; the site's own before ours."""
    for folder in (settings.ETASU_SITE_TEXTS, FOLDER):
        for spoken in (language, ENGLISH):
            path = folder / f"{name}.{spoken}.md" if folder else None
            if path is not None and path.is_file():
                return _read(path, path.stat().st_mtime_ns, spoken)
    raise FileNotFoundError(name)


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int, language: str) -> SiteText:
    """The file as HTML. Tags written in it are shown as text: a text has no say over the page."""
    text = path.read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    body = MarkdownIt("commonmark", {"html": False}).render(rest)
    return SiteText(first.lstrip("# ").strip(), mark_safe(body), language)
