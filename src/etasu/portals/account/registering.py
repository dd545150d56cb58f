"""Registering: an address and a password, a message, and the link or code in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from etasu.portals.account.acting_once import act_once
from etasu.portals.account.begin import remember_wanted
from etasu.portals.account.entering import (
    CONNECTING,
    let_in,
    moment_of,
    note_signed_in,
    place_of,
)
from etasu.portals.account.forms import MailedCode, PasswordToConfirm, Registration, opened
from etasu.portals.account.sending import NotSent, code_in, link_to, not_sent, send
from etasu.portals.account.slowing import refused, slowed
from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.mailed_links import Kind, link_of_code, link_of_secret
from etasu.registry.accounts.registration import (
    VISITOR,
    Asked,
    LinkUsedUp,
    ask_registration,
    confirm_registration,
    is_password_of,
)

# The registration begun in this browser, by its number.
REGISTERING = "registering"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """The first page: an address and a password. The answer is the same for every address."""
    if request.user.is_authenticated:
        return redirect("home")
    form = opened(Registration, request)
    if not form.is_valid():
        return render(request, "account/register.html", {"form": form})
    email = form.cleaned_data["email"].strip().lower()
    wait = slowed(request, "register", place_of(request)) or slowed(request, "mail", email)
    if wait:
        form.add_error("email", refused(wait))
        return waiting(request, "account/register.html", {"form": form}, wait)
    try:
        number = _ask_once(request, email, form.cleaned_data["password"])
    except NotSent:
        return not_sent(request)
    request.session[REGISTERING] = {"number": number, "email": email}
    remember_wanted(request)
    return redirect("account:check-mail")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_mail(request: HttpRequest) -> HttpResponse:
    """The second page: the code from the message, in the browser that asked for it."""
    begun = request.session.get(REGISTERING)
    if begun is None:
        return redirect("account:register")
    form = MailedCode(request.POST if request.method == "POST" else None)
    context = {"form": form, "email": begun["email"]}
    if not form.is_valid():
        return render(request, "account/check_mail.html", context)
    wait = slowed(request, "mailed-code", begun["number"])
    if wait:
        form.add_error("code", refused(wait))
        return waiting(request, "account/check_mail.html", context, wait)
    at, code = moment_of(request), form.cleaned_data["code"]
    link = link_of_code(Kind.REGISTRATION, begun["number"], code, at)
    if link is not None:
        try:
            return _begin(request, confirm_registration(link, at=at))
        except LinkUsedUp:
            link = None
    form.add_error("code", _("This is not the code, or it is no longer good. Look at the newest."))
    return render(request, "account/check_mail.html", context)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link from the message. Opening it does nothing yet: mail programs open links too.

    In another browser than the one that registered, the password is asked for: whoever reads the
    message without having registered does not confirm somebody else's registration.
    """
    at = moment_of(request)
    link = link_of_secret(Kind.REGISTRATION, secret, at)
    if link is None or link.user is not None:
        return render(request, "account/link_over.html", {"way": "register"}, status=410)
    begun = request.session.get(REGISTERING)
    is_same_browser = begun is not None and begun["number"] == link.number
    form = None if is_same_browser else opened(PasswordToConfirm, request)
    context = {"form": form, "is_same_browser": is_same_browser}
    page = "account/confirm_address.html"
    if request.method != "POST" or (form is not None and not form.is_valid()):
        return render(request, page, context)
    if form is not None:
        wait = slowed(request, "mailed-code", link.number)
        if wait or not is_password_of(link, form.cleaned_data["password"]):
            said = refused(wait) if wait else _("This is not the password you registered with.")
            form.add_error("password", said)
            return waiting(request, page, context, wait)
    try:
        return _begin(request, confirm_registration(link, at=at))
    except LinkUsedUp:
        return render(request, "account/link_over.html", {"way": "register"}, status=410)


def waiting(request: HttpRequest, page: str, context: Mapping[str, Any], wait: int) -> HttpResponse:
    """The page again, saying to a browser too how long to wait."""
    response = render(request, page, dict(context))
    if wait:
        response.status_code = 429
        response["Retry-After"] = str(wait)
    return response


def by_visitor_once(request: HttpRequest, do: Callable[[], str]) -> str:
    """Do it for the first sending of a form by somebody not signed in; where it led, every time.

    Messages are sent in `do`: when one does not leave, nothing is kept, and the same form sent
    again tries again.
    """
    return act_once(request, do, by=VISITOR)


def _ask_once(request: HttpRequest, email: str, password: str) -> str:
    """The registration's number; its message is on the way."""

    def ask() -> str:
        language = get_language() or ""
        asked = ask_registration(email, password, language, by=VISITOR, at=moment_of(request))
        _mail(request, asked)
        return asked.mailed.number

    return by_visitor_once(request, ask)


def _mail(request: HttpRequest, asked: Asked) -> None:
    mailed, language = asked.mailed, get_language() or ""
    if asked.has_account:
        link = request.build_absolute_uri(reverse("sign-in"))
        send("has-account", mailed.address, language, link=link)
        return
    link = link_to(request, "account:confirm-link", mailed)
    send("confirm-address", mailed.address, language, link=link, code=code_in(mailed))


def _begin(request: HttpRequest, person: Person) -> HttpResponse:
    request.session.pop(REGISTERING, None)
    note_signed_in(person, moment_of(request))
    messages.success(request, _("Your e-mail address is confirmed."))
    there = "account:connect" if CONNECTING in request.session else "account:begin"
    return let_in(request, person, "password", reverse(there))
