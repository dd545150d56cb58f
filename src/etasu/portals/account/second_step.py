"""The second step of signing in: a code, a passkey, a recovery code, or the way round them all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from etasu.portals.account.entering import (
    HalfWay,
    half_way,
    let_in,
    moment_of,
    note_signed_in,
    passkey_refusal,
    person_actor,
)
from etasu.portals.account.forms import AppCode, MailedCode, RecoveryCode
from etasu.portals.account.registering import waiting
from etasu.portals.account.sending import (
    NotSent,
    code_in,
    link_to,
    moment_for,
    not_sent,
    send,
    tell,
)
from etasu.portals.account.slowing import refused, slowed
from etasu.portals.components.confirming import passkeys_work_here
from etasu.portals.components.forms import PortalForm
from etasu.registry.accounts.delays import forget
from etasu.registry.accounts.factor_recovery import (
    ask_recovery,
    ask_recovery_end,
    begin_recovery,
    finish_recovery,
    open_recovery,
    stop_recovery,
)
from etasu.registry.accounts.mailed_links import Kind, link_of_code, link_of_secret
from etasu.registry.accounts.passkeys import passkeys_of
from etasu.registry.accounts.registration import LinkUsedUp
from etasu.registry.accounts.second_steps import (
    app_of,
    recovery_codes_left,
    take_app_code,
    take_recovery_code,
)

Step = Callable[[HttpRequest, HalfWay], HttpResponse]
ENDING = "recovery_ending"


def after_first_step(view: Step) -> Callable[[HttpRequest], HttpResponse]:
    """Only for somebody whose first step was a moment ago; anybody else signs in first."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        waiting_for = half_way(request)
        if request.user.is_authenticated:
            return redirect("home")
        return view(request, waiting_for) if waiting_for is not None else redirect("sign-in")

    return guarded


@after_first_step
def second_step(request: HttpRequest, half: HalfWay) -> HttpResponse:
    """The code of the app, or a passkey."""
    form = AppCode(request.POST if request.method == "POST" else None)
    context = {
        "form": form,
        "has_app": app_of(half.person) is not None,
        "has_passkey": bool(passkeys_of(half.person)),
        "passkeys_work": passkeys_work_here(request),
        "has_codes": recovery_codes_left(half.person) > 0,
        "refused": passkey_refusal(request) if request.method != "POST" else "",
    }
    page = "account/second_step.html"
    if not form.is_valid():
        return render(request, page, context)
    wait = _try(request, half, form, take_app_code)
    if form.is_valid():
        return _enter(request, half, "app")
    return waiting(request, page, context, wait)


@after_first_step
def recovery_code(request: HttpRequest, half: HalfWay) -> HttpResponse:
    """One of the codes kept for the day the phone is lost."""
    form = RecoveryCode(request.POST if request.method == "POST" else None)
    page, context = "account/recovery_code.html", {"form": form}
    if not form.is_valid():
        return render(request, page, context)
    wait = _try(request, half, form, take_recovery_code)
    if not form.is_valid():
        return waiting(request, page, context, wait)
    tell(half.person, "security", what=_("A recovery code was used to sign in."))
    left = recovery_codes_left(half.person)
    said = ngettext("%(n)d recovery code is left.", "%(n)d recovery codes are left.", left)
    messages.warning(request, said % {"n": left})
    return _enter(request, half, "recovery code")


@after_first_step
def lost(request: HttpRequest, half: HalfWay) -> HttpResponse:
    """Everything is lost: what is under way, and the next message to ask for."""
    at = moment_of(request)
    recovery = open_recovery(half.person, at)
    is_ready = recovery is not None and at >= recovery.not_before
    context = {"recovery": recovery, "is_ready": is_ready, "half": half}
    page = "account/lost.html"
    if request.method != "POST" or (recovery is not None and not is_ready):
        return render(request, page, context)
    wait = slowed(request, "mail", half.person.email)
    if wait:
        return waiting(request, page, context | {"refused": refused(wait)}, wait)
    try:
        return _last_code(request, half) if is_ready else _first_link(request, half)
    except NotSent:
        return not_sent(request)


