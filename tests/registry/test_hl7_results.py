"""Results as HL7 messages say them, from the line to what stands on record."""

from __future__ import annotations

import pytest

from etasu.interfaces.hl7v2.exchange import hear
from etasu.registry.monitoring import resolving
from etasu.registry.monitoring.intake import Outcome
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.patients.models import Patient
from tests.registry import labs

pytestmark = pytest.mark.django_db
PLATELETS = "777-3^Platelets^LN"


def order(filler: str = "F1", status: str = "F") -> str:
    """The order of a blood count."""
    return f"OBR|1||{filler}|58410-2^CBC^LN|||202506010815-0500||||||||||||||||||{status}"


def count(
    value: str,
    status: str = "F",
    *,
    code: str = PLATELETS,
    unit: str = "K/uL",
    usual: str = "",
) -> str:
    """Something counted; `usual` is the laboratory's range."""
    return f"OBX|1|NM|{code}||{value}|{unit}|{usual}||||{status}"


_sent = iter(range(1, 10_000))


def send(*segments: str, said_at: str = "") -> Outcome:
    """What becomes of a message with these segments, each sent a minute after the one before."""
    number = next(_sent)
    at = said_at or f"20250602{9 + number // 60:02}{number % 60:02}00-0500"
    head = rf"MSH|^~\&|LAB|RIVERSIDE|REMS|P|{at}||ORU^R01|N{number}|P|2.5.1"
    who = f"PID|1||{labs.MRN}^^^RIVER^MR||Vale^Mara||19900601|F"
    said = "\r".join((head, who, *segments)).encode()
    found = hear(said, None, agreed_with_senders(labs.AT)).received
    (outcome,) = labs.receive(*found)
    return outcome


def counts() -> list[str | None]:
    """The counts that stand."""
    rows = Result.objects.filter(test="platelets", replaced_at__isnull=True)
    return list(rows.order_by("value").values_list("value", flat=True))


def test_an_end_of_the_range_that_is_outside_is_a_limit_reached(mara: Patient) -> None:
    def red_cells(value: str, usual: str, filler: str) -> None:
        code = "13945-1^RBC^LN"
        send(order(filler), count(value, code=code, unit="/HPF", usual=usual))

    red_cells("3", "<=3", "F1")
    red_cells("2", "<3", "F2")
    assert not SignalRow.objects.exists()
    red_cells("3", "<3", "F3")
    (found,) = SignalRow.objects.all()
    assert (found.limit_code, found.against) == ("hematuria", [["range", "to <3", None]])


@pytest.mark.parametrize("is_first", [False, True])
def test_a_result_and_its_correction_in_one_message_are_one(mara: Patient, is_first: bool) -> None:
    both = [count("30"), count("230", "C")]
    found = send(order(), *(reversed(both) if is_first else both))
    assert sorted(each.reason for each in found.items) == ["", "overtaken"]
    assert counts() == ["230"] and not SignalRow.objects.exists()


def test_a_result_that_is_taken_back_in_the_same_message_counts_for_nothing(mara: Patient) -> None:
    found = send(order(), count("30"), count("30", "D"))
    assert [each.outcome for each in found.items] == ["stored", "stored"]
    assert counts() == [] and not SignalRow.objects.exists()


def test_two_results_of_one_order_are_corrected_each_by_its_own(mara: Patient) -> None:
    send(order(), count("160"), count("170"))
    assert counts() == ["160", "170"]
    send(order(), count("260", "C"), count("270", "C"))
    assert counts() == ["260", "270"]
    send(order(), count("260", "D"), count("270", "D"))
    assert counts() == []


def test_two_orders_of_one_number_have_results_of_their_own(mara: Patient) -> None:
    send(order(), count("160"), order(), count("170"))
    assert counts() == ["160", "170"]


def test_numbers_of_two_laboratories_on_one_line_are_two(mara: Patient) -> None:
    send(order("123^LABA"), count("180"))
    send(order("123^LABB"), count("240"))
    send(order("123^^1.2.3^ISO"), count("210"))
    assert counts() == ["180", "210", "240"]
    send(order("123^LABB"), count("250", "C"))
    send(order("123^^1.2.3^ISO"), count("210", "D"))
    assert counts() == ["180", "250"]


@pytest.mark.parametrize("status", ["X", "Y", "Z"])
def test_an_order_taken_back_without_its_results_puts_them_in_doubt(
    mara: Patient, status: str
) -> None:
    send(order("F1"), count("160"))
    send(order("F2"), count("170"))
    for _ in range(2):
        found = send(order("F1", status), order("F3"), count("180"))
        assert [(each.place, each.outcome) for each in found.items] == [
            ("OBR^1", "quarantined"), ("OBX^1", "stored"),
        ]  # fmt: skip
        assert conservation(LabMessageRow.objects.get(number=found.reference)).holds
        assert counts() == ["170", "180"]
        # Sent anew it counts, until it is taken back anew.
        send(order("F1"), count("160"))
        assert counts() == ["160", "170", "180"]
    assert waiting().count() == 2
    resolving.reject_item(waiting()[0], "It was another order.", by=labs.LISTENER, at=labs.AT)
    assert waiting().count() == 1


def test_an_order_taken_back_that_had_no_results_asks_nobody(mara: Patient) -> None:
    send(order("F1"), count("160"))
    (found,) = send(order("F2", "X")).items
    assert (found.outcome, found.reason) == ("stored", "canceled")
    send(order("F2"), count("170"))
    assert counts() == ["160", "170"] and not waiting().exists()
    assert [each.outcome for each in send(order("", "X")).items] == ["quarantined"]


def test_an_order_taken_back_holds_against_what_was_said_before(mara: Patient) -> None:
    send(order("F1", "X"))
    found = send(order("F1"), count("160"), said_at="20250602080000-0500")
    assert [each.reason for each in found.items] == ["overtaken"] and counts() == []
    # Sent anew it counts.
    send(order("F1"), count("160"))
    assert counts() == ["160"] and not waiting().exists()


def test_a_result_taken_back_with_another_in_its_place(mara: Patient) -> None:
    send(order("F1"), count("250"))
    send(order("F1"), count("250", "D"), count("140"))
    assert counts() == ["140"] and not waiting().exists()
