"""What waits goes on once somebody has said what was missing, and all of it is accounted for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring import quarantine, resolving
from etasu.registry.monitoring.connecting import change_connection
from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection
from etasu.registry.monitoring.lab_rows import ItemResolution, LabMessageRow, Reconciliation
from etasu.registry.monitoring.models import Result, SignalRow
from etasu.registry.monitoring.quarantine import conservation, waiting
from etasu.registry.monitoring.received import Kept
from etasu.registry.monitoring.whose import asked_together, unmatched
from etasu.registry.patients.identifiers import add_identifier, end_identifier
from etasu.registry.patients.models import Patient, PatientIdentifier
from etasu.safe_use.lab_reports import Coding, ItemStatus, PatientAsSent
from etasu.safe_use.lab_reports import PatientIdentifier as SentIdentifier
from tests.registry import labs
from tests.registry.labs import about, item, items, message, receive

pytestmark = pytest.mark.django_db
ANALYST = Actor("lena", "lab_analyst")
PLT = (Coding("L", "PLT", "Platelets"),)
BY: dict[str, Any] = {"by": ANALYST, "at": labs.AT}


def river() -> LabConnection:
    """The laboratory."""
    return LabConnection.objects.get(name="LAB|RIVERSIDE")


def all_accounted_for() -> None:
    """Every message's items are somewhere."""
    found = [conservation(each) for each in LabMessageRow.objects.all()]
    assert found and all(each.holds for each in found)


def local_count() -> Any:
    """A blood count whose platelets come under a code of the laboratory's own."""
    rest = {test: value for test, value in labs.BLOOD_COUNT.items() if test != "platelets"}
    return *items(rest), item("platelets", "80", codes=PLT, key="PLT", place="OBX^9")


def test_a_code_that_is_mapped_lets_everything_of_it_go_on(mara: Patient) -> None:
    receive(message(*local_count()), message(item("platelets", "250", codes=PLT)))
    (code,) = quarantine.codes_waiting(labs.PROGRAM)
    assert (code.system, code.code, code.items) == ("L", "PLT", 2)
    resolving.map_code(river(), labs.PROGRAM, "L", "PLT", "platelets", **BY)
    assert not waiting().exists() and not quarantine.codes_waiting(labs.PROGRAM)
    values = Result.objects.filter(test="platelets").values_list("value", flat=True)
    assert sorted(values) == ["250", "80"]
    assert Result.objects.filter(test="cbc-with-differential").count() == 1
    assert SignalRow.objects.filter(limit_code="platelets-below-100").count() == 1
    assert AuditEntry.objects.filter(verb="lab_code.mapped").count() == 1
    assert AuditEntry.objects.filter(verb="results.resolved").count() == 2
    receive(message(item("platelets", "251", codes=PLT)))
    assert Result.objects.filter(value="251").exists()
    all_accounted_for()


def test_a_code_can_count_for_nothing_and_change_its_meaning(mara: Patient) -> None:
    receive(message(item("platelets", "250", codes=PLT)))
    resolving.map_code(None, labs.PROGRAM, "L", "PLT", None, **BY)
    assert not waiting().exists() and labs.current(mara) == {}
    resolving.map_code(None, labs.PROGRAM, "L", "PLT", None, **BY)
    resolving.map_code(None, labs.PROGRAM, "L", "PLT", "leukocytes", **BY)
    assert CodeMapping.objects.filter(ended_at__isnull=True).get().test == "leukocytes"
    assert quarantine.mappings_of(labs.PROGRAM).count() == 1 and CodeMapping.objects.count() == 2
    resolving.map_code(river(), labs.PROGRAM, "L", "PLT", "platelets", **BY)
    receive(message(item("platelets", "250", codes=PLT)))
    assert labs.current(mara) == {"platelets": "250"}
    all_accounted_for()


