"""What a laboratory says later and nobody can read: what it said before counts no longer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring import resolving
from etasu.registry.monitoring.corrections import being_corrected
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.models import AwaitedCorrection, Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import Coding, ItemStatus, LabItem
from tests.registry import labs
from tests.registry.labs import about, item, items, message, receive

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": Actor("lena", "lab_analyst"), "at": labs.AT}
CORRECTED = ItemStatus.CORRECTED
LOCAL = (Coding("L", "PLT"),)
TAKEN = datetime(2025, 6, 1, 12, 15, tzinfo=UTC)


def corrected(value: str | None = "see comment", **named: Any) -> LabItem:
    """A platelet count that is said anew."""
    return item("platelets", value, status=CORRECTED, **named)


def all_accounted_for() -> None:
    """Every message's items are somewhere."""
    assert all(conservation(each).holds for each in LabMessageRow.objects.all())


@pytest.mark.parametrize(
    "unread",
    [
        corrected(),
        corrected(None),
        corrected(codes=LOCAL),
        corrected("260", codes=LOCAL, key="PLT"),
        corrected("260", codes=(), key="OBX^1"),
        corrected(key="another"),
        corrected("260", trouble="OBX-5 was cut off."),
        corrected("260", collected_on=None),
        item("platelets", "see comment"),
        item("platelets", "260", status=ItemStatus.UNKNOWN),
    ],
)
def test_a_result_does_not_count_while_its_correction_is_unread(
    mara: Patient, unread: LabItem
) -> None:
    receive(message(*items({**labs.BLOOD_COUNT, "platelets": "80"}), number="R1"))
    before = Result.objects.get(test="platelets")
    others = {test for test in labs.BLOOD_COUNT if test != "platelets"}
    said_too = tuple(item(test, labs.BLOOD_COUNT[test]) for test in sorted(others))
    receive(message(unread, *said_too, number="R1"))
    # The panel counts no longer either, and whoever looks at the signal is told.
    assert labs.current(mara).keys() == others
    assert SignalRow.objects.get(result=before).result_replaced_at == labs.AT
    (awaited,) = being_corrected(mara)
    assert awaited.result == before and awaited.item == waiting().get()
    all_accounted_for()


def test_a_correction_in_an_unknown_unit_takes_the_place_and_is_looked_at(mara: Patient) -> None:
    receive(message(item("platelets", "250"), number="R1"))
    receive(message(corrected("26", unit="pots"), number="R1"))
    kept = Result.objects.get(replaced_at__isnull=True)
    assert (kept.value, kept.review) == ("26", "unit-review")
    assert not being_corrected(mara).exists()


def test_a_correction_about_somebody_unknown_takes_the_result_from_the_patient(
    mara: Patient,
) -> None:
    receive(message(item(), number="R1"))
    receive(message(corrected("250"), number="R1", patient=about("MRN-9")))
    assert labs.current(mara) == {} and being_corrected(mara).count() == 1


def test_a_correction_that_is_read_counts_and_the_earlier_value_is_kept(mara: Patient) -> None:
    receive(message(item("platelets", "80"), number="R1"))
    receive(message(corrected(), number="R1"))
    resolving.enter(waiting().get(), {"value": "180"}, **BY)
    assert labs.current(mara) == {"platelets": "180"}
    assert not being_corrected(mara).exists() and not waiting().exists()
    assert Result.objects.filter(value="80", replaced_at__isnull=False).count() == 1


@pytest.mark.parametrize(("stands", "left"), [(True, {"platelets": "80"}), (False, {})])
def test_whoever_refuses_a_correction_says_what_became_of_the_value_before(
    mara: Patient, stands: bool, left: dict[str, str]
) -> None:
    receive(message(item("platelets", "80"), number="R1"))
    receive(message(corrected(), number="R1"))
    found = waiting().get()
    resolving.reject_item(found, "It says nothing.", earlier_stands=stands, **BY)
    assert labs.current(mara) == left and not being_corrected(mara).exists()
    assert SignalRow.objects.count() == 1 + stands
    # The old message once more is no news, whatever was decided.
    receive(message(item("platelets", "80"), number="R1"))
    assert labs.current(mara) == left
    all_accounted_for()


def test_what_nobody_can_place_takes_nothing_with_it_for_good(mara: Patient) -> None:
    counts = dict(labs.BLOOD_COUNT)
    receive(message(*items(counts), number="R1"))
    comment = item("platelets", "Corrected report", codes=(Coding("L", "CMT"),), key="CMT")
    new = item("platelets", "260", status=CORRECTED, codes=LOCAL, key="PLT")
    receive(message(new, number="R1"))
    assert labs.current(mara) == {} and being_corrected(mara).count() == 5
    river = LabConnection.objects.get()
    resolving.map_code(river, labs.PROGRAM, "L", "PLT", "platelets", **BY)
    assert labs.current(mara) == {**counts, "platelets": "260", "cbc-with-differential": "done"}
    # The comment of a later correction may mean anything until somebody says it is a comment.
    again = item("platelets", "270", status=CORRECTED)
    receive(message(again, comment, number="R1"))
    assert labs.current(mara).keys() > {"platelets", "leukocytes"}
    said = item("hemoglobin", "14", status=CORRECTED, codes=(Coding("L", "NOTE"),), key="NOTE")
    receive(message(again, said, number="R1"))
    assert labs.current(mara) == {"platelets": "270"}
    resolving.map_code(river, labs.PROGRAM, "L", "NOTE", None, **BY)
    assert labs.current(mara).keys() == {*counts, "cbc-with-differential"}
    all_accounted_for()


