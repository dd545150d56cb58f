"""Results come in: every item is stored, quarantined or rejected, and nothing counts twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring import intake
from etasu.registry.monitoring.intake import Received
from etasu.registry.monitoring.lab_rows import LabItemRow, LabMessageRow, Reconciliation
from etasu.registry.monitoring.models import Result, Touch
from etasu.registry.monitoring.quarantine import conservation
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import Coding, ItemStatus
from tests.registry import labs
from tests.registry.labs import about, item, items, message, receive

pytestmark = pytest.mark.django_db


def reasons(*messages: Received) -> list[tuple[str, str]]:
    """What became of the items of these messages, and why; all of it is accounted for."""
    found = receive(*messages)
    for each in found:
        if each.reference:
            assert conservation(LabMessageRow.objects.get(number=each.reference)).holds
    return [(each.outcome, each.reason) for one in found for each in one.items]


def test_a_blood_count_is_kept_and_counts_as_the_panel(mara: Patient) -> None:
    (outcome,) = receive(message(*items(labs.BLOOD_COUNT)))
    assert outcome.answer == "AA"
    assert [each.outcome for each in outcome.items] == ["stored"] * 5
    assert labs.current(mara) == {**labs.BLOOD_COUNT, "cbc-with-differential": "done"}
    row = LabMessageRow.objects.get(number=outcome.reference)
    assert (row.items, row.stored, bytes(row.raw)[:4]) == (5, 5, b"raw ")
    assert LabItemRow.objects.filter(report__message=row).count() == 5
    assert Result.objects.get(test="platelets").reported_unit == "K/uL"
    mara.refresh_from_db()
    assert mara.revision == 1
    entry = AuditEntry.objects.get(verb="results.received")
    assert (entry.subject, entry.detail["stored"]) == (mara.number, 5)


def test_a_panel_with_a_part_missing_does_not_count(mara: Patient) -> None:
    receive(message(*items({**labs.BLOOD_COUNT, "neutrophils": ""}), number="R1"))
    assert "cbc-with-differential" not in labs.current(mara)
    receive(message(item("neutrophils", "3.8"), number="R1"))
    panel = Result.objects.get(test="cbc-with-differential")
    assert len(panel.derived_from or ()) == 5


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"test": "99999-9"}, "quarantined code-unknown"),
        ({"test": "787-2"}, "stored not-watched"),
        ({"test": "57021-8"}, "stored panel-heading"),
        (
            {"codes": (Coding("LN", "777-3"), Coding("LN", "2160-0"))},
            "quarantined codes-disagree",
        ),
        ({"codes": ()}, "quarantined code-unknown"),
        ({"value": None}, "stored no-value"),
        ({"value": "clumped"}, "quarantined value-unreadable"),
        ({"value": "1:40", "comparator": "<"}, "quarantined value-unreadable"),
        ({"trouble": "OBX-5 is not a number."}, "quarantined unreadable"),
        ({"collected_on": None}, "quarantined collection-day-missing"),
        ({"collected_on": date(2025, 6, 4)}, "quarantined collected-in-the-future"),
        ({"collected_on": date(1990, 5, 31)}, "quarantined collected-before-birth"),
        ({"status": ItemStatus.PRELIMINARY}, "stored not-final"),
        ({"status": ItemStatus.REGISTERED}, "stored not-final"),
        ({"status": ItemStatus.CANCELED}, "stored canceled"),
        ({"status": ItemStatus.WITHDRAWN}, "stored withdrawn"),
        ({"status": ItemStatus.UNKNOWN}, "quarantined status-unknown"),
    ],
)
def test_what_does_not_count_says_why(mara: Patient, wrong: dict[str, Any], reason: str) -> None:
    (found,) = reasons(message(item(**wrong)))
    assert " ".join(found) == reason
    assert labs.current(mara) == {}
    assert LabItemRow.objects.get().reason == reason.split()[1]


def test_what_counts_in_another_unit_is_turned_into_ours(mara: Patient) -> None:
    sent = (
        item("platelets", "8000", unit="cells/uL"),
        item("creatinine", "1122.68", unit="umol/L"),
        item("tsh", "0.01", comparator="<", unit="mIU/L"),
        item("urine-erythrocytes", "TNTC"),
        item("urine-protein", "100", unit="mg/dL"),
        item("hiv", "NON-REACTIVE"),
    )
    assert reasons(message(*sent)) == [("stored", "")] * 6
    assert labs.current(mara) == {
        "platelets": "8", "creatinine": "12.70", "tsh": "0.01", "urine-erythrocytes": ">100",
        "urine-protein": "2+", "hiv": "negative",
    }  # fmt: skip


def test_a_doubtful_unit_or_size_is_kept_and_looked_at(mara: Patient) -> None:
    sent = (item("alt", "30", unit="furlongs"), item("platelets", "250000"), item("ast", unit=""))
    assert [reason for _, reason in reasons(message(*sent))] == [
        "unit-review", "implausible", "unit-review",
    ]  # fmt: skip
    assert labs.current(mara) == {
        "alt": "30", "platelets": "250000", "ast": "250", "alt-ast": "done",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "trouble"),
    [
        (about(mrn=""), "no-identifier"),
        (about(mrn="MRN-9"), "patient-unknown"),
        (about(born=date(1991, 6, 1)), "birth-date-differs"),
        (about(born=None, last_name="Ames", first_name="Zoe"), "name-differs"),
    ],
)
def test_nobody_is_found_by_less_than_an_identifier_that_fits(
    mara: Patient, sent: Any, trouble: str
) -> None:
    found = reasons(message(item(), item("787-2"), patient=sent))
    assert found == [("quarantined", trouble), ("stored", "not-watched")]
    assert Reconciliation.objects.get().trouble == trouble
    assert labs.current(mara) == {}


def test_two_identifiers_of_two_people_are_nobodys(mara: Patient) -> None:
    other = labs.patient("Zoe Ames", "MRN-2", prescriber=mara.prescriber)
    both = replace(about(), identifiers=(*about().identifiers, *about("MRN-2").identifiers))
    assert reasons(message(item(), patient=both)) == [("quarantined", "identifiers-disagree")]
    assert labs.current(mara) == labs.current(other) == {}


def test_a_name_alone_never_says_who_it_is_and_a_new_name_does_not_matter(mara: Patient) -> None:
    named = about(last_name="Newname")
    assert reasons(message(item(), patient=named)) == [("stored", "")]
    assert reasons(message(item(), patient=about(born=None))) == [("stored", "")]


def test_a_merged_record_is_answered_for_by_the_other(mara: Patient) -> None:
    survivor = labs.patient("Mara Vale", "MRN-2", prescriber=mara.prescriber)
    Patient.objects.filter(pk=mara.pk).update(
        merged_into=survivor, merged_at=labs.AT, merged_by="a"
    )
    assert reasons(message(item())) == [("stored", "")]
    assert labs.current(survivor) == {"platelets": "250"}


def test_the_programs_own_number_counts_where_it_is_agreed(mara: Patient) -> None:
    labs.connect("CLINIC|EAST", name="East", authorities={"REMS|PI": "program"})
    own = about().identifiers[0]
    sent = replace(
        about(),
        identifiers=(type(own)(mara.number, "REMS", "PI"), type(own)(labs.MRN, "RIVER", "MR")),
    )
    assert reasons(message(item(), patient=sent, sent_as="CLINIC|EAST|A|B")) == [("stored", "")]
    assert labs.current(mara) == {"platelets": "250"}


def test_a_repeat_changes_nothing(mara: Patient) -> None:
    once = message(item())
    again = once._replace()
    (first, second), (third,) = receive(once, again), receive(once)
    assert (second.answer, second.is_repeat, second.reference) == ("AA", True, first.reference)
    assert (third.is_repeat, third.reference) == (True, first.reference)
    assert Result.objects.count() == LabMessageRow.objects.count() == 1


def test_a_control_id_stands_for_one_message(mara: Patient) -> None:
    receive(message(item(), control_id="A1"))
    (outcome,) = receive(message(item("tsh", "2"), control_id="A1"))
    assert (outcome.answer, outcome.error) == ("AE", "205")
    assert [each.outcome for each in outcome.items] == ["rejected"]
    assert labs.current(mara) == {"platelets": "250"}
    kept = LabMessageRow.objects.get(number=outcome.reference)
    assert (kept.answer, kept.rejected) == ("AE", 1) and conservation(kept).holds


@pytest.mark.parametrize("control_id", ["", "NULL"])
def test_without_a_control_id_only_the_same_content_is_a_repeat(
    mara: Patient, control_id: str
) -> None:
    one = message(item(), control_id=control_id)
    found = receive(one, message(item("tsh", "2"), control_id=control_id), one)
    assert [each.is_repeat for each in found] == [False, False, True]
    assert labs.current(mara) == {"platelets": "250", "tsh": "2"}


def test_the_same_result_in_another_message_is_there_once(mara: Patient) -> None:
    first = message(*items(labs.BLOOD_COUNT), number="R1")
    second = message(*items(labs.BLOOD_COUNT), number="R1")
    assert reasons(first, second)[5:] == [("stored", "repeat")] * 5
    assert Result.objects.count() == 6


def corrected(value: str, **named: Any) -> Any:
    """A corrected platelet count."""
    return item("platelets", value, status=ItemStatus.CORRECTED, **named)


def test_a_correction_takes_the_place_of_what_it_corrects(mara: Patient) -> None:
    receive(message(*items(labs.BLOOD_COUNT), number="R1"))
    assert reasons(message(corrected("90"), number="R1")) == [("stored", "")]
    assert labs.current(mara) == {
        **labs.BLOOD_COUNT, "platelets": "90", "cbc-with-differential": "done",
    }  # fmt: skip
    gone = Result.objects.filter(replaced_at__isnull=False)
    assert {each.test for each in gone} == {"platelets", "cbc-with-differential"}
    panel = Result.objects.get(test="cbc-with-differential", replaced_at__isnull=True)
    assert Result.objects.get(value="90").pk in (panel.derived_from or ())
    assert reasons(message(corrected("91"))) == [("quarantined", "which-is-meant")]
    another_day = corrected("91", collected_on=date(2025, 5, 2))
    assert reasons(message(another_day)) == [("stored", "")]
    assert reasons(message(corrected("92"), number="")) == [
        ("quarantined", "report-number-missing")
    ]


def test_what_is_taken_back_takes_its_panel_with_it(mara: Patient) -> None:
    receive(message(*items(labs.BLOOD_COUNT), number="R1"))
    Touch.objects.all().delete()
    taken = item("platelets", None, status=ItemStatus.WITHDRAWN)
    assert reasons(message(taken, number="R1")) == [("stored", "withdrawn")]
    left = {test: value for test, value in labs.BLOOD_COUNT.items() if test != "platelets"}
    assert labs.current(mara) == left
    assert Touch.objects.filter(patient=mara, test__isnull=True).exists()


def test_what_was_said_earlier_never_undoes_what_was_said_later(mara: Patient) -> None:
    early, late = labs.AT - timedelta(hours=5), labs.AT - timedelta(hours=1)

    def sent(value: str, at: datetime | None, status: ItemStatus = ItemStatus.FINAL) -> Received:
        return message(item("platelets", value, status=status), number="R1", sent_at=at)

    receive(sent("90", late, ItemStatus.CORRECTED))
    assert reasons(sent("250", early)) == [("stored", "overtaken")]
    assert reasons(sent("250", None)) == [("stored", "overtaken")]
    assert labs.current(mara) == {"platelets": "90"}
    # Nobody knows whether this is what was corrected, or said since.
    assert reasons(sent("251", None)) == [("quarantined", "order-unknown")]
    assert labs.current(mara) == {}
    assert reasons(sent("", late + timedelta(minutes=1), ItemStatus.WITHDRAWN)) == [
        ("stored", "withdrawn")
    ]
    assert reasons(sent("250", early)) == [("stored", "overtaken")]
    assert labs.current(mara) == {}
    assert reasons(sent("95", late + timedelta(minutes=2))) == [("stored", "")]
    assert labs.current(mara) == {"platelets": "95"}


def test_a_report_that_was_another_patients_leaves_the_wrong_one(mara: Patient) -> None:
    other = labs.patient("Zoe Ames", "MRN-2", prescriber=mara.prescriber)
    receive(message(*items(labs.BLOOD_COUNT), number="R1"))
    moved = items(labs.BLOOD_COUNT, status=ItemStatus.CORRECTED)
    receive(message(*moved, number="R1", patient=about("MRN-2")))
    assert labs.current(mara) == {}
    assert labs.current(other)["cbc-with-differential"] == "done"
    mara.refresh_from_db()
    assert mara.revision == 2


def test_two_items_under_one_key_are_two_results(mara: Patient) -> None:
    receive(message(item("platelets", "250"), item("platelets", "240"), number="R1"))
    assert sorted(Result.objects.values_list("item_key", "value")) == [
        ("platelets", "250"), ("platelets#2", "240"),
    ]  # fmt: skip


def test_one_batch_may_hold_a_result_its_correction_and_its_end(mara: Patient) -> None:
    found = receive(
        message(item(), number="R1"),
        message(corrected("90"), number="R1"),
        message(item("tsh", "2")),
        message(item(status=ItemStatus.WITHDRAWN), number="R1"),
    )
    assert [each.answer for each in found] == ["AA"] * 4
    assert labs.current(mara) == {"tsh": "2"}
    assert Result.objects.count() == 3


def test_a_test_message_and_one_nobody_can_read_are_kept_and_change_nothing(mara: Patient) -> None:
    unreadable = Received("LAB|RIVERSIDE", b"\xff", "hl7v2", None, "There is no MSH.")
    found = receive(message(item(), is_test=True), unreadable)
    assert [each.answer for each in found] == ["AA", "AE"]
    assert found[0].items[0].reason == "test-message" and found[1].said == "There is no MSH."
    assert labs.current(mara) == {} and LabMessageRow.objects.count() == 2


def test_who_proved_who_they_are_speaks_in_no_other_name(mara: Patient) -> None:
    (outcome,) = receive(message(item(), connection="tls:CN=elsewhere"))
    assert outcome.items[0].reason == "sender-unknown"
    assert reasons(message(item(), connection="peer:192.0.2.1")) == [("stored", "")]
    assert LabMessageRow.objects.filter(connection__isnull=True).get().sender == "tls:CN=elsewhere"


def test_an_ended_enrollment_still_takes_results(mara: Patient) -> None:
    Patient.objects.filter(pk=mara.pk).update(ended_on=date(2025, 5, 1), end_reason="death")
    assert reasons(message(item())) == [("stored", "")]


def test_a_message_that_breaks_harms_no_other(
    mara: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = intake._together

    def broken(messages: Any, **named: Any) -> Any:
        if any(each.raw == b"bad" and each.message is not None for each in messages):
            raise ZeroDivisionError
        return whole(messages, **named)

    monkeypatch.setattr(intake, "_together", broken)
    found = receive(message(item()), message(item("tsh", "2"), raw=b"bad"), message(item("alt")))
    assert [each.answer for each in found] == ["AA", "AE", "AA"]
    assert found[1].error == "207"
    assert labs.current(mara) == {"platelets": "250", "alt": "250"}
    assert bytes(LabMessageRow.objects.get(number=found[1].reference).raw) == b"bad"


def test_characters_no_database_holds_are_no_reason_to_lose_a_result(mara: Patient) -> None:
    odd = item("platelets", "250", note="a\x00b", codes=(Coding("LN", "777-3", "\x00"),))
    assert reasons(message(odd, patient=about(last_name="V\x00ale"))) == [("stored", "")]


def test_the_questions_do_not_grow_with_the_messages(
    mara: Patient, django_assert_max_num_queries: Any
) -> None:
    labs.treat(mara, date(2025, 1, 6))
    with django_assert_max_num_queries(40):
        receive(*(message(*items(labs.BLOOD_COUNT)) for _ in range(20)))
