"""The lab program: sites as listed, appointments asked for and kept, results in or missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import DatabaseError, transaction

from etasu.clock.lab_appointments import look_after_appointments
from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.reminder_checks import Answer, known_about, look_at
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.reminders import claim
from etasu.registry.participants.csv_rows import BadFile
from etasu.registry.participants.locator import place_of
from etasu.registry.participants.models import Participant
from etasu.registry.patient_support.draw_sites import (
    draw_site,
    draw_sites_near,
    receive_draw_sites,
    sites_of,
)
from etasu.registry.patient_support.lab_actions import (
    NotAllowed,
    NotPossible,
    OneAhead,
    Time,
    Where,
    Wished,
    cancel_appointment,
    confirm_appointment,
    note_kept,
    note_missed,
    order_tests,
    request_appointment,
    settle_appointment,
)
from etasu.registry.patient_support.lab_facts import (
    BY_PATIENT,
    CONSENT_WITHDRAWN,
    ENROLLMENT_ENDED,
    calendar_entries,
    order_of,
    still_to_come,
)
from etasu.registry.patient_support.models import (
    DrawSite,
    DrawSiteFile,
    LabAppointment,
    LabOrder,
)
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import consent_withdrawn, enrollment_ended
from etasu.registry.reactions.lab_appointment_facts import (
    appointments_today,
    lab_tests_due,
    lab_worklist,
)
from etasu.registry.reactions.lab_appointments import (
    remind_of_appointments,
    settle_with_results,
)
from etasu.registry.submissions.consents import Given, give_consent
from etasu.registry.submissions.models import Consent
from etasu.safe_use.lab_program import AppointmentStage, PartOfDay
from tests.factories.reminding import AT, DUE_ON, PROGRAM, found, say, treated
from tests.registry.labs import use_lemtrada

pytestmark = pytest.mark.django_db
ANA, LAB = Actor("ana", "patient"), Actor("lab", "lab_analyst")
WAY, HOME = "labcorp-center", "technician"
MONTHLY = ("cbc-with-differential", "creatinine", "urinalysis-with-cells")
HEAD = "Site ID,Name,Address,City,State,Zip,Phone,Hours\n"
DAYTON = "D-1,Dayton Main,42 Main Street,Dayton,OH,45402,555-555-0142,7 AM to 3 PM\n"
XENIA = "D-2,Xenia East,7 East Street,Xenia,OH,45385,,\n"
MIAMI = "M-1,Miami Bay,1 Bay Street,Miami,FL,33101,,\n"
SLOT = Time(date(2024, 5, 6), time(9), time(11))


@pytest.fixture
def ana(teaching_program: None) -> Iterator[Patient]:
    """Ana, who owes monthly tests and allowed the lab program."""
    use_lemtrada()
    Participant.objects.create(
        program=PROGRAM, kind="prescriber", name="Dr. Amara", registered_at=AT, registered_by="a"
    )
    (ana,) = treated(1, time_zone="America/New_York")
    allow(ana)
    yield ana
    library.use(None)


def allow(patient: Patient) -> Consent:
    given = Given(PROGRAM, "lab-program", "patient", patient.pk, patient.number, "Ana", "link")
    return give_consent(given, on=AT.date(), by=ANA, at=AT)


def sites(rows: str, *, is_whole: bool = False, later: int = 0) -> DrawSiteFile:
    at = AT + timedelta(minutes=later)
    content = (HEAD + rows).encode()
    return receive_draw_sites(PROGRAM, WAY, content, is_whole=is_whole, by=LAB, at=at)


def wished(way: str = HOME, site: DrawSite | None = None) -> Wished:
    where = Where("5 Oak Street", "Dayton", "OH", "45402") if way == HOME else Where()
    day = AT.date() + timedelta(days=4)
    return Wished(way, MONTHLY, day, PartOfDay.MORNING, "555-555-0142", site, where)


def asked(patient: Patient, what: Wished | None = None, at: datetime = AT) -> LabAppointment:
    return request_appointment(patient, what or wished(), by=ANA, at=at)


def set_for(patient: Patient, slot: Time = SLOT) -> LabAppointment:
    return confirm_appointment(asked(patient), slot, by=LAB, at=AT)


def set_for_again(patient: Patient) -> LabAppointment:
    """One with a time, of another record that is found to be the patient's."""
    (other,) = treated(1, time_zone="America/New_York")
    allow(other)
    made = set_for(other)
    Patient.objects.filter(pk=other.pk).update(
        merged_into=patient, merged_at=AT, merged_by=LAB.number
    )
    made.patient.refresh_from_db()
    return made


