"""One person on record twice: found, compared, merged, made two again, and never a wrong yes."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations import records
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.facts import authorizations_of
from etasu.registry.authorizations.models import Authorization
from etasu.registry.authorizations.requests import AuthorizationRequest, BadRequest
from etasu.registry.monitoring.actions import record_result
from etasu.registry.patients import duplicates
from etasu.registry.patients.actions import enroll_patient, open_hold
from etasu.registry.patients.duplicates import review_new
from etasu.registry.patients.facts import (
    holds_of,
    patient_by_number,
    patient_seen,
    patients_of,
    search_patients,
)
from etasu.registry.patients.merging import DecidedAlready, NotMergeable
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.registry.reactions import infusion_given
from etasu.registry.treatment.actions import AlreadyRecorded
from etasu.registry.treatment.facts import infusions_of
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world
from tests.portals.world import add_person, asker

CLERK = Actor("user-clerk", "administrator")
LATER = AT + timedelta(hours=1)


@pytest.fixture
def world(db: None) -> World:
    """The teaching world, with somebody who asks for the prescriber and the facility."""
    made = build_world()
    add_person(PROGRAM, "amara", "prescriber", made.amara, AT)
    add_person(PROGRAM, "ben", "infusion_nurse", made.riverside, AT)
    add_person(PROGRAM, "ada", "administrator", None, AT)
    return made


def twin(world: World, name: str = "MARA", **more: Any) -> Patient:
    """Another record of the same person, with everything the gates read."""
    given = {"birth_date": date(1990, 6, 1), "enrolled_on": date(2025, 4, 2)} | more
    made = enroll_patient(PROGRAM, name, prescriber=world.amara, by=PLATFORM, at=AT, **given)
    record_result(
        made, "cbc", collected_on=date(2025, 4, 20), value="done", unit=None, by=PLATFORM, at=AT
    )
    return made


def ask(gate: str, patient: Patient, who: str, on: date = ON, **more: Any) -> dict[str, Any]:
    """What the gate answers somebody about the patient."""
    request = AuthorizationRequest(PROGRAM, gate, patient.number, on, **more)
    at = datetime.combine(on, AT.timetz())
    return answer_request(request, by=asker(who), at=at).said


def authorize(world: World, patient: Patient, on: date = ON) -> dict[str, Any]:
    """The prescriber asks for the patient's next course."""
    return ask("authorize", patient, "amara", on, facility=world.riverside.number)


def give(world: World, patient: Patient, day: date) -> None:
    """An infusion as it happened."""
    infusion_given(patient, course=1, given_on=day, facility=world.riverside, by=PLATFORM, at=AT)


def reviewed(world: World, newer: Patient) -> DuplicateReview:
    """The review that looking for duplicates opens."""
    (review,) = records.look_for_duplicates([newer], by=CLERK, at=AT)
    return review


def fault_codes(said: dict[str, Any]) -> list[str]:
    return [each["code"] for each in said["faults"]]


@pytest.mark.parametrize(
    ("ours", "theirs", "shared"),
    [
        ({}, {"full_name": "mara"}, ["birth date", "name"]),
        ({"full_name": "Zoë Núñez"}, {"full_name": "Nunez, Zoe"}, ["birth date", "name"]),
        ({"telephone": "(555) 555-0142"}, {"telephone": "+1 555 555 0142"},
         ["birth date", "telephone"]),
        ({"email": "M@example.org"}, {"email": "m@Example.org"}, ["birth date", "email"]),
        ({}, {"full_name": "Maria"}, None),
        ({}, {"full_name": "Mara", "birth_date": date(1990, 6, 2)}, None),
        ({}, {"full_name": "Mara", "birth_date": None}, None),
        ({"birth_date": None}, {"full_name": "Mara"}, None),
    ],
)  # fmt: skip
def test_who_may_be_the_same(
    world: World, ours: dict[str, Any], theirs: dict[str, Any], shared: list[str] | None
) -> None:
    Patient.objects.filter(pk=world.mara.pk).update(**ours)
    newer = twin(world, "Somebody Else")
    Patient.objects.filter(pk=newer.pk).update(**theirs)
    newer.refresh_from_db()
    found = review_new([newer], by=CLERK, at=AT)
    assert [each.shared for each in found] == ([shared] if shared else [])


def test_a_review_is_opened_once_and_decided_once(world: World) -> None:
    newer = twin(world)
    review = reviewed(world, newer)
    assert (review.older, review.newer) == (world.mara, newer)
    assert records.look_for_duplicates([newer], by=CLERK, at=LATER) == []
    records.records_told_apart(review, reason="mother and child", by=CLERK, at=LATER)
    assert records.look_for_duplicates([newer], by=CLERK, at=LATER) == []
    assert records.compare_records(world.mara, newer, by=CLERK, at=LATER) is None
    with pytest.raises(DecidedAlready):
        records.records_merged(review, newer, reason="no", by=CLERK, at=LATER)
    assert list(duplicates.open_reviews(PROGRAM)) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        DuplicateReview.objects.filter(pk=review.pk).update(verdict="same", survivor=newer)


