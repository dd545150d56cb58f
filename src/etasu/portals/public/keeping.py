"""The list of answers somebody keeps: theirs when we know them, otherwise that of their browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from etasu.portals.components.held_link import patient_here
from etasu.portals.public.here import program_here
from etasu.portals.public.leading import answer_of
from etasu.registry.accounts import access
from etasu.registry.audit.actors import Actor
from etasu.registry.education.saving import (
    MOST_SAVED,
    ListFull,
    remove_answer,
    save_answer,
    saved_answers,
)

# In the session of somebody we do not know, by program.
_SAVED = "saved_answers"
_SAID = "said_of_answer"


def keeper(request: HttpRequest) -> Actor | None:
    """Whose list it is: somebody signed in, or a patient with a link; None for a stranger."""
    if request.user.is_authenticated:
        asker = getattr(request, "asker", None)
        return Actor(request.user.number, asker.role if asker else "person")
    patient = patient_here(request)
    return Actor(patient.number, access.PATIENT) if patient is not None else None


def saved(request: HttpRequest, program: str) -> list[str]:
    """The codes on the list, the newest first."""
    known = keeper(request)
    return saved_answers(program, known.number) if known else _in_browser(request, program)


def keep(request: HttpRequest, program: str, answer: str) -> HttpResponse:
    """Put an answer on the list, or take it off."""
    here = program_here(request, program)
    if answer_of(here, answer) is not None:
        is_wanted = "remove" not in request.POST
        say_once(request, _change(request, here.code, answer, is_wanted=is_wanted))
    response = redirect("public:answer", program=program, answer=answer)
    response.status_code = 303
    return response


def said_once(request: HttpRequest) -> str:
    """What the page before this one has to say, once."""
    return str(request.session.pop(_SAID, ""))


def say_once(request: HttpRequest, words: str) -> None:
    """Have the next page of an answer say it."""
    request.session[_SAID] = words


def _change(request: HttpRequest, program: str, answer: str, *, is_wanted: bool) -> str:
    """Change the list; what is to be said about it."""
    known, at = keeper(request), request.at  # type: ignore[attr-defined]
    try:
        if known is None:
            _change_in_browser(request, program, answer, is_wanted=is_wanted)
        elif is_wanted:
            save_answer(program, known.number, answer, by=known, at=at)
        else:
            remove_answer(program, known.number, answer, by=known, at=at)
    except ListFull:
        return _("Your list is full. Take an answer off it first.")
    return _("It is on your list.") if is_wanted else _("It is off your list.")


def _change_in_browser(request: HttpRequest, program: str, answer: str, *, is_wanted: bool) -> None:
    before = [each for each in _in_browser(request, program) if each != answer]
    if is_wanted and len(before) >= MOST_SAVED:
        raise ListFull
    lists = request.session.get(_SAVED, {})
    request.session[_SAVED] = {**lists, program: [answer, *before] if is_wanted else before}


def _in_browser(request: HttpRequest, program: str) -> list[str]:
    return list(request.session.get(_SAVED, {}).get(program, []))