def test_whoever_it_is_about_is_chosen_and_remembered(mara: Patient) -> None:
    receive(message(*items(labs.BLOOD_COUNT), patient=about("MRN-9")))
    (task,) = quarantine.open_tasks(labs.PROGRAM)
    (candidate,) = quarantine.candidates(task)
    assert candidate[1:] == (False, True, True) and candidate.patient == mara
    with pytest.raises(resolving.NoReason):
        resolving.choose_patient(task, mara, " ", **BY)
    found = resolving.choose_patient(task, mara, "The clinic says so.", remember=True, **BY)
    assert found == {Kept.STORED: 5}
    assert labs.current(mara)["cbc-with-differential"] == "done"
    with pytest.raises(resolving.NotWaiting):
        resolving.choose_patient(task, mara, "Again.", **BY)
    receive(message(item("tsh", "2"), patient=about("MRN-9")))
    assert labs.current(mara)["tsh"] == "2"
    all_accounted_for()


def test_who_is_named_is_a_candidate_however_many_are_called_alike(mara: Patient) -> None:
    named = {"program": labs.PROGRAM, "registered_at": labs.AT, "registered_by": "a"}
    Patient.objects.bulk_create(
        Patient(full_name=f"Vale {number}", enrolled_on=labs.COLLECTED, **named)
        for number in range(21)
    )
    born = date(1971, 1, 1)
    other = labs.patient("Ilse Quill", "MRN-7", prescriber=mara.prescriber, birth_date=born)
    receive(message(item(), patient=about("MRN-7")))
    (task,) = quarantine.open_tasks(labs.PROGRAM)
    assert [each.patient for each in quarantine.candidates(task, 1)] == [other]
    assert [each.patient for each in quarantine.candidates(task, 2)] == [other, mara]


def test_reports_of_a_patient_as_sent_are_one_question(mara: Patient) -> None:
    labs.connect("LAB|EAST")
    stranger = about("MRN-9", first_name="Zoe")
    for test in ("tsh", "alt", "creatinine"):
        receive(message(item(test, "12"), patient=about("MRN-9")))
    receive(message(item("bilirubin", "1"), patient=stranger))
    receive(message(item("ast", "1"), patient=about("MRN-9"), sent_as="LAB|EAST"))
    questions = unmatched(labs.PROGRAM)
    assert [each.reports for each in questions] == [3, 1, 1]
    found = resolving.choose_patient(questions[0].task, mara, "The clinic says so.", **BY)
    assert found == {Kept.STORED: 3}
    assert labs.current(mara) == {"tsh": "12", "alt": "12", "creatinine": "12"}
    assert AuditEntry.objects.get(verb="lab_report.patient_chosen").detail["reports"] == 3
    with pytest.raises(resolving.NotWaiting):
        resolving.set_aside(Reconciliation.objects.order_by("pk")[1], "Twice.", **BY)
    assert asked_together(Reconciliation.objects.order_by("pk")[1]).count() == 3
    # What comes about the same name later is asked anew: nothing was to be remembered.
    receive(message(item("tsh", "13"), patient=about("MRN-9")))
    assert [each.reports for each in unmatched(labs.PROGRAM)] == [1, 1, 1]
    assert resolving.set_aside(unmatched(labs.PROGRAM)[0].task, "Nobody of ours.", **BY) == 1
    all_accounted_for()


def test_a_name_alone_puts_no_reports_together(mara: Patient) -> None:
    nameless = PatientAsSent()
    for sent in (about("", born=None), about("", born=None), nameless, nameless):
        receive(message(item(), patient=sent))
    assert [each.reports for each in unmatched(labs.PROGRAM)] == [1, 1, 1, 1]
    first = unmatched(labs.PROGRAM)[0].task
    assert resolving.choose_patient(first, mara, "Called.", **BY) == {Kept.STORED: 1}
    assert len(unmatched(labs.PROGRAM)) == 3
    born = about("")
    receive(message(item(), patient=born), message(item("tsh", "2"), patient=born))
    assert [each.reports for each in unmatched(labs.PROGRAM)] == [1, 1, 1, 2]


