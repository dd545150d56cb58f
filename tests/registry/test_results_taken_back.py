"""A result that should not stand has a way back, and so has the choice of its patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Q

from etasu.registry.accounts.access import (
    ADMINISTRATOR,
    AUDITOR,
    DELEGATE,
    LAB_ANALYST,
    PRESCRIBER,
    SUPPORT_NURSE,
)
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring import quarantine, resolving
from etasu.registry.monitoring.by_hand import ByHand, enter_results
from etasu.registry.monitoring.lab_rows import LabItemRow, LabMessageRow, Reconciliation
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.taking_back import (
    is_refused,
    may_take_back,
    result_to_take_back,
    take_decision_back,
    take_refusal_back,
)
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.models import Patient, PatientIdentifier
from etasu.safe_use.lab_reports import LOCAL, Coding, ItemStatus
from etasu.safe_use.lab_reports import PatientIdentifier as SentIdentifier
from tests.registry import labs
from tests.registry.labs import about, item, items, message, receive

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": Actor("lena", LAB_ANALYST), "at": labs.AT}
NIA = Actor("nia", PRESCRIBER)


@pytest.fixture
def noor(mara: Patient) -> Patient:
    """Another patient of the same prescriber."""
    return labs.patient("Noor Hale", "MRN-2", prescriber=mara.prescriber)


def asker(user: str, role: str) -> Asker:
    """Somebody in a role."""
    return Asker(user, role, labs.PROGRAM, None, None, None, "America/New_York")


def all_accounted_for() -> None:
    """Every message's items are somewhere."""
    assert all(conservation(each).holds for each in LabMessageRow.objects.all())


def test_a_wrong_choice_of_patient_is_taken_back_and_made_anew(
    mara: Patient, noor: Patient
) -> None:
    receive(message(*items({**labs.BLOOD_COUNT, "platelets": "60"}), patient=about("MRN-9")))
    receive(message(item("tsh", "2"), patient=about("MRN-9")))
    (first, _) = quarantine.open_tasks(labs.PROGRAM)
    resolving.choose_patient(first, noor, "The clinic says so.", **BY)
    assert labs.current(noor)["platelets"] == "60"
    taken, counted = take_decision_back(first, "It was another Vale.", **BY)
    assert (len(taken), counted) == (6, 6)
    assert labs.current(noor) == {} and waiting().count() == 6
    assert all(each.result_replaced_at for each in SignalRow.objects.filter(patient=noor))
    told = AuditEntry.objects.get(verb="lab_report.decision_taken_back")
    assert told.subject == noor.number and told.detail["reason"] == "It was another Vale."
    (task, *_) = quarantine.open_tasks(labs.PROGRAM)
    assert quarantine.open_tasks(labs.PROGRAM).count() == 2
    resolving.choose_patient(task, mara, "By her birth date.", **BY)
    assert labs.current(mara)["platelets"] == "60" and labs.current(mara)["tsh"] == "2"
    assert labs.current(mara)["cbc-with-differential"] == "done" and labs.current(noor) == {}
    assert SignalRow.objects.filter(patient=mara, limit_code="platelets-below-100").exists()
    assert not waiting().exists()
    all_accounted_for()


def test_numbers_remembered_with_a_wrong_choice_are_forgotten_with_what_came_by_them(
    mara: Patient, noor: Patient
) -> None:
    receive(message(item("tsh", "2"), patient=about("MRN-9")))
    (task,) = quarantine.open_tasks(labs.PROGRAM)
    resolving.choose_patient(task, noor, "The clinic says so.", remember=True, **BY)
    sent = about("MRN-9")
    visit = replace(sent, identifiers=(*sent.identifiers, SentIdentifier("77", "VISITS", "VN")))
    receive(message(item("alt", "20"), patient=visit))
    receive(message(item("creatinine", "1"), patient=about("MRN-2", first_name="Noor")))
    assert labs.current(noor) == {"tsh": "2", "alt": "20", "creatinine": "1"}
    _, counted = take_decision_back(task, "It was Mara.", **BY)
    assert counted == 2 and labs.current(noor) == {"creatinine": "1"}
    assert not PatientIdentifier.objects.filter(value="MRN-9", ended_at__isnull=True).exists()
    for each in quarantine.open_tasks(labs.PROGRAM):
        if Reconciliation.objects.get(pk=each.pk).decided_at is None:
            resolving.choose_patient(each, mara, "It is her.", **BY)
    assert labs.current(mara) == {"tsh": "2", "alt": "20"} and not waiting().exists()
    all_accounted_for()


