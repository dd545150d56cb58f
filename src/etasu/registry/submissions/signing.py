"""Signing: who may, when, over which text; and what a form becomes once everybody has signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor, named
from etasu.registry.submissions.consents import keep_consents
from etasu.registry.submissions.draft_facts import (
    answers_of,
    definition_of,
    signature_facts,
    signatures_of,
)
from etasu.registry.submissions.drafts import lock_draft
from etasu.registry.submissions.keeping import FormToSign, digest, keep_signed_form
from etasu.registry.submissions.models import Draft, Method, Signature, SignedForm, SigningLink
from etasu.registry.submissions.refusals import DraftClosed, NotComplete, NotSignable, Refusal
from etasu.registry.submissions.signing_names import BY_ACCOUNT, Printed, why_not
from etasu.safe_use.form_checks import cleaned
from etasu.safe_use.form_text import hash_of, meaning_for
from etasu.safe_use.forms import (
    as_shown,
    gate_answers,
    is_complete,
    kept_answers,
    next_signer,
    problems,
    text_of,
)
from etasu.safe_use.program import FormDefinition, ProgramVersion, Signer

# How long after somebody proved who they are they may still sign.
CONFIRMED_FOR = timedelta(minutes=5)
# Who may write down a signature that is on paper.
TRANSCRIBERS = frozenset({"administrator"})
_LONGEST_NAME = 200


class ToSign(NamedTuple):
    """A draft to sign as one of its signers. `text_hash` is the hash of the text that was shown.

    `relationship` is filled in when a representative signs in the signer's place; the name is then
    the representative's.
    """

    draft: str
    role: str
    text_hash: str
    printed_name: str
    relationship: str = ""


class Sitting(NamedTuple):
    """How somebody signs, and on whose behalf they are here.

    `confirmed_at` is when the person at the screen last proved who they are: whoever signs, who
    witnesses a signature in person, or who writes down one on paper. `participant_id` is the
    participant they act for, or `patient_id` the patient they are. `signed_on` is the day on paper;
    `names_compared` are the roles whose name on paper is not the one to expect, and was read twice.
    """

    method: str
    zone: str
    confirmed_at: datetime | None = None
    participant_id: int | None = None
    patient_id: int | None = None
    signed_on: date | None = None
    names_compared: tuple[str, ...] = ()


class Signed(NamedTuple):
    """A signature, and the signed form if it was the last one wanted."""

    signature: Signature
    form: SignedForm | None


class _Signing(NamedTuple):
    """One signature about to be given, with everything it is checked against."""

    draft: Draft
    version: ProgramVersion
    definition: FormDefinition
    answers: dict[str, str]
    to_sign: ToSign
    sitting: Sitting
    by: Actor
    at: datetime
    link: SigningLink | None

    @property
    def on(self) -> date:
        """The day of the signature, where it is given."""
        return self.sitting.signed_on or self.local.date()

    @property
    def local(self) -> datetime:
        """The moment, as the clock on the wall shows it."""
        return self.at.astimezone(ZoneInfo(self.sitting.zone))


def sign_draft(to_sign: ToSign, sitting: Sitting, *, by: Actor, at: datetime) -> Signed:
    """Sign one draft; the last signature makes it a signed form. Raises NotSignable.

    The same signature sent again is the one that is there.
    """
    return sign_drafts([to_sign], sitting, by=by, at=at)[0]


def sign_drafts(
    to_sign: Sequence[ToSign], sitting: Sitting, *, by: Actor, at: datetime
) -> list[Signed]:
    """Sign several drafts in one sitting, each with a signature of its own: all, or none.

    Raises NotSignable for the first that cannot be signed.
    """
    with transaction.atomic():
        return [_sign(each, sitting, by, at, None) for each in to_sign]


def sign_with_link(
    link: SigningLink, to_sign: ToSign, sitting: Sitting, *, by: Actor, at: datetime
) -> Signed:
    """Sign one draft as whoever holds the link; see `links`, which looks at the token."""
    with transaction.atomic():
        return _sign(to_sign, sitting, by, at, link)


def finish_draft(draft: Draft, *, by: Actor, at: datetime) -> SignedForm:
    """Make the signed form of a draft everybody has signed. A finished one has it already.

    Raises DraftClosed for an abandoned one, NotComplete when anything is wrong or missing.
    """
    with transaction.atomic():
        locked = lock_draft(draft)
        if locked.finished_at is not None:
            return SignedForm.objects.get(draft=locked)
        if locked.abandoned_at is not None:
            raise DraftClosed(f"draft {locked.number} was abandoned")
        version, definition = definition_of(locked)
        answers, signatures = answers_of(locked), signatures_of(locked)
        on = max((each.signed_on for each in signatures), default=None)
        facts = signature_facts(locked)
        if on is None or not is_complete(definition, version, answers, facts, on):
            raise NotComplete(locked.number, problems(definition, answers, on) if on else ())
        if locked.subject_id is None:
            raise NotComplete(locked.number)
        form = _keep(locked, definition, answers, signatures, on)
        locked.finished_at, locked.finished_by = at, named(by).number
        locked.updated_at, locked.updated_by = at, by.number
        locked.save()
        links = locked.signing_links.filter(used_at__isnull=True, revoked_at__isnull=True)
        links.update(revoked_at=at, revoked_by=by.number)
        audit.record(
            "draft.finished",
            subject=("draft", locked.number),
            by=by,
            at=at,
            detail={"form": form.number},
        )
        seen = as_shown(definition, version, answers, signatures[0].text_hash)
        keep_consents(locked, form, seen[0] if seen else definition, answers, signatures)
    return form


def seal_of(signature: Signature) -> str:
    """The hash of everything a signature says, and of the draft it belongs to."""
    return digest(
        *(signature.number, signature.draft.number, signature.signing_round, signature.position),
        *(signature.role, signature.printed_name, signature.relationship, signature.meaning),
        *(signature.method, signature.signed_on, signature.signed_at.astimezone(UTC)),
        *(signature.signed_by, signature.link_id),
        *(signature.signed_local, signature.time_zone, signature.text_hash),
        *(signature.answers_hash,),
    )


def _sign(
    to_sign: ToSign, sitting: Sitting, by: Actor, at: datetime, link: SigningLink | None
) -> Signed:
    found = Draft.objects.select_for_update().filter(number=to_sign.draft).first()
    if found is None:
        raise NotSignable(Refusal.NO_SUCH_DRAFT, to_sign.draft)
    version, definition = definition_of(found)
    answers = answers_of(found)
    signing = _Signing(found, version, definition, answers, to_sign, sitting, by, at, link)
    _check_confirmed(signing)
    before = _same_before(signing)
    if before is None:
        _check(signing)
        before = _write(signing)
    is_last = next_signer(definition, signature_facts(found)) is None
    if not is_last or found.subject_id is None:
        return Signed(before, None)
    return Signed(before, finish_draft(found, by=by, at=at))


def _same_before(signing: _Signing) -> Signature | None:
    """The signature that is there already, when the same one is sent again."""
    to_sign = signing.to_sign
    return signing.draft.signatures.filter(
        signing_round=signing.draft.signing_round,
        role=to_sign.role,
        text_hash=to_sign.text_hash,
        printed_name=cleaned(to_sign.printed_name),
        relationship=cleaned(to_sign.relationship),
        method=signing.sitting.method,
        signed_by=named(signing.by).number,
    ).first()


def _check_confirmed(signing: _Signing) -> None:
    if signing.link is not None:
        return
    confirmed_at = signing.sitting.confirmed_at
    if confirmed_at is None or not (signing.at - CONFIRMED_FOR <= confirmed_at <= signing.at):
        raise _refused(signing, Refusal.NOT_CONFIRMED)


def _check(signing: _Signing) -> None:
    """Raise NotSignable unless this signature can be given now, by this person, over this text."""
    if not signing.draft.is_open:
        raise _refused(signing, Refusal.CLOSED)
    effective = library.current().effective(signing.draft.program, signing.on)
    if effective is None or effective.label != signing.draft.program_version:
        raise _refused(signing, Refusal.OLD_VERSION)
    signer = _check_turn(signing)
    _check_method(signing)
    _check_name(signing, signer)
    wrong = problems(signing.definition, signing.answers, signing.on)
    if wrong:
        raise NotSignable(Refusal.NOT_COMPLETE, signing.draft.number, wrong)
    if _shown(signing) is None:
        raise _refused(signing, Refusal.CHANGED_SINCE_SHOWN)
    # All of them sign the same words: a program may have mended some since the first one did.
    for earlier in signatures_of(signing.draft):
        if _text_with(signing, earlier.text_hash) is None:
            raise _refused(signing, Refusal.CHANGED_SINCE_SIGNED)


def _check_turn(signing: _Signing) -> Signer:
    role = signing.to_sign.role
    if role not in {each.role for each in signing.definition.signers}:
        raise _refused(signing, Refusal.NOT_THE_SIGNER)
    wanted = next_signer(signing.definition, signature_facts(signing.draft))
    if wanted is None:
        raise _refused(signing, Refusal.ALL_SIGNED)
    if wanted.role != role:
        raise _refused(signing, Refusal.NOT_YOUR_TURN)
    return wanted


def _check_method(signing: _Signing) -> None:
    method, role = signing.sitting.method, signing.by.role
    if method in BY_ACCOUNT:
        _check_account(signing)
    elif method == Method.IN_PERSON:
        _check_witness(signing)
    elif method == Method.PAPER:
        is_later = signing.on > signing.local.date()
        if role not in TRANSCRIBERS or signing.sitting.signed_on is None or is_later:
            raise _refused(signing, Refusal.NOT_THE_SIGNER)
    elif method != Method.LINK or not _is_its_link(signing):
        raise _refused(signing, Refusal.NOT_THE_SIGNER)


def _is_its_link(signing: _Signing) -> bool:
    link = signing.link
    return (
        link is not None and link.draft_id == signing.draft.pk and link.role == signing.to_sign.role
    )


def _check_account(signing: _Signing) -> None:
    if signing.by.role != signing.to_sign.role:
        raise _refused(signing, Refusal.NOT_THE_SIGNER)
    if not _acts_for_draft(signing):
        raise _refused(signing, Refusal.OTHER_PARTY)
    others = [each for each in signatures_of(signing.draft) if each.method in BY_ACCOUNT]
    if signing.by.number in {each.signed_by for each in others}:
        raise _refused(signing, Refusal.SAME_PERSON)


def _check_witness(signing: _Signing) -> None:
    """Somebody else who signs this form watches, and only where no account of theirs signs."""
    witnesses = {each.role for each in signing.definition.signers} - {signing.to_sign.role}
    if signing.by.role not in witnesses:
        raise _refused(signing, Refusal.NOT_THE_SIGNER)
    if signing.sitting.participant_id is None or not _acts_for_draft(signing):
        raise _refused(signing, Refusal.OTHER_PARTY)


def _acts_for_draft(signing: _Signing) -> bool:
    draft, sitting = signing.draft, signing.sitting
    if sitting.participant_id is not None:
        return sitting.participant_id == draft.owner_id
    is_patient = draft.subject_kind == "patient" and draft.subject_id is not None
    return is_patient and sitting.patient_id == draft.subject_id


def _check_name(signing: _Signing, signer: Signer) -> None:
    name = cleaned(signing.to_sign.printed_name)
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise _refused(signing, Refusal.NO_NAME)
    relationship = cleaned(signing.to_sign.relationship)
    may = signer.in_place.relationships if signer.in_place is not None else ()
    if relationship and relationship not in may:
        raise _refused(signing, Refusal.NOT_REPRESENTABLE)
    refusal = why_not(_printed(signing), signing.definition, signing.answers)
    if refusal is not None:
        raise _refused(signing, refusal)


def _printed(signing: _Signing) -> Printed:
    to_sign, sitting = signing.to_sign, signing.sitting
    return Printed(
        role=to_sign.role,
        name=cleaned(to_sign.printed_name),
        relationship=cleaned(to_sign.relationship),
        method=sitting.method,
        signed_by=signing.by.number,
        is_compared=to_sign.role in sitting.names_compared,
    )


def _write(signing: _Signing) -> Signature:
    draft, to_sign, sitting = signing.draft, signing.to_sign, signing.sitting
    position = len(signatures_of(draft)) + 1
    relationship = cleaned(to_sign.relationship)
    newest = text_of(signing.definition, signing.version, signing.answers)
    shown, text = _shown(signing) or (signing.definition, newest)
    signature = Signature(
        draft=draft,
        link=signing.link,
        signing_round=draft.signing_round,
        position=position,
        role=to_sign.role,
        printed_name=cleaned(to_sign.printed_name),
        relationship=relationship,
        meaning=meaning_for(shown.signers[position - 1], bool(relationship)) or "",
        method=sitting.method,
        signed_on=signing.on,
        signed_at=signing.at,
        signed_by=named(signing.by).number,
        signed_local=signing.local.isoformat(timespec="seconds"),
        time_zone=sitting.zone,
        text=text,
        text_hash=hash_of(text),
        answers_hash=digest(kept_answers(signing.definition, signing.answers)),
    )
    signature.seal = seal_of(signature)
    signature.save(force_insert=True)
    audit.record(
        "draft.signed",
        subject=("draft", draft.number),
        by=signing.by,
        at=signing.at,
        detail={
            **{"signature": signature.number, "as": signature.role, "method": signature.method},
            **{"hash": signature.text_hash, "seal": signature.seal, "language": shown.said_in},
            **({"name": "read twice"} if to_sign.role in sitting.names_compared else {}),
        },
    )
    return signature


def _shown(signing: _Signing) -> tuple[FormDefinition, str] | None:
    """The form and text as the signer saw them; None when they have changed since."""
    return _text_with(signing, signing.to_sign.text_hash)


def _text_with(signing: _Signing, text_hash: str) -> tuple[FormDefinition, str] | None:
    return as_shown(signing.definition, signing.version, signing.answers, text_hash)


def _keep(
    draft: Draft,
    definition: FormDefinition,
    answers: dict[str, str],
    signatures: list[Signature],
    on: date,
) -> SignedForm:
    """The signed form, as signed by the last signer at that moment."""
    last = signatures[-1]
    form = FormToSign(
        program=draft.program,
        program_version=draft.program_version,
        form=draft.form,
        subject_kind=draft.subject_kind,
        subject_id=draft.subject_id or 0,
        subject_number=draft.subject_number,
        answers=kept_answers(definition, answers),
        gate_answers=gate_answers(definition, answers),
        signer_name=last.printed_name,
        meaning=last.meaning,
        signed_on=on,
        course=draft.course,
        channel=draft.channel,
    )
    detail = {"draft": draft.number, "signatures": [each.number for each in signatures]}
    signed_by = Actor(last.signed_by, last.role)
    return keep_signed_form(form, by=signed_by, at=last.signed_at, draft=draft, detail=detail)


def _refused(signing: _Signing, reason: Refusal) -> NotSignable:
    return NotSignable(reason, signing.draft.number)
