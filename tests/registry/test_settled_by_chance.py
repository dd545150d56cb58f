"""Whatever a laboratory says of one result, in whatever order: nothing of it is lost in silence.

What was said last stands, or waits, or was said before; what was taken back does not count.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from django.db import transaction

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring import resolving
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.safe_use.lab_reports import ItemStatus
from tests.registry import labs
from tests.registry.labs import item, message, receive

pytestmark = pytest.mark.django_db
FINAL, CORRECTED, WITHDRAWN = ItemStatus.FINAL, ItemStatus.CORRECTED, ItemStatus.WITHDRAWN
VALUES = ("250", "40", "31", None, "see below")


class Word(NamedTuple):
    """One thing the laboratory says; `after` minutes, or at no time it names."""

    status: ItemStatus
    value: str | None
    number: str
    after: int | None

    @property
    def is_read(self) -> bool:
        """Whether it is a value that counts where nothing speaks against it."""
        return self.status is not WITHDRAWN and self.value in VALUES[:3]


def words(chance: random.Random) -> list[Word]:
    """What it says, in the order it arrives."""
    times = chance.choice(("none", "order", "any"))
    found = []
    for place in range(chance.randrange(2, 6)):
        status = chance.choice((FINAL, FINAL, CORRECTED, WITHDRAWN))
        after = {"none": None, "order": place, "any": chance.randrange(4)}[times]
        number = chance.choice(("R1",) * 6 + ("R2", ""))
        found.append(Word(status, chance.choice(VALUES), number, after))
    return found


def sent_at(word: Word) -> datetime | None:
    """When it is said."""
    if word.after is None:
        return None
    return labs.AT - timedelta(hours=5) + timedelta(minutes=word.after)


def standing() -> list[str]:
    """The values that stand."""
    found = Result.objects.filter(replaced_at=None, test="platelets").order_by("pk")
    return [each.value or "" for each in found]


def check(said: list[Word], one_by_one: bool) -> None:
    """Hear it, and hold what stands against what was said."""
    messages = [
        message(
            item("platelets", word.value, status=word.status),
            number=word.number,
            sent_at=sent_at(word),
        )
        for word in said
    ]
    for each in [[one] for one in messages] if one_by_one else [messages]:
        receive(*each)
    counts, held = standing(), set(waiting().values_list("value", flat=True))
    assert all(conservation(each).holds for each in LabMessageRow.objects.all())
    last, before = said[-1], said[:-1]
    is_last = all(one.after is None or one.after < (last.after or 0) for one in before)
    was_said = any(one.value == last.value for one in before)
    if is_last and last.number and last.is_read and not was_said:
        assert last.value in counts or last.value in held
    if is_last and all(one.number == "R1" for one in said) and not last.is_read:
        assert counts == []
    if last.after is None and last.status is WITHDRAWN and last.number:
        assert last.value not in counts
    # What counts was said, and after it nobody said otherwise of the same report.
    for value in counts:
        assert any(one.value == value and one.is_read for one in said)
    numbers = {one.number for one in said}
    assert len(counts) <= len(said) if "" in numbers else len(counts) <= len(numbers)
    # Every signal of a value that counts no longer says so.
    gone = SignalRow.objects.filter(result__replaced_at__isnull=False)
    assert not gone.filter(result_replaced_at=None).exists()


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_in_silence(teaching_program: None, seed: int) -> None:
    labs.use_lemtrada()
    chance = random.Random(seed)
    for _ in range(40):
        with transaction.atomic():
            labs.connect()
            labs.patient()
            said = words(chance)
            try:
                check(said, chance.random() < 0.7)
                for each in waiting():
                    by_hand = {"by": PLATFORM, "at": labs.AT}
                    resolving.reject_item(each, "No.", earlier_stands=False, **by_hand)
                assert not waiting().exists()
            except AssertionError as broken:
                raise AssertionError(said) from broken
            transaction.set_rollback(True)
