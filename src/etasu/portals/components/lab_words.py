"""Why a result is not simply kept, in the language of the page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from etasu.registry.monitoring.reasons import Reason


def in_words(reason: Reason) -> str:
    """A reason and what to do about it."""
    return " ".join(_(text) for text in reason if text)
