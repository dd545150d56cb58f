"""A code explained wrongly: once it is put right, everything is as if it always had been."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Q

from etasu.clock import monitoring
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring import resolving, retaking
from etasu.registry.monitoring.histories import watched
from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection
from etasu.registry.monitoring.lab_rows import ItemResolution, LabMessageRow
from etasu.registry.monitoring.models import Result, Retaking, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.registry.monitoring.watches import look_again
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import Coding, ItemStatus
from tests.registry import labs
from tests.registry.labs import item, items, message, receive

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": Actor("lena", "lab_analyst"), "at": labs.AT}
CODE = ("L", "X")
UNDER = (Coding(*CODE),)


@pytest.fixture
def mara(teaching_program: None) -> Patient:
    """Mara, treated a year ago, and the laboratory that knows her."""
    labs.use_lemtrada()
    labs.connect()
    found = labs.patient()
    labs.treat(found, date(2024, 6, 3), date(2024, 6, 4))
    return found


def means(test: str | None, *, everywhere: bool = False, unit: str = "") -> CodeMapping:
    """Say what the code means."""
    whose = None if everywhere else LabConnection.objects.get(name="LAB|RIVERSIDE")
    return resolving.map_code(whose, labs.PROGRAM, *CODE, test, unit=unit, **BY)


def said(value: str, on: date = labs.COLLECTED, **named: Any) -> Any:
    """A count under the code alone."""
    return item("platelets", value, codes=UNDER, key="X", collected_on=on, **named)


def months() -> list[date]:
    """A year of monthly specimens."""
    return [date(2024, 6, 20) + timedelta(days=30 * month) for month in range(11)]


def picture(one: Patient) -> Any:
    """Everything that follows from results: values, obligations, and signals that still rest."""
    look_again(labs.AT.date())
    version = labs._library().effective(labs.PROGRAM, labs.AT.date())
    assert version is not None
    standing = Result.objects.filter(patient=one, replaced_at__isnull=True)
    resting = SignalRow.objects.filter(patient=one, result_replaced_at__isnull=True)
    return (
        sorted(map(str, standing.values_list("test", "collected_on", "value", "unit"))),
        [
            (each.code, each.due_on, each.status)
            for each in watched(one, version, labs.AT.date()).obligations
        ],
        sorted(resting.values_list("limit_code", "seen", "urgency", "certainty")),
    )


def year(values: Any) -> None:
    """A blood count a month, its platelets under the code."""
    rest = {test: value for test, value in labs.BLOOD_COUNT.items() if test != "platelets"}
    for number, (on, value) in enumerate(zip(months(), values, strict=True)):
        found = (*items(rest, collected_on=on), said(value, on, place="OBX^9"))
        receive(message(*found, number=f"Y{number}"))


VALUES = ["250", "240", "80", "230", "220", "210", "60", "190", "180", "170", "160"]


@pytest.mark.parametrize("wrong", ["leukocytes", None, "cbc-with-differential"])
def test_everything_is_as_if_the_code_had_been_right(mara: Patient, wrong: str | None) -> None:
    means("platelets")
    year(VALUES)
    right = picture(mara)
    assert right[2] and Result.objects.filter(test="cbc-with-differential").count() == 11
    means(wrong)
    spoiled = picture(mara)
    assert spoiled[0] != right[0] and spoiled[1] != right[1] and spoiled[2] != right[2]
    means("platelets")
    assert picture(mara) == right
    # What it was taken for is on record, with the signals that somebody may have acted on.
    assert Result.objects.filter(test="platelets", replaced_at__isnull=False).count() == 11
    assert SignalRow.objects.filter(result_replaced_at__isnull=False).exists()
    assert ItemResolution.objects.filter(how=retaking.CODE_CHANGED).count() == 22
    assert all(each.done_at for each in Retaking.objects.all())
    assert all(conservation(each).holds for each in LabMessageRow.objects.all())


def test_a_first_meaning_that_was_wrong_is_put_right_after_it_had_waited(mara: Patient) -> None:
    receive(message(said("80"), number="R1"))
    means("leukocytes")
    assert labs.current(mara) == {"leukocytes": "80"}
    means("platelets")
    assert labs.current(mara) == {"platelets": "80"}
    low = SignalRow.objects.get(result_replaced_at__isnull=True)
    assert low.limit_code == "platelets-below-100"
    # A correction finds what it corrects, though it is another test now.
    receive(message(said("180", status=ItemStatus.CORRECTED), number="R1"))
    assert labs.current(mara) == {"platelets": "180"}
    means("leukocytes")
    assert labs.current(mara) == {"leukocytes": "180"}


def test_the_same_again_changes_nothing(mara: Patient) -> None:
    receive(message(said("80"), said("90", place="OBX^2", status=ItemStatus.PRELIMINARY)))
    first = means("leukocytes")
    entries = AuditEntry.objects.count()
    assert means("leukocytes") == first and AuditEntry.objects.count() == entries
    means("platelets")
    kept = Result.objects.get(replaced_at__isnull=True)
    Retaking.objects.update(done_at=None, done_by=None)
    while retaking.go_on_retaking(**BY):
        pass
    assert Result.objects.get(replaced_at__isnull=True) == kept
    assert ItemResolution.objects.filter(how=retaking.CODE_CHANGED).count() == 1


def test_what_people_decided_stays_decided(mara: Patient) -> None:
    means("leukocytes")
    receive(message(said("6000"), number="R1"), message(said("7"), number="R2"))
    receive(message(said("see comment"), number="R3"))
    resolving.reject_item(waiting().get(), "It says nothing.", **BY)
    resolving.refuse_result(Result.objects.get(value="7"), "Somebody else's tube.", **BY)
    receive(message(said("5", unit="pots"), number="R4"))
    resolving.enter_unit(Result.objects.get(value="5"), "K/uL", **BY)
    means("platelets")
    found = Result.objects.filter(replaced_at__isnull=True).values_list("test", "value", "unit")
    assert set(found) == {("platelets", "6000", "10*3/uL"), ("platelets", "5", "10*3/uL")}


def test_the_unit_that_goes_without_saying_is_part_of_the_meaning(mara: Patient) -> None:
    means("platelets", unit="K/uL")
    receive(message(said("250000", unit="")), message(said("240", unit="K/uL")))
    assert labs.current(mara) == {"platelets": "240"}
    means("platelets", unit="cells/uL")
    values = Result.objects.filter(replaced_at__isnull=True).values_list("value", flat=True)
    assert sorted(map(str, values)) == ["240", "250"]
    assert Result.objects.count() == 3


def test_codes_that_disagree_from_now_on_wait_and_count_for_nothing(mara: Patient) -> None:
    both = (Coding("LN", labs.LOINC["platelets"]), *UNDER)
    receive(message(item("platelets", "250", codes=both)))
    assert Result.objects.count() == 1
    means("leukocytes")
    assert labs.current(mara) == {} and waiting().count() == 1
    (message_row,) = LabMessageRow.objects.all()
    counted = conservation(message_row)
    assert (counted.stored, counted.quarantined) == (0, 1) and counted.holds
    means("platelets")
    assert labs.current(mara) == {"platelets": "250"} and not waiting().exists()
    assert conservation(message_row).stored == 1


def test_only_what_the_meaning_is_for_is_judged_again(mara: Patient) -> None:
    labs.connect("LAB|EAST")
    means("leukocytes", everywhere=True)
    receive(message(said("6"), number="R1"), message(said("7"), number="R2", sent_as="LAB|EAST"))
    means("platelets")
    found = Result.objects.filter(replaced_at__isnull=True).values_list("test", "value")
    assert set(found) == {("platelets", "6"), ("leukocytes", "7")}
    means("hemoglobin", everywhere=True)
    found = Result.objects.filter(replaced_at__isnull=True).values_list("test", "value")
    assert ("platelets", "6") in found and ("hemoglobin", "7") in found


def test_many_results_are_judged_again_in_turns_that_survive_anything(
    mara: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    means("leukocytes")
    sent = [message(said(f"{200 + number}"), number=f"N{number}") for number in range(30)]
    receive(*sent)
    monkeypatch.setattr(retaking, "MESSAGES_AT_ONCE", 4)
    monkeypatch.setattr(retaking, "TURNS_AT_ONCE", 2)
    held: list[int] = []
    taken = retaking.take_again

    def counted(rows: Any, *args: Any, **named: Any) -> Any:
        held.append(len(rows))
        if len(held) == 4:
            raise OSError("the power went")
        return taken(rows, *args, **named)

    monkeypatch.setattr(retaking, "take_again", counted)
    means("platelets")
    one = Retaking.objects.get(mapping__ended_at__isnull=True)
    assert one.done_at is None and one.changed == 8
    retaking.go_on_retaking(**BY)
    with pytest.raises(OSError, match="the power went"):
        retaking.go_on_retaking(**BY)
    while monitoring.follow(labs.AT)["judged_again"]:
        pass
    one.refresh_from_db()
    assert one.done_at == labs.AT and one.changed == 30 and max(held) == 4
    wrong = Q(test="leukocytes", replaced_at__isnull=True)
    assert Result.objects.filter(wrong).count() == 0
    assert Result.objects.filter(test="platelets", replaced_at__isnull=True).count() == 30


def test_a_meaning_that_was_overtaken_is_not_gone_on_with(
    mara: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    means("leukocytes")
    receive(*(message(said(f"{number}"), number=f"N{number}") for number in range(5)))
    monkeypatch.setattr(retaking, "MESSAGES_AT_ONCE", 2)
    monkeypatch.setattr(retaking, "TURNS_AT_ONCE", 1)
    means("platelets")
    means("hemoglobin")
    while retaking.go_on_retaking(**BY):
        pass
    standing = Result.objects.filter(replaced_at__isnull=True)
    assert set(standing.values_list("test", flat=True)) == {"hemoglobin"}
    assert standing.count() == 5


def test_a_senders_own_meaning_replaces_the_general_one_whole(mara: Patient) -> None:
    """What a count of others is in says nothing of a sender that has a meaning of its own."""
    means("platelets", everywhere=True, unit="K/uL")
    means("platelets")
    receive(message(said("8", unit="")))
    assert stands("review", "unit") == [("unit-review", None)]
    means("leukocytes")
    assert stands("test", "review", "unit") == [("leukocytes", "unit-review", None)]
    means("leukocytes", unit="K/uL")
    assert stands("test", "review", "unit") == [("leukocytes", "", "10*3/uL")]


def stands(*named: str) -> list[Any]:
    """What is said of the results that stand."""
    return list(Result.objects.filter(replaced_at__isnull=True).values_list(*named))
