"""Paper, fax and telephone: taken in, keyed in by one person, checked by another, never lost."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.drafts import Beginning, abandon_draft, begin_draft, lock_draft
from etasu.registry.submissions.intake_files import look_at
from etasu.registry.submissions.intake_models import IncomingDocument
from etasu.registry.submissions.intake_reading import OnPaper as OnPaper
from etasu.registry.submissions.intake_reading import deciding as deciding
from etasu.registry.submissions.intake_reading import differences as differences
from etasu.registry.submissions.intake_reading import is_own_work as is_own_work
from etasu.registry.submissions.intake_reading import is_printed_here as is_printed_here
from etasu.registry.submissions.intake_reading import left_to_key as left_to_key
from etasu.registry.submissions.intake_reading import names_to_compare as names_to_compare
from etasu.registry.submissions.intake_reading import roles_left as roles_left
from etasu.registry.submissions.intake_reading import signatures_on as signatures_on
from etasu.registry.submissions.intake_reading import turns_on as turns_on
from etasu.registry.submissions.models import Draft
from etasu.safe_use.form_checks import cleaned
from etasu.safe_use.forms import FieldProblem

# So long a document stays on the desk of whoever claimed it; then somebody else may go on.
CLAIM_LASTS = timedelta(hours=2)


class Received(NamedTuple):
    """What came in. A call has no content, but a caller and a number to call back."""

    program: str
    channel: str
    reached_on: date
    content: bytes | None = None
    caller_name: str = ""
    call_back: str = ""


class ReceivedAlready(ValueError):
    """The very same file came in before; `document` is the one that is there."""

    def __init__(self, document: IncomingDocument) -> None:
        super().__init__(f"received as {document.number}")
        self.document = document


class OnAnotherDesk(ValueError):
    """Somebody else works on the document now."""

    def __init__(self, document: IncomingDocument) -> None:
        super().__init__(f"document {document.number} is claimed")
        self.document = document


class FormUnderWay(ValueError):
    """The same form about the same subject is being filled in elsewhere; `draft` is it."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(f"draft {draft.number} is open")
        self.draft = draft


class NotReady(ValueError):
    """Keying in is not finished: answers are wrong or missing, or signatures are."""

    def __init__(self, problems: Sequence[FieldProblem], unsigned: Sequence[str]) -> None:
        super().__init__("the document is not keyed in completely")
        self.problems, self.unsigned = tuple(problems), tuple(unsigned)


class OwnWork(ValueError):
    """Whoever typed any of it cannot be the one who checks it."""


