"""What somebody had typed when their session ended: kept for them, and sent again if they want.

It waits encrypted in the browser's session, is shown to nobody but its owner, and is never sent
by itself.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from etasu.portals.components.people import person_here
from etasu.portals.language import safe_address
from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.keeping_secrets import UnreadableSecret, decrypted, encrypted

# Whose session ended in this browser, and what they had typed.
TIMED_OUT, KEPT = "timed_out", "kept_form"
KEPT_FROM = "kept_from"
# Who was signed in when the page of a draft was made, signed, for a browser that lost its session.
FOR_PERSON = "for_person"
_SALT, _FOR_HOURS = "etasu.kept-form", 24
LONGEST = 200_000
# Secrets are typed again, and the page's own tokens are made anew.
NEVER_KEPT = frozenset(
    {"csrfmiddlewaretoken", "password", "again", "passkey", KEPT_FROM, FOR_PERSON}
)


class KeptForm(NamedTuple):
    """A form as it was sent or left: whose, from which page, and every answer."""

    owner: str
    address: str
    answers: list[tuple[str, str]]


def keep_for_later(request: HttpRequest) -> bool:
    """Keep the form of a request that came too late; whether there was anything to keep.

    Somebody else's form, signed in here meanwhile, has nobody to wait for.
    """
    if request.method != "POST":
        return False
    owner = request.session.get(TIMED_OUT) or _owner_named(request)
    user: Any = request.user
    if not isinstance(owner, str) or (user.is_authenticated and user.number != owner):
        return False
    return _keep(request, owner, request.get_full_path())


def owner_token(request: HttpRequest) -> str:
    """Says on a page of a form for whom it was made, in a way nobody can make up."""
    user: Any = request.user
    return signing.dumps(user.number, salt=_SALT) if user.is_authenticated else ""


def _owner_named(request: HttpRequest) -> str | None:
    try:
        said = request.POST.get(FOR_PERSON, "")
        return str(signing.loads(said, salt=_SALT, max_age=_FOR_HOURS * 60 * 60))
    except signing.BadSignature:
        return None


def back_to_form(request: HttpRequest, person: Person) -> str:
    """Where somebody goes on who signed in again; nothing is kept for anybody else."""
    kept = _kept(request)
    if kept is not None and kept.owner == person.number:
        return reverse("account:kept-form")
    request.session.pop(KEPT, None)
    return ""


@never_cache
@require_POST
def keep_form(request: HttpRequest) -> HttpResponse:
    """The page hands over what is typed on it when its time is over; nothing is done with it."""
    user: Any = request.user
    owner = user.number if user.is_authenticated else request.session.get(TIMED_OUT)
    address = safe_address(request, request.POST.get(KEPT_FROM, ""))
    if isinstance(owner, str) and address.startswith("/"):
        _keep(request, owner, address)
    return redirect("account:kept-form" if user.is_authenticated else "sign-in")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kept_form(request: HttpRequest) -> HttpResponse:
    """What was kept, to be sent now from the page it belongs to, or thrown away."""
    person = person_here(request)
    kept = _kept(request)
    if kept is None or kept.owner != person.number:
        request.session.pop(KEPT, None)
        return redirect("home")
    if request.method == "POST":
        del request.session[KEPT]
        return HttpResponseRedirect(kept.address)
    return render(request, "account/kept_form.html", {"kept": kept})


def _keep(request: HttpRequest, owner: str, address: str) -> bool:
    answers = [
        (name, value)
        for name in request.POST
        if name not in NEVER_KEPT
        for value in request.POST.getlist(name)
    ]
    text = json.dumps(KeptForm(owner, address, answers))
    if not answers or len(text) > LONGEST:
        return False
    request.session[KEPT] = encrypted(text.encode()).decode()
    return True


def _kept(request: HttpRequest) -> KeptForm | None:
    kept = request.session.get(KEPT)
    if not kept:
        return None
    try:
        owner, address, answers = json.loads(decrypted(kept.encode()))
    except UnreadableSecret:
        return None
    return KeptForm(owner, address, [(name, value) for name, value in answers])