def stages(patient: Patient, on: date) -> list[AppointmentStage]:
    return [each.stage for each in appointments_today(patient, on)]


def test_a_list_of_sites_keeps_its_good_rows_and_tells_of_the_others(ana: Patient) -> None:
    bad = "D-3,,1 Street,Dayton,Ohio,90210,12,\nD-1,Again,2 Street,Dayton,OH,45402,,\n"
    first = sites(DAYTON + XENIA + bad)
    assert (first.rows, first.added, first.changed, first.unchanged) == (4, 2, 0, 0)
    told = {each["row"]: dict(each["problems"]) for each in first.refused}
    assert set(told) == {4, 5} and told[5] == {"site": "twice"}
    assert set(told[4].values()) == {"missing", "state_unknown", "zip_odd", "telephone_odd"}
    assert sites(DAYTON + XENIA + bad, later=1).pk == first.pk
    moved = DAYTON.replace("42 Main", "44 Main")
    second = sites(moved + "D-2,,,,,,,\n" + MIAMI, is_whole=True, later=2)
    # A site whose row cannot be read is not taken off: nobody said that it closed.
    assert (second.added, second.changed, second.removed) == (1, 1, 0)
    assert sites(moved, is_whole=True, later=3).removed == 2
    (left,) = sites_of(PROGRAM, WAY)
    assert left.street == "44 Main Street" and DrawSite.objects.count() == 4
    with pytest.raises(BadFile):
        sites("")
    with pytest.raises(DatabaseError, match="keeps what was recorded"), transaction.atomic():
        DrawSite.objects.filter(pk=left.pk).update(street="1 Else")


def test_the_nearest_sites_come_first_and_only_those_that_are_open(ana: Patient) -> None:
    sites(DAYTON + XENIA + MIAMI)
    place = place_of("45402")
    assert place is not None
    near, within = draw_sites_near(PROGRAM, WAY, place)
    assert [each.site.key for each in near] == ["D-1", "D-2"] and within == 250
    assert near[0].miles == 0 < near[1].miles < 25
    one, _ = draw_sites_near(PROGRAM, WAY, place, limit=1)
    assert [each.site.key for each in one] == ["D-1"]
    assert draw_site(PROGRAM, WAY, near[0].site.number) == near[0].site
    assert draw_site(PROGRAM, "quest-center", near[0].site.number) is None


def test_asked_for_by_what_is_due_and_only_one_at_a_time(ana: Patient) -> None:
    assert lab_tests_due(ana, DUE_ON) == list(MONTHLY)
    sites(DAYTON)
    site = DrawSite.objects.get()
    wrong = [
        wished(WAY), wished(HOME, site), wished("office", site), wished("nowhere"),
        wished()._replace(where=Where("5 Oak Street")), wished()._replace(tests=("hiv",)),
        wished()._replace(tests=()), wished()._replace(on=AT.date() - timedelta(days=1)),
    ]  # fmt: skip
    for each in wrong:
        with pytest.raises(NotPossible):
            asked(ana, each)
    made = asked(ana, wished(WAY, site))
    assert stages(ana, DUE_ON) == [AppointmentStage.REQUESTED]
    with pytest.raises(OneAhead):
        asked(ana)
    cancel_appointment(made, BY_PATIENT, by=ANA, at=AT)
    asked(ana, wished("office"))
    assert stages(ana, DUE_ON) == [AppointmentStage.REQUESTED, AppointmentStage.CANCELED]


