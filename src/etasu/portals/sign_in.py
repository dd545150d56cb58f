"""Signing in and out, and choosing the role to act in."""

from __future__ import annotations

from django import forms
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from etasu.portals.access import MEMBERSHIP
from etasu.portals.components.account import role_choices
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.language import safe_address
from etasu.registry.accounts.sign_in import note_session, try_password
from etasu.registry.participants.facts import role_held, roles_of


class SignInForm(PortalForm):
    """E-mail address and password."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address"),
            "invalid": gettext_lazy("Enter an e-mail address like name@example.com"),
        },
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Enter your password")},
    )


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; after it, the page that was asked for."""
    there = safe_address(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.user.is_authenticated and request.method != "POST":
        return redirect(there)
    form = SignInForm(sent_form(request))
    context = {"form": form, "next": there}
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/sign_in.html", context)
    place = request.META.get("REMOTE_ADDR", "")
    found = try_password(
        form.cleaned_data["email"],
        form.cleaned_data["password"],
        place,
        request.at,  # type: ignore[attr-defined]
    )
    if found.user is not None:
        login(request, found.user)
        return redirect(there)
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
    note_session("person.signed_out", request.user, request.at)  # type: ignore[attr-defined]
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
    said = ngettext(
        "Too many tries. Wait %(n)d second, then try again. Your account is not locked.",
        "Too many tries. Wait %(n)d seconds, then try again. Your account is not locked.",
        wait_seconds,
    )
    return said % {"n": wait_seconds}
