"""What happens when somebody has shown who they are: the session begins, and its ways are noted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from etasu.portals.account.kept_form import TIMED_OUT, back_to_form
from etasu.portals.account.needed import WAYS
from etasu.registry.accounts import sessions
from etasu.registry.accounts.facts import Person, person_by_number
from etasu.registry.accounts.sign_in import note_session
from etasu.registry.audit.actors import Actor

HALF_WAY = "half_way"
HALF_WAY_FOR = timedelta(minutes=15)
CONFIRMED_AT = "confirmed_at"
PASSKEY_REFUSED = "passkey_refused"
# Who somebody is at their organization, until they connect that with their account here.
CONNECTING = "organization_connecting"


class HalfWay(NamedTuple):
    """Somebody whose first step is done and whose second is not."""

    person: Person
    ways: str
    there: str


def person_actor(person: Person) -> Actor:
    """The person themselves, about their own account."""
    return Actor(person.number, "person")


def moment_of(request: HttpRequest) -> datetime:
    """The one moment of the request."""
    at: datetime = request.at  # type: ignore[attr-defined]
    return at


def place_of(request: HttpRequest) -> str:
    """Where a request comes from, as tries are counted."""
    return str(request.META.get("REMOTE_ADDR", ""))


def let_in(request: HttpRequest, person: Person, ways: str, there: str) -> HttpResponse:
    """Begin the session, and go there. `ways` says how the person showed who they are."""
    at = moment_of(request)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    there = back_to_form(request, person) or there
    for name in (HALF_WAY, TIMED_OUT):
        request.session.pop(name, None)
    now = int(at.timestamp())
    request.session["started_at"] = request.session["seen_at"] = now
    request.session[WAYS] = ways
    note_confirmed(request)
    if request.session.session_key is None:
        request.session.save()
    browser = sessions.browser_name(request.headers.get("User-Agent", ""))
    key, by = request.session.session_key or "", person_actor(person)
    sessions.begin_session(person, key, browser, ways, by=by, at=at)
    response = redirect(there)
    if person.language in dict(settings.LANGUAGES):
        remember_language(request, response, person.language)
    return response


def note_signed_in(person: Person, at: datetime) -> None:
    """Note in the trail that a session began after a second step or without a password."""
    note_session("person.signed_in", person, at)


def remember_language(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """Show the pages in a language from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 60 * 60,
        samesite="Lax",
        httponly=True,
        secure=request.is_secure(),
    )


def note_confirmed(request: HttpRequest) -> None:
    """Remember that the person showed who they are just now."""
    request.session[CONFIRMED_AT] = int(moment_of(request).timestamp())


def wait_half_way(request: HttpRequest, person: Person, ways: str, there: str) -> HttpResponse:
    """Ask for the second step before anything else."""
    until = (moment_of(request) + HALF_WAY_FOR).timestamp()
    kept: dict[str, Any] = {"person": person.number, "ways": ways, "there": there, "until": until}
    request.session.cycle_key()
    request.session[HALF_WAY] = kept
    return redirect("second-step")


def half_way(request: HttpRequest) -> HalfWay | None:
    """Whose second step is awaited in this browser, if the first was not too long ago."""
    kept = request.session.get(HALF_WAY)
    if kept is None or moment_of(request).timestamp() > kept["until"]:
        return None
    person = person_by_number(kept["person"])
    return HalfWay(person, kept["ways"], kept["there"]) if person is not None else None


def stay_signed_in(request: HttpRequest, person: Person) -> None:
    """Keep this session when all others have just become worthless."""
    former = request.session.session_key or ""
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    sessions.move_session(former, request.session.session_key or "")


def passkey_refusal(request: HttpRequest) -> str:
    """What to say of a passkey that was refused on the way here."""
    if not request.session.pop(PASSKEY_REFUSED, False):
        return ""
    return _("This passkey did not answer, or is not known here. Try again, or use your password.")
