"""Sending the messages of the account pages, at once and never with an address in the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from etasu.portals.account.mails import MAILS
from etasu.portals.components import dates
from etasu.portals.components.mailing import send_at_once
from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.mailed_links import Mailed


class NotSent(Exception):
    """The mail server did not take the message."""


def send(mail: str, to: str, language: str, **facts: Any) -> None:
    """Send one of the messages. Raises NotSent."""
    known = {code for code, _ in settings.LANGUAGES}
    with translation.override(language if language in known else settings.LANGUAGE_CODE):
        said = MAILS[mail]
        site = str(settings.ETASU_SITE_NAME)
        lines = [str(line) % {"site": site, **facts} for line in said.lines]
        link, code = facts.get("link", ""), facts.get("code", "")
        if not send_at_once(mail, str(said.subject), lines, to=to, link=link, code=code):
            raise NotSent


def tell(person: Person, mail: str, **facts: Any) -> None:
    """Tell a person about their own account; what was done stays done if the message fails."""
    try:
        send(mail, person.email, person.language, **facts)
    except NotSent:
        # Logged; the trail has what was done, and the Security page shows it.
        return


def link_to(request: HttpRequest, route: str, mailed: Mailed) -> str:
    """The address a message leads to."""
    return request.build_absolute_uri(reverse(route, args=[mailed.secret]))


def code_in(mailed: Mailed) -> str:
    """A code as a message shows it."""
    return f"{mailed.code[:4]} {mailed.code[4:]}"


def moment_for(person: Person, at: datetime) -> str:
    """A moment as the person reads it."""
    with translation.override(person.language or settings.LANGUAGE_CODE):
        return dates.moment(at, person.time_zone)


def not_sent(request: HttpRequest) -> HttpResponse:
    """The page when the mail server did not take a message."""
    return render(request, "account/not_sent.html", status=503)
