"""Who looks in: a patient who holds a link, or a care partner; and under which name, if any."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from etasu.portals.components.account import help_lines
from etasu.portals.components.held_link import held_in, is_proved, let_go, token_in
from etasu.portals.components.sending import digest_of_form, sent_before_by
from etasu.portals.components.side_effects import report_lines
from etasu.portals.components.typed_words import words_shown_back
from etasu.portals.language import page_language
from etasu.programs import library
from etasu.programs.public_site import read_public_site
from etasu.registry.accounts.access import CARE_PARTNER
from etasu.registry.accounts.receipts import once
from etasu.registry.audit.actors import Actor
from etasu.registry.community.answering import NotSeen
from etasu.registry.community.facts import (
    AMember,
    NoCommunity,
    Who,
    community_of,
    is_allowed,
    member_now,
    suspended_until,
)
from etasu.registry.community.members import NotAMember
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patients.facts import patient_of_subject
from etasu.registry.submissions.facts import consent_link_of
from etasu.safe_use.community import Community
from etasu.safe_use.program import ProgramVersion

SAID = "community_said"
ZONE = "America/New_York"


class Visitor(NamedTuple):
    """Whoever looks in; `member` is None as long as they have not joined, or may not any more."""

    who: Who
    actor: Actor
    at: datetime
    member: AMember | None
    version: ProgramVersion
    community: Community

    @property
    def is_patient(self) -> bool:
        """Whether they came by a patient's link."""
        return self.who.patient is not None

    @property
    def zone(self) -> str:
        """The time zone their days are counted in."""
        return str(self.who.patient.time_zone) if self.who.patient is not None else ZONE

    @property
    def language(self) -> str:
        """The language of the page."""
        return page_language()

    @property
    def joined(self) -> AMember:
        """The member they are; the page is for members only."""
        if self.member is None:
            raise NotAMember(self.who.program)
        return self.member


View = Callable[..., HttpResponse]


def for_visitors(view: View) -> View:
    """A page for whoever may join; strangers are led to where they show who they are.

    Words that cannot be taken any more are shown back to whoever sent them.
    """

    @cache_control(no_store=True, private=True)
    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: str) -> HttpResponse:
        visitor = visitor_of(request)
        if visitor is None:
            if request.user.is_authenticated and _by_account(request) is None:
                raise Http404
            return _not_sent(request, _way_in(request))
        try:
            return view(request, visitor, **kwargs)
        except NotAMember:
            return _not_sent(request, reverse("community:home"))

    return wrapped


def for_members(view: View) -> View:
    """A page for members; whoever is none, or no longer, is told so on the first page."""

    @for_visitors
    @wraps(view)
    def wrapped(request: HttpRequest, visitor: Visitor, **kwargs: str) -> HttpResponse:
        if visitor.member is None:
            raise NotAMember(visitor.who.program)
        try:
            return view(request, visitor, **kwargs)
        except (Http404, NotSeen):
            # Blocked or deleted by the first click, it is not there any more for the second.
            return sent_before_by(visitor.actor.number, request)

    return wrapped


def visitor_of(request: HttpRequest) -> Visitor | None:
    """Who looks in, asked anew for every page; None for anybody else. No community is not found."""
    found = _who_asks(request)
    if found is None:
        return None
    who, actor = found
    at: datetime = request.at  # type: ignore[attr-defined]
    try:
        version, community = community_of(who.program, day_of_the_clock(at))
    except NoCommunity as none:
        raise Http404 from none
    return Visitor(who, actor, at, member_now(who, at), version, community)


def do_once(request: HttpRequest, visitor: Visitor, do: Callable[[], str]) -> HttpResponse:
    """Do what was sent, once however often it is sent, and go where it leads."""
    there = once(digest_of_form(request), do, by=visitor.actor, at=visitor.at)
    return redirect(there)


def say(request: HttpRequest, *codes: str) -> None:
    """Remember what is to be said on the next page."""
    request.session[SAID] = [each for each in codes if each]


def shown(
    request: HttpRequest, visitor: Visitor, name: str, context: dict[str, Any]
) -> HttpResponse:
    """A page of the community, inside the pages of whoever looks in."""
    program = visitor.who.program
    is_patient = visitor.is_patient
    member = visitor.member
    around = {
        "frame": "patient/link_base.html" if is_patient else "base.html",
        "is_patient": is_patient,
        "is_inside": name not in ("community/home.html", "community/rules.html"),
        "program": program,
        "member": member,
        "zone": visitor.zone,
        "suspended": suspended_until(member, visitor.at) if member is not None else None,
        "said": request.session.pop(SAID, []),
        "report": report_lines(program),
        **({"lines": help_lines(program)} if is_patient else {}),
    }
    response = render(request, name, {**around, **context})
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def is_let_in(visitor: Visitor) -> bool:
    """Whether they allowed it and take part, so that they may join."""
    return is_allowed(visitor.who, visitor.at)


def has_overview(visitor: Visitor) -> bool:
    """Whether there is a page about the medicine to lead to."""
    loaded = library.current().programs[visitor.who.program]
    return bool(read_public_site(loaded.folder / visitor.version.label).overview)


def _way_in(request: HttpRequest) -> str:
    """Whoever held a link begins by it; others sign in, and patients are told their way there."""
    if request.user.is_authenticated:
        return reverse("community:home")
    if held_in(request):
        return reverse("patient:start")
    wanted = request.path if request.method in ("GET", "HEAD") else reverse("community:home")
    return f"{reverse('sign-in')}?{urlencode({'next': wanted})}"


def _not_sent(request: HttpRequest, there: str) -> HttpResponse:
    """On to another page, however this one was asked for; with words that were typed, they stay."""

    def page(said: dict[str, Any]) -> HttpResponse:
        return render(request, "community/not_sent.html", said, status=403)

    return words_shown_back(request, there, page)


def _who_asks(request: HttpRequest) -> tuple[Who, Actor] | None:
    """The patient of the link; without one, the account.

    A form that was shown by a link is never sent by an account, though the link ended meanwhile.
    """
    by_link, by_account = _by_link(request), _by_account(request)
    if by_link is not None or by_account is None or not held_in(request):
        return by_link or by_account
    let_go(request)
    return by_account if request.method in ("GET", "HEAD") else None


def _by_link(request: HttpRequest) -> tuple[Who, Actor] | None:
    token = token_in(request) if is_proved(request) else ""
    link = consent_link_of(token) if token else None
    at: datetime = request.at  # type: ignore[attr-defined]
    if link is None or at >= link.valid_until:
        return None
    patient = patient_of_subject(link.subject_kind, link.subject_id)
    if patient is None:
        return None
    return Who(link.program, patient=patient), Actor(f"consent link {link.number}", "patient")


def _by_account(request: HttpRequest) -> tuple[Who, Actor] | None:
    asker = request.asker  # type: ignore[attr-defined]
    if asker is None or asker.role != CARE_PARTNER:
        return None
    person: Any = request.user
    return Who(asker.program, user=person), Actor(asker.user, asker.role)
