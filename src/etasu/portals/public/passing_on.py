"""Sending an answer on by e-mail: a link and the question, and no word of whoever sends it.

Nothing of the message can be written by a visitor, and both the visitor's place and the address
have to wait after a few, so nobody can use it to write to others.
"""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import PortalForm, VisitorEmail, sent_form
from etasu.portals.components.mailing import send_at_once
from etasu.portals.components.sending import digest_of_form
from etasu.portals.language import page_language
from etasu.portals.public import keeping
from etasu.portals.public.answers import here_and_answer, short_address, shown
from etasu.portals.public.here import Here
from etasu.portals.public.views import answer as page
from etasu.programs.answers import Answer
from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.accounts.receipts import once
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor

VISITOR = Actor("visitor", "anonymous")


class SendForm(PortalForm):
    """To whom, and in which language."""

    email = VisitorEmail(
        help_text=gettext_lazy("Your own, or that of somebody who wants to read it."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("In which language?"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a language"),
            "invalid_choice": gettext_lazy("Choose a language"),
        },
    )


class _NotSent(Exception):
    """The mail server did not take the message."""


class _TooMany(Exception):
    """Too many were sent from this place or to this address lately."""


def send(request: HttpRequest, program: str, answer: str) -> HttpResponse:
    """Ask for the address, and send the answer there."""
    here, found = here_and_answer(request, program, answer)
    form = SendForm(sent_form(request), initial={"language": page_language()})
    if form.is_valid() and _went(request, here, found, form):
        response = redirect("public:answer", program=program, answer=answer)
        response.status_code = 303
        return response
    context = {"form": form, "shown": shown(here, found)}
    return page(request, here, "send_answer", found.audience, context)


def _went(request: HttpRequest, here: Here, answer: Answer, form: SendForm) -> bool:
    """Send it once, however often the form is; otherwise the form says what is wrong."""
    at: datetime = request.at  # type: ignore[attr-defined]
    by = keeping.keeper(request) or VISITOR

    def do() -> str:
        _send(request, here, answer, form.cleaned_data["email"], form.cleaned_data["language"])
        subject = ("answer", answer.code)
        audit.record("answer.sent", subject=subject, by=by, at=at, detail={"program": here.code})
        return "sent"

    try:
        once(digest_of_form(request), do, by=by, at=at)
    except _TooMany:
        said = _("Too many messages were sent from here or to this address. Try again later.")
        form.add_error("email", said)
        return False
    except _NotSent:
        form.add_error(None, _("The message could not be sent. Please try again in a while."))
        return False
    said = _("It is sent. If it does not arrive, look in the folder for unwanted mail.")
    keeping.say_once(request, said)
    return True


def _send(request: HttpRequest, here: Here, answer: Answer, to: str, language: str) -> None:
    at: datetime = request.at  # type: ignore[attr-defined]
    place = request.META.get("REMOTE_ADDR", "")
    limits = (("answer-from", place), ("answer-to", to.casefold()), ("answer-all", ""))
    if any(seconds_to_wait(kind, about, at) for kind, about in limits):
        raise _TooMany
    with translation.override(language):
        lines = [
            _("Somebody asked us to send you a page to read. It may have been you."),
            _("We do not keep your address, and we send nothing else to it."),
            _("If you did not expect this, do nothing."),
            _("The page answers: %(question)s") % {"question": answer.said(language).question},
        ]
        link = short_address(request, here, answer)
        if not send_at_once("answer", _("Something to read"), lines, to=to, link=link):
            raise _NotSent