def test_what_was_nobodys_stays_nobodys_when_its_code_is_explained_later(mara: Patient) -> None:
    unknown = item("platelets", "250", codes=PLT, key="PLT", place="OBX^2")
    receive(message(item("tsh", "2"), unknown, patient=about("MRN-9")))
    resolving.map_code(river(), labs.PROGRAM, "L", "PLT", None, **BY)
    resolving.set_aside(unmatched(labs.PROGRAM)[0].task, "Nobody of ours.", **BY)
    resolving.map_code(river(), labs.PROGRAM, "L", "PLT", "platelets", **BY)
    assert not waiting().exists() and not unmatched(labs.PROGRAM)
    counts = conservation(LabMessageRow.objects.get())
    assert (counts.stored, counts.quarantined, counts.rejected) == (0, 0, 2) and counts.holds


def test_every_report_that_waited_for_a_remembered_identifier_goes_on(mara: Patient) -> None:
    for test, name in (("tsh", "Vale"), ("alt", "Vaile"), ("creatinine", "Valet")):
        receive(message(item(test, "12"), patient=about("MRN-9", last_name=name)))
    receive(message(item("bilirubin", "1"), patient=about("MRN-9", born=date(1971, 1, 1))))
    receive(message(item("ast", "1"), patient=about("MRN-8")))
    first, *_others, born_otherwise, unknown = quarantine.open_tasks(labs.PROGRAM)
    found = resolving.choose_patient(first, mara, "The clinic says so.", remember=True, **BY)
    assert found == {Kept.STORED: 1}
    assert labs.current(mara) == {"tsh": "12", "alt": "12", "creatinine": "12"}
    # Neither one that contradicts her record nor one under another number is taken for hers.
    assert list(quarantine.open_tasks(labs.PROGRAM)) == [born_otherwise, unknown]
    told = AuditEntry.objects.filter(verb="lab_report.patient_chosen", detail__known=True)
    assert told.count() == 2 and {each.subject for each in told} == {mara.number}
    all_accounted_for()


def test_reports_go_on_once_the_authority_of_their_numbers_counts(mara: Patient) -> None:
    add_identifier(mara, "east", "E-5", **BY)
    elsewhere = PatientAsSent(identifiers=(SentIdentifier("E-5", "EAST", "MR"),))
    for test in ("tsh", "alt"):
        receive(message(item(test, "2"), patient=elsewhere))
    assert quarantine.open_tasks(labs.PROGRAM).count() == 2
    at = river()
    read_as = {"time_zone": at.time_zone, "character_set": at.character_set}
    change_connection(at, authorities={"RIVER": "riverside"}, **read_as, **BY)
    assert quarantine.open_tasks(labs.PROGRAM).count() == 2
    change_connection(at, authorities={"RIVER": "riverside", "EAST": "east"}, **read_as, **BY)
    assert labs.current(mara) == {"tsh": "2", "alt": "2"}
    assert not quarantine.open_tasks(labs.PROGRAM).exists() and not waiting().exists()
    all_accounted_for()


def test_an_identifier_of_somebody_else_is_not_remembered(mara: Patient) -> None:
    other = labs.patient("Zoe Ames", "MRN-2", prescriber=mara.prescriber)
    receive(message(item(), patient=about("MRN-2")))
    assert labs.current(other) == {"platelets": "250"}
    receive(message(item("tsh", "2"), patient=about("MRN-2", born=date(1971, 1, 1))))
    task = Reconciliation.objects.get()
    assert quarantine.candidates(task)[0].same_identifier
    resolving.choose_patient(task, mara, "A typing error.", remember=True, **BY)
    assert labs.current(mara) == {"tsh": "2"}
    assert PatientIdentifier.objects.get(value="MRN-2").patient == other


def test_a_patient_of_another_program_is_never_chosen(mara: Patient) -> None:
    stranger = labs.patient("Mara Vale", "MRN-3", prescriber=mara.prescriber, program="teaching")
    receive(message(item(), patient=about("MRN-9")))
    with pytest.raises(resolving.OtherProgram):
        resolving.choose_patient(Reconciliation.objects.get(), stranger, "It is her.", **BY)


