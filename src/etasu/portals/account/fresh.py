"""Confirming who you are before a change to how you sign in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from etasu.portals.account.entering import CONFIRMED_AT, moment_of, note_confirmed
from etasu.portals.account.needed import add_way
from etasu.portals.account.openid import single_sign_on
from etasu.portals.account.ways import ways_in
from etasu.portals.components.confirming import ConfirmingForm, confirm_identity
from etasu.portals.components.people import person_here
from etasu.portals.language import safe_address
from etasu.registry.accounts import access

View = Callable[..., HttpResponse]
# Long enough to read a page and fill it in; sending it may take as long again.
READING_FOR, SENDING_FOR = 10 * 60, 20 * 60


def freshly_confirmed(view: View) -> View:
    """Only for somebody who showed a moment ago who they are; anybody else does so first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        is_reading = request.method in access.READING
        there = request.get_full_path() if is_reading else reverse("account:security")
        return redirect(f"{reverse('account:confirm-identity')}?{urlencode({'next': there})}")

    return guarded


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person showed a moment ago who they are."""
    good_for = READING_FOR if request.method in access.READING else SENDING_FOR
    confirmed: int = request.session.get(CONFIRMED_AT, 0)
    return int(moment_of(request).timestamp()) - confirmed <= good_for


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Password, code or passkey; then on to the page that asked for it."""
    there = safe_address(request, request.POST.get("next") or request.GET.get("next", ""))
    person = person_here(request)
    form = ConfirmingForm(request.POST if request.method == "POST" else None, person=person)
    confirmed = confirm_identity(request, form) if form.is_valid() else None
    if confirmed is not None:
        note_confirmed(request)
        add_way(request, confirmed.how)
        return redirect(there)
    context = {
        "form": form,
        "next": there,
        "outside": single_sign_on() if "organization" in ways_in(person) else None,
        "has_password": person.has_usable_password(),
    }
    return render(request, "account/confirm_identity.html", context)
