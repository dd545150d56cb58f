"""Results come in: every item is stored, quarantined or rejected, and nothing counts twice."""

from __future__ import annotations

import pytest

from etasu.registry.monitoring.lab_rows import LabItemRow, LabMessageRow
from etasu.registry.monitoring.models import Result
from etasu.registry.patients.models import Patient
from tests.registry import labs
from tests.registry.labs import item, items, message, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara(teaching_program: None) -> Patient:
    """Mara, and the laboratory that knows her."""
    labs.use_lemtrada()
    labs.connect()
    return labs.patient()


def test_a_blood_count_is_kept_and_counts_as_the_panel(mara: Patient) -> None:
    (outcome,) = receive(message(*items(labs.BLOOD_COUNT)))
    assert outcome.answer == "AA"
    assert [each.outcome for each in outcome.items] == ["stored"] * 5
    assert labs.current(mara) == {**labs.BLOOD_COUNT, "cbc-with-differential": "done"}
    row = LabMessageRow.objects.get(number=outcome.reference)
    assert (row.items, row.stored, bytes(row.raw)[:4]) == (5, 5, b"raw ")
    assert LabItemRow.objects.filter(report__message=row).count() == 5
    assert Result.objects.get(test="platelets").reported_unit == "K/uL"
