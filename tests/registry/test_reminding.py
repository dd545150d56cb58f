"""What a night says, and to whom: all of it or nothing, and each thing once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.models import Watch
from etasu.registry.notices import reminders
from etasu.registry.notices.models import Notice, Reminder
from etasu.registry.participants import actions as participants
from etasu.registry.patients.models import Patient
from tests.factories.reminding import AT, DUE_ON, PROGRAM, only_this_program, say, treated
from tests.registry.labs import open_to_nurses

pytestmark = pytest.mark.django_db
OVERDUE = DUE_ON + timedelta(days=14)


@pytest.fixture(autouse=True)
def teaching_program() -> Iterator[None]:
    """Here the library holds that program, in the place of the teaching one."""
    library.use(only_this_program())
    yield
    library.use(None)


def somebody(name: str, role: str, prescriber: Any = None) -> User:
    person = User.objects.create_user(f"{name}@example.org", full_name=name.title())
    participants.add_member(person, prescriber, role, program=PROGRAM, by=PLATFORM, at=AT)
    return person


def prescriber(name: str, npi: str) -> Any:
    return participants.register_participant(
        PROGRAM, "prescriber", name, by=PLATFORM, at=AT, npi=npi
    )


def told(person: User) -> list[tuple[str, list[str]]]:
    """What somebody was told: which notice, about whom."""
    found = Notice.objects.filter(recipient=person).order_by("id")
    return [(each.code, each.facts["patients"]) for each in found]


def test_staff_hears_once_a_day_of_all_their_patients_and_the_program_of_those_without() -> None:
    dr_vale, dr_oak = prescriber("Dr. Vale", "1000000004"), prescriber("Dr. Oak", "1000000012")
    vale, ada = somebody("vale", "prescriber", dr_vale), somebody("ada", "administrator")
    nurse = somebody("nia", "support_nurse")
    mine = treated(2, prescriber=dr_vale)
    # Nobody acts for Dr. Oak, and one patient has no prescriber.
    others = [*treated(1, prescriber=dr_oak), *treated(1, prescriber=None)]
    for each in (*mine, others[0]):
        open_to_nurses(each, AT)
    assert say().staff == 0
    assert say(OVERDUE - timedelta(days=7)).staff == 1
    said = say(OVERDUE)
    assert (said.patients, said.staff) == (4, 4)
    numbers = sorted(each.number for each in mine)
    assert told(vale) == [("test-overdue-prescriber", numbers)]
    assert sorted(told(ada)) == sorted(
        ("test-overdue-prescriber", [each.number]) for each in others
    )
    # The last one allows no nurse to see the record.
    open_to_her = sorted([*numbers, others[0].number])
    assert told(nurse) == [("test-overdue-nurse", open_to_her)] * 2
    assert say(OVERDUE) == (0, 0, 0)
    assert AuditEntry.objects.filter(verb="notice.queued").count() == Notice.objects.count() == 5


def test_a_night_that_breaks_off_leaves_nothing_and_is_made_up_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    treated(3)
    before = list(Watch.objects.order_by("id").values())

    def breaks(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("etasu.registry.monitoring.reminding.tell_staff", breaks)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            say()
    assert not Reminder.objects.exists()
    assert list(Watch.objects.order_by("id").values()) == before
    assert say().patients == 3


def test_two_senders_never_have_the_same_reminder_nor_a_second_one_that_day() -> None:
    (ana,) = treated()
    say()
    (first,) = reminders.claim(at=AT)
    assert reminders.claim(at=AT) == []
    Reminder.objects.create(
        program=PROGRAM, program_version="2024-03-04", code="c", person=ana.number,
        due_on=DUE_ON, offset_days=99, channel="sms", next_try=AT, queued_at=AT, queued_by="a",
    )  # fmt: skip
    (second,) = reminders.claim(at=AT)
    to = reminders.Address("+12125550100", "en", DUE_ON)
    assert reminders.address_to(first, to, at=AT)
    # The database has the last word, whatever the sender counted.
    assert not reminders.address_to(second, to, at=AT)
    (again,) = [
        each for each in reminders.claim(at=AT + timedelta(minutes=6)) if each.pk == first.pk
    ]
    assert not reminders.note_handed_over(first, "n", by=PLATFORM, at=AT)
    assert reminders.note_handed_over(again, "n", by=PLATFORM, at=AT)
    assert Reminder.objects.get(pk=first.pk).state == "handed_over"


@pytest.mark.parametrize("change", [{"person": "other"}, {"covers": []}, {"offset_days": 3}])
def test_what_was_said_is_not_rewritten(change: dict[str, Any]) -> None:
    treated()
    say()
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.update(**change)


def test_each_question_is_asked_for_everybody_at_once(
    django_assert_max_num_queries: Any,
) -> None:
    treated(120)
    with django_assert_max_num_queries(30):
        assert say().patients == 120
    assert Patient.objects.count() == 120
