"""What somebody allows, as choices of theirs; and the link to them, sent when they ask for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor, named
from etasu.registry.submissions.links import new_token, token_hash
from etasu.registry.submissions.models import Consent, ConsentLink
from etasu.safe_use.program import ConsentText

CHOICES_OPEN_FOR = timedelta(hours=24)


class NewConsentLink(NamedTuple):
    """A link to somebody's choices, and the token that opens it, which is not kept."""

    link: ConsentLink
    token: str


class Choice(NamedTuple):
    """One thing somebody may allow: as the program words it today, and what they said last.

    `consent` is the one that stands, or else the newest that was taken back; None when it was never
    allowed. `text` is None for one the program no longer asks for.
    """

    code: str
    text: ConsentText | None
    consent: Consent | None

    @property
    def is_allowed(self) -> bool:
        """Whether it stands now."""
        return self.consent is not None and self.consent.revoked_at is None


def choices_of(program: str, kind: str, subjects: Collection[int], on: date) -> list[Choice]:
    """What the program asks somebody leave for, and what they allowed, in the program's order.

    `subjects` are the ids of whoever it is. What they allowed once and the program no longer asks
    for comes last.
    """
    version = library.current().effective(program, on)
    texts = dict(version.consents) if version else {}
    newest: dict[str, Consent] = {}
    found = Consent.objects.filter(program=program, subject_kind=kind, subject_id__in=subjects)
    for each in found.order_by(F("revoked_at").desc(nulls_first=True), "-given_at", "-id"):
        newest.setdefault(each.code, each)
    codes = [*texts, *(code for code in newest if code not in texts)]
    return [Choice(code, texts.get(code), newest.get(code)) for code in codes]


def is_needed(consent: Consent, on: date) -> bool:
    """Whether taking part rests on the consent: by its own wording, or by the program's today."""
    versions = (
        library.current().version(consent.program, consent.program_version),
        library.current().effective(consent.program, on),
    )
    found = (each.consents.get(consent.code) for each in versions if each is not None)
    return any(text is not None and text.needed for text in found)


def create_consent_link(
    program: str, subject: tuple[str, int, str], *, by: Actor, at: datetime
) -> NewConsentLink:
    """A link to the choices of one subject, good for a day. `subject` is a kind, id and number."""
    kind, subject_id, number = subject
    token = new_token()
    with transaction.atomic():
        link = ConsentLink.objects.create(
            program=program,
            subject_kind=kind,
            subject_id=subject_id,
            subject_number=number,
            token_hash=token_hash(token),
            valid_until=at + CHOICES_OPEN_FOR,
            made_at=at,
            made_by=named(by).number,
        )
        detail = {kind: number}
        subject_of = ("consent-link", link.number)
        audit.record("link.made", subject=subject_of, by=by, at=at, detail=detail)
    return NewConsentLink(link, token)


def consent_link_of(token: str) -> ConsentLink | None:
    """The link a token was given out for, whether it is still good or not."""
    return ConsentLink.objects.filter(token_hash=token_hash(token)).first()
