"""What is asked before anybody knows whom a message is about says what asking afterwards says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from etasu.registry.audit.round_trips import round_trip
from etasu.registry.monitoring import ahead, intake, taking_in
from etasu.registry.monitoring.assessing import Assessing, reading_of
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.on_record import Days, OnRecord
from etasu.registry.monitoring.planning import PlannedResult
from etasu.registry.monitoring.received import Received
from etasu.registry.monitoring.standing import PanelParts
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import PatientAsSent, PatientIdentifier
from etasu.safe_use.signals import Limits, Record, assess_against
from tests.registry import labs
from tests.registry.labs import item, message, receive
from tests.registry.whole_record import whole_record

pytestmark = pytest.mark.django_db

NAMES = ("MRN-1001", "MRN-2002", "MRN-3003")
VALUES = {
    "platelets": ("250", "120", "60"), "creatinine": ("0.7", "1.0", "1.9"),
    "alt": ("20", "60", "150"), "bilirubin": ("0.5", "2.5"), "urine-erythrocytes": ("1", "9"),
    "leukocytes": ("6.0",), "neutrophils": ("3.9", "0.7"), "lymphocytes": ("1.4",),
    "hemoglobin": ("13.5",), "tsh": ("1.9", "9.5"),
}  # fmt: skip
FIRST, WORLDS = date(2024, 1, 10), 40


@pytest.fixture
def people(teaching_program: None) -> list[Patient]:
    """Three patients who were treated; the third's older results are in a record merged into it."""
    labs.use_lemtrada()
    labs.connect()
    found = [labs.patient(mrn=mrn) for mrn in NAMES]
    older = labs.patient(mrn="MRN-OLD")
    for each in (*found, older):
        labs.treat(each, date(2024, 3, 4), date(2024, 3, 5))
    labs.treat(found[1], date(2025, 3, 3), course=2)
    receive(*(result_of(["MRN-OLD"], FIRST + timedelta(days=30 * each)) for each in range(4)))
    Patient.objects.filter(pk=older.pk).update(
        merged_into=found[2], merged_at=labs.AT, merged_by="a"
    )
    return found


def result_of(mrns: Sequence[str], day: date) -> Received:
    """One count of somebody with these numbers."""
    return message(item("platelets", "240", collected_on=day), patient=known_as(*mrns))


def known_as(*mrns: str) -> PatientAsSent:
    """A patient with these record numbers."""
    numbers = tuple(PatientIdentifier(each, "RIVER", "MR") for each in mrns)
    return PatientAsSent(identifiers=numbers, birth_date=labs.BORN)


def stream(by_chance: random.Random) -> list[Received]:
    """Messages of all three and of somebody unknown; some of many days, some by two numbers."""
    found = []
    for _ in range(by_chance.randrange(1, 9)):
        begin = FIRST + timedelta(days=by_chance.randrange(0, 500, 10))
        span = by_chance.choice((0, 0, 0, 3, 31, 32, 200))
        tests = by_chance.sample(sorted(VALUES), by_chance.randrange(1, len(VALUES) + 1))
        its = [
            item(
                test,
                by_chance.choice(VALUES[test]),
                place=f"OBX^{place}",
                collected_on=begin + timedelta(days=by_chance.choice((0, span))),
            )
            for place, test in enumerate(tests, 1)
        ]
        whom = by_chance.choice(
            ((NAMES[0],), (NAMES[1],), (NAMES[2], "MRN-OLD"), ("MRN-OLD",), ("?",))
        )
        found.append(message(*its, patient=known_as(*whom)))
    return found


