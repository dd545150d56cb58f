"""What people allow, each thing apart, and how they take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor, named
from etasu.registry.submissions.models import Consent, Draft, Signature, SignedForm
from etasu.safe_use.form_checks import YES
from etasu.safe_use.forms import CONSENT
from etasu.safe_use.program import ENGLISH, ConsentText, FormDefinition


class NoSuchConsent(ValueError):
    """The program asks for no such consent on that day."""


class Given(NamedTuple):
    """A consent somebody gives, under their name. `relationship` when a representative gives it.

    `language` is that of the text they were shown.
    """

    program: str
    code: str
    subject_kind: str
    subject_id: int
    subject_number: str
    printed_name: str
    method: str
    relationship: str = ""
    language: str = ENGLISH


def give_consent(given: Given, *, on: date, by: Actor, at: datetime) -> Consent:
    """Record a consent with the text that is shown now; one that stands already is the one.

    Raises NoSuchConsent when the program in force on that day has no such consent.
    """
    version = library.current().effective(given.program, on)
    text = version.consents.get(given.code) if version else None
    if version is None or text is None:
        raise NoSuchConsent(f"{given.program} has no consent {given.code}")
    with transaction.atomic():
        shown = text.in_language(given.language)
        return _keep(given, shown, version.label, None, on, by, at)


def revoke_consent(consent: Consent, *, how: str, by: Actor, at: datetime) -> Consent:
    """Take a consent back from now on. One taken back already stays as it is.

    What it stops, and what it does not, is in the program's text: `ConsentText.revocation`.
    """
    with transaction.atomic():
        locked = Consent.objects.select_for_update().get(pk=consent.pk)
        if locked.revoked_at is None:
            locked.revoked_at, locked.revoked_by, locked.revoked_how = at, named(by).number, how
            locked.save(update_fields=["revoked_at", "revoked_by", "revoked_how"])
            detail = {"consent": locked.code, "how": how}
            _note("consent.revoked", locked, by, at, detail)
    return locked


def keep_consents(
    draft: Draft,
    form: SignedForm,
    definition: FormDefinition,
    answers: Mapping[str, str],
    signatures: Sequence[Signature],
) -> list[Consent]:
    """The consents given with a form, by whoever signed it first: each one a record of its own.

    The definition is in the language in which that signer saw it.
    """
    first = signatures[0]
    allowed = [each for each in definition.offered if answers.get(CONSENT + each.code) == YES]
    return [
        _keep(
            Given(
                *(draft.program, text.code, draft.subject_kind, form.subject_id),
                *(draft.subject_number, first.printed_name, first.method, first.relationship),
            ),
            *(text, draft.program_version, form, first.signed_on),
            *(Actor(first.signed_by, first.role), first.signed_at),
        )
        for text in allowed
    ]


def _keep(
    given: Given,
    text: ConsentText,
    label: str,
    form: SignedForm | None,
    on: date,
    by: Actor,
    at: datetime,
) -> Consent:
    fields = given._asdict()
    number = fields.pop("subject_number")
    del fields["language"]  # the text is kept, and says it
    key = {name: fields.pop(name) for name in ("program", "code", "subject_kind", "subject_id")}
    said = {
        **fields,
        **{"program_version": label, "text": text.text, "text_version": text.text_version},
        **{"form": form, "given_on": on, "given_at": at, "given_by": named(by).number},
    }
    consent, is_new = Consent.objects.get_or_create(**key, revoked_at=None, defaults=said)
    if is_new:
        detail = {"consent": consent.code, "text": consent.text_version, "subject": number}
        detail["language"] = text.said_in
        _note("consent.given", consent, by, at, detail)
    return consent


def _note(
    verb: str, consent: Consent, by: Actor, at: datetime, detail: Mapping[str, object]
) -> None:
    subject = ("consent", consent.number)
    audit.record(verb, subject=subject, by=by, at=at, detail=dict(detail))
