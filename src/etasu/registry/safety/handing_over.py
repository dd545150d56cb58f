"""Handing cases over to the sponsor's safety database, and keeping how it acknowledged them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.numbers import new_number
from etasu.registry.safety.facts import CaseAt, case_by_number
from etasu.registry.safety.models import HandedCase, HandOver, SafetyCase
from etasu.registry.safety.receiving import lock_case, note
from etasu.registry.safety.reporting import record_of


class NothingToHandOver(ValueError):
    """None of the cases has anything the sponsor has not been given."""


def hand_over(
    cases: Sequence[SafetyCase], *, program: str, recipient: str, by: Actor, at: datetime
) -> HandOver:
    """Keep what was handed over, case by case, exactly as it then stood.

    A case goes with its duplicates; one that is a duplicate goes with the case it belongs to. What
    was handed over before is left out unless something was told since. Raises NothingToHandOver.
    """
    with transaction.atomic():
        for each in sorted(cases, key=lambda each: each.pk):
            lock_case(each)
        found = [_head(each, at) for each in cases if each.program == program]
        heads = {each.case.pk: each for each in found if each is not None and each.not_handed}
        if not heads:
            raise NothingToHandOver
        number = new_number()
        records = {pk: record_of(each, number=number, at=at) for pk, each in heads.items()}
        kept = HandOver.objects.create(
            number=number,
            program=program,
            recipient=recipient,
            digest=digest_of_records(list(records.values())),
            handed_at=at,
            handed_by=by.number,
        )
        for pk, head in heads.items():
            handed = HandedCase.objects.create(hand_over=kept, case=head.case, record=records[pk])
            handed.told.set(head.information)
            note(head.case, "handed_over", by=by, at=at, detail={"hand_over": kept.number})
        _note(kept, "made", by, at, {"cases": len(heads), "digest": kept.digest})
    return kept


def acknowledge_hand_over(
    hand_over: HandOver, *, acknowledgment: str, by: Actor, at: datetime
) -> HandOver:
    """Keep how the sponsor's database answered; the first time counts."""
    with transaction.atomic():
        locked = HandOver.objects.select_for_update(no_key=True).get(pk=hand_over.pk)
        if locked.acknowledged_at is None:
            locked.acknowledged_at, locked.acknowledged_by = at, by.number
            locked.acknowledgment = acknowledgment
            fields = ["acknowledged_at", "acknowledged_by", "acknowledgment"]
            locked.save(update_fields=fields)
            _note(locked, "acknowledged", by, at, {})
    return locked


def digest_of_records(records: Sequence[dict[str, Any]]) -> str:
    """The SHA-256 of records, in their order."""
    return hashlib.sha256(orjson.dumps(records, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _head(case: SafetyCase, at: datetime) -> CaseAt | None:
    """The case as it stands, or the one it is a duplicate of, held as well."""
    found = case_by_number(case.program, case.number, at)
    if found is not None and found.same_as is not None:
        lock_case(found.same_as)
        return case_by_number(case.program, found.same_as.number, at)
    return found


def _note(kept: HandOver, verb: str, by: Actor, at: datetime, detail: dict[str, object]) -> None:
    subject = ("hand_over", kept.number)
    audit.record(f"hand_over.{verb}", subject=subject, by=by, at=at, detail=detail)
