"""The ways to sign in, and the browsers signed in with."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.account.acting_once import by_person_once
from etasu.portals.account.entering import moment_of, person_actor, stay_signed_in
from etasu.portals.account.forms import AppCode, NewPasskey
from etasu.portals.account.fresh import freshly_confirmed
from etasu.portals.account.needed import add_way, page_waiting
from etasu.portals.account.openid import single_sign_on
from etasu.portals.account.sending import tell
from etasu.portals.account.ways import issuers_by_way, session_list, ways_in
from etasu.portals.account.well_known import may_use, well_known
from etasu.portals.components.confirming import CHALLENGE, passkeys_work_here, site_of
from etasu.portals.components.people import person_here
from etasu.portals.components.qr_code import qr_svg
from etasu.registry.accounts import sessions
from etasu.registry.accounts.codes import app_address, new_secret, spelled
from etasu.registry.accounts.confirming import APP, PASSKEY
from etasu.registry.accounts.factor_recovery import open_recovery, stop_recovery
from etasu.registry.accounts.keeping_secrets import UnreadableSecret, decrypted, encrypted
from etasu.registry.accounts.outside import disconnect
from etasu.registry.accounts.passkeys import (
    WrongPasskey,
    add_passkey,
    passkeys_of,
    remove_passkey,
)
from etasu.registry.accounts.second_steps import (
    WrongCode,
    add_app,
    app_of,
    has_second_step,
    make_recovery_codes,
    recovery_codes_left,
    remove_app,
)

# The secret shown as a QR code, until the app shows a code made with it.
NEW_SECRET = "new_app_secret"


@never_cache
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Everything one can sign in with, and where one is signed in."""
    person, at = person_here(request), moment_of(request)
    key = request.session.session_key or ""
    context = {
        "person": person,
        "has_password": person.has_usable_password(),
        "app": app_of(person),
        "passkeys": passkeys_of(person),
        "passkeys_work": passkeys_work_here(request),
        "has_second_step": has_second_step(person),
        "codes_left": recovery_codes_left(person),
        "ways": ways_in(person),
        "outside": single_sign_on(),
        "well_known": well_known() if may_use(person) else {},
        "recovery": open_recovery(person, at),
        "sessions": session_list(sessions.open_sessions(person, at), key),
    }
    return render(request, "account/security.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def add_authenticator_app(request: HttpRequest) -> HttpResponse:
    """A QR code to scan, and the first code as proof that it worked."""
    person, secret = person_here(request), _secret(request)
    form = AppCode(request.POST if request.method == "POST" else None)
    if form.is_valid():
        by, at = person_actor(person), moment_of(request)

        def add() -> str:
            add_app(person, secret, form.cleaned_data["code"], by=by, at=at)
            return _added(request, _("An authenticator app was added to your account."), APP)

        try:
            there = by_person_once(request, add)
        except WrongCode:
            form.add_error(
                "code", _("This is not the code the app shows now. Wait for the next one.")
            )
        else:
            request.session.pop(NEW_SECRET, None)
            return redirect(there)
    address = app_address(secret, str(settings.ETASU_SITE_NAME), person.email)
    words = spelled(secret)
    context = {
        "form": form,
        "qr": qr_svg(address),
        "address": address,
        "secret": " ".join(words[i : i + 4] for i in range(0, len(words), 4)),
        "replaces": app_of(person) is not None,
    }
    return render(request, "account/add_app.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def remove_authenticator_app(request: HttpRequest) -> HttpResponse:
    """Take the authenticator app away, after asking."""
    person = person_here(request)
    if app_of(person) is None:
        return redirect("account:security")
    if request.method != "POST":
        return render(request, "account/remove_app.html")
    remove_app(person, by=person_actor(person), at=moment_of(request))
    return _changed(request, _("The authenticator app was removed from your account."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def add_new_passkey(request: HttpRequest) -> HttpResponse:
    """A name for it, and then the device's own question."""
    person = person_here(request)
    known = {"name": sessions.browser_name(request.headers.get("User-Agent", ""))}
    form = NewPasskey(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        kept = request.session.pop(CHALLENGE, None)
        by, at, said = person_actor(person), moment_of(request), form.cleaned_data

        def add() -> str:
            site = site_of(request)
            add_passkey(person, said["name"], said["passkey"], kept, site, by=by, at=at)
            return _added(request, _("A passkey was added to your account."), PASSKEY)

        try:
            return redirect(by_person_once(request, add))
        except WrongPasskey:
            form.add_error("name", _("No passkey was made. Press the button and try again."))
    context = {"form": form, "passkeys_work": passkeys_work_here(request)}
    return render(request, "account/add_passkey.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def remove_one_passkey(request: HttpRequest, number: str) -> HttpResponse:
    """Take a passkey away, after asking; never the last way in."""
    person = person_here(request)
    key = next((each for each in passkeys_of(person) if each.number == number), None)
    if key is None:
        raise Http404
    is_last = ways_in(person) == ["passkey"] and len(passkeys_of(person)) == 1
    if request.method != "POST" or is_last:
        return render(request, "account/remove_passkey.html", {"key": key, "is_last": is_last})
    remove_passkey(person, number, by=person_actor(person), at=moment_of(request))
    return _changed(request, _("A passkey was removed from your account."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown this once."""
    person = person_here(request)
    if not has_second_step(person):
        return redirect("account:security")
    codes: list[str] = []
    if request.method == "POST":
        codes = make_recovery_codes(person, by=person_actor(person), at=moment_of(request))
        tell(person, "security", what=_("New recovery codes were made for your account."))
    context = {
        "codes": codes,
        "left": recovery_codes_left(person),
        "there": page_waiting(request) if codes else "",
    }
    return render(request, "account/recovery_codes.html", context)


@never_cache
@require_POST
def end_one_session(request: HttpRequest, number: str) -> HttpResponse:
    """Sign one browser out."""
    person = person_here(request)
    if not sessions.end_session(person, number, by=person_actor(person), at=moment_of(request)):
        raise Http404
    messages.success(request, _("That browser is signed out."))
    return redirect("account:security")


@never_cache
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Sign every other browser out."""
    person, key = person_here(request), request.session.session_key or ""
    changed = sessions.end_sessions(
        person, keep=key, by=person_actor(person), at=moment_of(request)
    )
    stay_signed_in(request, changed)
    messages.success(request, _("Every other browser is signed out."))
    return redirect("account:security")


@never_cache
@require_POST
def stop_recovering(request: HttpRequest) -> HttpResponse:
    """Stop a recovery of the second step from the Security page."""
    person = person_here(request)
    stop_recovery(person, by=person_actor(person), at=moment_of(request))
    messages.success(request, _("Your second step stays."))
    return redirect("account:security")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
def disconnect_organization(request: HttpRequest) -> HttpResponse:
    """No longer sign in at the organization; never the last way in."""
    person = person_here(request)
    is_last = ways_in(person) == ["organization"]
    if request.method != "POST" or is_last or "organization" not in ways_in(person):
        context = {"outside": single_sign_on(), "is_last": is_last}
        return render(request, "account/disconnect.html", context)
    there = issuers_by_way(person)["organization"]
    disconnect(person, there, by=person_actor(person), at=moment_of(request))
    return _changed(request, _("Your organization's sign-in was disconnected from your account."))


def _secret(request: HttpRequest) -> bytes:
    """The secret of this attempt: encrypted in the session, as in the database later."""
    kept = request.session.get(NEW_SECRET)
    try:
        return decrypted(kept.encode()) if kept else _new_secret(request)
    except UnreadableSecret:
        return _new_secret(request)


def _new_secret(request: HttpRequest) -> bytes:
    secret = new_secret()
    request.session[NEW_SECRET] = encrypted(secret).decode()
    return secret


def _added(request: HttpRequest, what: str, way: str) -> str:
    """Tell of a new way to sign in, which the person has just used; the page that follows."""
    person = person_here(request)
    add_way(request, way)
    tell(person, "security", what=what)
    messages.success(request, what)
    if recovery_codes_left(person):
        return page_waiting(request)
    return reverse("account:recovery-codes")


def _changed(request: HttpRequest, what: str) -> HttpResponse:
    tell(person_here(request), "security", what=what)
    messages.success(request, what)
    return redirect("account:security")
