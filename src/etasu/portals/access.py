"""Who is asking, and whether the page is for them: the one place where access is enforced.

What a person may not open answers exactly as what does not exist, so nothing can be learned from
the difference. Without a row in the table of policies nothing starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from etasu.portals import errors
from etasu.portals.account.kept_form import keep_for_later
from etasu.portals.account.needed import second_step_first
from etasu.portals.components.people import role_in_session
from etasu.registry.accounts import access
from etasu.registry.participants.facts import Acting, role_held, roles_of

MEMBERSHIP = "membership"
# While a device is in a patient's hands, nothing opens but what the patient is to see.
HANDED_OVER = "handed_over"
OPEN_TO_PATIENT = frozenset(
    {
        "forms:patient-signs",
        "forms:device-back",
        "language",
        "sign-out",
        # How long they may still read, and reading on.
        "account:session",
        "account:stay",
    }
)
Answer = Callable[[HttpRequest], HttpResponse]


class Access:
    """Sets `request.acting` and `request.asker`, and lets a request through or not."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        missing = routes_without_policy()
        if missing:
            raise ImproperlyConfigured(f"routes without an access policy: {', '.join(missing)}")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        acting = acting_now(request)
        request.acting = acting  # type: ignore[attr-defined]
        request.asker = acting.asker if acting else None  # type: ignore[attr-defined]
        response = errors.with_way_on(request, self.get_response(request))
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store, private"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """None lets the view answer; otherwise the answer in its place."""
        match = request.resolver_match
        if match is None or access.is_machine_door(view):
            return None
        if any("\0" in str(each) for each in kwargs.values()):
            # No number holds one, and the database could not even look for it.
            raise Http404
        lent = request.session.get(HANDED_OVER)
        if lent is not None and match.view_name not in OPEN_TO_PATIENT:
            return _see_other(reverse("forms:device-back", args=[lent]))
        policy = access.POLICIES.get(match.view_name)
        role = role_of(request)
        if policy is not None and policy.allows(role, request.method or ""):
            return second_step_first(request, role, match.view_name)
        if policy is not None and role == access.ANONYMOUS:
            return _to_sign_in(request)
        if policy is not None and role == access.NO_ROLE:
            return _see_other(reverse("home"))
        raise Http404

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page that says to try again, when the record kept changing meanwhile."""
        return errors.for_exception(request, error)


def acting_now(request: HttpRequest) -> Acting | None:
    """The role the signed-in person chose, read anew, so that an ended one stops at once.

    With one role there is nothing to choose.
    """
    if not request.user.is_authenticated:
        return None
    chosen = request.session.get(MEMBERSHIP)
    if chosen is not None:
        held = role_held(request.user, chosen)
        if held is not None:
            return held
        request.session.pop(MEMBERSHIP, None)
    roles = roles_of(request.user)
    if len(roles) != 1:
        return None
    request.session[MEMBERSHIP] = roles[0].membership_id
    return roles[0]


def role_of(request: HttpRequest) -> str:
    """The role a request is made in, as the table of policies names it."""
    if not request.user.is_authenticated:
        return access.ANONYMOUS
    return role_in_session(request)


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Every route of the site by full name; one without a name by its pattern."""
    return _routes(get_resolver(), "")


def routes_without_policy() -> list[str]:
    """Routes for people that no row of the table mentions, by name."""
    return sorted(
        name
        for name, pattern in routes()
        if name not in access.POLICIES and not access.is_machine_door(pattern.callback)
    )


def every_route_has_a_policy(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Django's start-up check over `routes_without_policy`."""
    return [
        Error(
            f"The route {name} has no access policy.",
            hint="Add its row to etasu/registry/accounts/access.py.",
            id="portals.E001",
        )
        for name in routes_without_policy()
    ]


def _routes(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from _routes(entry, inner)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name or entry.pattern}", entry


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    # A form that came after the session's end waits until its owner is back.
    keep_for_later(request)
    there = reverse("sign-in")
    if request.method in access.READING and request.path != reverse("home"):
        there = f"{there}?{urlencode({'next': request.get_full_path()})}"
    return _see_other(there)


def _see_other(there: str) -> HttpResponse:
    response = HttpResponseRedirect(there)
    response.status_code = 303
    return response
