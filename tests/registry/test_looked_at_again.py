"""Looking again raises what changed and nothing else, of the right person, and in time."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.records import (
    compare_records,
    records_merged,
    records_unmerged,
)
from etasu.registry.monitoring.actions import record_result
from etasu.registry.monitoring.bulk import CHANNEL
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.registry.reactions import infusion_struck, infusion_written_down
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.lab_reports import ItemStatus
from tests.registry import labs
from tests.registry.labs import item, message, receive

pytestmark = pytest.mark.django_db
BY = {"by": PLATFORM, "at": labs.AT}
MARCH = date(2025, 3, 1)


@pytest.fixture
def two(teaching_program: None) -> list[Patient]:
    """Two records, each known by a number."""
    labs.use_lemtrada()
    labs.connect()
    return [labs.patient(mrn=each) for each in ("MRN-1", "MRN-2")]


def send(mrn: str, test: str, value: str, on: date, number: str, **named: Any) -> None:
    """One result."""
    found = item(test, value, collected_on=on, **named)
    receive(message(found, number=number, patient=labs.about(mrn)))


def carried(patient: Patient, test: str, value: str | None, unit: str | None) -> None:
    """Results of half a year, as they come over from another system."""
    for month in range(6):
        Result.objects.create(
            patient=patient, test=test, value=value, unit=unit, channel=CHANNEL,
            collected_on=date(2020, 1, 1) + timedelta(days=30 * month),
            recorded_at=labs.AT, recorded_by="a",
        )  # fmt: skip


def merged(two: list[Patient]) -> DuplicateReview:
    """They are one person."""
    review = compare_records(*two, **BY)
    assert review is not None
    return records_merged(review, two[0], reason="One person.", **BY)


def written_down(patient: Patient, on: date) -> None:
    """An infusion of a day that is over."""
    infusion_written_down(patient, course=1, given_on=on, facility=None, detail={}, **BY)


def test_what_was_carried_over_is_not_looked_at_when_something_else_changes(
    two: list[Patient],
) -> None:
    labs.treat(two[0], date(2019, 12, 1))
    for patient, value in ((two[0], "50"), (two[1], None)):
        carried(patient, "platelets", value, "10*3/uL")
        carried(patient, "creatinine", None, None)
    infusion_struck(Infusion.objects.get(), reason="Not given.", **BY)
    merged(two)
    assert not SignalRow.objects.exists()


def test_a_test_said_to_be_done_is_no_result_to_look_at(two: list[Patient]) -> None:
    for test in ("creatinine", "platelets"):
        given = {"collected_on": MARCH, "value": None, "unit": None, "channel": "form"}
        record_result(two[0], test, **given, **BY)
    for day in (MARCH, MARCH - timedelta(days=1)):
        written_down(two[0], day)
    assert not SignalRow.objects.exists()


def test_an_infusion_raises_only_what_follows_from_it(two: list[Patient]) -> None:
    send("MRN-1", "platelets", "90", MARCH, "A")
    SignalRow.objects.update(result_replaced_at=labs.AT, result_replaced_by="a")
    before = SignalRow.objects.count()
    written_down(two[0], MARCH - timedelta(days=9))
    assert SignalRow.objects.count() == before


def test_after_all_two_people_each_has_their_own_signals(two: list[Patient]) -> None:
    send("MRN-2", "creatinine", "0.7", date(2025, 1, 1), "A")
    send("MRN-2", "creatinine", "1.9", MARCH, "B")
    review = merged(two)
    two[1].refresh_from_db()
    written_down(two[1], date(2025, 2, 1))
    together = SignalRow.objects.get()
    assert together.patient == two[0]
    records_unmerged(review, reason="Two people.", **BY)
    together.refresh_from_db()
    assert together.result_replaced_at is not None and together.acknowledged_at is None
    own = SignalRow.objects.exclude(pk=together.pk).get()
    assert (own.patient, own.limit_code, own.certainty) == (two[1], "creatinine-rise", "crossed")


def test_a_signal_that_rests_on_the_other_record_hears_of_its_correction(
    two: list[Patient],
) -> None:
    urine = ("MRN-2", "urine-erythrocytes")
    send(*urine, "25", MARCH + timedelta(days=1), "A", high="3")
    send("MRN-1", "creatinine", "0.7", date(2025, 1, 1), "B")
    labs.treat(two[0], date(2025, 2, 1))
    send("MRN-1", "creatinine", "1.9", MARCH, "C")
    merged(two)
    emergency = SignalRow.objects.get(limit_code="creatinine-rise-with-hematuria")
    status = ItemStatus.CORRECTED
    send(*urine, "1", MARCH + timedelta(days=1), "A", high="3", status=status)
    emergency.refresh_from_db()
    assert emergency.result_replaced_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_while_records_are_merged_is_the_one_persons(
    two: list[Patient],
) -> None:
    labs.treat(two[0], date(2025, 2, 1))
    send("MRN-1", "creatinine", "0.7", date(2025, 1, 1), "A")

    def come() -> None:
        send("MRN-2", "creatinine", "1.9", MARCH, "B")
        connection.close()

    coming = threading.Thread(target=come)
    with transaction.atomic():
        merged(two)
        coming.start()
        until_somebody_waits()
    coming.join()
    assert Result.objects.get(value="1.9").patient == two[0]
    assert SignalRow.objects.get().certainty == "crossed"


def until_somebody_waits() -> None:
    """Until a connection waits for another one, as a third one sees it."""
    asked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        for _ in range(1_000):
            if other.execute(asked, [connection.settings_dict["NAME"]]).rowcount:
                return
            threading.Event().wait(0.02)
    raise AssertionError("nobody waits")
