"""Keeping signed forms."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.models import SignedForm


class FormToSign(NamedTuple):
    """A form as its signer saw it. `gate_answers` are the answers the gates read."""

    program: str
    program_version: str
    form: str
    subject_kind: str
    subject_id: int
    subject_number: str
    answers: Mapping[str, Any]
    gate_answers: Mapping[str, str]
    signer_name: str
    meaning: str
    signed_on: date
    course: int | None = None
    channel: str = "web"


def keep_signed_form(form: FormToSign, *, by: Actor, at: datetime) -> SignedForm:
    """Keep a form exactly as signed, with a hash of what was shown."""
    shown = [form.form, form.program_version, form.answers, form.signer_name, form.meaning]
    content_hash = hashlib.sha256(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)).hexdigest()
    fields = form._asdict()
    fields.pop("subject_number")
    with transaction.atomic():
        kept = SignedForm.objects.create(
            **fields, content_hash=content_hash, signed_at=at, signed_by=by.number
        )
        audit.record(
            "form.signed",
            subject=(form.subject_kind, form.subject_number),
            by=by,
            at=at,
            detail={"form": form.form, "number": kept.number, "hash": content_hash},
        )
    return kept
