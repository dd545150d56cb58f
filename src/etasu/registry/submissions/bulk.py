"""Forms signed with another administrator, many at once: that they were signed, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.bulk import Told, insert_all, record_all
from etasu.registry.audit.origins import Source
from etasu.registry.submissions.keeping import FormToSign, content_hash, form_seal
from etasu.registry.submissions.models import SignedForm

CHANNEL = "carried over"


def carry_over_forms(
    forms: Sequence[FormToSign], source: Source, *, by: Actor, at: datetime
) -> list[SignedForm]:
    """That each form was signed on its day. It has no signature here, and says where it has one.

    Whatever channel and meaning a form comes with give way to what is true of all of them.
    """
    made = [_kept(form, source, by, at) for form in forms]
    with transaction.atomic():
        insert_all(made)
        told = [_told(*pair, source) for pair in zip(forms, made, strict=True)]
        record_all(told, by=by, at=at)
    return made


def _kept(form: FormToSign, source: Source, by: Actor, at: datetime) -> SignedForm:
    fields = form._asdict()
    fields.pop("subject_number")
    fields["channel"] = CHANNEL
    fields["meaning"] = f"Signed with {source.administrator}, who has the form and vouches for it."
    kept = SignedForm(**fields, signed_at=at, signed_by=by.number)
    kept.content_hash = content_hash(kept)
    return kept


def _told(form: FormToSign, kept: SignedForm, source: Source) -> Told:
    detail = {
        "form": kept.form,
        "number": kept.number,
        "on": kept.signed_on.isoformat(),
        "hash": kept.content_hash,
        "seal": form_seal(kept),
        **source.note(),
    }
    return Told("form.carried_over", form.subject_kind, form.subject_number, detail)
