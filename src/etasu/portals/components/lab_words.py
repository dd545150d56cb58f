"""Why a result is not simply kept, and how soon one must be acted on, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.registry.monitoring.reasons import Reason

URGENCIES: Mapping[str, str | Promise] = {
    "emergency": gettext_lazy("Act at once"),
    "urgent": gettext_lazy("Urgent"),
    "routine": gettext_lazy("Routine"),
    "information": gettext_lazy("To know"),
}


def in_words(reason: Reason) -> str:
    """A reason and what to do about it."""
    return " ".join(_(text) for text in reason if text)
