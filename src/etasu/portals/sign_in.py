"""Signing in and out, and choosing the role to act in."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from etasu.portals.access import MEMBERSHIP
from etasu.portals.account.entering import (
    let_in,
    passkey_refusal,
    person_actor,
    place_of,
    wait_half_way,
)
from etasu.portals.account.forms import ShowingForm, email_field, opened, password_field
from etasu.portals.account.openid import single_sign_on
from etasu.portals.account.well_known import well_known
from etasu.portals.components.account import role_choices
from etasu.portals.components.confirming import passkeys_work_here, too_many_tries
from etasu.portals.language import safe_address
from etasu.registry.accounts.sessions import note_signed_out
from etasu.registry.accounts.sign_in import note_session, try_password
from etasu.registry.participants.facts import role_held, roles_of


class SignInForm(ShowingForm):
    """E-mail address and password."""

    email = email_field(gettext_lazy("E-mail address"), "username")
    password = password_field(gettext_lazy("Password"), "current-password")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].error_messages["required"] = _("Enter your password")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; after it, the second step if there is one, then the page asked for."""
    there = safe_address(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated and request.method != "POST":
        return redirect(there)
    form = opened(SignInForm, request)
    context = {
        "form": form,
        "next": there,
        "outside": single_sign_on(),
        "well_known": well_known(),
        "passkeys_work": passkeys_work_here(request),
        "refused": passkey_refusal(request) if request.method != "POST" else "",
        "timed_out": bool(request.session.get("timed_out")),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/sign_in.html", context)
    found = try_password(
        form.cleaned_data["email"],
        form.cleaned_data["password"],
        place_of(request),
        request.at,  # type: ignore[attr-defined]
    )
    if found.half_way is not None:
        return wait_half_way(request, found.half_way, "password", there)
    if found.user is not None:
        return let_in(request, found.user, "password", there)
    form.add_error("email", _refusal(found.wait_seconds))
    response = render(request, "account/sign_in.html", context)
    if found.wait_seconds:
        response.status_code = 429
        response["Retry-After"] = str(found.wait_seconds)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; a link alone only asks."""
    if not request.user.is_authenticated:
        return redirect("sign-in")
    if request.method != "POST":
        return render(request, "account/sign_out.html")
    at = request.at  # type: ignore[attr-defined]
    note_session("person.signed_out", request.user, at)
    key = request.session.session_key or ""
    note_signed_out(key, by=person_actor(request.user), at=at)
    logout(request)
    return redirect("sign-in")


@require_http_methods(["GET", "HEAD", "POST"])
def choose_role(request: HttpRequest) -> HttpResponse:
    """Choose the role to act in, when a person has several."""
    user = request.user
    chosen = request.POST.get("membership", "")
    if request.method == "POST" and chosen.isdecimal():
        held = role_held(user, int(chosen)) if len(chosen) < 19 else None  # type: ignore[arg-type]
        if held is not None:
            request.session[MEMBERSHIP] = held.membership_id
            return redirect("home")
    context = {
        "choices": role_choices(roles_of(user), request.acting),  # type: ignore[arg-type, attr-defined]
        "is_missing": request.method == "POST",
    }
    return render(request, "account/choose_role.html", context)


def _refusal(wait_seconds: int) -> str:
    if not wait_seconds:
        return _("The e-mail address and password do not match. Check both and try again.")
    return too_many_tries(wait_seconds)