class Twice(Assessing):
    """Says what new results raise, and that with everything on record they raise the same."""

    was_ahead: Counter[bool] = Counter()

    def __init__(self, limits: Limits, results: Sequence[PlannedResult], *asked: Any) -> None:
        super().__init__(limits, results, *asked)
        Twice.was_ahead[self._on_record is not None] += bool(self._people)
        self._whole: dict[int, Record] = {}

    def read(self) -> None:
        super().read()
        # Before anything of the messages is written.
        self._whole = {person: whole_record(person) for person in self._people}

    def signals(self, results: Sequence[PlannedResult]) -> list[Any]:
        found = super().signals(results)
        wanted = []
        for person, record in self._whole.items():
            its = [each for each in results if each.person.id == person]
            raised = assess_against(self._limits, record, list(map(reading_of, its)))
            wanted += [(its[0].person, each) for each in raised]
        assert found == wanted
        return found


class PartsTwice(PanelParts):
    """Compares the parts of panels that are there with those that are asked for."""

    were_there = 0

    def of(self, days: Any) -> list[Any]:
        found = super().of(days)
        if self._there is not None and days:
            again = PanelParts(self.tests, days)
            with round_trip() as trip:
                again.ask(trip)
            assert sorted(found) == sorted(again.of(days))
            PartsTwice.were_there += len(found)
        return found


def test_it_raises_the_same_and_rests_on_the_same(
    people: list[Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "Assessing", Twice)
    monkeypatch.setattr(taking_in.standing, "PanelParts", PartsTwice)
    by_chance, raised, panels = random.Random(7), 0, 0
    for _ in range(WORLDS):
        with transaction.atomic():
            for _ in range(6):
                outcomes = receive(*stream(by_chance))
                assert {each.error for each in outcomes} == {""}
            raised += SignalRow.objects.count()
            panels += Result.objects.filter(test="cbc-with-differential").count()
            transaction.set_rollback(True)
    assert min(Twice.was_ahead[True], Twice.was_ahead[False], PartsTwice.were_there) > 10
    assert raised > 50
    assert panels > 5


def test_a_message_of_few_days_takes_two_trips(
    people: list[Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[OnRecord] = []
    ask = OnRecord.ask
    monkeypatch.setattr(
        OnRecord, "ask", lambda self, *given: asked.append(self) or ask(self, *given)
    )
    receive(result_of([NAMES[0]], labs.COLLECTED))
    assert not asked
    far = item("creatinine", "0.8", place="OBX^2", collected_on=FIRST)
    receive(message(item(), far, patient=known_as(NAMES[0])))
    assert len(asked) == 1


def test_days_nobody_asked_about_are_asked_about_afterwards(
    people: list[Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = Days(labs.COLLECTED, labs.COLLECTED)
    monkeypatch.setattr(ahead, "_days", lambda _: narrow)
    monkeypatch.setattr(taking_in, "Assessing", Twice)
    Twice.was_ahead.clear()
    receive(result_of([NAMES[0]], labs.COLLECTED))
    receive(result_of([NAMES[0]], labs.COLLECTED - timedelta(days=1)))
    assert Twice.was_ahead == {True: 1, False: 1}


def test_whoever_turns_out_to_be_another_is_looked_for_again(
    people: list[Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should an identifier be somebody else's when whoever had it is waited for no longer."""
    somebody_else = iter([[("riverside", NAMES[1])]])
    counted = ahead.counted
    monkeypatch.setattr(ahead, "counted", lambda asked: next(somebody_else, counted(asked)))
    monkeypatch.setattr(taking_in, "Assessing", Twice)
    Twice.was_ahead.clear()
    (outcome,) = receive(result_of([NAMES[0]], labs.COLLECTED))
    assert (outcome.answer, outcome.items[0].outcome) == ("AA", "stored")
    assert Twice.was_ahead == {True: 1}
    assert next(somebody_else, None) is None
    assert Result.objects.get(collected_on=labs.COLLECTED).patient == people[0]


def test_a_message_of_nobody_known_asks_about_nobody(people: list[Patient]) -> None:
    outcome = receive(message(item(), patient=known_as("?")))[0]
    assert [each.reason for each in outcome.items] == ["patient-unknown"]
    assert (
        intake.receive(message(item(), sent_as="X|Y"), by=labs.LISTENER, at=labs.AT).items[0].reason
        == "sender-unknown"
    )
