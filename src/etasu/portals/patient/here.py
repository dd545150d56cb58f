"""Who holds a link, and how far they have come: kept in the session, the token never in a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control

from etasu.portals.components.account import help_lines
from etasu.portals.components.dates import local_day
from etasu.portals.components.held_link import HELD, held_in, is_proved, token_in
from etasu.portals.components.sent_links import lacks_answers
from etasu.portals.components.typed_words import words_shown_back
from etasu.registry.accounts.keeping_secrets import encrypted
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.facts import zone_of
from etasu.registry.patients.facts import patient_of_subject
from etasu.registry.patients.proving import birth_date_of
from etasu.registry.submissions.actions import holder_of
from etasu.registry.submissions.facts import (
    answers_of,
    consent_link_of,
    definition_of,
    is_of_version_in_force,
    link_state,
    may_fetch_copy,
    signatures_of,
    signing_link_of,
    waiting_for,
)
from etasu.safe_use.program import FormDefinition, ProgramVersion, Signer

SIGN, CHOOSE = "signing-link", "consent-link"
ASKED = "asked"
# That something was allowed a moment ago.
GIVEN = "given"
# Behind the address of a link that leads to the reminders, and in the session from then on.
TO_REMINDERS = "r"
# There is nothing left to sign, or the link still does what it is for.
_NOTHING_TO_ASK = frozenset({"", "used", "signed-elsewhere", "closed"})

View = Callable[..., HttpResponse]
# Nobody keeps what is shown; and no answer carries a time that could tell it from another.
not_kept = cache_control(no_store=True, private=True)


class Holder(NamedTuple):
    """Whoever holds a link. `draft` is that of a signing link."""

    kind: str
    token: str
    link: Any
    patient: Any
    at: datetime

    @property
    def number(self) -> str:
        """The link's number."""
        return str(self.link.number)

    @property
    def program(self) -> str:
        """The program it belongs to."""
        return str(self.draft.program if self.kind == SIGN else self.link.program)

    @property
    def draft(self) -> Any:
        """The draft a signing link is for."""
        return self.link.draft

    @property
    def actor(self) -> Actor:
        """The holder, as who does what is done by the link."""
        if self.kind == SIGN:
            return holder_of(self.link)
        return Actor(f"consent link {self.number}", "patient")

    @property
    def zone(self) -> str:
        """The time zone the patient's days are counted in."""
        if self.patient is not None:
            return str(self.patient.time_zone)
        return zone_of(self.draft.owner_id)

    @property
    def on(self) -> date:
        """The day it is there."""
        return local_day(self.at, self.zone)

    @property
    def birth_date(self) -> date | None:
        """The birth date that proves who holds the link."""
        if self.kind == SIGN:
            return birth_date_of(self.draft)
        return self.patient.birth_date if self.patient is not None else None

    @property
    def has_signed(self) -> bool:
        """Whether the holder signed by this very link, and can still fetch the copy."""
        return self.kind == SIGN and may_fetch_copy(self.link, self.at)

    @property
    def still_counts(self) -> bool:
        """Whether what was signed by the link counts still."""
        return self.link.pk in {each.link_id for each in signatures_of(self.draft)}

    @property
    def form(self) -> FormDefinition:
        """The form, in the language of the page where there is one in it."""
        return definition_of(self.draft)[1].in_language(get_language())

    @property
    def version(self) -> ProgramVersion:
        """The program version the form is of."""
        return definition_of(self.draft)[0]

    @property
    def signer(self) -> Signer:
        """Whose signature the link is for, in the language of the page."""
        return next(each for each in self.form.signers if each.role == self.link.role)

    @property
    def answers(self) -> dict[str, str]:
        """The answers of the draft."""
        return answers_of(self.draft)

    @property
    def can_ask(self) -> bool:
        """Whether a new link would be of use."""
        if self.kind != SIGN:
            return False
        if self.has_signed:
            return bool(self.draft.is_open) and not self.still_counts
        return self.trouble() not in _NOTHING_TO_ASK

    def trouble(self) -> str:
        """Why nothing can be done by the link now, as a code; empty when something can."""
        if self.kind == CHOOSE:
            return "" if self.at < self.link.valid_until and self.patient else "choices-expired"
        if self.has_signed:
            return ""
        if not self.draft.is_open and self.link.used_at is None:
            return "closed" if self.draft.finished_at is None else "signed-elsewhere"
        state = link_state(self.link, self.at)
        if state is not None:
            return str(state.value)
        wanted = waiting_for(self.draft)
        if wanted is None or wanted.role != self.link.role:
            return "signed-elsewhere"
        if not is_of_version_in_force(self.draft, self.on):
            return "old-edition"
        return "being-changed" if lacks_answers(self.draft, self.on) else ""


