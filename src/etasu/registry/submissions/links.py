"""Signing by a link sent to somebody who does not sign in: one draft, one role, one use."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor, named
from etasu.registry.submissions.draft_facts import definition_of
from etasu.registry.submissions.drafts import lock_draft, lock_open_draft
from etasu.registry.submissions.models import Draft, LinkRequest, Method, SigningLink
from etasu.registry.submissions.refusals import LinkNotUsable, LinkState, NotSignable, Refusal
from etasu.registry.submissions.signing import Signed, Sitting, ToSign, sign_with_link

VALID_FOR = timedelta(days=7)
# How long after signing the signer can still fetch a copy by the link.
COPY_FOR = timedelta(days=7)
_TOKEN_BYTES = 32


class NewLink(NamedTuple):
    """A signing link and the token that opens it, which is not kept and cannot be shown again."""

    link: SigningLink
    token: str


class LinkAt(NamedTuple):
    """A link that was made, and how it stands: `state` is None while it can be used."""

    link: SigningLink
    state: LinkState | None
    has_request: bool


def create_signing_link(
    draft: Draft, role: str, *, sent_to: str = "", by: Actor, at: datetime
) -> NewLink:
    """A link for one signer of a draft, good for 7 days and one signature.

    An open link for the same signer ends with it. `sent_to` is the address it will be sent to.
    Raises DraftClosed, or NotSignable when the form has no such signer.
    """
    token = new_token()
    with transaction.atomic():
        locked = lock_open_draft(draft)
        if role not in {signer.role for signer in definition_of(locked)[1].signers}:
            raise NotSignable(Refusal.NOT_THE_SIGNER, locked.number)
        for known in _open(locked).filter(role=role):
            revoke_signing_link(known, by=by, at=at)
        link = SigningLink.objects.create(
            draft=locked,
            role=role,
            token_hash=token_hash(token),
            valid_until=at + VALID_FOR,
            made_at=at,
            made_by=named(by).number,
            sent_to=sent_to,
        )
        _note("link.made", link, by, at)
    return NewLink(link, token)


def open_signing_link(token: str, *, at: datetime) -> SigningLink:
    """The link a token opens, with its draft; raises LinkNotUsable when it opens nothing now.

    Looking does not use it up: mail scanners look too.
    """
    link = signing_link_of(token)
    if link is None:
        raise LinkNotUsable(LinkState.UNKNOWN)
    state = link_state(link, at)
    if state is not None:
        raise LinkNotUsable(state)
    return link


def signing_link_of(token: str) -> SigningLink | None:
    """The link a token was given out for, whether it can still be used or not."""
    return SigningLink.objects.select_related("draft").filter(token_hash=token_hash(token)).first()


def link_state(link: SigningLink, at: datetime) -> LinkState | None:
    """Why a link opens nothing; None when it does."""
    if link.used_at is not None:
        return LinkState.USED
    if link.revoked_at is not None:
        return LinkState.REVOKED
    if at >= link.valid_until:
        return LinkState.EXPIRED
    return None if link.draft.is_open else LinkState.CLOSED


def may_fetch_copy(link: SigningLink, at: datetime) -> bool:
    """Whether whoever signed by the link can still fetch their copy by it."""
    return link.used_at is not None and at < link.used_at + COPY_FOR


def links_of(draft: Draft, role: str, at: datetime) -> list[LinkAt]:
    """Every link that was made for a signer of a draft, newest first."""
    found = SigningLink.objects.filter(draft=draft, role=role).select_related("draft", "request")
    return [
        LinkAt(each, link_state(each, at), hasattr(each, "request"))
        for each in found.order_by("-made_at", "-id")
    ]


def note_link_sent(link: SigningLink, *, by: Actor, at: datetime) -> bool:
    """Note that a mail server took the message with the link; False when it ended meanwhile."""
    with transaction.atomic():
        still = SigningLink.objects.filter(
            pk=link.pk, used_at__isnull=True, revoked_at__isnull=True, sent_at__isnull=True
        )
        if not still.update(sent_at=at, sent_by=named(by).number):
            return False
        _note("link.sent", link, by, at)
    return True


def ask_for_new_link(link: SigningLink, *, by: Actor, at: datetime) -> bool:
    """Keep that whoever holds a link that opens nothing any more asks for a new one, once."""
    with transaction.atomic():
        _kept, is_new = LinkRequest.objects.get_or_create(
            link=link, defaults={"asked_at": at, "asked_by": named(by).number}
        )
        if is_new:
            _note("link.asked_for", link, by, at)
    return is_new


def holder_of(link: SigningLink) -> Actor:
    """Whoever holds the link's token, in the role they sign in: the one who signs by it."""
    return Actor(f"link {link.number}", link.role)


def sign_by_link(token: str, to_sign: ToSign, *, zone: str, by: Actor, at: datetime) -> Signed:
    """Sign the link's draft as its signer, and use the link up. `by` is `holder_of` the link.

    Raises LinkNotUsable or NotSignable, and the link can then still be used.
    """
    with transaction.atomic():
        lock_draft(open_signing_link(token, at=at).draft)
        # Looked at again, for the link may have been used up while the draft was held by another.
        link = open_signing_link(token, at=at)
        if by != holder_of(link):
            raise NotSignable(Refusal.NOT_THE_SIGNER, link.draft.number)
        sitting = Sitting(method=Method.LINK, zone=zone)
        link.used_at, link.used_by = at, by.number
        link.save(update_fields=["used_at", "used_by"])
        _note("link.used", link, by, at)
        return sign_with_link(link, to_sign, sitting, by=by, at=at)


def revoke_signing_link(link: SigningLink, *, by: Actor, at: datetime) -> SigningLink:
    """End a link that was not used. One that is used or ended already stays as it is."""
    with transaction.atomic():
        locked = SigningLink.objects.select_for_update().get(pk=link.pk)
        if locked.used_at is None and locked.revoked_at is None:
            locked.revoked_at, locked.revoked_by = at, named(by).number
            locked.save(update_fields=["revoked_at", "revoked_by"])
            _note("link.revoked", locked, by, at)
    return locked


def _open(draft: Draft) -> QuerySet[SigningLink]:
    return SigningLink.objects.filter(draft=draft, used_at__isnull=True, revoked_at__isnull=True)


def new_token() -> str:
    """A secret nobody guesses."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _note(verb: str, link: SigningLink, by: Actor, at: datetime) -> None:
    detail = {"draft": link.draft.number, "as": link.role}
    audit.record(verb, subject=("signing-link", link.number), by=by, at=at, detail=detail)