def test_a_report_about_nobody_here_is_set_aside(mara: Patient) -> None:
    receive(message(item(), item("787-2"), patient=about("MRN-9")))
    task = Reconciliation.objects.get()
    with pytest.raises(resolving.NoReason):
        resolving.set_aside(task, "", **BY)
    assert resolving.set_aside(task, "Not a patient of the program.", **BY) == 1
    counts = conservation(LabMessageRow.objects.get())
    assert (counts.stored, counts.quarantined, counts.rejected) == (1, 0, 1)


def test_what_is_entered_lets_an_item_go_on(mara: Patient) -> None:
    receive(message(item("platelets", "clumped, est. 90", collected_on=None)))
    one = waiting().get()
    found = resolving.enter(one, {"collected_on": "2025-05-20"}, **BY)
    assert found == {Kept.QUARANTINED: 1} and waiting().get() == one
    found = resolving.enter(one, {"value": "90"}, **BY)
    assert found == {Kept.STORED: 1}
    kept = Result.objects.get()
    assert (kept.value, kept.collected_on, kept.unit) == ("90", date(2025, 5, 20), "10*3/uL")
    with pytest.raises(resolving.NotWaiting):
        resolving.enter(one, {"value": "91"}, **BY)
    with pytest.raises(resolving.NoReason):
        resolving.enter(one, {"patient": "1"}, **BY)
    all_accounted_for()


@pytest.mark.parametrize("number", ["R1", ""])
def test_a_unit_that_is_entered_replaces_the_result(mara: Patient, number: str) -> None:
    receive(message(*items({**labs.BLOOD_COUNT, "platelets": "8000"}, unit=""), number=number))
    first = Result.objects.get(test="platelets")
    assert first in quarantine.results_to_review(labs.PROGRAM)
    resolving.enter_unit(first, "cells/uL", **BY)
    kept = Result.objects.get(test="platelets", replaced_at__isnull=True)
    assert (kept.value, kept.unit, kept.review) == ("8", "10*3/uL", "")
    panels = Result.objects.filter(test="cbc-with-differential", replaced_at__isnull=True)
    assert kept.pk in (panels.get().derived_from or ())
    codes = set(SignalRow.objects.filter(result=kept).values_list("limit_code", flat=True))
    assert codes == {"platelets-below-100"}
    with pytest.raises(resolving.NotWaiting):
        resolving.enter_unit(first, "K/uL", **BY)
    resolving.enter_unit(kept, "K/uL", **BY)
    assert labs.current(mara)["platelets"] == "8000"
    all_accounted_for()


def test_a_result_that_is_refused_stands_no_more_and_nor_does_what_rests_on_it(
    mara: Patient,
) -> None:
    receive(message(*items({**labs.BLOOD_COUNT, "platelets": "80"})))
    low = Result.objects.get(test="platelets")
    assert "cbc-with-differential" in labs.current(mara)
    with pytest.raises(resolving.NoReason):
        resolving.refuse_result(low, " ", **BY)
    found = resolving.refuse_result(low, "Somebody else's tube.", **BY)
    assert found == {Kept.REJECTED: 1}
    assert labs.current(mara).keys() == labs.BLOOD_COUNT.keys() - {"platelets"}
    assert SignalRow.objects.get(result=low).result_replaced_at == labs.AT
    done = ItemResolution.objects.get()
    assert (done.reason, done.said) == ("rejected-by-hand", "Somebody else's tube.")
    with pytest.raises(resolving.NotWaiting):
        resolving.refuse_result(low, "Twice.", **BY)
    # Sent again, it is what the laboratory says, and counts.
    receive(message(item("platelets", "240")))
    assert labs.current(mara)["platelets"] == "240"
    all_accounted_for()


