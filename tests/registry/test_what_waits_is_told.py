"""What waits of what laboratories sent is told to somebody, and to others when nobody looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from etasu.clock.laboratories import tell_of_held
from etasu.registry.accounts.access import ADMINISTRATOR, LAB_ANALYST
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.monitoring import resolving
from etasu.registry.monitoring.held import Held, Why, held
from etasu.registry.monitoring.models import SignalRow
from etasu.registry.monitoring.quarantine import open_tasks, waiting
from etasu.registry.monitoring.signals import acknowledge_signal
from etasu.registry.notices.actions import mark_read
from etasu.registry.notices.models import Notice
from etasu.registry.participants.actions import add_member
from etasu.registry.participants.models import Membership
from etasu.registry.patients.models import Patient
from etasu.safe_use.lab_reports import ItemStatus
from tests.registry import labs
from tests.registry.labs import about, item, message, receive

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STRANGER = about("MRN-9")


@pytest.fixture
def mara(teaching_program: None) -> Patient:
    """Mara, the laboratory that knows her, an analyst and an administrator."""
    labs.use_lemtrada()
    labs.connect()
    mara = labs.patient()
    for name, role in (("lena", LAB_ANALYST), ("ada", ADMINISTRATOR)):
        user = User.objects.create_user(f"{name}@example.org", full_name=name.title())
        add_member(user, None, role, program=labs.PROGRAM, by=PLATFORM, at=labs.AT)
    return mara


def told(late: bool = False) -> list[tuple[str, Any, Any]]:
    """Who was told, how many items wait, and how many of them cannot, in that order."""
    found = Notice.objects.filter(event="results_held", facts__is_late=late).order_by("pk")
    return [
        (each.recipient.full_name, each.facts["count"], each.facts["pressing"]) for each in found
    ]


def read_all() -> None:
    """Everybody opens what came."""
    for each in Notice.objects.filter(read_at__isnull=True):
        mark_read(each, by=Actor(each.recipient.number, each.audience), at=labs.AT)


def waits() -> list[Held]:
    """What waits, as it is listed."""
    return held(labs.PROGRAM, labs.AT)


def test_what_waits_is_told_once_until_somebody_has_looked(mara: Patient) -> None:
    assert tell_of_held(labs.AT) == {"told": 0, "late": 0}
    receive(message(item("tsh", "2"), patient=STRANGER))
    assert tell_of_held(labs.AT) == {"told": 1, "late": 0}
    assert told() == [("Lena", 1, 0)]
    notice = Notice.objects.get(event="results_held")
    assert notice.by_email and mara.number not in str(notice.facts)
    receive(message(item("alt", "20"), patient=STRANGER), at=labs.AT + HOUR)
    # Nothing more while the first is unread, and then not before the next day.
    assert tell_of_held(labs.AT + 2 * DAY)["told"] == 0
    read_all()
    assert tell_of_held(labs.AT + 2 * HOUR)["told"] == 0
    assert tell_of_held(labs.AT + DAY)["told"] == 1 and told()[-1] == ("Lena", 2, 0)
    read_all()
    # What was told is not told again.
    assert tell_of_held(labs.AT + 2 * DAY)["told"] == 0


def test_what_cannot_wait_is_told_at_once(mara: Patient) -> None:
    receive(message(item("tsh", "2"), patient=STRANGER))
    tell_of_held(labs.AT)
    receive(message(item("platelets", "3", abnormal=("LL",)), patient=STRANGER))
    assert tell_of_held(labs.AT + HOUR)["told"] == 1 and told()[-1] == ("Lena", 2, 1)
    receive(message(item("platelets", "4", abnormal=("LL",)), patient=STRANGER))
    assert tell_of_held(labs.AT + HOUR)["told"] == 0


def test_a_message_nobody_opened_silences_what_cannot_wait_no_longer_than_its_day(
    mara: Patient,
) -> None:
    receive(message(item("platelets", "3", abnormal=("LL",)), patient=STRANGER))
    assert tell_of_held(labs.AT)["told"] == 1
    receive(message(item("platelets", "4", abnormal=("LL",)), patient=STRANGER), at=labs.AT + HOUR)
    assert tell_of_held(labs.AT + HOUR)["told"] == 0
    assert tell_of_held(labs.AT + DAY)["told"] == 1 and told()[-1] == ("Lena", 2, 2)
    # Of the same nothing is said again to whoever has not opened it.
    assert tell_of_held(labs.AT + 2 * DAY)["told"] == 0


def test_what_nobody_looks_at_in_time_is_told_to_the_program(mara: Patient) -> None:
    receive(message(item("platelets", "3", abnormal=("LL",)), patient=STRANGER))
    receive(message(item("tsh", "2"), patient=STRANGER))
    assert tell_of_held(labs.AT + 23 * HOUR)["late"] == 0
    assert tell_of_held(labs.AT + 24 * HOUR)["late"] == 1
    assert told(late=True) == [("Ada", 1, 1)]
    assert tell_of_held(labs.AT + 25 * HOUR)["late"] == 0
    # An alarm that nobody can see is said again each day until somebody looks.
    assert tell_of_held(labs.AT + 48 * HOUR)["late"] == 1
    (task, *_) = open_tasks(labs.PROGRAM)
    resolving.choose_patient(task, mara, "It is her.", by=PLATFORM, at=labs.AT)
    assert not waiting().exists() and tell_of_held(labs.AT + 30 * DAY)["late"] == 0


def test_what_can_wait_is_told_to_the_program_when_more_of_it_is_late(mara: Patient) -> None:
    receive(message(item("tsh", "2"), patient=STRANGER))
    assert tell_of_held(labs.AT + 119 * HOUR)["late"] == 0
    assert tell_of_held(labs.AT + 120 * HOUR)["late"] == 1
    assert tell_of_held(labs.AT + 20 * DAY)["late"] == 0
    receive(message(item("alt", "20"), patient=STRANGER), at=labs.AT + 2 * DAY)
    assert tell_of_held(labs.AT + 20 * DAY)["late"] == 0
    read_all()
    assert tell_of_held(labs.AT + 20 * DAY)["late"] == 1 and told(late=True)[-1][1] == 2


def test_where_nobody_looks_after_laboratories_administrators_hear(mara: Patient) -> None:
    Membership.objects.filter(role=LAB_ANALYST).update(ended_at=labs.AT, ended_by="a")
    receive(message(item("tsh", "2"), patient=STRANGER))
    tell_of_held(labs.AT)
    assert told() == [("Ada", 1, 0)]


def test_what_cannot_wait_comes_first_and_says_why(mara: Patient) -> None:
    old = labs.AT - DAY
    receive(message(item("tsh", "2"), patient=STRANGER), at=old)
    receive(message(item("platelets", "3"), patient=STRANGER))
    receive(message(item("x", "1", codes=(), abnormal=("HH",))))
    receive(message(item("platelets", "300", collected_on=None), patient=STRANGER))
    receive(message(item("platelets", "<120", collected_on=None), patient=STRANGER))
    assert [(each.why, each.since == old) for each in waits()] == [
        ((Why.LIMIT,), False),
        ((Why.CRITICAL,), False),
        ((Why.LIMIT,), False),
        ((), True),
        ((), False),
    ]


def test_what_took_an_alarm_away_cannot_wait(mara: Patient) -> None:
    labs.treat(mara, labs.COLLECTED - 30 * DAY)
    receive(message(item("platelets", "80"), number="R1"))
    signal = SignalRow.objects.get()
    receive(message(item("platelets", "see note", status=ItemStatus.CORRECTED), number="R1"))
    (one,) = waits()
    assert one.why == (Why.TOOK_ALARM,)
    nia = Actor("nia", "prescriber")
    acknowledge_signal(signal, "Called her.", by=nia, at=labs.AT)
    assert waits()[0].why == ()


def test_what_waits_again_waits_since_then(mara: Patient) -> None:
    receive(message(item("tsh", "2"), patient=STRANGER))
    (task,) = open_tasks(labs.PROGRAM)
    resolving.set_aside(task, "Nobody.", by=PLATFORM, at=labs.AT)
    from etasu.registry.monitoring.taking_back import take_decision_back

    take_decision_back(task, "Wrong.", by=PLATFORM, at=labs.AT + DAY)
    assert waits()[0].since == labs.AT + DAY