class Differs(ValueError):
    """What the second person read is not what the first typed; `keys` says where."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__("the second reading differs")
        self.keys = tuple(keys)


class WrongState(ValueError):
    """The document is not where this step begins; somebody was there first."""


def receive_document(received: Received, *, by: Actor, at: datetime) -> IncomingDocument:
    """Take a document or a call in, unchanged, at the end of the queue.

    Raises Unreadable for a file we do not take, ReceivedAlready for one that is there.
    """
    fields: dict[str, Any] = received._asdict()
    content: bytes | None = fields["content"]
    if content is not None:
        sheet = look_at(content)
        digest = hashlib.sha256(content).hexdigest()
        fields |= {**sheet._asdict(), "size": len(content), "digest": digest}
    known = _same(received.program, fields.get("digest", ""))
    if known is not None:
        raise ReceivedAlready(known)
    try:
        with transaction.atomic():
            document = IncomingDocument.objects.create(
                **fields, received_at=at, received_by=by.number
            )
            said = {"channel": document.channel, "hash": document.digest}
            _note("document.received", document, by, at, said)
    except IntegrityError:
        known = _same(received.program, fields.get("digest", ""))
        if known is None:
            raise
        raise ReceivedAlready(known) from None
    return document


def claim_document(document: IncomingDocument, *, by: Actor, at: datetime) -> IncomingDocument:
    """Take a document onto one's desk. Raises OnAnotherDesk, and WrongState once it is done.

    One left lying for two hours may be taken by somebody else.
    """
    with transaction.atomic():
        locked = _lock(document)
        _must(locked.checked_at is None and locked.set_aside_at is None)
        if is_claimed_by_another(locked, by, at):
            raise OnAnotherDesk(locked)
        if locked.claimed_by != by.number:
            _note("document.claimed", locked, by, at, {"from": locked.claimed_by})
        locked.claimed_at, locked.claimed_by = at, by.number
        locked.save(update_fields=["claimed_at", "claimed_by"])
    return locked


def release_document(document: IncomingDocument, *, by: Actor, at: datetime) -> IncomingDocument:
    """Put a document back into the queue with everything typed so far."""
    with transaction.atomic():
        locked = _lock(document)
        if locked.claimed_by == by.number:
            _unclaim(locked)
            locked.save(update_fields=["claimed_at", "claimed_by"])
            _note("document.released", locked, by, at, {})
    return locked


def open_form(
    document: IncomingDocument,
    beginning: Beginning,
    *,
    signed_on: date,
    replace: bool = False,
    by: Actor,
    at: datetime,
) -> Draft:
    """Begin the form a document is, in the edition in force on the day it was signed.

    The same form filled in elsewhere is laid aside with `replace`, and named otherwise. Raises
    FormUnderWay, OnAnotherDesk, NoSuchForm, and WrongState for a document that has its form.
    """
    with transaction.atomic():
        locked = _on_my_desk(document, by, at)
        _must(locked.draft_id is None)
        channel = beginning._replace(channel=locked.channel)
        draft = begin_draft(channel, by=by, at=at, on=signed_on)
        if _is_anothers(draft, locked, by, at):
            if not replace:
                raise FormUnderWay(draft)
            _detach(draft, by, at)
            abandon_draft(draft, reason="the form came in signed", by=by, at=at)
            draft = begin_draft(channel, by=by, at=at, on=signed_on)
        locked.draft = draft
        locked.save(update_fields=["draft"])
        detail = {"form": draft.form, "draft": draft.number}
        _note("document.form_opened", locked, by, at, detail)
    return draft


def attach_form(
    document: IncomingDocument, draft: Draft, *, by: Actor, at: datetime
) -> IncomingDocument:
    """The document is a form printed from here: its answers are on record, its signatures are not.

    Raises OnAnotherDesk, FormUnderWay when another document has that form, and WrongState for a
    form that is closed.
    """
    with transaction.atomic():
        locked = _on_my_desk(document, by, at)
        _must(locked.draft_id is None)
        open_draft = lock_draft(draft)
        _must(open_draft.is_open and open_draft.program == locked.program)
        if IncomingDocument.objects.filter(draft=open_draft).exists():
            raise FormUnderWay(open_draft)
        locked.draft = open_draft
        locked.save(update_fields=["draft"])
        detail = {"form": draft.form, "draft": draft.number}
        _note("document.form_attached", locked, by, at, detail)
    return locked


def drop_form(document: IncomingDocument, *, reason: str, by: Actor, at: datetime) -> None:
    """The document is another form, or about somebody else: lay what was typed aside."""
    with transaction.atomic():
        locked = _on_my_desk(document, by, at)
        _must(locked.draft is not None and locked.keyed_at is None)
        _lay_aside(locked.draft, reason, by, at)
        locked.draft, locked.signatures = None, {}
        locked.save(update_fields=["draft", "signatures"])
        _note("document.form_dropped", locked, by, at, {"reason": reason})


def write_signatures(
    document: IncomingDocument, signatures: Mapping[str, OnPaper], *, by: Actor, at: datetime
) -> IncomingDocument:
    """Write down the signatures as they are on the document, by role."""
    with transaction.atomic():
        locked = _on_my_desk(document, by, at)
        _must(locked.draft_id is not None and locked.keyed_at is None)
        locked.signatures = {
            role: {
                "printed_name": cleaned(each.printed_name),
                "signed_on": each.signed_on.isoformat(),
                "relationship": each.relationship,
            }
            for role, each in signatures.items()
        }
        locked.save(update_fields=["signatures"])
        _note("document.signatures_written", locked, by, at, {"as": sorted(signatures)})
    return locked


def hand_on(document: IncomingDocument, *, on: date, by: Actor, at: datetime) -> IncomingDocument:
    """Keying in is done: somebody else is to check it. Raises NotReady with what is left to do."""
    with transaction.atomic():
        locked = _on_my_desk(document, by, at)
        _must(locked.draft is not None and locked.keyed_at is None)
        wrong, unsigned = left_to_key(locked, on)
        if wrong or unsigned:
            raise NotReady(wrong, unsigned)
        locked.keyed_at, locked.keyed_by = at, by.number
        _unclaim(locked)
        locked.save(update_fields=["keyed_at", "keyed_by", "claimed_at", "claimed_by"])
        _note("document.keyed", locked, by, at, {"draft": locked.draft.number})  # type: ignore[union-attr]
    return locked


def send_back(
    document: IncomingDocument, *, reason: str, by: Actor, at: datetime
) -> IncomingDocument:
    """What was keyed in is not what the document says: back to the queue, with what to correct."""
    with transaction.atomic():
        locked = _on_my_desk(document, by, at)
        _must(locked.keyed_at is not None)
        before = locked.keyed_by
        locked.keyed_at = locked.keyed_by = None
        locked.returned_at, locked.returned_by, locked.returned_reason = at, by.number, reason
        _unclaim(locked)
        locked.save()
        _note("document.returned", locked, by, at, {"reason": reason, "keyed_by": before})
    return locked


def check_document(
    document: IncomingDocument, read: Mapping[str, str], *, by: Actor, at: datetime
) -> IncomingDocument:
    """A second person read the document: the fields that decide anything, typed once more.

    Raises OwnWork for whoever typed any of it, and Differs where the two readings do. Doors call
    `reactions.document_checked`, which signs the form with it.
    """
    with transaction.atomic():
        locked = _on_my_desk(document, by, at)
        _must(locked.keyed_at is not None)
        if is_own_work(locked, by):
            raise OwnWork
        differing = differences(locked, read)
        if differing:
            raise Differs(differing)
        locked.checked_at, locked.checked_by = at, by.number
        _unclaim(locked)
        locked.save(update_fields=["checked_at", "checked_by", "claimed_at", "claimed_by"])
        said = {"draft": locked.draft.number, "compared": sorted(read)}  # type: ignore[union-attr]
        _note("document.checked", locked, by, at, said)
    return locked


def set_aside(
    document: IncomingDocument, *, reason: str, by: Actor, at: datetime
) -> IncomingDocument:
    """Out of the queue, with the reason; it stays on record, and can be taken up again."""
    with transaction.atomic():
        locked = _on_my_desk(document, by, at)
        _lay_aside(locked.draft, reason, by, at)
        locked.draft, locked.signatures = None, {}
        locked.keyed_at = locked.keyed_by = None
        locked.set_aside_at, locked.set_aside_by, locked.set_aside_reason = at, by.number, reason
        _unclaim(locked)
        locked.save()
        _note("document.set_aside", locked, by, at, {"reason": reason})
    return locked


def take_up_again(document: IncomingDocument, *, by: Actor, at: datetime) -> IncomingDocument:
    """Back into the queue, where its day of receipt puts it."""
    with transaction.atomic():
        locked = _lock(document)
        _must(locked.set_aside_at is not None)
        locked.set_aside_at = locked.set_aside_by = locked.set_aside_reason = None
        locked.save(update_fields=["set_aside_at", "set_aside_by", "set_aside_reason"])
        _note("document.taken_up", locked, by, at, {})
    return locked


def is_claimed_by_another(document: IncomingDocument, by: Actor, at: datetime) -> bool:
    """Whether somebody else has it on the desk now."""
    since = document.claimed_at
    is_fresh = since is not None and at - since < CLAIM_LASTS
    return is_fresh and document.claimed_by != by.number


def _same(program: str, digest: str) -> IncomingDocument | None:
    found = IncomingDocument.objects.defer("content").filter(program=program, digest=digest)
    return found.first() if digest else None


def _is_anothers(draft: Draft, document: IncomingDocument, by: Actor, at: datetime) -> bool:
    """Whether the draft was there before, on a screen or as another document."""
    others = IncomingDocument.objects.filter(draft=draft).exclude(pk=document.pk)
    return draft.begun_at != at or draft.begun_by != by.number or others.exists()


def _detach(draft: Draft, by: Actor, at: datetime) -> None:
    """The document a draft was keyed in from goes back to where nothing is keyed in."""
    found = IncomingDocument.objects.defer("content").select_for_update()
    for other in found.filter(draft=draft, checked_at__isnull=True):
        other.draft, other.signatures = None, {}
        other.keyed_at = other.keyed_by = None
        other.save()
        reason = "the same form came in once more"
        _note("document.form_dropped", other, by, at, {"reason": reason})


def _lock(document: IncomingDocument) -> IncomingDocument:
    found = IncomingDocument.objects.defer("content").select_for_update(of=("self",))
    return found.select_related("draft").get(pk=document.pk)


def _on_my_desk(document: IncomingDocument, by: Actor, at: datetime) -> IncomingDocument:
    """The document, locked, if this person has it and it is still under way."""
    locked = _lock(document)
    _must(locked.checked_at is None and locked.set_aside_at is None)
    if locked.claimed_by != by.number:
        raise OnAnotherDesk(locked)
    return locked


def _lay_aside(draft: Draft | None, reason: str, by: Actor, at: datetime) -> None:
    """What was keyed in from a document goes with it; what somebody filled in here stays theirs."""
    if draft is not None and not is_printed_here(draft):
        abandon_draft(draft, reason=reason, by=by, at=at)


def _unclaim(document: IncomingDocument) -> None:
    document.claimed_at = document.claimed_by = None


def _must(holds: bool) -> None:
    if not holds:
        raise WrongState


def _note(
    verb: str, document: IncomingDocument, by: Actor, at: datetime, detail: dict[str, Any]
) -> None:
    audit.record(verb, subject=("document", document.number), by=by, at=at, detail=detail)
