"""Forms of the account pages that act once, however often they are sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest

from etasu.portals.account.entering import moment_of, person_actor
from etasu.portals.account.forms import SHOW
from etasu.portals.components.sending import FORM_TOKEN, new_form_token
from etasu.registry.accounts.receipts import once
from etasu.registry.audit.actors import Actor

# Written anew by every showing of a form, or by the button that shows a password.
_NOT_CONTENT = frozenset({"csrfmiddlewaretoken", SHOW})


def act_once(request: HttpRequest, do: Callable[[], str], *, by: Actor) -> str:
    """Do it for the first sending of this form with this content; where it led, every time.

    When `do` raises, nothing is kept and the form may be sent again.
    """
    shown = request.POST.get(FORM_TOKEN) or new_form_token()
    sent = sorted(
        (name, value)
        for name in request.POST
        if name not in _NOT_CONTENT
        for value in request.POST.getlist(name)
    )
    token = hashlib.sha256(repr((request.path, shown, sent)).encode()).hexdigest()
    return once(token, do, by=by, at=moment_of(request))


def by_person_once(request: HttpRequest, do: Callable[[], str]) -> str:
    """The same for somebody signed in."""
    return act_once(request, do, by=person_actor(request.user))  # type: ignore[arg-type]
