"""The signatures under a form, as a page and a file show them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from etasu.portals.components.paper.signatures import PrintedSignature
from etasu.portals.components.words import role_label
from etasu.registry.submissions.facts import signatures_of, signed_form_of, verify_signatures


def printed_signatures(draft: Any) -> list[PrintedSignature]:
    """The signatures that count; of a finished form, with whether each still holds."""
    form = signed_form_of(draft)
    verdicts: dict[Any, bool] = {}
    if form is not None:
        for each in verify_signatures(form, draft.subject_number):
            if each.signature is not None:
                verdicts[each.signature.pk] = each.is_valid
    return [
        PrintedSignature(
            name=each.printed_name,
            role=role_label(each.role),
            meaning=each.meaning,
            signed_at=each.signed_at.astimezone(ZoneInfo(each.time_zone)),
            zone=each.time_zone,
            method=each.get_method_display(),
            digest=each.text_hash,
            is_valid=verdicts.get(each.pk),
            stands_for=each.relationship,
        )
        for each in signatures_of(draft)
    ]
