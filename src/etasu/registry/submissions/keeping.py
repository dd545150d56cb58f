"""Keeping signed forms, exactly once, and the hashes they are kept with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import orjson
from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.models import Draft, SignedForm


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


def keep_signed_form(
    form: FormToSign,
    *,
    by: Actor,
    at: datetime,
    draft: Draft | None = None,
    detail: Mapping[str, Any] | None = None,
) -> SignedForm:
    """Keep a form exactly as signed, with a hash of what was shown.

    `draft` is the draft it comes from, of which there is one signed form at most.
    """
    fields = form._asdict()
    fields.pop("subject_number")
    with transaction.atomic():
        kept = SignedForm(**fields, signed_at=at, signed_by=by.number, draft=draft)
        kept.content_hash = content_hash(kept)
        kept.save(force_insert=True)
        audit.record(
            "form.signed",
            subject=(form.subject_kind, form.subject_number),
            by=by,
            at=at,
            detail={
                **{"form": form.form, "number": kept.number, "hash": kept.content_hash},
                **{"seal": form_seal(kept), **(detail or {})},
            },
        )
    return kept


def digest(*parts: Any) -> str:
    """The SHA-256 of values as JSON with sorted keys, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def content_hash(form: SignedForm) -> str:
    """The hash of what was shown: the form, its answers, the signer and the meaning."""
    return digest(form.form, form.program_version, form.answers, form.signer_name, form.meaning)


def form_seal(form: SignedForm) -> str:
    """The hash of everything a signed form says, and about whom."""
    return digest(
        *(form.number, form.program, form.program_version, form.form, form.subject_kind),
        *(form.subject_id, form.course, form.answers, form.gate_answers, form.channel),
        *(form.signed_on, form.signed_at.astimezone(UTC), form.signed_by),
        *(form.signer_name, form.meaning),
    )
