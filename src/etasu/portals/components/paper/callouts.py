"""What a callout is called, on paper and on a page."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from etasu.programs.document_text import CalloutKind

_LABELS: dict[CalloutKind, str | Promise] = {
    CalloutKind.NOTE: _("Good to know"),
    CalloutKind.IMPORTANT: _("Important"),
    CalloutKind.WARNING: _("Warning"),
}


def callout_label(kind: CalloutKind) -> str:
    """The word above the passage, in the reader's language."""
    return str(_LABELS[kind])
