"""What a patient tells of themselves reaches a clinician and safety staff, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from etasu.interfaces.fhir.own_record import bundle_of
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices.models import Notice
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Membership
from etasu.registry.patient_support import medicines, self_checks, symptom_telling
from etasu.registry.patient_support.models import RegionAnswer, SelfCheck, ToldSymptom
from etasu.registry.patient_support.self_check_facts import (
    NotOffered,
    check_seen,
    next_check_on,
    open_check_of,
    open_symptoms_seen,
    plan_of,
    said_in,
    symptoms_of,
)
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import own_record_taken, region_answered
from etasu.registry.safety.models import CaseInformation, SafetyCase
from etasu.safe_use.medicines import Because, MedicineKind, Taken
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.self_check import Noticed
from tests.registry import labs
from tests.registry.labs import AT

pytestmark = pytest.mark.django_db
MARA, AMARA = Actor("mara", "patient"), Actor("amara", "prescriber")
ON = AT.date()
NOTHING = Noticed(frozenset())
SPOTS = Noticed(frozenset({"spots"}))


@pytest.fixture
def mara(teaching_program: None) -> Iterator[Patient]:
    """Mara, and Dr. Amara who treats her."""
    labs.use_lemtrada()
    found = labs.patient()
    member(found, "amara", "prescriber")
    yield found


def member(patient: Patient, name: str, role: str) -> User:
    user = User.objects.create_user(f"{name}@example.org", full_name=name.title())
    whose = patient.prescriber if role == "prescriber" else None
    Membership.objects.create(
        user=user, participant=whose, program=labs.PROGRAM, role=role, began_at=AT, began_by="a"
    )
    return user


def begun(patient: Patient) -> SelfCheck:
    return self_checks.begin_self_check(patient, by=MARA, at=AT)


def say(check: SelfCheck, region: str, noticed: Noticed, **later: Any) -> list[ToldSymptom]:
    return region_answered(check, region, noticed, by=MARA, at=AT + timedelta(**later))


def finish(check: SelfCheck, **later: Any) -> None:
    for region in plan_of(check).regions:
        if region.code not in said_in(check).answers:
            say(check, region.code, NOTHING, **later)
    self_checks.finish_self_check(check, by=MARA, at=AT + timedelta(**later))


def told_to() -> list[tuple[str, str, bool]]:
    rows = Notice.objects.filter(event="symptom_told").order_by("pk")
    return [(each.audience, each.recipient.full_name, each.facts["is_late"]) for each in rows]


def test_what_is_told_counts_at_once_and_is_told_on(mara: Patient) -> None:
    check = begun(mara)
    assert begun(mara) == check == open_check_of(mara, ON)
    (symptom,) = say(check, "skin", SPOTS, minutes=1)
    assert (symptom.urgency, symptom.owner_id) == ("urgent", mara.prescriber_id)
    assert symptom.answer_until == AT + timedelta(hours=24, minutes=1)
    case = SafetyCase.objects.get()
    assert (case.source, case.kind, case.patient) == ("self_check", "adverse_event", mara)
    assert case.received_at == AT + timedelta(minutes=1)
    assert CaseInformation.objects.get().words == "Small red, pink or purple spots"
    assert told_to() == [("prescriber", "Amara", False)]
    assert "spots" not in str(Notice.objects.filter(event="symptom_told").values())
    # The same again is nothing new; more of it is one more thing told of the same case.
    assert say(check, "skin", SPOTS, minutes=2) == []
    say(check, "chest", Noticed(frozenset({"chest-pain"})), minutes=3)
    assert SafetyCase.objects.count() == 1 and CaseInformation.objects.count() == 2
    assert [each.code for each in symptoms_of(mara)] == ["chest-pain", "spots"]
    verbs = set(AuditEntry.objects.filter(subject=mara.number).values_list("verb", flat=True))
    assert {"self_check.begun", "self_check.answered", "symptom.told"} <= verbs


def test_a_check_is_finished_only_when_every_region_was_looked_at(mara: Patient) -> None:
    check = begun(mara)
    with pytest.raises(self_checks.SomethingLeft):
        self_checks.finish_self_check(check, by=MARA, at=AT)
    finish(check)
    assert said_in(check).outcome.is_clear and open_check_of(mara, ON) is None
    with pytest.raises(self_checks.IsFinished):
        say(check, "skin", SPOTS)
    plan = plan_of(check)
    assert next_check_on(mara, plan, ON) == date(2025, 7, 2)
    assert begun(mara) != check
    self_checks.finish_self_check(check, by=MARA, at=AT)
    assert SelfCheck.objects.filter(finished_at=AT).count() == 1


def test_not_sure_is_a_task_and_no_case(mara: Patient) -> None:
    check = begun(mara)
    (told,) = say(check, "limbs", Noticed(frozenset(), is_unsure=True))
    assert (told.code, told.is_unsure, told.urgency) == ("limbs", True, "urgent")
    assert not SafetyCase.objects.exists()
    assert said_in(check).outcome.urgency is Urgency.URGENT


def test_who_takes_it_back_clears_nothing(mara: Patient) -> None:
    check = begun(mara)
    say(check, "skin", SPOTS)
    say(check, "skin", NOTHING, minutes=1)
    row = ToldSymptom.objects.get()
    assert row.taken_back_at == AT + timedelta(minutes=1) and row in symptoms_of(mara)
    words = CaseInformation.objects.order_by("pk").values_list("words", flat=True)
    assert words[1] == "Taken back by the patient: Small red, pink or purple spots"
    say(check, "skin", SPOTS, minutes=2)
    row.refresh_from_db()
    assert row.taken_back_at is None and ToldSymptom.objects.count() == 1


def test_another_day_begins_anew_and_asks_every_region_again(mara: Patient) -> None:
    """What was said months ago says nothing of today, whoever looked after it then."""
    old = begun(mara)
    (told,) = say(old, "skin", SPOTS)
    self_checks.acknowledge_symptoms([told], "Blood count normal", by=AMARA, at=AT)
    later = AT + timedelta(days=90)
    assert open_check_of(mara, later.date()) is None
    new = self_checks.begin_self_check(mara, by=MARA, at=later)
    old.refresh_from_db()
    assert new != old and (old.left_at, old.left_by, old.finished_at) == (later, "mara", None)
    assert len(said_in(new).outcome.left) == len(plan_of(new).regions)
    with pytest.raises(self_checks.IsFinished):
        say(old, "chest", NOTHING, days=90)
    with pytest.raises(self_checks.SomethingLeft):
        self_checks.finish_self_check(old, by=MARA, at=later)
    (again,) = say(new, "skin", SPOTS, days=90)
    assert list(symptoms_of(mara)) == [again] and len(told_to()) == 2
    assert SafetyCase.objects.count() == 2


def test_what_is_told_after_it_was_looked_after_is_told_anew(mara: Patient) -> None:
    """Whether it was taken back in between or not; and the first answer stays as it was given."""
    check = begun(mara)
    (first,) = say(check, "skin", SPOTS)
    self_checks.acknowledge_symptoms([first], "Called", by=AMARA, at=AT)
    (second,) = say(check, "skin", SPOTS, hours=1)
    assert say(check, "skin", SPOTS, hours=1, seconds=1) == []
    self_checks.acknowledge_symptoms([second], "Blood count", by=AMARA, at=second.told_at)
    say(check, "skin", NOTHING, hours=2)
    (third,) = say(check, "skin", SPOTS, hours=3)
    assert len({first.pk, second.pk, third.pk}) == 3 and list(symptoms_of(mara)) == [third]
    assert third.answer_until == AT + timedelta(hours=27) and len(told_to()) == 3
    words = "Small red, pink or purple spots"
    assert list(CaseInformation.objects.order_by("pk").values_list("words", flat=True)) == [
        *(words, words, f"Taken back by the patient: {words}", words)
    ]
    assert SafetyCase.objects.count() == 1


def test_a_part_that_fails_keeps_nothing(mara: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: safety's door is broken, so the answer is not kept without its case."""
    check = begun(mara)

    def broken(*_args: Any, **_named: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("etasu.registry.reactions.self_checking.receive_report", broken)
        with pytest.raises(RuntimeError), transaction.atomic():
            say(check, "skin", SPOTS)
    assert not RegionAnswer.objects.exists() and not ToldSymptom.objects.exists()
    assert not Notice.objects.exists()
    assert say(check, "skin", SPOTS)


def test_what_no_region_has_is_refused(mara: Patient) -> None:
    check = begun(mara)
    for region, noticed in (("tail", NOTHING), ("chest", SPOTS)):
        with pytest.raises(self_checks.NoSuchRegion):
            say(check, region, noticed)
    Patient.objects.filter(pk=mara.pk).update(program="teaching")
    mara.refresh_from_db()
    with pytest.raises(NotOffered):
        begun(mara)


def test_only_a_clinician_closes_it_and_says_what_was_done(mara: Patient) -> None:
    check = begun(mara)
    (told,) = say(check, "skin", SPOTS)
    nurse = Actor("vera", "support_nurse")
    with pytest.raises(self_checks.NotAClinician):
        self_checks.acknowledge_symptoms([told], "Called", by=nurse, at=AT)
    with pytest.raises(self_checks.NothingSaid):
        self_checks.acknowledge_symptoms([told], " ", by=AMARA, at=AT)
    for done in ("Blood count today", "Something else"):
        self_checks.acknowledge_symptoms([told], done, by=AMARA, at=AT)
    told.refresh_from_db()
    assert told.done == "Blood count today" and not symptoms_of(mara).exists()


def test_what_nobody_looked_after_is_told_to_who_comes_next_once(mara: Patient) -> None:
    check = begun(mara)
    say(check, "skin", SPOTS)
    escalate = symptom_telling.escalate_symptoms
    late = AT + timedelta(hours=24)
    assert escalate(by=PLATFORM, at=late - timedelta(seconds=1)) == 0
    # Nobody is there who could hear of it: it stays due.
    assert escalate(by=PLATFORM, at=late) == 0
    member(mara, "ada", "administrator")
    vera = member(mara, "vera", "support_nurse")
    assert escalate(by=PLATFORM, at=late) == 1 and escalate(by=PLATFORM, at=late) == 0
    assert told_to()[1:] == [("administrator", "Ada", True)]
    asker = Asker(vera.number, "support_nurse", labs.PROGRAM, None, None, None, "UTC")
    assert not open_symptoms_seen(asker).exists() and check_seen(asker, check.number) is None
    # With the consent a nurse sees it, and hears of what is late.
    labs.open_to_nurses(mara)
    assert [each.code for each in open_symptoms_seen(asker)] == ["spots"]
    assert check_seen(asker, check.number) == check
    say(check, "skin", Noticed(frozenset({"spots", "bruises"})), hours=1)
    assert escalate(by=PLATFORM, at=late + timedelta(hours=1)) == 1
    assert ("support_nurse", "Vera", True) in told_to()


def test_a_list_keeps_what_is_taken_and_marks_what_is_watched_for(mara: Patient) -> None:
    def listed(name: str, kind: MedicineKind, on: date | None = None) -> Any:
        taken = Taken(name, kind, on)
        return medicines.list_medicine(mara, taken, by=MARA, at=AT)

    pill = listed("Prednisone 5 mg", MedicineKind.PRESCRIPTION, ON - timedelta(days=30))
    assert listed("Prednisone 5 mg", MedicineKind.PRESCRIPTION, ON - timedelta(days=30)) == pill
    vaccine = listed("FluMist", MedicineKind.VACCINE, ON + timedelta(days=9))
    herb = listed("Valerian", MedicineKind.HERBAL)
    marks = {each.row.name: [flag.because for flag in each.flags]
             for each in medicines.looked_through(mara, ON)}  # fmt: skip
    assert marks == {
        "Prednisone 5 mg": [Because.IN_USE], "FluMist": [Because.WAIT], "Valerian": []
    }  # fmt: skip
    for row, day in ((pill, -31), (pill, 1), (vaccine, 0)):
        with pytest.raises(medicines.NotThatDay):
            medicines.stop_medicine(row, ON + timedelta(days=day), by=MARA, at=AT)
    medicines.stop_medicine(pill, ON, by=MARA, at=AT)
    medicines.remove_medicine(herb, by=MARA, at=AT)
    assert medicines.medicine_of(mara, herb.number) is None
    lines = medicines.looked_through(mara, ON)
    assert [(each.row.name, each.is_in_use, len(each.flags)) for each in lines] == [
        *(("FluMist", True, 1), ("Prednisone 5 mg", False, 0))
    ]


def test_a_full_list_takes_no_more(mara: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(medicines, "LONGEST_LIST", 1)
    vitamin = Taken("Vitamin D", MedicineKind.VITAMIN)
    row = medicines.list_medicine(mara, vitamin, by=MARA, at=AT)
    another = Taken("Vitamin C", MedicineKind.VITAMIN)
    with pytest.raises(medicines.ListIsFull):
        medicines.list_medicine(mara, another, by=MARA, at=AT)
    medicines.stop_medicine(row, ON, by=MARA, at=AT)
    assert medicines.list_medicine(mara, another, by=MARA, at=AT).name == "Vitamin C"


def test_what_was_said_and_told_cannot_be_changed(mara: Patient) -> None:
    check = begun(mara)
    say(check, "skin", SPOTS)
    row = medicines.list_medicine(mara, Taken("Zinc", MedicineKind.VITAMIN), by=MARA, at=AT)
    changes: tuple[tuple[Any, dict[str, Any]], ...] = (
        (RegionAnswer.objects.all(), {"noticed": []}),
        (ToldSymptom.objects.all(), {"urgency": "routine"}),
        (SelfCheck.objects.all(), {"begun_on": ON - timedelta(days=1)}),
        (medicines.medicines_of(mara), {"name": row.name + "!"}),
    )
    for rows, changed in changes:
        for attempt in (lambda rows=rows, named=changed: rows.update(**named), rows.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                attempt()
    assert ToldSymptom.objects.get().urgency == "urgent"


def test_the_own_record_holds_every_part_and_is_noted(mara: Patient) -> None:
    check = begun(mara)
    say(check, "skin", Noticed(frozenset({"spots"}), is_unsure=True))
    medicines.list_medicine(mara, Taken("Zinc", MedicineKind.VITAMIN), by=MARA, at=AT)
    found = own_record_taken(mara, ON, kind="pdf", by=MARA, at=AT)
    assert found is not None and found.patient == mara
    assert [(each.code, each.is_unsure) for each in found.symptoms] == [
        *(("spots", False), ("skin", True))
    ]
    assert [each.name for each in found.medicines] == ["Zinc"]
    entry = AuditEntry.objects.get(verb="own_record.taken")
    assert (entry.subject, entry.detail) == (mara.number, {"kind": "pdf"})
    assert own_record_taken(mara, date(2000, 1, 1), kind="pdf", by=MARA, at=AT) is None
    spanish = own_record_taken(mara, ON, kind="fhir", language="es", by=MARA, at=AT)
    assert spanish is not None and [each.words for each in spanish.symptoms] == [
        *("Manchas pequeñas rojas, rosadas o moradas", "Su piel")
    ]


def test_a_vaccine_of_tomorrow_is_not_done_though_it_is_tomorrow_by_utc(mara: Patient) -> None:
    late = datetime.combine(ON, time(23, 30), ZoneInfo(mara.time_zone))
    assert late.astimezone(UTC).date() > ON
    for days in (0, 1):
        taken = Taken(f"FluMist {days}", MedicineKind.VACCINE, ON + timedelta(days=days))
        medicines.list_medicine(mara, taken, by=MARA, at=AT)
    found = own_record_taken(mara, ON, kind="fhir", by=MARA, at=late.astimezone(UTC))
    assert found is not None
    entries = json.loads(bundle_of(found, "https://etasu.example.org"))["entry"]
    given = [each["resource"] for each in entries if "vaccineCode" in each["resource"]]
    assert {each["vaccineCode"]["text"]: each["status"] for each in given} == {
        "FluMist 0": "completed", "FluMist 1": "not-done"
    }  # fmt: skip
