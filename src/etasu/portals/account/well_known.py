"""Signing in with Google or Facebook, for people at home: off without keys, and never an access.

It shows who somebody is to an account that exists, or makes the account of an open invitation.
Whoever has a role at work may not use it, so nobody works with less than their role needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.account.entering import (
    let_in,
    moment_of,
    note_signed_in,
    person_actor,
    wait_half_way,
)
from etasu.portals.account.fresh import freshly_confirmed
from etasu.portals.account.openid import Refused, SingleSignOn
from etasu.portals.account.outside_way import Way, go_there, refused_page, who_came_back
from etasu.portals.account.sending import tell
from etasu.portals.account.ways import ways_in
from etasu.portals.components.held_invitation import invitation_here
from etasu.portals.components.people import person_here
from etasu.registry.accounts.facts import Person, has_account
from etasu.registry.accounts.outside import (
    AddressTaken,
    Identity,
    connect,
    disconnect,
    enter_person,
    is_known,
    person_of,
)
from etasu.registry.accounts.second_steps import has_second_step
from etasu.registry.accounts.strength import Strength, strength_needed
from etasu.registry.participants.facts import roles_of
from etasu.safe_use.contacts import email_ok

BEGUN, CONNECTING = "well_known_begun", "well_known_connecting"

_log = structlog.get_logger("etasu.well_known")


def well_known() -> Mapping[str, SingleSignOn]:
    """The services this site has keys for, by their code."""
    said: dict[str, dict[str, Any]] = settings.ETASU_WELL_KNOWN
    return {code: SingleSignOn(**each) for code, each in said.items()}


def for_invitations() -> Mapping[str, SingleSignOn]:
    """Those that can make the account of an invitation: they say whose an address is."""
    return {code: each for code, each in well_known().items() if each.vouches_for_address}


def may_use(person: Person) -> bool:
    """Whether every role they have is content with one step; those at work are not."""
    needed = [strength_needed(each.asker.role) for each in roles_of(person)]
    return all(each <= Strength.ONE_STEP for each in needed)


@never_cache
@require_safe
def go(request: HttpRequest, provider: str) -> HttpResponse:
    """Off to the service."""
    way = _way(request, provider)
    try:
        return go_there(request, way)
    except Refused as refused:
        return _refused(request, way, refused)


@never_cache
@require_safe
def come_back(request: HttpRequest, provider: str) -> HttpResponse:
    """Back from the service, with a code to ask it who this is."""
    way = _way(request, provider)
    try:
        identity, next_page = who_came_back(request, way)
        # However surely they sign in there, here it is one step.
        identity = identity._replace(ways=provider)
        if request.user.is_authenticated:
            return _to_connect(request, way, identity, next_page)
        return _sign_in(request, identity, next_page)
    except Refused as refused:
        return _refused(request, way, refused)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def connect_service(request: HttpRequest) -> HttpResponse:
    """Let whoever is signed in come in by the service from now on."""
    kept, person = request.session.get(CONNECTING), person_here(request)
    if kept is None or not may_use(person):
        return redirect("account:security")
    identity = Identity(**kept)
    there = _service(identity.ways)
    if request.method != "POST":
        context = {"service": there.label, "email": identity.email}
        return render(request, "account/connect.html", context)
    del request.session[CONNECTING]
    if not is_known(identity.issuer, identity.subject):
        connect(person, identity, by=person_actor(person), at=moment_of(request))
        _say(request, person, _("You can sign in with %(name)s now.") % {"name": there.label})
    return redirect("account:security")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def disconnect_service(request: HttpRequest, provider: str) -> HttpResponse:
    """No longer sign in by the service; never the last way in."""
    there, person = _service(provider), person_here(request)
    is_last = ways_in(person) == [provider]
    if request.method != "POST" or is_last:
        context = {"service": there.label, "is_last": is_last}
        return render(request, "account/disconnect.html", context)
    at = moment_of(request)
    disconnect(person, [there.issuer], by=person_actor(person), at=at)
    _say(request, person, _("You no longer sign in with %(name)s.") % {"name": there.label})
    return redirect("account:security")


def _sign_in(request: HttpRequest, identity: Identity, next_page: str) -> HttpResponse:
    """In, for whoever is connected or was invited; the same page for an address with no account."""
    at = moment_of(request)
    person = person_of(identity.issuer, identity.subject, at=at)
    if person is None and not is_known(identity.issuer, identity.subject):
        person = _invited(request, identity)
    if person is None or not may_use(person):
        raise Refused("nobody who may")
    if has_second_step(person):
        return wait_half_way(request, person, identity.ways, next_page)
    note_signed_in(person, at)
    return let_in(request, person, identity.ways, next_page)


def _invited(request: HttpRequest, identity: Identity) -> Person | None:
    """An account for whoever proved an open invitation, and has the very address it went to."""
    open_now = invitation_here(request)
    email = identity.email.strip().lower()
    if open_now is None or not identity.email_is_confirmed or not email_ok(email):
        return None
    if email != open_now.partner.email or has_account(email):
        return None
    try:
        return enter_person(identity, at=moment_of(request))
    except AddressTaken:
        return None


def _to_connect(request: HttpRequest, way: Way, identity: Identity, next_page: str) -> HttpResponse:
    """Somebody signed in went there: to connect it, or by a button of an old page."""
    person, at = person_here(request), moment_of(request)
    if not may_use(person):
        raise Refused("not to be connected")
    if person_of(identity.issuer, identity.subject, at=at) == person:
        said = _("You are signed in, and %(name)s is connected with your account.")
        messages.info(request, said % {"name": way.service.label})
        return redirect("account:security" if next_page == "/" else next_page)
    if is_known(identity.issuer, identity.subject):
        raise Refused("somebody else's")
    request.session[CONNECTING] = identity._asdict()
    return redirect("account:connect-with")


def _say(request: HttpRequest, person: Person, what: str) -> None:
    tell(person, "security", what=what)
    messages.success(request, what)


def _service(provider: str) -> SingleSignOn:
    found = well_known().get(provider)
    if found is None:
        raise Http404
    return found


def _way(request: HttpRequest, provider: str) -> Way:
    back = request.build_absolute_uri(reverse("sign-in-with-back", args=[provider]))
    return Way(_service(provider), back, BEGUN)


def _refused(request: HttpRequest, way: Way, refused: Refused) -> HttpResponse:
    _log.warning("well_known_refused", why=str(refused))
    return refused_page(request, "account/well_known_refused.html", way, refused)