@after_first_step
def lost_end(request: HttpRequest, half: HalfWay) -> HttpResponse:
    """The last code: every second step is removed, and the person is in."""
    number = request.session.get(ENDING, "")
    form = MailedCode(request.POST if request.method == "POST" else None)
    page, context = "account/lost_end.html", {"form": form}
    if not form.is_valid():
        return render(request, page, context)
    wait, at = slowed(request, "mailed-code", number), moment_of(request)
    code = form.cleaned_data["code"]
    link = None if wait else link_of_code(Kind.LOST_FACTOR_END, number, code, at)
    if link is not None and link.user_id == half.person.pk:
        try:
            person = finish_recovery(link, at=at)
        except LinkUsedUp:
            return redirect("lost-second-step")
        tell(person, "lost-factor-done")
        note_signed_in(person, at)
        messages.warning(request, _("Add a new second step now."))
        return let_in(request, person, f"{half.ways}, recovered", reverse("account:security"))
    said = refused(wait) if wait else _("This is not the code, or it is no longer good.")
    form.add_error("code", said)
    return waiting(request, page, context, wait)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of the first message: from here the time runs, and the address is told so."""
    at = moment_of(request)
    link = link_of_secret(Kind.LOST_FACTOR, secret, at)
    if link is None or link.user is None:
        return render(request, "account/link_over.html", {"way": "sign-in"}, status=410)
    if request.method != "POST":
        return render(request, "account/lost_link.html")
    try:
        recovery, stop = begin_recovery(link, at=at)
    except LinkUsedUp:
        return render(request, "account/link_over.html", {"way": "sign-in"}, status=410)
    address = link_to(request, "account:stop-recovery", stop)
    when = moment_for(link.user, recovery.not_before)
    tell(link.user, "lost-factor-begun", when=when, link=address)
    return render(request, "account/lost_begun.html", {"when": when})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The link that stops a recovery somebody else began."""
    at = moment_of(request)
    link = link_of_secret(Kind.STOP_LOST_FACTOR, secret, at)
    if link is None or link.user is None:
        return render(request, "account/link_over.html", {"way": "sign-in"}, status=410)
    if request.method == "POST":
        stop_recovery(link.user, by=person_actor(link.user), at=at)
    return render(request, "account/stop_recovery.html", {"is_done": request.method == "POST"})


def enter_with_passkey(request: HttpRequest, half: HalfWay) -> HttpResponse:
    """The second step was a passkey."""
    return _enter(request, half, "passkey")


def _enter(request: HttpRequest, half: HalfWay, way: str) -> HttpResponse:
    """Whoever has a second step after all needs no recovery: one under way was not theirs."""
    at = moment_of(request)
    if open_recovery(half.person, at) is not None:
        stop_recovery(half.person, by=person_actor(half.person), at=at)
        messages.warning(
            request,
            _("Somebody had asked to remove your second step. That has been stopped. If it was "
              "not you, choose a new password."),
        )  # fmt: skip
    note_signed_in(half.person, at)
    return let_in(request, half.person, f"{half.ways}, {way}", half.there)


def _try(request: HttpRequest, half: HalfWay, form: PortalForm, take: Callable[..., bool]) -> int:
    """Try the code; the form says what is wrong with it. The seconds to wait, if any."""
    person, at = half.person, moment_of(request)
    wait = slowed(request, "second-step", person.number)
    if wait:
        form.add_error("code", refused(wait))
        return wait
    if take(person, form.cleaned_data["code"], by=person_actor(person), at=at):
        forget("second-step", person.number, at)
        return 0
    form.add_error("code", _("This code is not right, or was used already. Try the next one."))
    return 0


def _first_link(request: HttpRequest, half: HalfWay) -> HttpResponse:
    person = half.person
    mailed = ask_recovery(person, by=person_actor(person), at=moment_of(request))
    address = link_to(request, "lost-link", mailed)
    send("lost-factor", person.email, person.language, link=address)
    return render(request, "account/lost_sent.html")


def _last_code(request: HttpRequest, half: HalfWay) -> HttpResponse:
    person = half.person
    mailed = ask_recovery_end(person, by=person_actor(person), at=moment_of(request))
    if mailed is None:
        return redirect("lost-second-step")
    send("lost-factor-end", person.email, person.language, code=code_in(mailed))
    request.session[ENDING] = mailed.number
    return redirect("lost-end")
