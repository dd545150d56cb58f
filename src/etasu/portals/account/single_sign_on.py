"""The button that leads to the organization's own sign-in, and the way back from there."""

from __future__ import annotations

import structlog
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.account.entering import (
    CONNECTING,
    let_in,
    moment_of,
    note_confirmed,
    note_signed_in,
    person_actor,
    wait_half_way,
)
from etasu.portals.account.fresh import freshly_confirmed
from etasu.portals.account.needed import add_way
from etasu.portals.account.openid import Refused, SingleSignOn, single_sign_on
from etasu.portals.account.outside_way import Way, go_there, refused_page, who_came_back
from etasu.portals.account.sending import tell
from etasu.portals.components.people import person_here
from etasu.registry.accounts.outside import (
    AddressTaken,
    Identity,
    connect,
    enter_person,
    is_known,
    person_of,
)
from etasu.registry.accounts.second_steps import has_second_step
from etasu.safe_use.contacts import email_ok

BEGUN = "organization_begun"

_log = structlog.get_logger("etasu.organization")


@never_cache
@require_safe
def go(request: HttpRequest) -> HttpResponse:
    """Off to the organization; somebody signed in comes back to confirm who they are."""
    way = _way(request)
    try:
        return go_there(request, way, wants_fresh=request.user.is_authenticated)
    except Refused as refused:
        return _refused(request, way, refused)


@never_cache
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """Back from the organization, with a code to ask it who this is."""
    way = _way(request)
    try:
        identity, next_page = who_came_back(request, way)
        if request.user.is_authenticated:
            return _confirmed(request, identity, next_page)
        return _sign_in(request, identity, next_page)
    except Refused as refused:
        return _refused(request, way, refused)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def connect_account(request: HttpRequest) -> HttpResponse:
    """Connect the account one is signed in to with the identity brought from the organization."""
    there, kept = _outside(), request.session.get(CONNECTING)
    person = person_here(request)
    if kept is None:
        return redirect("account:security")
    identity = Identity(**kept)
    if request.method != "POST":
        context = {"outside": there, "email": identity.email}
        return render(request, "account/connect.html", context)
    del request.session[CONNECTING]
    if not is_known(identity.issuer, identity.subject):
        connect(person, identity, by=person_actor(person), at=moment_of(request))
        what = _("Your organization's sign-in was connected with your account.")
        tell(person, "security", what=what)
        messages.success(request, what)
    return redirect("account:security")


def _sign_in(request: HttpRequest, identity: Identity, next_page: str) -> HttpResponse:
    at = moment_of(request)
    person = person_of(identity.issuer, identity.subject, at=at)
    if person is None:
        if is_known(identity.issuer, identity.subject) or not email_ok(identity.email):
            raise Refused("nobody to be here")
        if not identity.email_is_confirmed:
            return _register_first(request, identity)
        try:
            person = enter_person(identity, at=at)
        except AddressTaken:
            return _sign_in_first(request, identity)
        next_page = reverse("account:begin")
    if has_second_step(person):
        return wait_half_way(request, person, identity.ways, next_page)
    note_signed_in(person, at)
    return let_in(request, person, identity.ways, next_page)


def _sign_in_first(request: HttpRequest, identity: Identity) -> HttpResponse:
    """The address has an account: its owner connects the two, so nobody takes it over."""
    request.session[CONNECTING] = identity._asdict()
    said = _("There is an account with this address already. Sign in to it once to connect it.")
    messages.info(request, said)
    return redirect(f"{reverse('sign-in')}?next={reverse('account:connect')}")


def _register_first(request: HttpRequest, identity: Identity) -> HttpResponse:
    """Nobody vouches for the address: its owner confirms it here, so nobody lays claim to it."""
    request.session[CONNECTING] = identity._asdict()
    said = _("Your organization does not vouch for your address. Register once to connect the two.")
    messages.info(request, said)
    return redirect("account:register")


def _confirmed(request: HttpRequest, identity: Identity, next_page: str) -> HttpResponse:
    """Somebody signed in went there: to confirm who they are, or to connect the two."""
    person = person_of(identity.issuer, identity.subject, at=moment_of(request))
    if person is None and not is_known(identity.issuer, identity.subject):
        request.session[CONNECTING] = identity._asdict()
        return redirect("account:connect")
    if person is None or person.pk != request.user.pk:
        raise Refused("somebody else")
    note_confirmed(request)
    add_way(request, identity.ways)
    return redirect(next_page)


def _outside() -> SingleSignOn:
    found = single_sign_on()
    if found is None:
        raise Http404
    return found


def _way(request: HttpRequest) -> Way:
    back = request.build_absolute_uri(reverse("single-sign-on-back"))
    return Way(_outside(), back, BEGUN)


def _refused(request: HttpRequest, way: Way, refused: Refused) -> HttpResponse:
    _log.warning("single_sign_on_refused", why=str(refused))
    return refused_page(request, "account/single_sign_on_refused.html", way, refused)
