"""A result that should not stand has a way back, and so has the choice of its patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

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
from etasu.registry.monitoring.lab_rows import LabMessageRow, Reconciliation
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.registry.monitoring.taking_back import (
    may_take_back,
    result_to_take_back,
    take_decision_back,
)
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.models import Patient, PatientIdentifier
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