def test_what_was_said_to_be_about_nobody_can_be_somebodys_after_all(mara: Patient) -> None:
    receive(message(item("tsh", "2"), item("x", "1", codes=()), patient=about("MRN-9")))
    (task,) = quarantine.open_tasks(labs.PROGRAM)
    resolving.set_aside(task, "Nobody of ours.", **BY)
    assert not waiting().exists()
    taken, counted = take_decision_back(task, "She enrolled last week.", **BY)
    assert taken and counted == 0 and waiting().count() == len(taken)
    resolving.choose_patient(task, mara, "It is her.", **BY)
    assert labs.current(mara) == {"tsh": "2"}
    all_accounted_for()


def test_a_decision_is_taken_back_with_a_reason_and_once(mara: Patient) -> None:
    receive(message(item("tsh", "2"), patient=about("MRN-9")))
    (task,) = quarantine.open_tasks(labs.PROGRAM)
    with pytest.raises(resolving.NotWaiting):
        take_decision_back(task, "Nothing was decided.", **BY)
    resolving.choose_patient(task, mara, "The clinic says so.", **BY)
    with pytest.raises(resolving.NoReason):
        take_decision_back(task, " ", **BY)
    take_decision_back(task, "Wrong.", **BY)
    with pytest.raises(resolving.NotWaiting):
        take_decision_back(task, "Wrong.", **BY)


def test_whoever_typed_a_result_may_take_it_back_and_the_program_any(mara: Patient) -> None:
    enter_results(mara, [ByHand("platelets", "250", "K/uL", date(2025, 6, 1))], by=NIA, at=labs.AT)
    receive(message(*items({**labs.BLOOD_COUNT, "platelets": "240"})))
    typed, sent = Result.objects.filter(test="platelets").order_by("pk")
    panel = Result.objects.get(test="cbc-with-differential")
    asked = [typed.pk, sent.pk, panel.pk]
    assert may_take_back(asker("nia", PRESCRIBER), asked) == {typed.pk}
    assert may_take_back(asker("nia", DELEGATE), asked) == {typed.pk}
    assert may_take_back(asker("dan", DELEGATE), asked) == set()
    assert may_take_back(asker("ada", ADMINISTRATOR), asked) == {typed.pk, sent.pk}
    for role in (AUDITOR, SUPPORT_NURSE):
        assert may_take_back(asker("nia", role), asked) == set()
    found = result_to_take_back(asker("nia", PRESCRIBER), mara, typed.pk)
    assert found == typed
    resolving.refuse_result(typed, "It was yesterday's.", by=NIA, at=labs.AT)
    assert labs.current(mara)["platelets"] == "240"
    assert result_to_take_back(asker("nia", PRESCRIBER), mara, typed.pk) is None


def test_a_wrong_refusal_of_a_result_is_taken_back_with_a_reason_and_once(mara: Patient) -> None:
    receive(message(*items({**labs.BLOOD_COUNT, "platelets": "60"})))
    low = Result.objects.get(test="platelets")
    resolving.refuse_result(low, "Somebody else's tube.", **BY)
    assert "platelets" not in labs.current(mara) and not open_signals()
    refused = the_item("platelets")
    with pytest.raises(resolving.NoReason):
        take_refusal_back(refused, " ", **BY)
    take_refusal_back(refused, "It was hers after all.", **BY)
    assert labs.current(mara)["platelets"] == "60"
    assert labs.current(mara)["cbc-with-differential"] == "done"
    assert open_signals() == ["platelets-below-100"]
    told = AuditEntry.objects.get(verb="lab_item.refusal_taken_back")
    assert told.detail["reason"] == "It was hers after all."
    with pytest.raises(resolving.NotWaiting):
        take_refusal_back(refused, "Twice.", **BY)
    all_accounted_for()
    # It can be refused anew, and that taken back as well.
    resolving.refuse_result(Result.objects.get(test="platelets", replaced_at=None), "No.", **BY)
    assert "platelets" not in labs.current(mara)
    take_refusal_back(refused, "Yes.", **BY)
    assert labs.current(mara)["platelets"] == "60"


