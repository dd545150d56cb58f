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
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
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
    place_of,
    wait_half_way,
)
from etasu.portals.account.fresh import freshly_confirmed
from etasu.portals.account.openid import (
    Begun,
    Refused,
    SingleSignOn,
    address_to_ask,
    begin,
    identity_of,
)
from etasu.portals.account.sending import tell
from etasu.portals.account.slowing import slowed
from etasu.portals.account.ways import ways_in
from etasu.portals.components.held_invitation import invitation_here
from etasu.portals.components.people import person_here
from etasu.portals.language import safe_address
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

BEGUN, THERE, CONNECTING = "well_known_begun", "well_known_next", "well_known_connecting"

_log = structlog.get_logger("etasu.well_known")


def well_known() -> Mapping[str, SingleSignOn]:
    """The services this site has keys for, by their code."""
    said: dict[str, dict[str, Any]] = settings.ETASU_WELL_KNOWN
    return {code: SingleSignOn(**each) for code, each in said.items()}


def may_use(person: Person) -> bool:
    """Whether every role they have is content with one step; those at work are not."""
    needed = [strength_needed(each.asker.role) for each in roles_of(person)]
    return all(each <= Strength.ONE_STEP for each in needed)


@never_cache
@require_safe
def go(request: HttpRequest, provider: str) -> HttpResponse:
    """Off to the service."""
    there = _service(provider)
    wait = slowed(request, "sign-in-outside", place_of(request))
    if wait:
        response = _refused(request, there, "too often", 429)
        response["Retry-After"] = str(wait)
        return response
    begun = begin(moment_of(request))
    try:
        address = address_to_ask(there, begun, _return_to(request, provider))
    except Refused as refused:
        return _refused(request, there, str(refused))
    request.session[BEGUN] = {**begun._asdict(), "provider": provider}
    request.session[THERE] = safe_address(request, request.GET.get("next", ""))
    return HttpResponseRedirect(address)


@never_cache
@require_safe
def come_back(request: HttpRequest, provider: str) -> HttpResponse:
    """Back from the service, with a code to ask it who this is."""
    there, kept = _service(provider), request.session.pop(BEGUN, None)
    next_page = safe_address(request, request.session.pop(THERE, ""))
    try:
        if kept is None or kept.pop("provider") != provider:
            raise Refused("not begun here")
        came_back = {name: request.GET[name] for name in request.GET}
        to, at = _return_to(request, provider), moment_of(request)
        identity = identity_of(there, Begun(**kept), came_back, to, at)
    except Refused as refused:
        return _refused(request, there, str(refused))
    # However surely they sign in there, here it is one step.
    identity = identity._replace(ways=provider)
    if request.user.is_authenticated:
        return _to_connect(request, there, identity)
    return _sign_in(request, there, identity, next_page)


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


def _sign_in(
    request: HttpRequest, there: SingleSignOn, identity: Identity, next_page: str
) -> HttpResponse:
    at = moment_of(request)
    person = person_of(identity.issuer, identity.subject, at=at)
    if person is None and not is_known(identity.issuer, identity.subject):
        person = _invited(request, identity)
    if person is None or not may_use(person):
        # The same page, whether the address has an account here or none.
        return _refused(request, there, "nobody who may")
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


def _to_connect(request: HttpRequest, there: SingleSignOn, identity: Identity) -> HttpResponse:
    if not may_use(person_here(request)) or is_known(identity.issuer, identity.subject):
        return _refused(request, there, "not to be connected")
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


def _return_to(request: HttpRequest, provider: str) -> str:
    return request.build_absolute_uri(reverse("sign-in-with-back", args=[provider]))


def _refused(
    request: HttpRequest, there: SingleSignOn, why: str, status: int = 403
) -> HttpResponse:
    _log.warning("well_known_refused", why=why)
    context = {"outside": there}
    return render(request, "account/well_known_refused.html", context, status=status)
