"""What is said now beside what stands, kind by kind: nothing is dropped in silence.

Whatever nobody can be sure of counts for nothing and waits for somebody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from etasu.interfaces.hl7v2.exchange import hear
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring import resolving
from etasu.registry.monitoring.corrections import being_corrected
from etasu.registry.monitoring.intake import Received
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.lab_rows import LabItemRow, LabMessageRow
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, open_tasks, waiting
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.result_files.receive import receive_file
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import Coding, ItemStatus, LabItem
from tests.registry import labs
from tests.registry.labs import about, item, items, message, receive

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": Actor("lena", "lab_analyst"), "at": labs.AT}
FINAL, CORRECTED = ItemStatus.FINAL, ItemStatus.CORRECTED
WITHDRAWN, CANCELED = ItemStatus.WITHDRAWN, ItemStatus.CANCELED
MORNING = datetime(2025, 6, 1, 12, 15, tzinfo=UTC)
EARLY = labs.AT - timedelta(hours=5)


def said(value: str | None, status: ItemStatus = FINAL, **named: Any) -> LabItem:
    """A platelet count."""
    return item("platelets", value, status=status, **named)


def say(*found: LabItem, number: str = "R1", **named: Any) -> list[str]:
    """What becomes of these items of one report, and why; all of it is accounted for."""
    (outcome,) = receive(message(*found, number=number, **named))
    assert all(conservation(each).holds for each in LabMessageRow.objects.all())
    return [f"{each.outcome} {each.reason}".strip() for each in outcome.items]


def waits() -> list[str]:
    """Why what waits does."""
    return list(waiting().order_by("pk").values_list("reason", flat=True))


# After something was taken back, without the times of the sender.


def test_a_mended_result_after_an_unreadable_one_was_set_aside_is_not_dropped(
    mara: Patient,
) -> None:
    say(said("250"))
    say(said("see below"))
    resolving.reject_item(waiting().get(), "It is mended and sent again.", **BY)
    assert say(said("40")) == ["quarantined order-unknown"]
    assert labs.current(mara) == {} and waits() == ["order-unknown"]
    resolving.enter(waiting().get(), {"value": "40"}, **BY)
    assert labs.current(mara) == {"platelets": "40"} and not waiting().exists()
    assert SignalRow.objects.filter(limit_code="platelets-below-100").exists()


@pytest.mark.parametrize("status", [FINAL, CORRECTED])
@pytest.mark.parametrize("sent_at", [None, EARLY])
def test_another_value_after_a_withdrawal_waits_where_nothing_says_which_was_last(
    mara: Patient, status: ItemStatus, sent_at: datetime | None
) -> None:
    say(said("250"), sent_at=sent_at)
    say(said("250", WITHDRAWN), sent_at=sent_at)
    assert say(said("40", status), sent_at=sent_at) == ["quarantined order-unknown"]
    assert labs.current(mara) == {}
    # What was taken back does not come back by being sent again.
    assert say(said("250"), sent_at=sent_at) == ["stored overtaken"]
    assert labs.current(mara) == {} and waits() == ["order-unknown"]


def test_what_waits_for_its_order_is_not_let_through_by_something_else(mara: Patient) -> None:
    local = {"codes": (Coding("L", "PLT"),)}
    river = LabConnection.objects.get()
    resolving.map_code(river, labs.PROGRAM, "L", "PLT", "platelets", **BY)
    say(said("250", **local))
    say(said("250", WITHDRAWN, **local))
    say(said("40", **local))
    resolving.take_message_again(LabMessageRow.objects.latest("pk"), **BY)
    resolving.map_code(river, labs.PROGRAM, "L", "PLT", "platelets", unit="K/uL", **BY)
    assert labs.current(mara) == {} and waiting().count() == 1
    resolving.map_code(river, labs.PROGRAM, "L", "PLT", None, **BY)
    assert labs.current(mara) == {} and not waiting().exists()


def test_the_times_of_the_sender_say_which_was_last(mara: Patient) -> None:
    say(said("250"), sent_at=EARLY)
    say(said("250", WITHDRAWN), sent_at=EARLY + timedelta(minutes=2))
    assert say(said("40"), sent_at=EARLY + timedelta(minutes=1)) == ["stored overtaken"]
    assert say(said("45"), sent_at=EARLY + timedelta(minutes=3)) == ["stored"]
    assert labs.current(mara) == {"platelets": "45"} and not waiting().exists()


def test_a_final_value_after_a_correction_waits_unless_it_was_said_before(mara: Patient) -> None:
    say(said("250"))
    say(said("90", CORRECTED))
    assert say(said("250")) == ["stored overtaken"] and labs.current(mara) == {"platelets": "90"}
    assert say(said("30")) == ["quarantined order-unknown"]
    assert labs.current(mara) == {} and being_corrected(mara).count() == 1
    resolving.enter(waiting().get(), {"value": "30"}, **BY)
    assert labs.current(mara) == {"platelets": "30"}


def test_nobody_reads_past_what_comes_after_a_correction(mara: Patient) -> None:
    say(said("90", CORRECTED))
    assert say(said("see below")) == ["quarantined value-unreadable"]
    assert labs.current(mara) == {}


def test_a_withdrawal_that_overtook_its_result_keeps_it_from_counting(mara: Patient) -> None:
    say(said("250", WITHDRAWN))
    assert say(said("250")) == ["stored overtaken"]
    assert labs.current(mara) == {} and not waiting().exists()


HEAD = "identifier,authority,test,value,unit,collected_on,status,report"


def file_of(*rows: str) -> list[str]:
    """What becomes of the rows of a file of platelet counts: value, status and report."""
    clinic = LabConnection.objects.get().number
    lines = [f"{labs.MRN},RIVER,{row}" for row in rows]
    content = "\n".join([HEAD, *lines, ""]).encode()
    taken = receive_file(content, clinic, by=labs.LISTENER, at=labs.AT)
    return [f"{each.outcome} {each.reason}".strip() for each in taken.rows]


def row(value: str, status: str = "final", report: str = "R1") -> str:
    """One of its rows, from the value on."""
    return f"platelets,{value},K/uL,2025-06-01,{status},{report}"


def test_a_file_says_no_time_and_an_old_one_brings_nothing_back(mara: Patient) -> None:
    assert file_of(row("250")) == ["stored"]
    assert file_of(row("250", "withdrawn")) == ["stored withdrawn"]
    # An older file with one more row, handed in late.
    assert file_of(row("250"), "tsh,2,uIU/mL,2025-06-01,final,R2") == ["stored overtaken", "stored"]
    assert labs.current(mara) == {"tsh": "2"}
    assert file_of(row("40")) == ["quarantined order-unknown"]


# Both in one message.


@pytest.mark.parametrize("is_first", [True, False])
def test_a_withdrawal_and_a_new_value_in_one_message(mara: Patient, is_first: bool) -> None:
    say(said("250"))
    both = [said("250", WITHDRAWN), said("40", place="OBX^2")]
    say(*(both if is_first else reversed(both)))
    assert labs.current(mara) == {"platelets": "40"} and not waiting().exists()
    assert SignalRow.objects.filter(limit_code="platelets-below-100").exists()


def test_a_file_with_a_withdrawal_and_a_new_value(mara: Patient) -> None:
    file_of(row("250"))
    found = file_of(row("250", "withdrawn"), row("40"))
    assert found == ["stored withdrawn", "stored"]
    assert labs.current(mara) == {"platelets": "40"}


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("status", [WITHDRAWN, CANCELED])
def test_a_result_that_is_taken_back_in_its_own_message_counts_for_nothing(
    mara: Patient, status: ItemStatus, is_first: bool
) -> None:
    both = [said("250"), said("250.0", status, place="OBX^2")]
    say(*(both if is_first else reversed(both)))
    assert labs.current(mara) == {} and not waiting().exists()
    # Whatever was on record under the key is gone as well.
    say(said("250"), number="R2")
    say(*both, number="R2")
    assert labs.current(mara) == {} and not waiting().exists()


@pytest.mark.parametrize("end", [said(None, WITHDRAWN), said("250", WITHDRAWN, unit="/uL")])
def test_what_may_be_taken_back_in_its_own_message_waits(mara: Patient, end: LabItem) -> None:
    say(said("250"))
    say(said("40", place="OBX^2"), end)
    assert labs.current(mara) == {} and waits() == ["order-unknown"]


def test_of_two_results_in_one_message_nobody_knows_which_one_is_corrected(mara: Patient) -> None:
    say(said("30"), said("31", place="OBX^2"), said("230", CORRECTED, place="OBX^3"))
    assert labs.current(mara) == {"platelets": "230"}
    assert waits() == ["which-is-meant", "which-is-meant"]


def test_two_reports_in_one_message_do_not_correct_each_other(mara: Patient) -> None:
    say(said("250"), number="R1")
    say(said("30"), said("230", CORRECTED, place="OBX^2"), number="R2")
    assert sorted(Result.objects.filter(replaced_at=None).values_list("value", flat=True)) == [
        "230", "250",
    ]  # fmt: skip


# What finds nothing by its number.


def hl7(*segments: str, sent: str = "20250602093000-0500") -> Received:
    """A message as it comes over the line."""
    head = rf"MSH|^~\&|LAB|RIVERSIDE|REMS|P|{sent}||ORU^R01|{sent}|P|2.5.1"
    pid = f"PID|1||{labs.MRN}^^^RIVER^MR||Vale^Mara||19900601|F"
    raw = "\r".join((head, pid, *segments)).encode()
    return hear(raw, None, agreed_with_senders(labs.AT)).received[0]


def obr(filler: str = "F1", placer: str = "", when: str = "202506010815-0500") -> str:
    """An order."""
    return f"OBR|1|{placer}|{filler}|58410-2^CBC^LN|||{when}||||||||||||||||||F"


def obx(value: str, status: str = "F") -> str:
    """A platelet count."""
    return f"OBX|1|NM|777-3^Platelets^LN||{value}|K/uL|||||{status}"


LATER = "20250602103000-0500"


@pytest.mark.parametrize(
    ("original", "later"),
    [
        (obr("", "P1"), obr("F1", "P1")),
        (obr(""), obr("", when="20250601")),
        (obr("", when="20250601"), obr("")),
        (obr("F1"), obr("F2")),
        (obr("F1"), obr("", when="20250601")),
    ],
    ids=["number added", "no number, day only", "no number, time added", "another", "lost"],
)
@pytest.mark.parametrize(("value", "status"), [("250", "D"), ("40", "C"), ("clumped", "C")])
def test_what_finds_nothing_by_its_number_takes_away_what_it_may_mean(
    mara: Patient, original: str, later: str, value: str, status: str
) -> None:
    receive(hl7(original, obx("250")))
    receive(hl7(later, obx(value, status), sent=LATER))
    assert labs.current(mara) == {} and waiting().count() == 1
    (awaited,) = being_corrected(mara)
    assert awaited.result.value == "250"
    resolving.reject_item(waiting().get(), "Another's.", earlier_stands=True, **BY)
    assert labs.current(mara) == {"platelets": "250"}


def test_whoever_knows_which_is_meant_has_the_correction_count(mara: Patient) -> None:
    receive(hl7(obr("", "P1"), obx("250")))
    receive(hl7(obr("F1", "P1"), obx("40", "C"), sent=LATER))
    resolving.enter(waiting().get(), {"value": "40"}, **BY)
    assert labs.current(mara) == {"platelets": "40"} and not being_corrected(mara).exists()


def test_a_refused_correction_does_not_come_in_by_being_sent_again(mara: Patient) -> None:
    say(said("250"), number="R1")
    say(said("40", CORRECTED), number="R2")
    resolving.reject_item(waiting().get(), "Another's.", earlier_stands=True, **BY)
    assert say(said("40", CORRECTED), number="R2") == ["rejected rejected-by-hand"]
    assert labs.current(mara) == {"platelets": "250"}


def test_a_result_and_its_end_in_one_batch_are_taken_in_order(mara: Patient) -> None:
    receive(
        message(item("tsh", "2"), number="R1"),
        message(said("250"), number="R2"),
        message(said("250", WITHDRAWN), number="R3"),
    )
    assert labs.current(mara) == {"tsh": "2"} and waits() == ["which-is-meant"]


def test_what_there_is_nothing_of_is_kept_and_nobody_is_asked(mara: Patient) -> None:
    say(said("250", collected_on=date(2025, 5, 1)))
    assert say(said("40", WITHDRAWN), number="R2") == ["stored withdrawn"]
    assert say(said("40", CANCELED, collected_on=date(2025, 5, 1)), number="R3") == [
        "stored canceled"
    ]
    assert say(item("787-2", "9", status=WITHDRAWN), number="R4") == ["stored withdrawn"]
    assert labs.current(mara) == {"platelets": "250"} and not waiting().exists()


@pytest.mark.parametrize(
    ("unknown", "reason"),
    [
        ({"collected_on": None}, "collection-day-missing"),
        ({"codes": (Coding("L", "PLT"),), "key": "PLT"}, "code-unknown"),
    ],
)
def test_a_withdrawal_of_nobody_knows_what_waits(
    mara: Patient, unknown: dict[str, Any], reason: str
) -> None:
    say(said("250"))
    assert say(said("250", WITHDRAWN, **unknown), number="R2") == [f"quarantined {reason}"]
    if reason == "code-unknown":
        river = LabConnection.objects.get()
        resolving.map_code(river, labs.PROGRAM, "L", "PLT", "platelets", **BY)
    else:
        resolving.enter(waiting().get(), {"collected_on": "2025-06-01"}, **BY)
    assert labs.current(mara) == {} and waiting().count() == 1


def test_a_withdrawal_in_an_unknown_code_takes_away_what_its_report_said(mara: Patient) -> None:
    say(said("250"), item("tsh", "2", place="OBX^2"))
    local = said("250", WITHDRAWN, codes=(Coding("L", "PLT"),), key="PLT")
    assert say(local, item("tsh", "2", place="OBX^2"))[0].startswith("quarantined")
    assert labs.current(mara) == {"tsh": "2"}


def test_a_withdrawal_about_somebody_unknown_waits_until_somebody_says_who(mara: Patient) -> None:
    say(said("250"))
    withdrawn = said("250", WITHDRAWN)
    assert say(withdrawn, number="R2", patient=about("MRN-9")) == ["quarantined patient-unknown"]
    task = LabItemRow.objects.latest("pk").report.reconciliation
    resolving.choose_patient(task, mara, "By telephone.", **BY)
    assert labs.current(mara) == {} and waiting().count() == 1


# Somebody else's.


@pytest.fixture
def zoe(mara: Patient) -> Patient:
    """Another patient of the same laboratory."""
    return labs.patient("Zoe Ames", "MRN-2", prescriber=mara.prescriber)


def test_a_number_that_is_used_again_takes_nothing_from_anybody(
    mara: Patient, zoe: Patient
) -> None:
    of_zoe = about("MRN-2")
    say(said("80", collected_on=date(2025, 5, 1)), number="1")
    assert say(said("240"), number="1", patient=of_zoe) == ["quarantined another-patient"]
    assert labs.current(mara) == {"platelets": "80"} and labs.current(zoe) == {}
    assert SignalRow.objects.get().result_replaced_at is None
    # Even what nobody can read is about somebody else.
    say(said("clumped"), number="1", patient=of_zoe)
    assert labs.current(mara) == {"platelets": "80"}
    first, second = waiting().order_by("pk")
    resolving.enter(first, {"value": "240"}, **BY)
    resolving.reject_item(second, "It says nothing.", **BY)
    assert labs.current(mara) == {"platelets": "80"} and labs.current(zoe) == {"platelets": "240"}
    # From then on each is found by whom it is about.
    assert say(said("240"), number="1", patient=of_zoe) == ["stored repeat"]
    say(said("230", CORRECTED), number="1", patient=of_zoe)
    say(said("80", WITHDRAWN, collected_on=date(2025, 5, 1)), number="1")
    assert labs.current(mara) == {} and labs.current(zoe) == {"platelets": "230"}


def test_a_number_that_is_used_again_for_somebody_unknown_takes_nothing_for_good(
    mara: Patient, zoe: Patient
) -> None:
    say(said("80", collected_on=date(2025, 5, 1)), number="1")
    assert say(said("240"), number="1", patient=about("MRN-9"))[0].startswith("quarantined")
    assert labs.current(mara) == {}
    (task,) = open_tasks(labs.PROGRAM)
    resolving.choose_patient(task, zoe, "By her birth date.", **BY)
    assert labs.current(mara) == {"platelets": "80"} and labs.current(zoe) == {"platelets": "240"}


def test_a_withdrawal_about_somebody_else_is_looked_at(mara: Patient, zoe: Patient) -> None:
    say(said("80"), number="1")
    found = say(said("80", WITHDRAWN), number="1", patient=about("MRN-2"))
    assert found == ["quarantined another-patient"] and labs.current(mara) == {}
    resolving.reject_item(waiting().get(), "Of another.", earlier_stands=True, **BY)
    assert labs.current(mara) == {"platelets": "80"}


def test_merged_records_are_one_person(mara: Patient, zoe: Patient) -> None:
    say(said("80"), number="1")
    Patient.objects.filter(pk=mara.pk).update(merged_into=zoe, merged_at=labs.AT, merged_by="a")
    assert say(said("80"), number="1") == ["stored repeat"]
    assert say(said("90"), number="1", patient=about("MRN-2")) == ["stored"]
    assert labs.current(zoe) == {"platelets": "90"} and labs.current(mara) == {}


# What somebody has refused.


def test_a_refused_result_stays_refused_when_it_is_sent_again(mara: Patient, zoe: Patient) -> None:
    say(said("3500"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    found = say(said("3500"), item("tsh", "2", place="OBX^2"))
    assert found == ["rejected rejected-by-hand", "stored"]
    assert labs.current(mara) == {"tsh": "2"} and not waiting().exists()
    # Said of whoever's tube it was, it is theirs.
    assert say(said("3500"), patient=about("MRN-2"))[0].startswith("stored")
    assert labs.current(zoe) == {"platelets": "3500"}


def test_a_laboratory_that_stands_by_a_refused_result_is_heard(mara: Patient) -> None:
    say(said("3500"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    assert say(said("3500", CORRECTED)) == ["quarantined refused-before"]
    assert labs.current(mara) == {}
    resolving.enter(waiting().get(), {"value": "3500"}, **BY)
    assert labs.current(mara) == {"platelets": "3500"}


def test_another_value_after_a_refused_one_counts_and_the_refused_one_takes_it_away(
    mara: Patient,
) -> None:
    say(said("3500"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    assert say(said("40")) == ["stored"]
    assert say(said("3500")) == ["quarantined refused-before"]
    assert labs.current(mara) == {} and being_corrected(mara).count() == 1


# Nothing after something.


def test_a_result_that_is_emptied_counts_no_longer(mara: Patient) -> None:
    counts = items({**labs.BLOOD_COUNT, "platelets": "80"})
    say(*counts)
    empty = [replace(each, value=None) if each.key == "platelets" else each for each in counts]
    assert "quarantined no-value" in say(*empty)
    assert "platelets" not in labs.current(mara)
    assert "cbc-with-differential" not in labs.current(mara)
    assert SignalRow.objects.get(limit_code="platelets-below-100").result_replaced_at == labs.AT
    resolving.take_message_again(LabMessageRow.objects.latest("pk"), **BY)
    resolving.reject_item(waiting().get(), "It was right.", earlier_stands=True, **BY)
    assert labs.current(mara)["platelets"] == "80"


def test_an_emptied_cell_of_a_file_takes_the_value_away(mara: Patient) -> None:
    file_of(row("250"))
    assert file_of(row("")) == ["quarantined no-value"]
    assert labs.current(mara) == {} and being_corrected(mara).count() == 1


def test_nothing_that_was_said_earlier_takes_nothing_away(mara: Patient) -> None:
    say(said("250"), sent_at=EARLY)
    assert say(said(None), sent_at=EARLY - timedelta(hours=1)) == ["stored overtaken"]
    assert say(said(None), number="R2") == ["stored no-value"]
    assert labs.current(mara) == {"platelets": "250"} and not waiting().exists()
