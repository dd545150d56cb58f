"""What patients are told besides what falls due: once, while it is so, and not too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from etasu.clock.reminders import Sending, send_reminders
from etasu.clock.sender import Letterhead, send_waiting
from etasu.clock.texting import Texting, TextMessage
from etasu.programs import library
from etasu.registry.accounts.access import CARE_PARTNER
from etasu.registry.audit import sealing
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.numbers import new_number
from etasu.registry.notices.models import Notice, Reminder
from etasu.registry.patient_support import sharing
from etasu.registry.patient_support.copies import tell_care_partners
from etasu.registry.patient_support.lab_actions import (
    Time,
    Where,
    Wished,
    cancel_appointment,
    confirm_appointment,
    note_missed,
    request_appointment,
)
from etasu.registry.patient_support.lab_facts import BY_PATIENT
from etasu.registry.patient_support.models import CarePartner, LabAppointment, SelfCheck
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import lab_appointments
from etasu.registry.reactions.lab_appointments import appointment_changed, remind_of_appointments
from etasu.registry.reactions.patient_messages import (
    remind_of_self_checks,
    tell_enrolled,
    tell_of_sharing_that_ends,
)
from etasu.registry.submissions.consents import Given, give_consent
from etasu.safe_use.lab_program import PartOfDay
from etasu.safe_use.sharing import Slice
from tests.factories.reminding import AT, BEGAN, DUE_ON, PROGRAM, look, say, treated
from tests.registry.labs import use_lemtrada

pytestmark = pytest.mark.django_db
ANA, LAB = Actor("ana", "patient"), Actor("lab", "lab_analyst")
DAY = timedelta(days=1)
VISIT = Time(AT.date() + 5 * DAY, time(9), time(11))
SITE = Letterhead("Harbor REMS", "https://rems.example.org", "a@example.org")


class Telephone:
    """A provider that takes every message."""

    name = "here"

    def __init__(self) -> None:
        self.taken: list[TextMessage] = []

    def hand_over(self, message: TextMessage) -> str:
        self.taken.append(message)
        return message.number


@pytest.fixture
def ana(teaching_program: None) -> Iterator[Patient]:
    """Ana, a month after her first infusion, who allowed the lab program."""
    use_lemtrada()
    (found,) = treated(1, time_zone="America/New_York")
    given = Given(PROGRAM, "lab-program", "patient", found.pk, found.number, "Ana", "link")
    give_consent(given, on=AT.date(), by=ANA, at=AT)
    yield found
    library.use(None)


@pytest.fixture
def telephone() -> Telephone:
    return Telephone()


def asked(ana: Patient, at: datetime = AT) -> LabAppointment:
    where = Where("5 Oak Street", "Dayton", "OH", "45402")
    wished = Wished(
        "technician", ("creatinine",), at.date() + 3 * DAY, PartOfDay.MORNING, "", None, where
    )
    return request_appointment(ana, wished, by=ANA, at=at)


def set_for(row: LabAppointment, when: Time = VISIT, at: datetime = AT) -> bool:
    def act() -> LabAppointment:
        return confirm_appointment(row, when, by=LAB, at=at)

    return appointment_changed(act, by=LAB, at=at)


def sent(telephone: Telephone, at: datetime = AT) -> list[str]:
    """What went out by telephone then."""
    before = len(telephone.taken)
    send_reminders(at, Sending(SITE, Texting([telephone])))
    return [each.words for each in telephone.taken[before:]]


def rows(code: str) -> list[tuple[str, date, int, str]]:
    found = Reminder.objects.filter(code=code).order_by("pk")
    return [(each.state, each.due_on, each.offset_days, each.reason) for each in found]


def test_what_the_desk_does_is_told_with_it_or_neither_is_done(
    ana: Patient, telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, code = asked(ana), "lab-appointment-changed"

    def fails(*_given: Any, **_named: Any) -> int:
        raise RuntimeError

    with monkeypatch.context() as planted, pytest.raises(RuntimeError):
        planted.setattr(lab_appointments, "queue_said", fails)
        set_for(made)
    made.refresh_from_db()
    assert made.confirmed_at is None
    assert set_for(made) and set_for(made)
    assert [each[0] for each in rows(code)] == ["waiting"]
    (message,) = sent(telephone)
    assert message.startswith("Harbor REMS: An appointment of yours changed.")
    # Moved within its day after the first message went: that is news as well.
    assert set_for(made, VISIT._replace(begins=time(10)))
    assert [each[0] for each in rows(code)] == ["handed_over", "waiting"]
    cancel_appointment(made, BY_PATIENT, by=ANA, at=AT)
    assert sent(telephone, AT + DAY) == []
    assert rows(code)[1][3] == "done", "whoever called it off hears nothing of its time"


def test_missed_or_called_off_is_told_and_whom_no_message_reaches_is_called(
    ana: Patient, telephone: Telephone
) -> None:
    made = asked(ana)
    confirm_appointment(made, VISIT, by=LAB, at=AT)
    after = AT + 6 * DAY
    assert appointment_changed(lambda: note_missed(made, by=LAB, at=after), by=LAB, at=after)
    assert len(sent(telephone, after)) == 1
    Patient.objects.filter(pk=ana.pk).update(telephone="", email="")
    ana.refresh_from_db()
    other = asked(ana, after)

    def call_off() -> LabAppointment:
        return cancel_appointment(other, "The technician is ill", by=LAB, at=after)

    assert not appointment_changed(call_off, by=LAB, at=after)
    other.refresh_from_db()
    assert other.canceled_at == after
    assert rows("lab-appointment-changed")[-1][0::3] == ("failed", "no-address")


def test_an_appointment_made_anew_for_the_same_day_is_reminded_of(
    ana: Patient, telephone: Telephone
) -> None:
    on, at = VISIT.day - DAY, AT + 4 * DAY
    first = asked(ana)
    confirm_appointment(first, VISIT, by=LAB, at=AT)
    assert remind_of_appointments(on, by=PLATFORM, at=at) == 1
    cancel_appointment(first, "The technician is ill", by=LAB, at=at)
    assert sent(telephone, at) == []
    confirm_appointment(asked(ana, at), VISIT, by=LAB, at=at)
    assert [remind_of_appointments(on, by=PLATFORM, at=at) for _ in "ab"] == [1, 0]
    assert len(sent(telephone, at)) == 1
    assert [each[0] for each in rows("lab-appointment")] == ["canceled", "handed_over"]


def test_visits_of_two_records_that_became_one_are_one_message_about_both(
    ana: Patient, telephone: Telephone
) -> None:
    at, mine = AT + 4 * DAY, asked(ana)
    confirm_appointment(mine, VISIT, by=LAB, at=AT)
    (twin,) = treated(1, telephone="", email="")
    other = LabAppointment.objects.get(pk=mine.pk)
    other.pk, other.number, other.patient = None, new_number(), twin
    other.save(force_insert=True)
    merged = {"merged_into": ana, "merged_at": AT, "merged_by": "a"}
    Patient.objects.filter(pk=twin.pk).update(**merged)
    other.refresh_from_db()
    look(AT.date())
    assert remind_of_appointments(VISIT.day - DAY, by=PLATFORM, at=at) == 2
    cancel_appointment(other, "The technician is ill", by=LAB, at=at)
    assert len(sent(telephone, at)) == 1
    row = Reminder.objects.get(code="lab-appointment", state="handed_over")
    assert {code for code, _ in row.covers} == {mine.number, other.number}


def test_who_is_enrolled_hears_of_their_page_once_unless_they_left(
    ana: Patient, telephone: Telephone
) -> None:
    for _ in range(2):
        tell_enrolled(ana, by=PLATFORM, at=AT)
    (told,) = sent(telephone, AT)
    assert "Your page is ready. See what comes next: https://rems.example.org/p/" in told
    (ida,) = treated(
        1, ended_on=AT.date(), end_reason="moved", email="", telephone="(212) 555-0199"
    )
    tell_enrolled(ida, by=PLATFORM, at=AT)
    assert sent(telephone, AT + DAY) == []
    assert [each[0] for each in rows("patient-enrolled")] == ["handed_over", "canceled"]


def helper(ana: Patient, email: str = "eva@example.org") -> CarePartner:
    invited = sharing.invite_partner(
        ana, sharing.Asked("Eva Prueba", email, [Slice.REMINDERS]), by=ANA, at=AT
    )
    return sharing.register_and_accept(invited.token, "Eva", "correct horse", by=PLATFORM, at=AT)


def test_both_hear_a_month_and_a_week_before_sharing_ends(
    ana: Patient, telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "SETTLED", "")
    eva = helper(ana)
    last, noon = eva.ends_on, timedelta(hours=16)

    def night(days: int) -> int:
        at = datetime.combine(last - days * DAY, time(0), AT.tzinfo) + noon
        return tell_of_sharing_that_ends(at.date(), by=PLATFORM, at=at)

    # Nights that were missed are made up for, and none is told twice.
    assert [night(days) for days in (31, 30, 29, 7, 5, 0, -1)] == [0, 2, 0, 2, 0, 0, 0]
    assert [each[:3] for each in rows("sharing-ends")] == [
        ("canceled", last, -30), ("waiting", last, -7),
    ]  # fmt: skip
    notices = Notice.objects.filter(event="sharing_ends").order_by("pk")
    assert [each.recipient for each in notices] == [eva.user, eva.user]
    assert notices[0].facts == {"until": last.isoformat()} and notices[0].by_email
    at = datetime.combine(last - 5 * DAY, time(0), AT.tzinfo) + noon
    assert len(sent(telephone, at)) == 1
    sealing.seal_waiting(at=at)
    wanting = sharing.helping_of(eva, at)
    sharing.want_copies(wanting, True, by=Actor("eva", CARE_PARTNER), at=at)
    assert tell_care_partners(by=PLATFORM, at=at) == 0, "they are told themselves"
    sharing.go_on_sharing(eva, by=ANA, at=at)
    send_waiting(at, SITE)
    states = Notice.objects.filter(event="sharing_ends").values_list("state", flat=True)
    assert set(states) == {"canceled"}, "what goes on does not end"


def test_two_that_end_in_one_week_are_told_once_and_what_goes_on_is_not(
    ana: Patient, telephone: Telephone
) -> None:
    eva, ida = helper(ana), helper(ana, "ida@example.org")
    CarePartner.objects.filter(pk=ida.pk).update(ends_on=eva.ends_on - 2 * DAY)
    at = datetime.combine(eva.ends_on - 20 * DAY, time(16), AT.tzinfo)
    assert tell_of_sharing_that_ends(at.date(), by=PLATFORM, at=at) == 4
    sharing.end_sharing(ida, by=ANA, at=at)
    assert len(sent(telephone, at)) == 1
    assert sorted(each[0] for each in rows("sharing-ends")) == ["canceled", "handed_over"]
    again = at + 14 * DAY
    assert tell_of_sharing_that_ends(again.date(), by=PLATFORM, at=again) == 2
    sharing.go_on_sharing(eva, by=ANA, at=again)
    assert sent(telephone, again) == []
    assert rows("sharing-ends")[-1][0::3] == ("canceled", "done")


def test_a_self_check_is_reminded_of_each_month_until_it_is_done(
    ana: Patient, telephone: Telephone
) -> None:
    treated(1, ended_on=DUE_ON, end_reason="moved")
    code = "self-check-due"

    def night(on: date) -> int:
        return remind_of_self_checks(on, by=PLATFORM, at=AT + (on - DUE_ON))

    assert [night(day) for day in (DUE_ON - DAY, DUE_ON, DUE_ON + DAY)] == [0, 1, 0]
    (message,) = sent(telephone)
    assert "Your questions for this month are ready" in message
    second = date(2024, 6, 1)
    assert night(second + 7 * DAY) == 0, "what was missed for a week is left alone"
    assert night(second + 6 * DAY) == 1
    at = AT + (second + 6 * DAY - DUE_ON)
    SelfCheck.objects.create(
        patient=ana, program_version="2024-03-04", begun_on=at.date(), begun_at=at, begun_by="ana",
        finished_at=at, finished_by="ana",
    )  # fmt: skip
    assert sent(telephone, at) == []
    assert rows(code) == [
        ("handed_over", DUE_ON, 0, ""), ("canceled", second, 0, "done"),
    ]  # fmt: skip
    # From then on it counts from the day it was done.
    assert [night(day) for day in (date(2024, 7, 1), date(2024, 7, 7))] == [0, 1]


def test_however_much_there_is_to_say_nobody_gets_more_than_three_texts_a_week(
    ana: Patient, telephone: Telephone
) -> None:
    Patient.objects.filter(pk=ana.pk).update(email="")
    ana.refresh_from_db()
    eva, made = helper(ana), asked(ana)
    sent_on: list[date] = []
    for passed in range(28):
        at, on = AT + passed * DAY, DUE_ON + passed * DAY
        CarePartner.objects.filter(pk=eva.pk).update(ends_on=on + 7 * DAY)
        set_for(made, VISIT._replace(day=on + DAY), at)
        remind_of_appointments(on, by=PLATFORM, at=at)
        say(on, at)
        remind_of_self_checks(on, by=PLATFORM, at=at)
        tell_of_sharing_that_ends(on, by=PLATFORM, at=at)
        for hour in (0, 3, 6):
            sent_on += [on] * len(sent(telephone, at + timedelta(hours=hour)))
    assert len(sent_on) >= 10 and max(Counter(sent_on).values()) == 1
    weeks = [sum(0 <= (day - first).days < 7 for day in sent_on) for first in sent_on]
    assert max(weeks) == 3
    kinds = Reminder.objects.filter(state="handed_over").values_list("code", flat=True)
    assert len(set(kinds)) >= 3 and all(BEGAN < day for day in sent_on)
