"""Accepting an invitation that came by e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from etasu.portals.access import MEMBERSHIP
from etasu.portals.components.account import program_name
from etasu.portals.components.dates import day, local_day
from etasu.portals.components.forms import sent_form
from etasu.portals.components.new_person import NewPersonForm
from etasu.portals.components.words import role_label
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.participants import invitations

TOKEN = "invitation"


@sensitive_post_parameters("password", "again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """The invitation of a link: what it is for, and accepting it.

    Opening the page uses nothing up, for mail programs open links by themselves. The secret is
    taken out of the address at once, and kept for the session.
    """
    if "token" in request.GET:
        request.session[TOKEN] = request.GET["token"][:200]
        return redirect("invitation")
    token = request.session.get(TOKEN, "")
    found = invitations.open_invitation(token, request.at)  # type: ignore[attr-defined]
    if found is None:
        return _not_open(request, token)
    user = request.user
    if not user.is_authenticated:
        return _as_stranger(request, found, token)
    is_theirs = invitations.as_kept(user.email) == found.email
    if request.method == "POST" and is_theirs:
        return _accepted(request, user, token, found.role)
    return render(request, "account/invitation.html", _told(found) | {"is_theirs": is_theirs})


def _as_stranger(request: HttpRequest, found: Any, token: str) -> HttpResponse:
    """Nobody is signed in: whoever has an account signs in first, others make one here."""
    context = _told(found) | {"has_account": invitations.account_of(found) is not None}
    if context["has_account"]:
        return render(request, "account/invitation.html", context)
    form = NewPersonForm(found.email, sent_form(request), initial={"full_name": found.full_name})
    if request.method == "POST" and form.is_valid():
        said, at = form.cleaned_data, request.at  # type: ignore[attr-defined]
        try:
            invitations.register_and_accept(
                token, said["full_name"], said["password"], by=PLATFORM, at=at
            )
        except invitations.NotInvited:
            return redirect("invitation")
        request.session.pop(TOKEN, None)
        messages.success(request, _("Your account is ready. Sign in to begin."))
        return redirect("sign-in")
    return render(request, "account/invitation.html", context | {"form": form})


def _accepted(request: HttpRequest, user: Any, token: str, role: str) -> HttpResponse:
    """Begin in the role, and go on in it."""
    at, by = request.at, Actor(user.number, role)  # type: ignore[attr-defined]
    try:
        membership = invitations.accept_invitation(token, user, by=by, at=at)
    except invitations.NotInvited:
        return redirect("invitation")
    request.session.pop(TOKEN, None)
    request.session[MEMBERSHIP] = membership.pk
    messages.success(request, _("You can begin. The invitation is accepted."))
    return redirect("home")


def _not_open(request: HttpRequest, token: str) -> HttpResponse:
    """Unknown, expired, used and revoked links look alike."""
    user = request.user
    if user.is_authenticated and token and invitations.was_accepted_by(token, user):
        return redirect("home")
    return render(request, "account/invitation_closed.html", status=404)


def _told(found: Any) -> dict[str, Any]:
    zone = found.participant.time_zone
    return {
        "invitation": found,
        "program": program_name(found.program),
        "role": role_label(found.role),
        "until": day(local_day(found.valid_until, zone)),
    }