def test_an_unknown_item_the_report_always_had_takes_nothing_away(mara: Patient) -> None:
    unknown = item("platelets", "X", codes=(Coding("L", "CMT"),), key="CMT")
    receive(message(item(), unknown, number="R1"))
    receive(message(*(corrected("X", codes=unknown.codes, key="CMT"),), number="R1"))
    assert labs.current(mara) == {"platelets": "250"} and not being_corrected(mara).exists()


@pytest.mark.parametrize("is_first", [True, False])
def test_the_order_of_arrival_does_not_bring_a_wrong_value_back(
    mara: Patient, is_first: bool
) -> None:
    sent = labs.AT - timedelta(hours=5)
    original = message(item("platelets", "80"), number="R1", sent_at=sent)
    correction = message(corrected(), number="R1", sent_at=sent + timedelta(hours=1))
    for each in (original, correction) if is_first else (correction, original):
        receive(each)
    assert labs.current(mara) == {} and waiting().count() == 1
    later = message(corrected("180"), number="R1", sent_at=sent + timedelta(hours=2))
    receive(later)
    assert labs.current(mara) == {"platelets": "180"}
    # What is read only now was said before.
    resolving.enter(waiting().get(), {"value": "170"}, **BY)
    assert labs.current(mara) == {"platelets": "180"}


def test_a_result_and_a_correction_nobody_can_read_in_one_message(mara: Patient) -> None:
    receive(message(item("platelets", "80"), corrected(), number="R1"))
    assert labs.current(mara) == {} and waiting().count() == 1


def bare(found: LabItem, **named: Any) -> Any:
    """A message whose report has no number."""
    return message(found, number="", **named)


def test_a_report_without_a_number_is_known_by_all_it_says(mara: Patient) -> None:
    count = item("platelets", "80", collected_at=TAKEN)
    panel = Coding("LN", "58410-2")
    receive(bare(count, panel=panel))
    (again,) = receive(bare(count, panel=panel))
    assert [each.reason for each in again.items] == ["repeat"]
    receive(bare(count, panel=panel), bare(count, panel=panel))
    assert Result.objects.count() == 1 and SignalRow.objects.count() == 1
    # Another specimen, another panel and another value are results of their own.
    receive(bare(item("platelets", "80", collected_at=TAKEN + timedelta(hours=1)), panel=panel))
    receive(bare(item("platelets", "81", collected_at=TAKEN), panel=panel))
    receive(bare(count))
    assert Result.objects.filter(replaced_at__isnull=True).count() == 4
    all_accounted_for()


def test_nobody_is_taken_for_somebody_else_without_a_number(mara: Patient) -> None:
    other = labs.patient("Zoe Ames", "MRN-2", prescriber=mara.prescriber)
    receive(bare(item()), bare(item(), patient=about("MRN-2")))
    assert labs.current(mara) == labs.current(other) == {"platelets": "250"}


def test_what_waited_without_a_number_is_there_once(mara: Patient) -> None:
    receive(
        bare(item("platelets", "250", codes=LOCAL)), bare(item("platelets", "250", codes=LOCAL))
    )
    river = LabConnection.objects.get()
    resolving.map_code(river, labs.PROGRAM, "L", "PLT", "platelets", **BY)
    assert Result.objects.count() == 1 and not waiting().exists()
    all_accounted_for()


def test_a_correction_without_a_number_takes_away_what_it_may_be_about(mara: Patient) -> None:
    receive(bare(item("platelets", "80")), bare(item("tsh", "2")))
    receive(bare(corrected("180")))
    assert labs.current(mara) == {"tsh": "2"} and being_corrected(mara).count() == 1
    resolving.enter(waiting().get(), {"value": "180"}, **BY)
    assert labs.current(mara) == {"tsh": "2", "platelets": "180"}


def test_what_is_withdrawn_without_a_number_is_never_guessed(mara: Patient) -> None:
    withdrawn = item("platelets", "80", status=ItemStatus.WITHDRAWN)
    receive(bare(item("platelets", "80")))
    receive(bare(withdrawn))
    assert labs.current(mara) == {} and not waiting().exists()
    receive(bare(item("platelets", "81")), bare(item("platelets", "82")))
    receive(bare(withdrawn, raw=b"once more"))
    assert labs.current(mara) == {} and being_corrected(mara).count() == 2
    resolving.reject_item(waiting().get(), "Of the first.", earlier_stands=True, **BY)
    found = Result.objects.filter(replaced_at__isnull=True).values_list("value", flat=True)
    assert sorted(map(str, found)) == ["81", "82"]
    all_accounted_for()


def test_another_laboratory_corrects_nothing(mara: Patient) -> None:
    labs.connect("LAB|EAST")
    receive(bare(item("platelets", "80")))
    receive(bare(corrected("180"), sent_as="LAB|EAST"))
    assert labs.current(mara) == {"platelets": "80"}


def test_results_of_another_day_are_not_in_doubt(mara: Patient) -> None:
    receive(bare(item("platelets", "80", collected_on=date(2025, 5, 1))))
    receive(bare(corrected("180")))
    assert labs.current(mara) == {"platelets": "80"} and not AwaitedCorrection.objects.exists()
