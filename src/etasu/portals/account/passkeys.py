"""The browser's side of passkeys: a challenge when a button is pressed, and signing in with one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from etasu.portals.account.entering import (
    PASSKEY_REFUSED,
    half_way,
    let_in,
    moment_of,
    note_signed_in,
)
from etasu.portals.account.second_step import enter_with_passkey
from etasu.portals.components.confirming import CHALLENGE, site_of
from etasu.portals.components.people import person_here
from etasu.portals.language import safe_address
from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.passkeys import (
    Challenge,
    WrongPasskey,
    challenge_to_add,
    challenge_to_use,
    note_refused,
    take_passkey,
)


@never_cache
@require_POST
def challenge(request: HttpRequest) -> HttpResponse:
    """What the device is to sign: for whoever is signed in or half way, or for anybody."""
    half = half_way(request)
    person: Person | None = half.person if half is not None else None
    if request.user.is_authenticated:
        person = request.user
    return _asked(request, challenge_to_use(person, site_of(request), moment_of(request)))


@never_cache
@require_POST
def challenge_for_new(request: HttpRequest) -> HttpResponse:
    """What a device is to make a new passkey for."""
    person = person_here(request)
    return _asked(request, challenge_to_add(person, site_of(request), moment_of(request)))


@never_cache
@require_POST
def sign_in_with_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone, or as the second step."""
    at, half = moment_of(request), half_way(request)
    kept = request.session.pop(CHALLENGE, None)
    try:
        key = take_passkey(request.POST.get("passkey", ""), kept, site_of(request), at=at)
    except WrongPasskey as refused:
        note_refused(refused, at=at)
        request.session[PASSKEY_REFUSED] = True
        return redirect("second-step" if half is not None else "sign-in")
    if half is not None and half.person.pk == key.user_id:
        return enter_with_passkey(request, half)
    note_signed_in(key.user, at)
    there = safe_address(request, request.POST.get("next", ""))
    return let_in(request, key.user, "passkey", there)


def _asked(request: HttpRequest, made: Challenge) -> HttpResponse:
    request.session[CHALLENGE] = made.kept
    return JsonResponse(made.options)
