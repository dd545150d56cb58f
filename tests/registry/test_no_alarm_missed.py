"""Whatever is on record crosses no limit without a signal that says so as surely.

Results come in any order, are corrected and taken back, clearly or not; infusions are written down
later, or struck; records turn out to be one person's. After each of these everything that stands is
held against every limit at once, and what that raises must have been raised.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.records import (
    compare_records,
    records_merged,
    records_unmerged,
)
from etasu.registry.monitoring import resolving
from etasu.registry.monitoring.again import WITH
from etasu.registry.monitoring.lab_rows import LabItemRow, LabMessageRow
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.registry.monitoring.taking_back import is_refused, take_refusal_back
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import infusion_struck, infusion_written_down
from etasu.registry.treatment.actions import AlreadyRecorded
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.lab_reports import ItemStatus
from etasu.safe_use.signals import Certainty, Limits, assess_against
from tests.registry import labs
from tests.registry.labs import item, message, receive
from tests.registry.whole_record import whole_record

pytestmark = pytest.mark.django_db

BY = {"by": PLATFORM, "at": labs.AT}
NUMBERS = ("MRN-1001", "MRN-2002")
VALUES = {
    "platelets": ("250", "120", "60", "<100"), "creatinine": ("0.7", "1.0", "1.9", "<2"),
    "alt": ("20", "60", "150"), "ast": ("20", "140"), "bilirubin": ("0.5", "2.9"),
    "urine-erythrocytes": ("1", "25"), "neutrophils": ("3.9", "0.4"), "tsh": ("1.9", "9.5"),
}  # fmt: skip
# What is looked at together, so that it comes together.
KIDNEY, LIVER = ("creatinine", "urine-erythrocytes"), ("alt", "ast", "bilirubin")
THEMES = (KIDNEY, KIDNEY, ("platelets", "creatinine"), LIVER, tuple(VALUES))
STATUSES = (ItemStatus.FINAL, ItemStatus.CORRECTED, ItemStatus.WITHDRAWN)
DAYS = [date(2024, 1, 1) + timedelta(days=20 * each) for each in range(24)]
# When within a day something is collected; of many results only the day is known.
HOURS = (None, None, 8, 13, 18)
Sent = tuple[str, str, str, date, int | None]


def when(day: date, hour: int | None) -> dict[str, Any]:
    """When something was collected, as an item has it."""
    at = None if hour is None else datetime.combine(day, time(hour), UTC)
    return {"collected_on": day, "collected_at": at}


class World:
    """Two records and what happens to them, by chance."""

    def __init__(self, by_chance: random.Random) -> None:
        self.chance, self.tests = by_chance, by_chance.choice(THEMES)
        labs.connect()
        self.people = [labs.patient(mrn=mrn) for mrn in NUMBERS]
        self.sent: list[Sent] = []
        self.review = None

    def step(self) -> None:
        """Something happens."""
        weights = {
            self.result: 10, self.correction: 3, self.withdrawal: 2, self.infusion: 3,
            self.struck: 1, self.merge: 1, self.doubt: 2, self.both: 1, self.decision: 3,
            self.second_thought: 2,
        }  # fmt: skip
        self.chance.choices(list(weights), list(weights.values()))[0]()

    def result(self) -> None:
        """A report of one or two tests."""
        number, mrn, day = f"R{len(self.sent)}", self.chance.choice(NUMBERS), self.day()
        if self.sent and self.chance.random() < 0.4:
            day = self.chance.choice(self.sent)[3]
        hour = self.chance.choice(HOURS)
        for test in self.chance.sample(self.tests, self.chance.randrange(1, 3)):
            found = (f"{number}-{test}", mrn, test, day, hour)
            self.send(*found, self.chance.choice(VALUES[test]))
            self.sent.append(found)

    def correction(self) -> None:
        """Something that was sent is said otherwise."""
        if self.sent:
            found = self.chance.choice(self.sent)
            self.send(*found, self.chance.choice(VALUES[found[2]]), ItemStatus.CORRECTED)

    def withdrawal(self) -> None:
        """Something that was sent is taken back."""
        if self.sent:
            self.send(*self.chance.choice(self.sent), None, ItemStatus.WITHDRAWN)

    def doubt(self) -> None:
        """Nobody can tell what is said, or of what: no value, unread, or another number."""
        if self.sent:
            number, mrn, test, day, hour = self.chance.choice(self.sent)
            status = self.chance.choice(STATUSES)
            number = self.chance.choice((number, number, f"D{len(self.sent)}", ""))
            value = self.chance.choice((None, "see below", *VALUES[test]))
            self.send(number, self.chance.choice((mrn, *NUMBERS)), test, day, hour, value, status)

    def both(self) -> None:
        """One is taken back and said otherwise in one message."""
        if self.sent:
            number, mrn, test, day, hour = self.chance.choice(self.sent)
            values = self.chance.choices(VALUES[test], k=2)
            found = [
                item(test, value.removeprefix("<"), status=status, place=status, **when(day, hour))
                for value, status in zip(values, self.chance.sample(STATUSES, 2), strict=True)
            ]
            receive(message(*found, number=number, patient=labs.about(mrn)))

    def decision(self) -> None:
        """Somebody looks at something that waits, or refuses what was kept."""
        found = list(waiting().order_by("pk"))
        if found:
            one = self.chance.choice(found)
            if one.test in VALUES and self.chance.random() < 0.5:
                value = self.chance.choice(VALUES[one.test]).removeprefix("<")
                resolving.enter(one, {"value": value}, **BY)
            else:
                stands = self.chance.random() < 0.5
                resolving.reject_item(one, "No.", earlier_stands=stands, **BY)
        elif self.sent:
            standing = Result.objects.filter(replaced_at=None, derived_from=None).order_by("pk")
            if one_that_stands := standing.first():
                resolving.refuse_result(one_that_stands, "No.", **BY)

    def second_thought(self) -> None:
        """Somebody finds that an item was refused by mistake."""
        found = LabItemRow.objects.order_by("pk")
        refused = [each for each in found.select_related(*WITH) if is_refused(each)]
        if refused:
            one = self.chance.choice(refused)
            take_refusal_back(one, "A mistake.", **BY)
            assert not is_refused(one)

    def send(
        self,
        number: str,
        mrn: str,
        test: str,
        day: date,
        hour: int | None,
        value: str | None,
        status: ItemStatus = ItemStatus.FINAL,
    ) -> None:
        """One item."""
        comparator = "<" if value and value.startswith("<") else ""
        said = value.removeprefix("<") if value else None
        high = {"urine-erythrocytes": "3", "alt": "56", "ast": "40", "bilirubin": "1.2"}.get(test)
        at = when(day, hour)
        found = item(test, said, comparator=comparator, high=high, status=status, **at)
        (outcome,) = receive(message(found, number=number, patient=labs.about(mrn)))
        assert outcome.answer == "AA"

    def infusion(self) -> None:
        """One is written down, of whatever day."""
        patient, day = self.chance.choice(self.people), self.day()
        patient.refresh_from_db()
        course = 1 if day < DAYS[12] else 2
        given = {"course": course, "given_on": day, "facility": None, "detail": {}, **BY}
        try:
            infusion_written_down(patient, **given)
        except AlreadyRecorded:
            pass

    def struck(self) -> None:
        """One was not given."""
        given = list(Infusion.objects.filter(struck_at__isnull=True).order_by("pk"))
        if given:
            infusion_struck(self.chance.choice(given), reason="Not given.", **BY)

    def merge(self) -> None:
        """The two records are one person's, or are not after all."""
        if self.review is None:
            self.review = compare_records(*self.people, **BY)
            if self.review is not None:
                records_merged(self.review, self.people[0], reason="One.", **BY)
        else:
            records_unmerged(self.review, reason="Two.", **BY)
            self.review = None

    def day(self) -> date:
        """Any day."""
        return self.chance.choice(DAYS)


