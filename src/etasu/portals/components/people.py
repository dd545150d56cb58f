"""Who is at the screen: the person, and the role they act in, if any."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from etasu.registry.accounts.access import NO_ROLE
from etasu.registry.accounts.facts import Person
from etasu.registry.audit.actors import Actor


def person_here(request: HttpRequest) -> Person:
    """The person signed in; not found when nobody is, for only routes that need one ask."""
    if not isinstance(request.user, Person):
        raise Http404
    return request.user


def role_in_session(request: HttpRequest) -> str:
    """The role the person acts in now, or that they act in none."""
    asker = getattr(request, "asker", None)
    return asker.role if asker is not None else NO_ROLE


def actor_in_any_role(request: HttpRequest) -> Actor:
    """The person as an actor, on routes that are open to those without a role as well."""
    return Actor(person_here(request).number, role_in_session(request))
