"""A new password: after forgetting the old one, or because one wants another."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from etasu.portals.account.entering import moment_of, person_actor, place_of, stay_signed_in
from etasu.portals.account.forms import AskAddress, NewPassword, WithoutMail, opened
from etasu.portals.account.fresh import freshly_confirmed
from etasu.portals.account.registering import by_visitor_once, waiting
from etasu.portals.account.sending import NotSent, link_to, not_sent, send, tell
from etasu.portals.account.slowing import refused, slowed
from etasu.portals.components.people import person_here
from etasu.registry.accounts.mailed_links import Kind, link_of_secret
from etasu.registry.accounts.new_passwords import (
    ask_new_password,
    change_password,
    set_new_password,
    set_password_without_mail,
)
from etasu.registry.accounts.registration import VISITOR, Asked, LinkUsedUp
from etasu.registry.accounts.sessions import mark_ended


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same for every address, known or not."""
    form = AskAddress(request.POST if request.method == "POST" else None)
    page, context = "account/forgot.html", {"form": form}
    if not form.is_valid():
        return render(request, page, context)
    email = form.cleaned_data["email"].strip().lower()
    wait = slowed(request, "recover", place_of(request)) or slowed(request, "mail", email)
    if wait:
        form.add_error("email", refused(wait))
        return waiting(request, page, context, wait)

    def ask() -> str:
        language = get_language() or ""
        asked = ask_new_password(email, language, by=VISITOR, at=moment_of(request))
        _mail(request, asked)
        return asked.mailed.number

    try:
        by_visitor_once(request, ask)
    except NotSent:
        return not_sent(request)
    return render(request, "account/forgot_sent.html", {"email": email})


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, secret: str) -> HttpResponse:
    """The link from the message. The second step, where there is one, is asked for afterwards."""
    at = moment_of(request)
    link = link_of_secret(Kind.NEW_PASSWORD, secret, at)
    if link is None or link.user is None:
        return render(request, "account/link_over.html", {"way": "forgot"}, status=410)
    form = opened(NewPassword, request, person=link.user)
    if not form.is_valid():
        return render(request, "account/new_password.html", {"form": form})
    try:
        person = set_new_password(link, form.cleaned_data["password"], at=at)
    except LinkUsedUp:
        return render(request, "account/link_over.html", {"way": "forgot"}, status=410)
    mark_ended(person, keep="", by=person_actor(person), at=at)
    tell(person, "security", what=_("Your password was replaced by a new one."))
    messages.success(request, _("Your new password is kept. Sign in with it."))
    return redirect("sign-in")


@sensitive_post_parameters("password", "code", "recovery_code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def without_mail(request: HttpRequest) -> HttpResponse:
    """A new password with two codes. Every mistake in them is answered alike, account or not."""
    form = opened(WithoutMail, request)
    page, context = "account/without_mail.html", {"form": form}
    if not form.is_valid():
        return render(request, page, context)
    said, at = form.cleaned_data, moment_of(request)
    email = said["email"].strip().lower()
    wait = slowed(request, "recover", place_of(request)) or slowed(request, "second-step", email)
    if wait:
        form.add_error("code", refused(wait))
        return waiting(request, page, context, wait)

    def choose() -> str:
        codes = (said["code"], said["recovery_code"])
        person = set_password_without_mail(email, codes, said["password"], at=at)
        if person is None:
            return ""
        mark_ended(person, keep="", by=person_actor(person), at=at)
        tell(person, "security", what=_("Your password was replaced by a new one."))
        messages.success(request, _("Your new password is kept. Sign in with it."))
        return reverse("sign-in")

    there = by_visitor_once(request, choose)
    if there:
        return redirect(there)
    form.add_error("code", _("Address and codes do not belong together. Check all three."))
    return render(request, page, context)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def change(request: HttpRequest) -> HttpResponse:
    """Another password. Every other browser is signed out by it."""
    person = person_here(request)
    form = opened(NewPassword, request, person=person)
    if not form.is_valid():
        return render(request, "account/change_password.html", {"form": form})
    at, by = moment_of(request), person_actor(person)
    changed = change_password(person, form.cleaned_data["password"], by=by, at=at)
    mark_ended(changed, keep=request.session.session_key or "", by=by, at=at)
    stay_signed_in(request, changed)
    tell(changed, "security", what=_("Your password was replaced by a new one."))
    messages.success(request, _("Your new password is kept. Every other browser is signed out."))
    return redirect("account:security")


def _mail(request: HttpRequest, asked: Asked) -> None:
    mailed, language = asked.mailed, get_language() or ""
    if asked.has_account:
        link = link_to(request, "account:new-password", mailed)
        send("new-password", mailed.address, language, link=link)
    else:
        link = request.build_absolute_uri(reverse("account:register"))
        send("no-account", mailed.address, language, link=link)
