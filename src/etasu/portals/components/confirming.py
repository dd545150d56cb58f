"""Confirming who you are, in the middle of a form: by password, authenticator app or passkey.

A page that signs takes `ConfirmingForm` for its form, `{% confirming form %}` in its template, and
`confirm_identity` in its view.
"""

from __future__ import annotations

import hashlib
from ipaddress import ip_address
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.forms import PortalForm
from etasu.portals.components.sending import FORM_TOKEN, new_form_token
from etasu.registry.accounts.confirming import Confirmed, Said, confirm
from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.passkeys import passkeys_of
from etasu.registry.accounts.second_steps import app_of
from etasu.registry.audit.actors import Actor

# Where the challenge a passkey is to answer waits.
CHALLENGE = "passkey_challenge"


class PasswordField(forms.CharField):
    """Always asked for, and so never called optional; the form says what may stand in for it."""

    def validate(self, value: Any) -> None:
        """Nothing here; see `ConfirmingForm.clean`."""


class ConfirmingForm(PortalForm):
    """A form that ends with showing that it is really you. Give the signed-in person to it."""

    password = PasswordField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    passkey = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput())

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.has_app = app_of(person) is not None
        self.has_passkey = bool(passkeys_of(person))
        if self.has_app:
            self.fields["password"].label = _(
                "Your password, or a code from your authenticator app"
            )

    def clean(self) -> dict[str, Any] | None:
        """One of the two has to be there."""
        given = super().clean()
        if not self.cleaned_data.get("password") and not self.cleaned_data.get("passkey"):
            self.add_error("password", _("Enter your password"))
        return given


def confirm_identity(request: HttpRequest, form: ConfirmingForm) -> Confirmed | None:
    """The moment at which the person showed who they are; otherwise the form says what is wrong.

    Call it for a form that is valid otherwise, before doing what the form is for. A double click
    confirms once and is told so twice.
    """
    person, at = form.person, request.at  # type: ignore[attr-defined]
    said = Said(
        typed=form.cleaned_data["password"],
        token=_sending(request),
        place=request.META.get("REMOTE_ADDR", ""),
        passkey=form.cleaned_data["passkey"],
        challenge=request.session.get(CHALLENGE),
        site=site_of(request),
    )
    answer = confirm(person, said, by=_actor(request, person), at=at)
    if said.passkey:
        request.session.pop(CHALLENGE, None)
    if isinstance(answer, Confirmed):
        return answer
    form.add_error("password", _refusal(form, answer.wait_seconds))
    return None


def site_of(request: HttpRequest) -> tuple[str, str]:
    """The host people open, which passkeys belong to, and what the site is called."""
    return request.get_host().partition(":")[0], str(settings.ETASU_SITE_NAME)


def passkeys_work_here(request: HttpRequest) -> bool:
    """Passkeys belong to a name; a site opened by its bare IP address has none."""
    try:
        ip_address(site_of(request)[0].strip("[]"))
    except ValueError:
        return not request.get_host().startswith("[")
    return False


def too_many_tries(wait_seconds: int) -> str:
    """What somebody reads who has to wait before the next try."""
    said = ngettext(
        "Too many tries. Wait %(n)d second, then try again. Your account is not locked.",
        "Too many tries. Wait %(n)d seconds, then try again. Your account is not locked.",
        wait_seconds,
    )
    return said % {"n": wait_seconds}


def _refusal(form: ConfirmingForm, wait_seconds: int) -> str:
    if wait_seconds:
        return too_many_tries(wait_seconds)
    if form.cleaned_data["passkey"]:
        return _("This passkey did not answer. Try again, or use your password.")
    if form.has_app:
        return _("This is neither your password nor the app's present code. Try again.")
    return _("This is not your password. Try again.")


def _actor(request: HttpRequest, person: Person) -> Actor:
    asker = getattr(request, "asker", None)
    return Actor(person.number, asker.role if asker is not None else "person")


def _sending(request: HttpRequest) -> str:
    shown = request.POST.get(FORM_TOKEN) or new_form_token()
    given = (request.POST.get("password", ""), request.POST.get("passkey", ""))
    text = repr(("confirm", request.path, shown, given))
    return hashlib.sha256(text.encode()).hexdigest()