def hold(request: HttpRequest, token: str) -> None:
    """Keep the token for this session, and forget whatever another link had shown.

    A form that was shown before belongs to somebody else, in another tab perhaps: it is refused.
    """
    if token_in(request) != token:
        rotate_token(request)
    request.session[HELD] = {"token": encrypted(token.encode("utf-8", "replace")).decode()}


def holder(request: HttpRequest) -> Holder | None:
    """Whoever holds a link that was once given out; None without one."""
    token = token_in(request)
    if not token:
        return None
    at: datetime = request.at  # type: ignore[attr-defined]
    signing = signing_link_of(token)
    if signing is not None:
        patient = patient_of_subject(signing.draft.subject_kind, signing.draft.subject_id)
        return Holder(SIGN, token, signing, patient, at)
    choosing = consent_link_of(token)
    if choosing is None:
        return None
    patient = patient_of_subject(choosing.subject_kind, choosing.subject_id)
    return Holder(CHOOSE, token, choosing, patient, at)


def note_proved(request: HttpRequest) -> None:
    """Remember the proof. A stranger's session gets a new key; one known before is worthless."""
    at: datetime = request.at  # type: ignore[attr-defined]
    if not request.user.is_authenticated:
        request.session.cycle_key()
    remember(request, "proved", int(at.timestamp()))


def remember(request: HttpRequest, name: str, value: Any) -> None:
    """Keep something of the way through the link's pages."""
    request.session[HELD] = {**held_in(request), name: value}


def remembered(request: HttpRequest, name: str) -> Any:
    """What was kept."""
    return held_in(request).get(name)


def told_once(request: HttpRequest, name: str) -> Any:
    """What was done a moment ago, for the next page to say; forgotten with it."""
    said = remembered(request, name)
    remember(request, name, "")
    return said


def by_link(kind: str) -> Callable[[View], View]:
    """A page for whoever holds a link of the kind and proved who they are; others are led there."""

    def turned_away(request: HttpRequest) -> HttpResponse:
        # To sign, nothing is typed but a name; the way on tells more.
        return see_other("patient:start") if kind == SIGN else refused(request)

    def decorate(view: View) -> View:
        @not_kept
        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: str) -> HttpResponse:
            held = holder(request)
            if held is None or held.trouble() or not is_proved(request):
                return turned_away(request)
            if held.kind != kind and not (kind == CHOOSE and held.patient is not None):
                return turned_away(request)
            return view(request, held, **kwargs)

        return wrapped

    return decorate


def refused(request: HttpRequest, route: str = "patient:start") -> HttpResponse:
    """Nothing is taken any more: on to where it says why; with words that were typed, they stay."""

    def page(said: dict[str, Any]) -> HttpResponse:
        return shown(request, "patient/not_sent.html", said, None, status=403)

    return words_shown_back(request, reverse(route), page)


def see_other(route: str, *args: str) -> HttpResponse:
    """On to another page, however this one was asked for."""
    response = redirect(route, *args)
    response.status_code = 303
    return response


def shown(
    request: HttpRequest, name: str, context: dict[str, Any], held: Holder | None, status: int = 200
) -> HttpResponse:
    """A page of a link: kept by nobody, found by no search, and telling nobody where it was."""
    # Before the proof not even the program's name is told.
    known = held is not None and is_proved(request)
    around = {"held": held, "lines": help_lines(held.program) if held and known else []}
    response = render(request, name, {**around, **context}, status=status)
    # The site's own referrer policy stays: a stricter one would take the origin off our own forms.
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
