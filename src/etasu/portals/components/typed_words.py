"""What was typed into a form that cannot be taken: shown back, to be copied and never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

# What pages carry along by themselves, and secrets, which are typed again.
_NOT_TYPED = frozenset(
    (
        *("csrfmiddlewaretoken", "form_token", "password", "again", "passkey", "code"),
        *("for_person", "kept_from", "next", "then", "seen_revision", "shown", "shown_ways"),
        *("read", "before", "wanted", "gate", "unsent", "what", "role", "program", "patient"),
    )
)
# What buttons and marks send: a code of the page's own, such as "face-droops".
_CHOSEN = re.compile(r"on|yes|no|(?=.*[a-z])[a-z0-9]+(?:[-_][a-z0-9]+)+|-[a-z]+")


def typed_words(request: HttpRequest) -> tuple[str, ...]:
    """Every answer somebody typed, in the order of the form."""
    return tuple(
        value.strip()
        for name in request.POST
        if name not in _NOT_TYPED and "password" not in name
        for value in request.POST.getlist(name)
        if value.strip() and not _CHOSEN.fullmatch(value)
    )


def words_shown_back(
    request: HttpRequest, on: str, page: Callable[[dict[str, Any]], HttpResponse]
) -> HttpResponse:
    """On to another address, however this one was asked for; words that were typed make a `page`.

    It shows the words and the way on.
    """
    typed = typed_words(request) if request.method == "POST" else ()
    if typed:
        return page({"typed": typed, "on": on})
    response = redirect(on)
    response.status_code = 303
    return response
