"""Corrections that come in another shape than what they correct, and what a wrong result hid."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring import resolving
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import waiting
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import Coding, ItemStatus, LabItem
from tests.registry import labs
from tests.registry.labs import item, items, message, receive

pytestmark = pytest.mark.django_db

BY: dict[str, Any] = {"by": Actor("lena", "lab_analyst"), "at": labs.AT}
LOCAL, LOINC = Coding("L", "PLT"), Coding("LN", "777-3")


def platelets(value: str, status: ItemStatus = ItemStatus.FINAL, key: str = "PLT") -> LabItem:
    """A count as one of the wires keys it: by its first code."""
    codes = (LOCAL, LOINC) if key == "PLT" else (LOINC, LOCAL)
    return item("platelets", value, status=status, key=key, codes=codes)


def counts() -> list[str]:
    """The platelet counts that stand."""
    found = Result.objects.filter(test="platelets", replaced_at__isnull=True)
    return sorted(each.value or "" for each in found)


@pytest.mark.parametrize(
    ("status", "left"), [(ItemStatus.CORRECTED, ["260"]), (ItemStatus.WITHDRAWN, [])]
)
def test_a_correction_is_known_by_its_test_when_its_codes_come_in_another_order(
    mara: Patient, status: ItemStatus, left: list[str]
) -> None:
    receive(message(platelets("60"), number="R1"))
    receive(message(platelets("260", status, key="777-3"), number="R1"))
    assert counts() == left


def test_which_of_two_is_corrected_is_not_guessed(mara: Patient) -> None:
    receive(message(platelets("60"), platelets("70", key="again"), number="R1"))
    receive(message(platelets("260", ItemStatus.CORRECTED, key="777-3"), number="R1"))
    assert counts() == [] and waiting().get().reason == "which-is-meant"
    resolving.enter(waiting().get(), {"value": "260"}, **BY)
    assert counts() == ["260"] and not waiting().exists()


@pytest.mark.parametrize("is_first", [False, True])
def test_a_result_and_its_correction_in_one_message_are_one(mara: Patient, is_first: bool) -> None:
    both = [platelets("30"), platelets("230", ItemStatus.CORRECTED)]
    (found,) = receive(message(*(reversed(both) if is_first else both), number="R1"))
    assert counts() == ["230"]
    assert sorted(each.reason for each in found.items) == ["", "overtaken"]
    assert not SignalRow.objects.exists()


def test_a_panel_is_done_when_its_parts_came_in_two_reports(mara: Patient) -> None:
    values = dict(labs.BLOOD_COUNT)
    last = values.pop("neutrophils")
    receive(message(*items(values), number="R1"))
    assert "cbc-with-differential" not in labs.current(mara)
    receive(message(item("neutrophils", last), number="R2"))
    assert labs.current(mara)["cbc-with-differential"] == "done"
    receive(message(item("lymphocytes", "1.7"), number="R3"))
    panel = Result.objects.filter(test="cbc-with-differential", replaced_at__isnull=True)
    assert panel.count() == 1
    receive(message(item("neutrophils", last, status=ItemStatus.WITHDRAWN), number="R2"))
    assert not panel.exists()


def test_parts_of_two_days_are_no_panel(mara: Patient) -> None:
    values = dict(labs.BLOOD_COUNT)
    last = values.pop("neutrophils")
    receive(message(*items(values), number="R1"))
    receive(message(item("neutrophils", last, collected_on=date(2025, 5, 31)), number="R2"))
    assert "cbc-with-differential" not in labs.current(mara)


def test_what_a_wrong_result_hid_is_raised_when_it_is_taken_back(mara: Patient) -> None:
    def count(value: str, day: int, number: str, status: ItemStatus = ItemStatus.FINAL) -> None:
        on = date(2025, 5, day)
        receive(message(item("platelets", value, collected_on=on, status=status), number=number))

    count("300", 13, "R1")
    count("200", 15, "R2")
    count("120", 20, "R3")
    assert not SignalRow.objects.exists()
    count("200", 15, "R2", ItemStatus.WITHDRAWN)
    raised = SignalRow.objects.get()
    assert (raised.limit_code, raised.seen) == ("platelets-steep-fall", "120 10*3/uL")
    count("300", 13, "R1", ItemStatus.WITHDRAWN)
    assert SignalRow.objects.count() == 1