def test_without_the_consent_nothing_is_asked_for_and_taking_it_back_calls_it_off(
    ana: Patient,
) -> None:
    made = set_for(ana)
    consent_withdrawn(Consent.objects.get(code="lab-program"), how="link", by=ANA, at=AT)
    made.refresh_from_db()
    assert made.canceled_because == CONSENT_WITHDRAWN and made.canceled_by == "ana"
    with pytest.raises(NotAllowed):
        asked(ana)
    allow(ana)
    again = asked(ana)
    assert ana.prescriber is not None
    order_tests(ana, ana.prescriber, ["tsh"], is_standing=True, by=ANA, at=AT)
    enrollment_ended(ana, on=AT.date(), reason="moved", by=LAB, at=AT)
    again.refresh_from_db()
    ana.refresh_from_db()
    assert again.canceled_because == ENROLLMENT_ENDED
    assert LabOrder.objects.get().ended_by == LAB.number
    with pytest.raises(NotAllowed):
        asked(ana)


def test_from_the_request_to_the_result(ana: Patient) -> None:
    made = set_for(ana)
    assert stages(ana, SLOT.day) == [AppointmentStage.CONFIRMED]
    assert stages(ana, SLOT.day + timedelta(days=1)) == [AppointmentStage.AWAITING_RESULTS]
    found(ana, SLOT.day, "creatinine")
    late = SLOT.day + timedelta(days=8)
    (task,) = lab_worklist(PROGRAM, late)
    assert task.stage is AppointmentStage.NO_RESULTS
    assert task.missing == ("cbc-with-differential", "urinalysis-with-cells")
    found(ana, SLOT.day, *task.missing)
    assert stages(ana, late) == [AppointmentStage.RESULTS_IN] and not lab_worklist(PROGRAM, late)
    assert settle_with_results(PROGRAM, by=PLATFORM, at=AT + timedelta(days=14)) == (1, 0)
    assert settle_with_results(PROGRAM, by=PLATFORM, at=AT + timedelta(days=14)) == (0, 0)
    made.refresh_from_db()
    assert made.settled_by == PLATFORM.number and made.done_at is None
    # A result that was taken back counts no longer.
    Result.objects.filter(test="creatinine").update(replaced_at=AT, replaced_by="a")
    assert stages(ana, late) == [AppointmentStage.NO_RESULTS]


def test_one_that_is_over_stands_in_nobodys_way_and_is_still_asked_about(ana: Patient) -> None:
    first = set_for(ana)
    later = AT + timedelta(days=30)
    second = asked(ana, wished()._replace(on=later.date()), later)
    first.refresh_from_db()
    # Nobody said that it was kept, so it is not; no time is set for it any more.
    assert first.done_at is None and first.settled_at is None
    with pytest.raises(NotPossible):
        confirm_appointment(first, SLOT._replace(day=later.date()), by=LAB, at=later)
    with pytest.raises(OneAhead):
        asked(ana, wished()._replace(on=later.date()), later)
    tasks = lab_worklist(PROGRAM, later.date())
    assert [(each.row.pk, each.stage) for each in tasks] == [
        (second.pk, AppointmentStage.REQUESTED), (first.pk, AppointmentStage.NO_RESULTS),
    ]  # fmt: skip
    settle_appointment(first, "The laboratory lost it. A new one is set.", by=LAB, at=later)
    assert [each.row.pk for each in lab_worklist(PROGRAM, later.date())] == [second.pk]


def test_kept_early_or_before_a_time_was_set_it_is_settled_like_any_other(ana: Patient) -> None:
    tomorrow = AT + timedelta(days=1)
    for made in (asked(ana), set_for_again(ana)):
        with pytest.raises(NotPossible):
            note_kept(made, AT.date() - timedelta(days=1), by=LAB, at=AT)
        note_kept(made, AT.date(), by=LAB, at=AT)
    found(ana, AT.date(), *MONTHLY)
    assert look_after_appointments(tomorrow)["settled"] == 2
    assert LabAppointment.objects.filter(settled_by=PLATFORM.number).count() == 2


