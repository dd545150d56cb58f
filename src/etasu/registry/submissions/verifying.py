"""Is a signed form still what its signers signed? Every byte of it, and every signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from etasu.registry.audit.models import AuditEntry
from etasu.registry.submissions.draft_facts import answers_of, definition_of, signatures_of
from etasu.registry.submissions.keeping import content_hash, digest, form_seal
from etasu.registry.submissions.models import Draft, Signature, SignedForm
from etasu.registry.submissions.signing import seal_of
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.forms import kept_answers


class Verdict(NamedTuple):
    """Whether a form, or one signature under it, is as it was signed; `why` not, in a few words.

    `signature` is None for the form itself, and for a signature that is no longer there.
    """

    signature: Signature | None
    is_valid: bool
    why: str = ""


def verify_signatures(form: SignedForm, subject_number: str = "") -> list[Verdict]:
    """A verdict on the form and on each signature, compared with what the audit trail says.

    A form signed in one step has no draft, and is compared with the trail only when the number of
    its subject is given. Whether the trail itself was changed, `audit.facts.verify` tells.
    """
    draft = form.draft
    about = draft.subject_number if draft is not None else subject_number
    noted = _noted_form(form, about) if about else None
    found = [_form_verdict(form, noted, is_noted=bool(about))]
    if draft is None:
        return found
    wanted = list(noted.detail.get("signatures", ())) if noted is not None else []
    there = {each.number: each for each in draft.signatures.all()}
    seals = _noted_seals(draft.number)
    for number in wanted:
        signature = there.get(number)
        if signature is None:
            found.append(Verdict(None, False, f"signature {number} is gone"))
        else:
            why = next(_wrong(form.answers, signature, seals), "")
            found.append(Verdict(signature, not why, why))
    if not wanted:
        found.append(Verdict(None, False, "no signature is noted in the audit trail"))
    return found


def verify_so_far(draft: Draft) -> list[Verdict]:
    """A verdict on each signature that counts under a draft still open, for who signs next."""
    answers, seals = (
        kept_answers(definition_of(draft)[1], answers_of(draft)),
        _noted_seals(draft.number),
    )
    whys = ((each, next(_wrong(answers, each, seals), "")) for each in signatures_of(draft))
    return [Verdict(signature, not why, why) for signature, why in whys]


def is_as_signed(form: SignedForm, subject_number: str = "") -> bool:
    """Whether the form and every signature under it are as they were signed."""
    return all(verdict.is_valid for verdict in verify_signatures(form, subject_number))


def _form_verdict(form: SignedForm, noted: AuditEntry | None, *, is_noted: bool) -> Verdict:
    if content_hash(form) != form.content_hash:
        return Verdict(None, False, "the answers, the name or the meaning were changed")
    if is_noted and noted is None:
        return Verdict(None, False, "the audit trail does not know the form")
    if noted is not None and noted.detail.get("hash") != form.content_hash:
        return Verdict(None, False, "the audit trail has another hash")
    if noted is not None and noted.detail.get("seal", form_seal(form)) != form_seal(form):
        return Verdict(None, False, "what the form is about, or when it was signed, was changed")
    return Verdict(None, True)


def _wrong(answers: dict[str, str], signature: Signature, seals: dict[str, str]) -> Iterator[str]:
    if hash_of(signature.text) != signature.text_hash:
        yield "the text shown was changed"
    if digest(answers) != signature.answers_hash:
        yield "the answers are not those signed"
    if seal_of(signature) != signature.seal:
        yield "the name, the meaning, the moment or the signer was changed"
    if seals.get(signature.number) != signature.seal:
        yield "the audit trail has another signature"


def _noted_form(form: SignedForm, about: str) -> AuditEntry | None:
    found = AuditEntry.objects.filter(subject=about, verb__in=("form.signed", "form.carried_over"))
    return found.filter(detail__number=form.number).first()


def _noted_seals(draft_number: str) -> dict[str, str]:
    found = AuditEntry.objects.filter(subject=draft_number, verb="draft.signed")
    return {each.detail.get("signature"): each.detail.get("seal") for each in found}
