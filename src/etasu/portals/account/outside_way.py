"""Off to a service that says who somebody is, and back: the same steps, whichever service it is."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from etasu.portals.account.entering import moment_of, place_of
from etasu.portals.account.openid import (
    Begun,
    Refused,
    SingleSignOn,
    address_to_ask,
    begin,
    identity_of,
)
from etasu.portals.account.slowing import slowed
from etasu.portals.language import safe_address
from etasu.registry.accounts.outside import Identity


class Way(NamedTuple):
    """A service, the address it sends people back to, and what the session calls the way there."""

    service: SingleSignOn
    return_to: str
    kept_as: str


class TooOften(Refused):
    """Somebody goes there again and again; they may in so many `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too often")
        self.seconds = seconds


def go_there(request: HttpRequest, way: Way, *, wants_fresh: bool = False) -> HttpResponse:
    """Off to the service; with `wants_fresh` it asks them again who they are. Raises Refused."""
    wait = slowed(request, "sign-in-outside", place_of(request))
    if wait:
        raise TooOften(wait)
    begun = begin(moment_of(request), wants_fresh=wants_fresh)
    address = address_to_ask(way.service, begun, way.return_to)
    request.session[way.kept_as] = {
        "begun": begun._asdict(),
        "return_to": way.return_to,
        "next": safe_address(request, request.GET.get("next", "")),
    }
    return HttpResponseRedirect(address)


def who_came_back(request: HttpRequest, way: Way) -> tuple[Identity, str]:
    """Who they are by the service, and the page they wanted. What was begun counts once.

    Raises Refused.
    """
    kept = request.session.pop(way.kept_as, None)
    if kept is None or kept["return_to"] != way.return_to:
        raise Refused("not begun here")
    came_back = {name: request.GET[name] for name in request.GET}
    begun, at = Begun(**kept["begun"]), moment_of(request)
    identity = identity_of(way.service, begun, came_back, way.return_to, at)
    return identity, safe_address(request, kept["next"])


def refused_page(request: HttpRequest, template: str, way: Way, refused: Refused) -> HttpResponse:
    """What somebody reads whom the service, or this site, does not let in by it."""
    response = render(request, template, {"outside": way.service}, status=403)
    if isinstance(refused, TooOften):
        response.status_code, response["Retry-After"] = 429, str(refused.seconds)
    return response