def test_while_two_records_are_compared_the_newer_one_opens_nothing(world: World) -> None:
    newer = twin(world)
    assert authorize(world, newer)["outcome"] == "authorized"
    day = ask("infuse", newer, "ben")
    assert day["outcome"] == "authorized"
    review = reviewed(world, newer)
    # The day was open for use, so it is taken back; the course is asked about again by each gate.
    states = dict(authorizations_of(newer).values_list("unit", "state"))
    assert states == {"course": "live", "infusion_day": "reversed"}
    said = ask("infuse", newer, "ben")
    assert (said["outcome"], fault_codes(said)) == ("cannot_decide", ["identity-in-question"])
    # Its course may be the older one's: that one opens nothing either.
    assert fault_codes(authorize(world, world.mara)) == ["identity-in-question"]
    records.records_told_apart(review, reason="sisters", by=CLERK, at=AT)
    assert ask("infuse", newer, "ben")["outcome"] == "authorized"
    assert authorize(world, world.mara)["outcome"] == "authorized"


def test_a_namesake_who_enrolls_does_not_stop_a_running_course(world: World) -> None:
    assert authorize(world, world.mara)["outcome"] == "authorized"
    newer = twin(world)
    reviewed(world, newer)
    assert ask("infuse", world.mara, "ben")["outcome"] == "authorized"
    assert fault_codes(authorize(world, newer)) == ["identity-in-question"]
    # An infusion written down for the newcomer may be Mara's own.
    give(world, newer, ON - timedelta(days=1))
    assert fault_codes(ask("infuse", world.mara, "ben")) == ["identity-in-question"]


def test_two_records_never_give_more_days_than_the_course_has(world: World) -> None:
    """The course has two days: one is in each record, so together it is over."""
    newer = twin(world)
    for each in (world.mara, newer):
        assert authorize(world, each, ON - timedelta(days=3))["outcome"] == "authorized"
    give(world, newer, ON - timedelta(days=2))
    give(world, world.mara, ON - timedelta(days=1))
    alone = ask("infuse", world.mara, "ben")
    assert alone["outcome"] == "authorized", [f for f in alone["findings"] if f["blocks"]]
    review = reviewed(world, newer)
    assert not Authorization.objects.filter(unit="infusion_day", state="live").exists()
    records.records_merged(review, world.mara, reason="same person", by=CLERK, at=AT)
    for number in (world.mara.number, newer.number):
        request = AuthorizationRequest(PROGRAM, "infuse", number, ON, course=1)
        said = answer_request(request, by=asker("ben"), at=AT).said
        assert said["outcome"] == "not_authorized", said
        assert "infusion-day-left" in {each["code"] for each in said["findings"] if each["blocks"]}
        # Asked without a course, the question is about the next one, which nobody authorized.
        said = answer_request(request._replace(course=None), by=asker("ben"), at=AT).said
        assert (said["outcome"], said["course"]) == ("not_authorized", 2)
        assert said["patient"] == world.mara.number


def test_every_fact_is_seen_from_the_one_answered_for(world: World) -> None:
    newer = twin(world)
    give(world, newer, ON - timedelta(days=1))
    open_hold(newer, "infection", reason="fever", on=ON, by=CLERK, at=AT)
    review = reviewed(world, newer)
    before = Patient.objects.filter(pk=newer.pk).values().get()
    records.records_merged(review, world.mara, reason="same person", by=CLERK, at=AT)
    mara = Patient.objects.get(pk=world.mara.pk)
    assert [each.patient for each in infusions_of(mara)] == [newer]
    assert [each.code for each in holds_of(mara)] == ["infection"]
    assert patient_by_number(newer.number, PROGRAM) == mara
    assert patient_seen(asker("amara"), newer.number) == mara
    assert newer not in patients_of(world.amara.pk)
    assert list(search_patients(PROGRAM, newer.number)) == [mara]
    # The same day is not recorded twice for one person, whichever number it comes under.
    with pytest.raises(AlreadyRecorded):
        give(world, mara, ON - timedelta(days=1))
    # What is recorded under the merged number counts for the one answered for.
    revision = mara.revision
    give(world, newer, ON)
    mara.refresh_from_db()
    assert mara.revision > revision
    assert len(infusions_of(mara)) == 2
    # Nothing was rewritten: the other record differs in what it points at, and nothing else.
    after = Patient.objects.filter(pk=newer.pk).values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"merged_into_id", "merged_at", "merged_by", "revision"}
    verbs = AuditEntry.objects.filter(subject=newer.number).values_list("verb", flat=True)
    assert {"patient.review_opened", "patient.merged"} <= set(verbs)


