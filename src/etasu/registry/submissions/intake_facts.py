"""The queue of incoming documents as the operations clerks read it."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Q, QuerySet

from etasu.registry.submissions.intake_models import IncomingDocument


class DocumentState(StrEnum):
    """How far a document has got."""

    WAITING = "waiting"
    KEYING = "keying"
    RETURNED = "returned"
    TO_CHECK = "to_check"
    UNSIGNED = "unsigned"
    FILED = "filed"
    SET_ASIDE = "set_aside"


class Counts(NamedTuple):
    """How many documents wait for the first person, and how many for the second."""

    to_key: int
    to_check: int


_UNDER_WAY = Q(checked_at__isnull=True, set_aside_at__isnull=True)


def documents_under_way(program: str) -> QuerySet[IncomingDocument]:
    """Everything that still needs somebody, oldest first; the images are not read."""
    return _light(program).filter(_UNDER_WAY).order_by("received_at", "id")


def documents_done(program: str, limit: int = 50) -> QuerySet[IncomingDocument]:
    """What was checked or set aside, the newest first."""
    return _light(program).exclude(_UNDER_WAY).order_by("-received_at", "-id")[:limit]


def count_documents(program: str) -> Counts:
    """How much waits."""
    found = IncomingDocument.objects.filter(_UNDER_WAY, program=program)
    to_check = found.filter(keyed_at__isnull=False).count()
    return Counts(found.count() - to_check, to_check)


def document_by_number(number: str, program: str) -> IncomingDocument | None:
    """The document of that number, without its image; None when there is none."""
    return _light(program).filter(number=number).first()


def image_of(document: IncomingDocument) -> bytes:
    """The file exactly as it came in; nothing for a call."""
    found = IncomingDocument.objects.only("content").get(pk=document.pk)
    return bytes(found.content) if found.content is not None else b""


def documents_of_drafts(drafts: Collection[int]) -> dict[int, IncomingDocument]:
    """The documents that became those drafts, by the draft's id."""
    found = IncomingDocument.objects.defer("content").filter(draft__in=drafts)
    return {each.draft_id: each for each in found if each.draft_id is not None}


def state_of(document: IncomingDocument) -> DocumentState:
    """How far the document has got."""
    if document.set_aside_at is not None:
        return DocumentState.SET_ASIDE
    if document.checked_at is not None:
        is_done = document.draft is not None and document.draft.finished_at is not None
        return DocumentState.FILED if is_done else DocumentState.UNSIGNED
    if document.keyed_at is not None:
        return DocumentState.TO_CHECK
    if document.returned_at is not None:
        return DocumentState.RETURNED
    return DocumentState.KEYING if document.draft_id is not None else DocumentState.WAITING


def _light(program: str) -> QuerySet[IncomingDocument]:
    found = IncomingDocument.objects.defer("content").filter(program=program)
    return found.select_related("draft")
