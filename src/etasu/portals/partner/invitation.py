"""Saying yes to helping somebody: their birth date first, then an account of one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.access import MEMBERSHIP
from etasu.portals.account.well_known import for_invitations, well_known
from etasu.portals.components.asking_to_help import send_invitation_to_help
from etasu.portals.components.birth_date import BirthDateForm, not_proved
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.held_invitation import PROVED, TOKEN
from etasu.portals.components.new_person import NewPersonForm
from etasu.portals.components.sharing_words import slices_in_order
from etasu.registry.accounts.access import CARE_PARTNER
from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.accounts.facts import has_account
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.participants.facts import roles_of
from etasu.registry.patient_support.sharing import (
    NotSharing,
    Sent,
    accept_sharing,
    give_address,
    open_invitation,
    prove_patient_known,
    register_and_accept,
)
from etasu.registry.patient_support.sharing_facts import Helping


class AddressForm(PortalForm):
    """Where the link to an account goes."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address"),
            "invalid": gettext_lazy("Enter an email address, such as name@example.org"),
        },
    )


@never_cache
@require_safe
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """The short address in a text message; the secret leaves it at once."""
    request.session[TOKEN] = token[:200]
    return redirect("partner:invitation")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """The invitation of a link; opening it uses nothing up. The secret leaves the address."""
    if "token" in request.GET:
        request.session[TOKEN] = request.GET["token"][:200]
        return redirect("partner:invitation")
    token = request.session.get(TOKEN, "")
    found = open_invitation(token, request.at)  # type: ignore[attr-defined]
    if found is None:
        return render(request, "account/invitation_closed.html", status=404)
    if request.session.get(PROVED) != found.number:
        return _prove(request, found)
    if found.partner.telephone:
        return _ask_for_address(request, found)
    if not request.user.is_authenticated:
        return _as_stranger(request, found, token)
    user: Any = request.user
    is_theirs = user.email.strip().lower() == found.partner.email
    if request.method == "POST" and is_theirs:
        return _accepted(request, user, token)
    return render(request, "partner/invitation.html", _told(found) | {"is_theirs": is_theirs})


def _prove(request: HttpRequest, found: Helping) -> HttpResponse:
    """Whoever has the link by mistake does not know whose birth date is asked for."""
    form = BirthDateForm(sent_form(request), on=found.on)
    if form.is_valid():
        at = request.at  # type: ignore[attr-defined]
        proof = prove_patient_known(found, form.said(), by=_holder(found), at=at)
        if proof.is_right:
            request.session[PROVED] = found.number
            return redirect("partner:invitation")
        form.add_error(None, not_proved(proof.wait_seconds))
    first_name = found.patient.full_name.split()[0]
    return render(request, "partner/prove.html", {"form": form, "first_name": first_name})


def _ask_for_address(request: HttpRequest, found: Helping) -> HttpResponse:
    """Whoever was asked by text message says where the link to an account goes."""
    form = AddressForm(sent_form(request))
    if form.is_valid():
        made = _address_given(request, found, form.cleaned_data["email"])
        if made is not None:
            _forget(request)
            is_sent = send_invitation_to_help(request, made, zone=found.patient.time_zone)
            return render(request, "partner/look_in_mail.html", {"is_sent": is_sent})
        form.add_error("email", _("No message can go there now. Try again in a while."))
    return render(request, "partner/address.html", _told(found) | {"form": form})


def _address_given(request: HttpRequest, found: Helping, email: str) -> Sent | None:
    at = request.at  # type: ignore[attr-defined]
    if seconds_to_wait("mail", email.lower(), at):
        return None
    try:
        return give_address(found, email, by=_holder(found), at=at)
    except NotSharing:
        return None


def _as_stranger(request: HttpRequest, found: Helping, token: str) -> HttpResponse:
    """Nobody is signed in: whoever has an account signs in first, others make one here."""
    context = _told(found) | {"has_account": has_account(found.partner.email)}
    if context["has_account"]:
        return render(request, "partner/invitation.html", context)
    email, name = found.partner.email, found.partner.full_name
    form = NewPersonForm(email, sent_form(request), initial={"full_name": name})
    if form.is_valid():
        said, at = form.cleaned_data, request.at  # type: ignore[attr-defined]
        try:
            register_and_accept(token, said["full_name"], said["password"], by=PLATFORM, at=at)
        except NotSharing:
            return redirect("partner:invitation")
        _forget(request)
        messages.success(request, _("Your account is ready. Sign in to begin."))
        return redirect("sign-in")
    here = for_invitations()
    beside = {
        "form": form,
        "well_known": here,
        "later": [each.label for code, each in well_known().items() if code not in here],
        "next": reverse("partner:invitation"),
    }
    return render(request, "partner/invitation.html", context | beside)


def _accepted(request: HttpRequest, user: Any, token: str) -> HttpResponse:
    at, by = request.at, Actor(user.number, CARE_PARTNER)  # type: ignore[attr-defined]
    try:
        partner = accept_sharing(token, user, by=by, at=at)
    except NotSharing:
        return redirect("partner:invitation")
    _forget(request)
    _act_as_care_partner(request, user, partner.patient.program)
    messages.success(request, _("You can begin. The invitation is accepted."))
    return redirect("partner:home")


def _act_as_care_partner(request: HttpRequest, user: Any, program: str) -> None:
    for acting in roles_of(user):
        if (acting.asker.role, acting.asker.program) == (CARE_PARTNER, program):
            request.session[MEMBERSHIP] = acting.membership_id


def _forget(request: HttpRequest) -> None:
    for name in (TOKEN, PROVED):
        request.session.pop(name, None)


def _holder(found: Helping) -> Actor:
    return Actor(f"care partner {found.number}", CARE_PARTNER)


def _told(found: Helping) -> dict[str, Any]:
    return {"name": found.patient.full_name, "shared": slices_in_order(found.sharing.slices)}