def test_a_result_that_was_looked_at_is_not_asked_about_again(mara: Patient) -> None:
    receive(message(item("platelets", "3500")))
    (odd,) = quarantine.results_to_review(labs.PROGRAM)
    for _ in range(2):
        assert resolving.confirm_result(odd, **BY).reviewed_by == "lena"
    assert not quarantine.results_to_review(labs.PROGRAM).exists()
    assert AuditEntry.objects.filter(verb="result.reviewed").count() == 1


def test_an_item_is_rejected_with_a_reason(mara: Patient) -> None:
    receive(message(item("platelets", "see comment")))
    one = waiting().get()
    with pytest.raises(resolving.NoReason):
        resolving.reject_item(one, " ", **BY)
    resolving.reject_item(one, "No value at all.", **BY)
    assert ItemResolution.objects.get().said == "No value at all."
    with pytest.raises(resolving.NotWaiting):
        resolving.reject_item(one, "Twice.", **BY)
    all_accounted_for()


def test_a_sender_that_is_registered_later_loses_nothing(mara: Patient) -> None:
    unknown = {"sent_as": "NEW|EAST|REMS|LEMTRADA", "number": "E1"}
    (outcome,) = receive(message(*items(labs.BLOOD_COUNT), **unknown))
    assert outcome.answer == "AA"
    assert {each.reason for each in outcome.items} == {"sender-unknown"}
    assert quarantine.items_waiting(labs.PROGRAM).count() == 5
    resolving.register_sender(river(), "NEW|EAST", **BY)
    assert labs.current(mara)["cbc-with-differential"] == "done" and not waiting().exists()
    fixed = item("platelets", "90", status=ItemStatus.CORRECTED)
    receive(message(fixed, **unknown))
    assert labs.current(mara)["platelets"] == "90"
    assert Result.objects.filter(test="platelets", replaced_at__isnull=True).count() == 1
    all_accounted_for()


def test_what_came_again_meanwhile_is_not_there_twice(mara: Patient) -> None:
    receive(message(item("platelets", "250", codes=PLT, key="PLT"), number="R1"))
    known = (*PLT, Coding("LN", "777-3"))
    receive(message(item("platelets", "250", codes=known, key="PLT"), number="R1"))
    resolving.map_code(river(), labs.PROGRAM, "L", "PLT", "platelets", **BY)
    assert ItemResolution.objects.get().reason == "repeat"
    assert Result.objects.count() == 1


def test_an_identifier_is_one_persons_until_it_is_ended(mara: Patient) -> None:
    known = PatientIdentifier.objects.get()
    for _ in range(2):
        assert end_identifier(known, **BY).ended_by == "lena"
    other = labs.patient("Zoe Ames", "MRN-2", prescriber=mara.prescriber)
    add_identifier(other, "riverside", labs.MRN, **BY)
    receive(message(item(), patient=about()))
    assert labs.current(other) == {"platelets": "250"}


def test_the_log_of_a_connection_finds_a_message(mara: Patient) -> None:
    receive(message(item(), control_id="A1"), message(item("tsh", "2"), control_id="A2"))
    assert quarantine.messages_of(river()).count() == 2
    assert quarantine.messages_of(river(), words="A1").get().control_id == "A1"


def test_two_codes_of_one_report_ask_once_who_it_is(mara: Patient) -> None:
    first, second = (
        item("platelets", value, codes=(Coding("L", code),), key=code, place=place)
        for value, code, place in (("250", "X", "OBX^1"), ("240", "Y", "OBX^2"))
    )
    outcome = receive(message(first, second, patient=about(mrn="MRN-9999")))[0]
    assert [each.reason for each in outcome.items] == ["code-unknown"] * 2
    assert not Reconciliation.objects.exists()
    for code, test in (("X", "platelets"), ("Y", "leukocytes")):
        resolving.map_code(river(), labs.PROGRAM, "L", code, test, **BY)
        assert Reconciliation.objects.get().trouble == "patient-unknown"
    resolving.choose_patient(Reconciliation.objects.get(), mara, "It is her.", **BY)
    assert labs.current(mara) == {"platelets": "250", "leukocytes": "240"}
