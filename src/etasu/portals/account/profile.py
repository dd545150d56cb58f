"""What we know of a person, and moving to another e-mail address."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from etasu.portals.account.acting_once import by_person_once
from etasu.portals.account.entering import moment_of, person_actor, remember_language
from etasu.portals.account.forms import AskAddress, ProfileForm
from etasu.portals.account.fresh import freshly_confirmed
from etasu.portals.account.registering import waiting
from etasu.portals.account.sending import NotSent, link_to, not_sent, send, tell
from etasu.portals.account.slowing import refused, slowed
from etasu.portals.components.people import person_here
from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.mailed_links import Kind, link_of_secret
from etasu.registry.accounts.profile import (
    Moving,
    Profile,
    ask_new_address,
    change_profile,
    confirm_new_address,
    keep_old_address,
    profile_of,
)
from etasu.registry.accounts.registration import LinkUsedUp


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, telephone, time zone and language."""
    person = person_here(request)
    known = profile_of(person)._asdict()
    known["language"] = known["language"] or request.LANGUAGE_CODE
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=known)
    if not form.is_valid():
        return render(request, "account/profile.html", {"form": form, "person": person})
    said = Profile(**{name: form.cleaned_data[name].strip() for name in Profile._fields})
    change_profile(person, said, by=person_actor(person), at=moment_of(request))
    with translation.override(said.language):
        messages.success(request, _("Your profile is kept."))
    response = redirect("account:profile")
    remember_language(request, response, said.language)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def address(request: HttpRequest) -> HttpResponse:
    """Ask to move to another address; both are written to."""
    person = person_here(request)
    form = AskAddress(request.POST if request.method == "POST" else None)
    page, context = "account/address.html", {"form": form, "person": person}
    if not form.is_valid():
        return render(request, page, context)
    email = form.cleaned_data["email"].strip().lower()
    if email == person.email:
        form.add_error("email", _("This is your address already."))
        return render(request, page, context)
    wait = slowed(request, "mail", email)
    if wait:
        form.add_error("email", refused(wait))
        return waiting(request, page, context, wait)

    def ask() -> str:
        moving = ask_new_address(person, email, by=person_actor(person), at=moment_of(request))
        _mail(request, person, moving)
        return moving.confirm.number

    try:
        by_person_once(request, ask)
    except NotSent:
        return not_sent(request)
    context = {"email": email, "frame": "account/base.html"}
    return render(request, "account/address_sent.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link sent to the new address."""
    at = moment_of(request)
    link = link_of_secret(Kind.NEW_ADDRESS, secret, at)
    if link is None or link.user is None:
        return render(request, "account/link_over.html", {"way": "sign-in"}, status=410)
    if request.method != "POST":
        return render(request, "account/address_link.html")
    former = link.user.email
    try:
        person = confirm_new_address(link, at=at)
    except LinkUsedUp:
        return render(request, "account/link_over.html", {"way": "sign-in"}, status=410)
    tell(person, "address-changed")
    _tell_former(person, former)
    messages.success(request, _("You now sign in with the new address."))
    return redirect("account:profile")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keep_address_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link sent to the present address, for somebody who did not ask to move."""
    at = moment_of(request)
    link = link_of_secret(Kind.KEEP_ADDRESS, secret, at)
    if link is None:
        return render(request, "account/link_over.html", {"way": "sign-in"}, status=410)
    if request.method == "POST":
        try:
            keep_old_address(link, at=at)
        except LinkUsedUp:
            return render(request, "account/link_over.html", {"way": "sign-in"}, status=410)
    return render(request, "account/keep_address.html", {"is_done": request.method == "POST"})


def _mail(request: HttpRequest, person: Person, moving: Moving) -> None:
    stop = link_to(request, "account:keep-address", moving.stop)
    send("keep-address", person.email, person.language, link=stop)
    if moving.is_taken:
        send("address-taken", moving.confirm.address, person.language)
        return
    link = link_to(request, "account:address-link", moving.confirm)
    send("new-address", moving.confirm.address, person.language, link=link)


def _tell_former(person: Person, former: str) -> None:
    """The address just left hears of it too."""
    try:
        send("security", former, person.language, what=_("The e-mail address was changed."))
    except NotSent:
        return