def test_unmerging_restores_both_and_remembers_it(world: World) -> None:
    newer = twin(world)
    give(world, newer, ON - timedelta(days=1))
    review = reviewed(world, newer)
    mine, others = list(infusions_of(world.mara)), list(infusions_of(newer))
    before = Patient.objects.filter(pk__in=[world.mara.pk, newer.pk]).order_by("pk")
    kept = [{**row, "revision": 0} for row in before.values()]
    records.records_merged(review, world.mara, reason="same", by=CLERK, at=AT)
    review.refresh_from_db()
    records.records_unmerged(review, reason="they came in together", by=CLERK, at=LATER)
    assert [{**row, "revision": 0} for row in before.values()] == kept
    assert (list(infusions_of(world.mara)), list(infusions_of(newer))) == (mine, others)
    assert patient_by_number(newer.number, PROGRAM) == newer
    assert authorize(world, world.mara)["outcome"] == "authorized"
    assert records.look_for_duplicates([newer], by=CLERK, at=LATER) == []
    review.refresh_from_db()
    with pytest.raises(DecidedAlready):
        records.records_unmerged(review, reason="again", by=CLERK, at=LATER)


def test_what_was_recorded_while_they_were_one_keeps_the_gates_shut(world: World) -> None:
    newer = twin(world)
    review = reviewed(world, newer)
    records.records_merged(review, world.mara, reason="same", by=CLERK, at=AT - timedelta(days=1))
    give(world, world.mara, ON)
    review.refresh_from_db()
    records.records_unmerged(review, reason="two after all", by=CLERK, at=LATER)
    for each in (world.mara, newer):
        assert fault_codes(authorize(world, each)) == ["identity-in-question"]
    (again,) = duplicates.open_reviews(PROGRAM)
    records.records_told_apart(again, reason="the infusion was Mara's", by=CLERK, at=LATER)
    assert authorize(world, newer)["outcome"] == "authorized"


def test_a_record_is_merged_into_one_that_is_answered_for(world: World) -> None:
    second, third = twin(world), twin(world, "Mara", enrolled_on=date(2025, 4, 3))
    first = reviewed(world, second)
    records.records_merged(first, world.mara, reason="same", by=CLERK, at=AT)
    # The third is compared with the one answered for, once.
    (review,) = records.look_for_duplicates([third], by=CLERK, at=AT)
    assert review.older == world.mara
    with pytest.raises(NotMergeable):
        records.records_merged(review, third, reason="same", by=CLERK, at=AT)
    with pytest.raises(IntegrityError, match="answered for itself"), transaction.atomic():
        Patient.objects.filter(pk=world.mara.pk).update(
            merged_into=third, merged_at=AT, merged_by="test"
        )
    records.records_merged(review, world.mara, reason="same", by=CLERK, at=AT)
    assert set(world.mara.records.all()) == {second, third}


def test_the_other_prescriber_no_longer_asks(world: World) -> None:
    """One person has one prescriber of record; whoever had the other record asks for a transfer."""
    other = enroll_patient(
        PROGRAM, "Mara", prescriber=world.amara, enrolled_on=ON, birth_date=date(1990, 6, 1),
        by=PLATFORM, at=AT,
    )  # fmt: skip
    Patient.objects.filter(pk=other.pk).update(prescriber=None)
    review = reviewed(world, other)
    records.records_merged(review, other, reason="same", by=CLERK, at=AT)
    with pytest.raises(BadRequest):
        authorize(world, world.mara)


@pytest.mark.django_db(transaction=True)
def test_merging_and_asking_at_once_give_no_day_too_many(teaching_program: None) -> None:
    """Whichever comes first, the record then has no more days than the course."""
    made = build_world()
    add_person(PROGRAM, "amara", "prescriber", made.amara, AT)
    add_person(PROGRAM, "ben", "infusion_nurse", made.riverside, AT)
    newer = twin(made)
    authorize(made, made.mara, ON - timedelta(days=3))
    give(made, newer, ON - timedelta(days=2))
    give(made, made.mara, ON - timedelta(days=1))
    (review,) = review_new([newer], by=CLERK, at=AT)
    start = threading.Barrier(3)

    def run(do: Any) -> None:
        start.wait()
        try:
            do()
        finally:
            connection.close()

    merge = threading.Thread(
        target=run,
        args=(lambda: records.records_merged(review, made.mara, reason="x", by=CLERK, at=AT),),
    )
    asks = [
        threading.Thread(target=run, args=(lambda p=each: ask("infuse", p, "ben"),))
        for each in (made.mara, newer)
    ]
    for each in (merge, *asks):
        each.start()
    for each in (merge, *asks):
        each.join()
    live = Authorization.objects.filter(unit="infusion_day", state="live")
    assert live.count() == 0
