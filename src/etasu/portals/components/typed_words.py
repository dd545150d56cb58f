"""What was typed into a form that cannot be taken: shown back, to be copied and never lost."""

from __future__ import annotations

import re

from django.http import HttpRequest

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
