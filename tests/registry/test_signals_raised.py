"""Signals on record: told, acknowledged by a clinician, escalated once, never just cleared."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from etasu.registry.accounts.access import ADMINISTRATOR, DELEGATE, PRESCRIBER, SUPPORT_NURSE
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.records import compare_records, records_merged
from etasu.registry.monitoring.by_hand import ByHand, enter_results
from etasu.registry.monitoring.models import SignalRow
from etasu.registry.monitoring.signal_facts import (
    open_signals,
    open_signals_seen,
    signal_seen,
    signals_of,
)
from etasu.registry.monitoring.signals import (
    NotAClinician,
    NothingSaid,
    acknowledge_signal,
    escalate_due,
)
from etasu.registry.notices.models import Notice
from etasu.registry.participants.actions import add_member
from etasu.registry.participants.facts import Asker, askers
from etasu.registry.participants.models import Membership
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import infusion_struck, infusion_written_down
from etasu.registry.submissions.models import Consent
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.lab_reports import ItemStatus
from tests.registry import labs
from tests.registry.labs import item, message, receive

pytestmark = pytest.mark.django_db
NIA = Actor("nia", PRESCRIBER)
HOURS = timedelta(hours=1)


@pytest.fixture
def mara(teaching_program: None) -> Patient:
    """Mara, treated in January, with a prescriber, a nurse and an administrator to hear of her."""
    labs.use_lemtrada()
    labs.connect()
    mara = labs.patient()
    labs.treat(mara, date(2025, 1, 6), date(2025, 1, 7))
    for name, role, where in (
        ("nia", PRESCRIBER, mara.prescriber), ("sol", SUPPORT_NURSE, None),
        ("ada", ADMINISTRATOR, None),
    ):  # fmt: skip
        user = User.objects.create_user(f"{name}@example.org", full_name=name.title())
        add_member(user, where, role, program=labs.PROGRAM, by=PLATFORM, at=labs.AT)
    labs.open_to_nurses(mara)
    return mara


def test_of_a_patient_who_does_not_allow_it_no_nurse_hears(mara: Patient) -> None:
    Consent.objects.update(revoked_at=labs.AT, revoked_by="mara", revoked_how="link")
    send("platelets", "8", labs.COLLECTED)
    assert SignalRow.objects.filter(limit_code="platelets-below-100").exists()
    assert {each.recipient.email for each in Notice.objects.all()} == {"nia@example.org"}


def asker(name: str) -> Asker:
    """Somebody who reads."""
    return askers(User.objects.get(email=f"{name}@example.org"))[0]


def send(test: str, value: str, on: date, **named: Any) -> None:
    """One result."""
    receive(message(item(test, value, collected_on=on, **named)))


def test_a_low_count_is_told_without_a_word_of_what_it_is(mara: Patient) -> None:
    send("platelets", "250", date(2025, 5, 1))
    send("platelets", "8", labs.COLLECTED)
    low, fall = SignalRow.objects.order_by("limit_code")
    assert (low.limit_code, low.urgency, low.certainty) == (
        "platelets-below-100", "urgent", "crossed",
    )  # fmt: skip
    assert low.owner == mara.prescriber and low.seen == "8 10*3/uL"
    assert low.answer_until == labs.AT + 24 * HOURS
    assert fall.against[0] == ["before", "250 10*3/uL", "2025-05-01"]
    told = {each.recipient.email: each for each in Notice.objects.all()}
    assert set(told) == {"nia@example.org", "sol@example.org"}
    said = str([each.facts for each in told.values()])
    assert "platelets" not in said and "8" not in told["nia@example.org"].facts["urgency"]
    assert "Mara" not in said and "lemtrada" not in said.lower()


def test_the_urgent_come_first_and_then_those_that_wait_longest(mara: Patient) -> None:
    other = labs.patient("Zoe Ames", "MRN-2", prescriber=None)
    receive(message(item("tsh", "9", high="4"), patient=labs.about("MRN-2")))
    receive(message(item("neutrophils", "0.4")), at=labs.AT + HOURS)
    found = [each.limit_code for each in open_signals(labs.PROGRAM)]
    assert found == ["neutrophils-below-half", "neutrophils-below-1", "tsh-high"]
    mine = [each.limit_code for each in open_signals_seen(asker("nia"))]
    assert mine == ["neutrophils-below-half", "neutrophils-below-1"]
    number = signals_of(other).get().number
    assert signal_seen(asker("nia"), number) is None
    own = signals_of(mara).first()
    assert own is not None and signal_seen(asker("nia"), own.number) == own


def test_only_a_clinician_acknowledges_and_says_what_was_done(mara: Patient) -> None:
    send("platelets", "8", labs.COLLECTED)
    signal = SignalRow.objects.get()
    for who in (*(Actor("a", role) for role in (DELEGATE, ADMINISTRATOR, SUPPORT_NURSE)), PLATFORM):
        with pytest.raises(NotAClinician):
            acknowledge_signal(signal, "Seen.", by=who, at=labs.AT)
    with pytest.raises(NothingSaid):
        acknowledge_signal(signal, "  ", by=NIA, at=labs.AT)
    acknowledge_signal(signal, " Called her in. ", by=NIA, at=labs.AT)
    again = acknowledge_signal(signal, "Twice", by=Actor("b", PRESCRIBER), at=labs.AT + HOURS)
    assert (again.done, again.acknowledged_by) == ("Called her in.", "nia")
    assert not open_signals(labs.PROGRAM).exists()
    assert AuditEntry.objects.filter(verb="signal.acknowledged", subject=mara.number).count() == 1


def test_what_nobody_acknowledged_in_time_is_told_to_others_once(mara: Patient) -> None:
    send("platelets", "8", labs.COLLECTED)
    due = SignalRow.objects.get().answer_until
    assert due is not None
    assert escalate_due(by=PLATFORM, at=due - HOURS) == 0
    assert [escalate_due(by=PLATFORM, at=due) for _ in range(2)] == [1, 0]
    late = Notice.objects.filter(facts__is_late=True)
    told = set(late.values_list("recipient__email", flat=True))
    assert told == {"sol@example.org", "ada@example.org"}
    assert open_signals(labs.PROGRAM).get().escalated_by == "platform"


def test_what_was_acknowledged_is_not_escalated(mara: Patient) -> None:
    send("platelets", "8", labs.COLLECTED)
    acknowledge_signal(SignalRow.objects.get(), "Seen.", by=NIA, at=labs.AT)
    assert escalate_due(by=PLATFORM, at=labs.AT + 999 * HOURS) == 0


def test_a_correction_clears_nothing_by_itself(mara: Patient) -> None:
    receive(message(item("platelets", "8"), number="R1"))
    right = item("platelets", "280", status=ItemStatus.CORRECTED)
    receive(message(right, number="R1"))
    signal = open_signals(labs.PROGRAM).get()
    assert signal.result_replaced_at is not None and signal.acknowledged_at is None
    assert signal.result.value == "8"


def test_a_rise_and_blood_in_the_urine_are_an_emergency_in_either_order(mara: Patient) -> None:
    send("creatinine", "0.9", date(2024, 12, 20))
    send("creatinine", "1.4", labs.COLLECTED)
    send("urine-erythrocytes", "25", labs.COLLECTED, high="3")
    codes = [each.limit_code for each in open_signals(labs.PROGRAM)]
    assert codes[0] == "creatinine-rise-with-hematuria" and len(codes) == 3
    signal = open_signals(labs.PROGRAM)[0]
    assert signal.answer_until == labs.AT + 2 * HOURS and len(signal.beside) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_they_are_an_emergency_whichever_of_the_three_comes_last(
    mara: Patient, order: tuple[int, ...]
) -> None:
    """What was measured before treatment may come months after what it shows to have risen."""
    its = (
        ("creatinine", "0.9", date(2024, 12, 20), {}),
        ("creatinine", "1.4", labs.COLLECTED, {}),
        ("urine-erythrocytes", "25", labs.COLLECTED, {"high": "3"}),
    )
    for place in order:
        test, value, day, named = its[place]
        send(test, value, day, **named)
    sure = {each.limit_code for each in open_signals(labs.PROGRAM) if each.certainty == "crossed"}
    assert sure == {"creatinine-rise-with-hematuria", "creatinine-rise", "hematuria"}
    assert open_signals(labs.PROGRAM)[0].urgency == "emergency"


def test_what_could_not_be_compared_is_raised_once_it_can_be(mara: Patient) -> None:
    send("creatinine", "1.9", labs.COLLECTED)
    unclear = SignalRow.objects.get()
    assert (unclear.certainty, unclear.urgency) == ("unassessed", "routine")
    acknowledge_signal(unclear, "We have asked for the old values.", by=NIA, at=labs.AT)
    send("creatinine", "0.9", date(2024, 12, 20))
    sure = open_signals(labs.PROGRAM).get()
    assert (sure.limit_code, sure.certainty) == ("creatinine-rise", "crossed")
    assert (sure.result_id, sure.urgency) == (unclear.result_id, "urgent")
    assert sure.against == [["baseline", "0.9 mg/dL", "2024-12-20"]]
    send("creatinine", "0.8", date(2024, 12, 1))
    assert open_signals(labs.PROGRAM).get() == sure


def test_what_is_crossed_again_by_a_correction_is_raised_again(mara: Patient) -> None:
    send("creatinine", "0.9", date(2024, 12, 20))
    send("creatinine", "1.9", labs.COLLECTED)
    urine = item("urine-erythrocytes", "25", high="3")
    receive(message(urine, number="R9"))
    for each in open_signals(labs.PROGRAM):
        acknowledge_signal(each, "A mistake of the laboratory.", by=NIA, at=labs.AT)
    corrected = item("urine-erythrocytes", "30", high="3", status=ItemStatus.CORRECTED)
    receive(message(corrected, number="R9"))
    codes = [each.limit_code for each in open_signals(labs.PROGRAM)]
    assert codes == ["creatinine-rise-with-hematuria", "hematuria"]


def test_an_infusion_written_down_late_shows_what_has_risen_since(mara: Patient) -> None:
    other = labs.patient("Ana Lopez", "MRN-7", prescriber=mara.prescriber)
    for value, day in (("0.9", date(2024, 12, 20)), ("1.4", labs.COLLECTED)):
        its = item("creatinine", value, collected_on=day)
        receive(message(its, patient=labs.about("MRN-7", last_name="Lopez")))
    assert not open_signals(labs.PROGRAM).exists()
    given = {"course": 1, "facility": None, "by": PLATFORM, "at": labs.AT}
    infusion_written_down(other, given_on=date(2025, 1, 6), detail={}, **given)
    signal = open_signals(labs.PROGRAM).get()
    assert (signal.patient, signal.limit_code) == (other, "creatinine-rise")
    assert {each.recipient.email for each in Notice.objects.all()} >= {"nia@example.org"}
    infusion_written_down(other, given_on=date(2025, 1, 7), detail={}, **given)
    assert open_signals(labs.PROGRAM).get() == signal


def test_without_a_course_that_was_not_given_an_older_value_counts(mara: Patient) -> None:
    labs.treat(mara, date(2025, 4, 1), course=2)
    for value, day in (
        ("0.9", date(2024, 12, 20)), ("1.1", date(2025, 3, 20)), ("1.4", labs.COLLECTED),
    ):  # fmt: skip
        send("creatinine", value, day)
    assert not open_signals(labs.PROGRAM).exists()
    infusion_struck(Infusion.objects.get(course=2), reason="Not given.", by=NIA, at=labs.AT)
    assert open_signals(labs.PROGRAM).get().against == [["baseline", "0.9 mg/dL", "2024-12-20"]]


def test_what_two_records_of_one_person_show_together_is_raised(mara: Patient) -> None:
    older = labs.patient("Mara Vale", "MRN-2", prescriber=mara.prescriber)
    baseline = item("creatinine", "0.9", collected_on=date(2024, 12, 20))
    receive(message(baseline, patient=labs.about("MRN-2")))
    send("creatinine", "1.4", labs.COLLECTED)
    assert open_signals(labs.PROGRAM).get().certainty == "unassessed"
    review = compare_records(older, mara, by=PLATFORM, at=labs.AT)
    assert review is not None
    records_merged(review, mara, reason="One person.", by=PLATFORM, at=labs.AT)
    assert open_signals(labs.PROGRAM).get().certainty == "crossed"
    assert [each.certainty for each in signals_of(mara)] == ["crossed", "unassessed"]


def test_what_cannot_be_compared_is_said_and_is_nobodys_emergency(mara: Patient) -> None:
    send("neutrophils", "0.2", labs.COLLECTED, unit="")
    signal = SignalRow.objects.get()
    assert (signal.certainty, signal.urgency) == ("unassessed", "routine")
    assert signal.reason


def test_results_of_both_records_of_one_person_are_compared(mara: Patient) -> None:
    send("platelets", "250", date(2025, 5, 1))
    survivor = labs.patient("Mara Vale", "MRN-2", prescriber=mara.prescriber)
    Patient.objects.filter(pk=mara.pk).update(
        merged_into=survivor, merged_at=labs.AT, merged_by="a"
    )
    send("platelets", "110", labs.COLLECTED)
    assert SignalRow.objects.get().limit_code == "platelets-steep-fall"
    assert list(signals_of(survivor)) == list(open_signals_seen(asker("nia")))


def test_what_is_entered_by_hand_goes_the_same_way(mara: Patient) -> None:
    found = enter_results(
        mara,
        [
            ByHand("platelets", "8", "10*3/uL", labs.COLLECTED),
            ByHand("creatinine", "<0.9", "mg/dL", labs.COLLECTED, low="0.5", high="1.1"),
            ByHand("skin-exam", "done", "", labs.COLLECTED),
            ByHand("hiv", "see paper", "", labs.COLLECTED),
        ],
        by=NIA,
        at=labs.AT,
    )
    assert [each.reason for each in found.items] == ["", "", "", "value-unreadable"]
    assert labs.current(mara) == {"platelets": "8", "creatinine": "0.9", "skin-exam": "done"}
    low, unclear = open_signals(labs.PROGRAM)
    assert low.limit_code == "platelets-below-100" and unclear.certainty == "unassessed"
    again = [ByHand("platelets", "", "", labs.COLLECTED)]
    assert enter_results(mara, again, by=NIA, at=labs.AT).items[0].reason == "no-value"


@pytest.mark.parametrize("order", list(permutations((("140", 18), ("300", 8)))))
def test_a_fall_within_a_day_is_raised_in_whatever_order_it_comes(
    mara: Patient, order: tuple[tuple[str, int], ...]
) -> None:
    labs.treat(mara, date(2025, 3, 3))
    send("platelets", "200", date(2025, 5, 20))
    for value, hour in order:
        at = datetime(2025, 6, 1, hour, tzinfo=UTC)
        send("platelets", value, date(2025, 6, 1), collected_at=at)
    (found,) = SignalRow.objects.all()
    assert (found.seen, found.against[0][:2]) == ("140 10*3/uL", ["before", "300 10*3/uL"])


def test_of_a_day_with_many_results_none_is_left_out(mara: Patient) -> None:
    """However many later ones of the day are on record, what was before the first is looked at."""
    send("platelets", "300", date(2025, 5, 31))
    for hour in range(12, 21):
        at = datetime(2025, 6, 1, hour, tzinfo=UTC)
        send("platelets", "260", date(2025, 6, 1), collected_at=at)
    assert not SignalRow.objects.exists()
    send("platelets", "140", date(2025, 6, 1), collected_at=datetime(2025, 6, 1, 6, tzinfo=UTC))
    (found,) = SignalRow.objects.all()
    assert found.against[0][:2] == ["before", "300 10*3/uL"]


def test_a_good_result_raises_nothing(mara: Patient) -> None:
    send("platelets", "100", labs.COLLECTED)
    send("tsh", "2.1", labs.COLLECTED, low="0.4", high="4.0")
    assert not SignalRow.objects.exists() and not Notice.objects.exists()


def test_without_somebody_who_prescribes_the_program_hears(mara: Patient) -> None:
    Patient.objects.filter(pk=mara.pk).update(prescriber=None)
    send("platelets", "8", labs.COLLECTED)
    told = set(Notice.objects.values_list("recipient__email", flat=True))
    assert told == {"ada@example.org", "sol@example.org"}


def test_what_only_nurses_hear_of_comes_to_the_program_where_there_is_none(mara: Patient) -> None:
    Consent.objects.update(revoked_at=labs.AT, revoked_by="mara", revoked_how="link")
    send("tsh", "9", labs.COLLECTED, high="4")
    assert escalate_due(by=PLATFORM, at=labs.AT + 6 * 24 * HOURS) == 1
    late = Notice.objects.get(facts__is_late=True)
    assert (late.recipient.email, late.audience) == ("ada@example.org", ADMINISTRATOR)


def test_what_nobody_is_there_to_hear_of_stays_due(
    mara: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etasu.registry.monitoring.signals.AT_ONCE", 1)
    Membership.objects.update(ended_at=labs.AT, ended_by="a")
    receive(message(item("tsh", "9", high="4"), item("platelets", "8")))
    week = labs.AT + 7 * 24 * HOURS
    assert escalate_due(by=PLATFORM, at=week) == 0
    assert SignalRow.objects.filter(escalated_at__isnull=True).count() == 2
    assert not AuditEntry.objects.filter(verb="signal.escalated").exists()
    Membership.objects.filter(role=ADMINISTRATOR).update(ended_at=None, ended_by=None)
    assert escalate_due(by=PLATFORM, at=week + HOURS) == 2
    assert Notice.objects.filter(recipient__email="ada@example.org").count() == 2