def missed(limits: Limits) -> list[str]:
    """What crosses a limit and is said by no signal that stands, or not as surely."""
    found = []
    said: dict[tuple[int, int, str], Certainty] = {}
    for row in SignalRow.objects.filter(result_replaced_at__isnull=True).select_related("patient"):
        whose = row.patient.merged_into_id or row.patient_id
        key, sure = (whose, row.result_id, row.limit_code), Certainty[row.certainty.upper()]
        said[key] = max(sure, said.get(key, sure))
    for patient in Patient.objects.filter(merged_into__isnull=True):
        record = whole_record(patient.pk)
        before = replace(record, results=())
        for signal in assess_against(limits, before, record.results):
            key = (patient.pk, signal.result, signal.limit)
            if signal.certainty > said.get(key, Certainty.NOT_CROSSED):
                found.append(f"{signal.limit} {signal.certainty.name} {signal.seen}")
    return found


@pytest.mark.parametrize("seed", range(8))
def test_nothing_crosses_a_limit_in_silence(teaching_program: None, seed: int) -> None:
    labs.use_lemtrada()
    version = library.current().effective(labs.PROGRAM, labs.AT.date())
    assert version is not None
    limits, by_chance, raised = Limits(version), random.Random(seed), 0
    for _ in range(10):
        with transaction.atomic():
            world = World(by_chance)
            for step in range(25):
                world.step()
                assert missed(limits) == [], step
            assert all(conservation(each).holds for each in LabMessageRow.objects.all())
            raised += SignalRow.objects.count()
            transaction.set_rollback(True)
    assert raised > 10
