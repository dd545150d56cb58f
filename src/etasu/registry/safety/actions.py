"""What safety staff do with a case: judge it, ask back, say that two are one. All of it stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.safety.handing_over import acknowledge_hand_over, hand_over
from etasu.registry.safety.models import (
    CaseAssessment,
    CaseInformation,
    DuplicateLink,
    FollowUpQuestion,
    SafetyCase,
    Source,
)
from etasu.registry.safety.receiving import (
    Report,
    Statement,
    add_information,
    lock_case,
    note,
    receive_report,
    version_at,
)
from etasu.safe_use.safety import Said, expectedness, seriousness
from etasu.safe_use.safety_plan import Criterion

__all__ = [
    "Judgment",
    "NotLinked",
    "Report",
    "Source",
    "Statement",
    "acknowledge_hand_over",
    "add_information",
    "answer_follow_up",
    "ask_follow_up",
    "assess_case",
    "hand_over",
    "link_duplicate",
    "receive_report",
    "unlink_duplicate",
]


class Judgment(NamedTuple):
    """What somebody found, and why: each criterion, the listed reactions, and anything besides."""

    criteria: Mapping[Criterion, Said]
    terms: Sequence[str]
    something_else: Said
    reason: str


class NotLinked(ValueError):
    """Two cases cannot be linked: they are one, of two programs, or linked already."""


def assess_case(
    case: SafetyCase,
    judgment: Judgment,
    read: Collection[CaseInformation],
    *,
    by: Actor,
    at: datetime,
) -> CaseAssessment:
    """Keep a judgment that rests on what was `read`; those before it stay readable."""
    version = version_at(case.program, at)
    criteria, terms = judgment.criteria, sorted(set(judgment.terms))
    found = expectedness(terms, judgment.something_else, criteria, version.expected_reactions)
    with transaction.atomic():
        kept = CaseAssessment.objects.create(
            case=case,
            program_version=version.label,
            criteria={each.value: criteria.get(each, Said.UNKNOWN).value for each in Criterion},
            terms=terms,
            something_else=judgment.something_else.value,
            seriousness=seriousness(criteria).value,
            expectedness=found.value,
            reason=judgment.reason,
            assessed_at=at,
            assessed_by=by.number,
        )
        kept.read.set(read)
        said = {"seriousness": kept.seriousness, "expectedness": kept.expectedness}
        note(case, "assessed", by=by, at=at, detail={**said, "terms": terms})
    return kept


def ask_follow_up(
    case: SafetyCase, text: str, *, asked_of: str, by: Actor, at: datetime
) -> FollowUpQuestion:
    """Keep a question; the case stays in the list until it is answered."""
    with transaction.atomic():
        asked = FollowUpQuestion.objects.create(
            case=case, text=text, asked_of=asked_of, asked_at=at, asked_by=by.number
        )
        note(case, "asked", by=by, at=at, detail={"question": asked.number})
    return asked


def answer_follow_up(
    question: FollowUpQuestion, said: Statement, *, by: Actor, at: datetime
) -> CaseInformation:
    """Keep an answer as information of the case, with its own time of receipt."""
    return add_information(question.case, said, question=question, by=by, at=at)


def link_duplicate(
    case: SafetyCase, same_as: SafetyCase, *, reason: str, by: Actor, at: datetime
) -> DuplicateLink:
    """Say that one case is told of in another; both stay, and the earlier receipt counts.

    Raises NotLinked for a case that is a duplicate already, or that others are duplicates of.
    """
    with transaction.atomic():
        for each in sorted((case, same_as), key=lambda each: each.pk):
            lock_case(each)
        standing = DuplicateLink.objects.filter(unlinked_at__isnull=True)
        is_taken = standing.filter(case__in=(case, same_as)).exists()
        if case.program != same_as.program or case.pk == same_as.pk or is_taken:
            raise NotLinked
        if standing.filter(same_as=case).exists():
            raise NotLinked
        link = DuplicateLink.objects.create(
            case=case, same_as=same_as, reason=reason, linked_at=at, linked_by=by.number
        )
        note(case, "linked", by=by, at=at, detail={"same_as": same_as.number})
    return link


def unlink_duplicate(case: SafetyCase, *, reason: str, by: Actor, at: datetime) -> bool:
    """Say that a case is one of its own after all; whether it was linked."""
    with transaction.atomic():
        lock_case(case)
        link = DuplicateLink.objects.filter(case=case, unlinked_at__isnull=True).first()
        if link is None:
            return False
        link.unlinked_at, link.unlinked_by, link.unlinked_reason = at, by.number, reason
        link.save(update_fields=["unlinked_at", "unlinked_by", "unlinked_reason"])
        note(case, "unlinked", by=by, at=at, detail={"from": link.same_as.number})
    return True