def test_what_waited_when_it_was_refused_waits_again(mara: Patient) -> None:
    receive(message(item("tsh", "4.2", codes=(Coding(LOCAL, "X-1"),))))
    (waits,) = waiting()
    resolving.reject_item(waits, "A slip.", **BY)
    assert not waiting().exists() and is_refused(the_item("X-1"))
    assert take_refusal_back(the_item("X-1"), "No slip.", **BY) == {Kept.QUARANTINED: 1}
    assert [each.pk for each in waiting()] == [waits.pk] and labs.current(mara) == {}
    resolving.map_code(None, labs.PROGRAM, LOCAL, "X-1", "tsh", **BY)
    assert labs.current(mara) == {"tsh": "4.2"} and not is_refused(the_item("X-1"))


def test_what_waited_for_a_person_is_not_let_through(mara: Patient) -> None:
    """Whoever takes a refusal back has not said which result is meant."""
    receive(message(item("alt", "20"), number="A1"))
    receive(message(item("alt", "30", status=ItemStatus.CORRECTED), number="B2"))
    (waits,) = [each for each in waiting() if each.value == "30"]
    before = waits.reason
    resolving.reject_item(waits, "A slip.", **BY)
    take_refusal_back(waits, "No slip.", **BY)
    (again,) = [each for each in waiting() if each.pk == waits.pk]
    assert again.resolutions.order_by("-pk")[0].reason == before
    all_accounted_for()


def test_a_resend_that_was_refused_with_it_counts_when_its_own_refusal_is_taken_back(
    mara: Patient,
) -> None:
    receive(message(item("alt", "20"), number="A1"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    receive(message(item("alt", "20"), number="A1"))
    first, second = LabItemRow.objects.order_by("pk")
    assert is_refused(second) and labs.current(mara) == {}
    take_refusal_back(second, "It was hers.", **BY)
    assert labs.current(mara) == {"alt": "20"}
    # The first says what is on record by now.
    take_refusal_back(first, "It was hers.", **BY)
    assert labs.current(mara) == {"alt": "20"} and not is_refused(first)
    all_accounted_for()


def test_what_the_laboratory_took_back_since_stays_taken_back(mara: Patient) -> None:
    receive(message(item("alt", "20"), number="A1"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    receive(message(item("alt", "20", status=ItemStatus.WITHDRAWN), number="A1"))
    take_refusal_back(LabItemRow.objects.order_by("pk")[0], "It was hers.", **BY)
    assert labs.current(mara) == {}
    all_accounted_for()


def test_what_was_corrected_since_is_not_replaced_by_what_was_refused(mara: Patient) -> None:
    receive(message(item("alt", "20"), number="A1"))
    resolving.refuse_result(Result.objects.get(), "Somebody else's tube.", **BY)
    receive(message(item("alt", "25", status=ItemStatus.CORRECTED), number="A1"))
    for each in waiting():
        resolving.enter(each, {"value": "25"}, **BY)
    assert labs.current(mara) == {"alt": "25"}
    take_refusal_back(LabItemRow.objects.order_by("pk")[0], "It was hers.", **BY)
    assert labs.current(mara) == {"alt": "25"}
    all_accounted_for()


def test_a_report_about_nobody_is_decided_anew_and_not_item_by_item(mara: Patient) -> None:
    receive(message(item("tsh", "2"), patient=about("MRN-9")))
    (task,) = quarantine.open_tasks(labs.PROGRAM)
    resolving.set_aside(task, "Nobody of ours.", **BY)
    (only,) = LabItemRow.objects.all()
    assert not is_refused(only)
    with pytest.raises(resolving.NotWaiting):
        take_refusal_back(only, "Somebody's.", **BY)


def test_what_somebody_typed_again_after_taking_it_back_counts(mara: Patient) -> None:
    typed = [ByHand("platelets", "250", "K/uL", date(2025, 6, 1))]
    enter_results(mara, typed, by=NIA, at=labs.AT)
    resolving.refuse_result(Result.objects.get(), "A slip.", by=NIA, at=labs.AT)
    said = enter_results(mara, typed, by=NIA, at=labs.AT + timedelta(minutes=5))
    assert said.items[0].outcome is Kept.STORED, said
    assert labs.current(mara) == {"platelets": "250"}


def the_item(code: str) -> LabItemRow:
    """The only item of that test or code."""
    return LabItemRow.objects.get(Q(test=code) | Q(code=code))


def open_signals() -> list[str]:
    """The limits that results that stand have crossed."""
    found = SignalRow.objects.filter(result_replaced_at__isnull=True)
    return list(found.values_list("limit_code", flat=True))
