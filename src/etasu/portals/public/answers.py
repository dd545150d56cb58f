"""Answers to what people ask: all of them, one by itself, and a search through everything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import PortalForm
from etasu.portals.components.paper.screen import blocks_html
from etasu.portals.public import keeping
from etasu.portals.public.here import Here, all_here, program_here
from etasu.portals.public.leading import FOR_PATIENTS, Link, answer_of, link_to, links
from etasu.portals.public.speaking import Words
from etasu.portals.public.views import PATIENTS, PROFESSIONALS
from etasu.portals.public.views import answer as page
from etasu.programs.answers import Answer, AnswerKind
from etasu.programs.findable import findable
from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.education.answer_counts import count_missed, count_read
from etasu.registry.education.searching import Found, Hit, search

# In the session: what was searched last. Words can be a name, so no address holds them.
SEARCHED = "answers_searched"
# In the address: show what was searched last, and every answer opened.
_FOUND, _ALL = "found", "all"
_LONGEST_SEARCH = 200


class SearchForm(PortalForm):
    """What somebody wants to know, in their own words."""

    words = forms.CharField(
        label=gettext_lazy("What would you like to know?"),
        max_length=_LONGEST_SEARCH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write a word or a question to search for")},
    )


class Shown(NamedTuple):
    """An answer as a page shows it; `lang` names its language where that is not the page's."""

    answer: Answer
    question: str
    body: SafeString
    lang: str
    url: str
    sources: Sequence[Words]


class Result(NamedTuple):
    """What was found, and where it leads."""

    hit: Hit
    link: Link
    lang: str


def answers(request: HttpRequest, program: str) -> HttpResponse:
    """Every answer for an audience, and what a search found."""
    here = program_here(request, program)
    audience = PATIENTS if request.GET.get("for") == PATIENTS else PROFESSIONALS
    if request.method == "POST":
        form = SearchForm(request.POST)
        if form.is_valid():
            request.session[SEARCHED] = form.cleaned_data["words"]
            return redirect(f"{request.path}?{_query(audience, _FOUND)}")
    else:
        form = SearchForm(initial={"words": _searched(request)})
    context: dict[str, Any] = {
        "form": form,
        "open_all": _ALL in request.GET,
        "beside": f"?{FOR_PATIENTS}" if audience == PATIENTS else "?",
        "all": _query(audience, _ALL),
        **_by_kind(here, audience),
    }
    if _FOUND in request.GET and _searched(request) and not form.is_bound:
        context |= _found(request, here, audience, _searched(request))
    return page(request, here, "answers", audience, context)


def one_answer(request: HttpRequest, program: str, answer: str) -> HttpResponse:
    """One answer by itself, to read, to save, to send, or to print."""
    here, found = here_and_answer(request, program, answer)
    if request.method == "GET":
        count_read(here.code, found.code, here.today)
    context = {
        "shown": shown(here, found),
        "is_saved": found.code in keeping.saved(request, here.code),
        "learn_more": links(here, found.learn_more, found.audience),
        "is_overdue": found.next_review < here.today,
        "said_once": keeping.said_once(request),
        "text_message": f"sms:?&body={quote(short_address(request, here, found), safe='')}",
    }
    return page(request, here, "answer", found.audience, context)


def my_list(request: HttpRequest, program: str) -> HttpResponse:
    """The answers somebody saved, newest first."""
    here = program_here(request, program)
    codes = keeping.saved(request, here.code)
    found = [each for code in codes if (each := answer_of(here, code)) is not None]
    is_for_patients = request.GET.get("for") == PATIENTS
    context = {
        "saved": [shown(here, each) for each in found],
        "is_kept": keeping.keeper(request) is not None,
    }
    return page(request, here, "my_list", PATIENTS if is_for_patients else PROFESSIONALS, context)


def at_work(request: HttpRequest) -> HttpResponse:
    """From a menu: the answers of the program somebody acts in."""
    asker = getattr(request, "asker", None)
    if asker is None:
        return redirect("home")
    return redirect("public:answers", program=asker.program)


def by_short_address(request: HttpRequest, short: str) -> HttpResponse:
    """From a message, whose link tells nothing: to the answer it is about."""
    for here in all_here(request):
        for each in here.answers:
            if short_name(here, each) == short:
                return redirect("public:answer", program=here.code, answer=each.code)
    raise Http404


def short_name(here: Here, answer: Answer) -> str:
    """What a message calls an answer: always the same, and telling nothing."""
    return hashlib.sha256(f"{here.code}/{answer.code}".encode()).hexdigest()[:12]


def short_address(request: HttpRequest, here: Here, answer: Answer) -> str:
    """The whole address a message leads to."""
    return request.build_absolute_uri(
        reverse("public:short-answer", args=[short_name(here, answer)])
    )


def here_and_answer(request: HttpRequest, program: str, code: str) -> tuple[Here, Answer]:
    """The program and its answer of that code, or Http404."""
    here = program_here(request, program)
    found = answer_of(here, code)
    if found is None:
        raise Http404
    return here, found


def shown(here: Here, answer: Answer, first_level: int = 2) -> Shown:
    """An answer in the language of the page."""
    said = answer.said(here.speaker.language)
    return Shown(
        answer,
        said.question,
        blocks_html(said.blocks, said.language, first_level=first_level),
        here.speaker.other(said.language),
        reverse("public:answer", kwargs={"program": here.code, "answer": answer.code}),
        here.speaker.sources(answer.source),
    )


def _by_kind(here: Here, audience: str) -> dict[str, list[Shown]]:
    """The questions, and what is read as a whole: lessons first."""
    mine = sorted(
        (each for each in here.answers if each.audience == audience), key=lambda each: each.order
    )
    return {
        "questions": _shown(here, mine, AnswerKind.QUESTION),
        "to_read": [
            *_shown(here, mine, AnswerKind.LESSON),
            *_shown(here, mine, AnswerKind.COLUMN),
        ],
    }


def _shown(here: Here, answers: Iterable[Answer], kind: AnswerKind) -> list[Shown]:
    return [shown(here, each, first_level=3) for each in answers if each.kind is kind]


def _found(request: HttpRequest, here: Here, audience: str, words: str) -> dict[str, Any]:
    """What a search found. Words of one that found nothing are counted, each by itself."""
    language = here.speaker.language
    texts = findable(here.loaded, here.version, language)
    found = search(here.code, language, audience, words, texts)
    if not found.hits:
        _count_missed(request, here, found)
    other = PROFESSIONALS if audience == PATIENTS else PATIENTS
    return {
        "found": found,
        "mended": ", ".join(f"{typed} → {meant}" for typed, meant in found.mended.items()),
        "results": _results(here, found.hits, audience),
        "elsewhere": f"?{_query(other, _FOUND)}",
    }


def _results(here: Here, hits: Iterable[Hit], audience: str) -> list[Result]:
    pairs = ((hit, link_to(here, hit.place, audience)) for hit in hits)
    return [
        Result(hit, link, here.speaker.other(hit.language))
        for hit, link in pairs
        if link is not None
    ]


def _count_missed(request: HttpRequest, here: Here, found: Found) -> None:
    place = request.META.get("REMOTE_ADDR", "")
    at = request.at  # type: ignore[attr-defined]
    if not seconds_to_wait("search", place, at):
        count_missed(here.code, here.speaker.language, found.words, here.today)


def _searched(request: HttpRequest) -> str:
    return str(request.session.get(SEARCHED, ""))


def _query(audience: str, *more: str) -> str:
    return "&".join([*([FOR_PATIENTS] if audience == PATIENTS else []), *more])