def test_one_that_cannot_be_settled_stops_no_other(
    ana: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [asked(ana), set_for_again(ana)]
    for made in rows:
        note_kept(made, AT.date(), by=LAB, at=AT)
    found(ana, AT.date(), *MONTHLY)

    def settle(row: LabAppointment, note: str, *, by: Actor, at: datetime) -> None:
        settle_appointment(row, note, by=by, at=at)
        if row == rows[0]:
            LabAppointment.objects.filter(pk=row.pk).update(settled_by=None)

    monkeypatch.setattr("etasu.registry.reactions.lab_appointments.settle_appointment", settle)
    done = look_after_appointments(AT + timedelta(days=1))
    assert (done["settled"], done["failed"]) == (1, 1)
    states = LabAppointment.objects.order_by("pk").values_list("settled_note", flat=True)
    assert list(states) == [None, "results-in"]


def test_a_time_the_patient_called_off_is_told_to_the_laboratory(ana: Patient) -> None:
    cancel_appointment(asked(ana), BY_PATIENT, by=ANA, at=AT)
    cancel_appointment(set_for(ana), "The technician is ill", by=LAB, at=AT)
    assert lab_worklist(PROGRAM, AT.date()) == []
    off = set_for(ana)
    cancel_appointment(off, BY_PATIENT, by=ANA, at=AT)
    waiting = asked(ana)
    tasks = [each.row for each in lab_worklist(PROGRAM, AT.date())]
    assert tasks == [off, waiting]
    settle_appointment(off, "The laboratory knows.", by=LAB, at=AT)
    assert [each.row for each in lab_worklist(PROGRAM, AT.date())] == [waiting]


def test_what_no_longer_fits_is_refused(ana: Patient) -> None:
    made, late = set_for(ana), AT + timedelta(days=14)
    with pytest.raises(NotPossible):
        cancel_appointment(made, BY_PATIENT, by=ANA, at=late)
    settle_appointment(made, "The laboratory lost it.", by=LAB, at=late)
    for attempt in (
        lambda: confirm_appointment(made, SLOT._replace(day=date(2024, 6, 6)), by=LAB, at=late),
        lambda: note_kept(made, SLOT.day, by=LAB, at=late),
    ):
        with pytest.raises(NotPossible):
            attempt()


def test_an_end_ahead_leaves_what_comes_before_it(ana: Patient) -> None:
    before = asked(ana)
    ends = AT.date() + timedelta(days=6)
    enrollment_ended(ana, on=ends, reason="moved", by=LAB, at=AT)
    before.refresh_from_db()
    assert before.canceled_at is None
    with pytest.raises(NotPossible):
        confirm_appointment(before, SLOT._replace(day=ends), by=LAB, at=AT)
    cancel_appointment(before, BY_PATIENT, by=ANA, at=AT)
    with pytest.raises(NotPossible):
        asked(ana, wished()._replace(on=ends))
    assert asked(ana).requested_at == AT


def test_missed_comes_back_as_a_task_and_what_ended_takes_no_more(ana: Patient) -> None:
    made = set_for(ana)
    with pytest.raises(NotPossible):
        note_missed(made, by=LAB, at=AT)
    after = AT + timedelta(days=6)
    assert note_missed(made, by=LAB, at=after).missed_by == "lab"
    note_missed(made, by=ANA, at=after)
    (task,) = lab_worklist(PROGRAM, after.date())
    assert task.stage is AppointmentStage.MISSED and task.row.missed_by == "lab"
    for attempt in (
        lambda: confirm_appointment(made, SLOT, by=LAB, at=after),
        lambda: note_kept(made, after.date(), by=LAB, at=after),
        lambda: cancel_appointment(made, "r", by=LAB, at=after),
    ):
        with pytest.raises(NotPossible):
            attempt()
    asked(ana, wished()._replace(on=after.date()), after)
    with pytest.raises(DatabaseError, match="keeps what was recorded"), transaction.atomic():
        LabAppointment.objects.filter(pk=made.pk).update(street="9 Elm Street")


def test_a_site_that_closes_is_told_before_somebody_stands_at_its_door(ana: Patient) -> None:
    sites(DAYTON)
    made = asked(ana, wished(WAY, DrawSite.objects.get()))
    confirm_appointment(made, SLOT, by=LAB, at=AT)
    (task,) = lab_worklist(PROGRAM, DUE_ON)
    assert not task.is_at_closed_site
    # Other hours, or a door further on, are no end of it.
    sites(DAYTON.replace("42 Main", "44 Main"), is_whole=True, later=1)
    (task,) = lab_worklist(PROGRAM, DUE_ON)
    assert task.site is not None and task.site.street == "44 Main Street"
    assert not task.is_at_closed_site
    sites(XENIA, is_whole=True, later=2)
    (task,) = lab_worklist(PROGRAM, DUE_ON)
    assert task.is_at_closed_site


def test_the_day_before_is_reminded_of_once_beside_the_tests(ana: Patient) -> None:
    made = set_for(ana, SLOT._replace(day=DUE_ON + timedelta(days=1)))
    say(DUE_ON)
    assert remind_of_appointments(DUE_ON - timedelta(days=1), by=PLATFORM, at=AT) == 0
    assert remind_of_appointments(DUE_ON, by=PLATFORM, at=AT) == 1
    assert remind_of_appointments(DUE_ON, by=PLATFORM, at=AT) == 0
    waiting = {each.code: each for each in Reminder.objects.filter(state="waiting")}
    # Neither takes the other's place.
    assert set(waiting) == {"lab-appointment", "test-due-patient"}
    row = waiting["lab-appointment"]
    assert row.covers == [[made.number, made.day.isoformat()]] and row.offset_days == -1
    claimed = [each for each in claim(at=AT + timedelta(hours=1)) if each.code == row.code]

    def verdict() -> Answer:
        known = known_about(claimed, at=AT, ahead=still_to_come([ana.number], at=AT))
        return look_at(claimed[0], known, at=AT).answer

    assert verdict() is Answer.GO
    assert look_at(claimed[0], known_about(claimed, at=AT), at=AT).answer is Answer.DROP
    cancel_appointment(made, BY_PATIENT, by=ANA, at=AT)
    assert verdict() is Answer.DROP


def test_calendars_are_told_the_hour_each_move_and_that_it_is_off(ana: Patient) -> None:
    made = asked(ana)
    assert calendar_entries(ana.number) == []
    confirm_appointment(made, SLOT, by=LAB, at=AT)
    confirm_appointment(made, SLOT, by=LAB, at=AT + timedelta(hours=1))
    (entry,) = calendar_entries(ana.number)
    assert entry.begins.astimezone(UTC) == datetime(2024, 5, 6, 13, tzinfo=UTC)
    assert (entry.holds, entry.changes, entry.since) == (True, 0, AT)
    confirm_appointment(made, SLOT._replace(begins=time(10)), by=LAB, at=AT)
    cancel_appointment(made, BY_PATIENT, by=ANA, at=AT + timedelta(hours=2))
    (entry,) = calendar_entries(ana.number)
    assert (entry.holds, entry.changes) == (False, 2) and entry.since == AT + timedelta(hours=2)


def test_an_order_counts_through_its_day_and_gives_way_to_the_next(ana: Patient) -> None:
    assert ana.prescriber is not None
    doctor = Actor("amara", "prescriber")
    by = {"by": doctor, "at": AT}
    with pytest.raises(NotPossible):
        order_tests(ana, ana.prescriber, ["hiv"], is_standing=False, **by)
    once = order_tests(ana, ana.prescriber, ["tsh"], is_standing=False, **by)
    assert once.through == AT.date() + timedelta(days=30)
    assert order_of(ana, once.through) == once
    assert order_of(ana, once.through + timedelta(days=1)) is None
    standing = order_tests(ana, ana.prescriber, ["tsh", "creatinine"], is_standing=True, **by)
    assert standing.tests == ["creatinine", "tsh"] and standing.through == date(2025, 5, 1)
    assert order_of(ana, DUE_ON) == standing
    assert LabOrder.objects.get(pk=once.pk).ended_by == "amara"
    # It counts for whoever is the prescriber, while they and the patient are in the program.
    beck = Participant.objects.create(
        program=PROGRAM, kind="prescriber", name="Dr. Beck", registered_at=AT, registered_by="a"
    )
    for held, change in (
        (ana.prescriber, {"decertified_on": DUE_ON}),
        (ana, {"ended_on": DUE_ON, "end_reason": "moved"}),
        (ana, {"prescriber": beck}),
    ):
        row = type(held).objects.filter(pk=held.pk)
        was = row.values(*change).get()
        row.update(**change)
        ana.refresh_from_db()
        assert order_of(ana, DUE_ON) is None, change
        row.update(**was)
    ana.refresh_from_db()
    assert order_of(ana, DUE_ON) == standing
    verbs = AuditEntry.objects.filter(subject_kind="lab order").values_list("verb", flat=True)
    assert sorted(verbs) == ["lab_order.ended", "lab_order.made", "lab_order.made"]
