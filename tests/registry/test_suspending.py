"""Several suspensions at once, those to come, and a certification taken away on a later day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etasu.registry import reactions
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants import actions
from etasu.registry.participants.facts import certification_facts
from etasu.registry.participants.models import Participant, Suspension
from etasu.registry.participants.recheck import recheck_standings
from etasu.registry.participants.suspending import DayNotPossible, suspensions_to_lift
from etasu.safe_use import certification
from etasu.safe_use.certification import StandingState, Stopped, covering, standing
from tests.factories.teaching import AT, ON, certified, version

SINCE = date(2024, 6, 1)
DAY = timedelta(days=1)


@pytest.fixture
def site(db: None) -> Participant:
    """A certified facility."""
    return certified("facility", "Riverside", SINCE)


def suspend(site: Participant, since: date, until: date | None = None, why: str = "audit") -> None:
    """As the administrator's page does it."""
    reactions.participant_suspended(site, since=since, until=until, reason=why, by=PLATFORM, at=AT)


def again(site: Participant) -> Participant:
    """As it is on record now."""
    return Participant.objects.get(pk=site.pk)


def is_suspended(site: Participant, on: date) -> bool:
    """Whether the standing says so on the day."""
    now = standing(version().parties["facility"], certification_facts(again(site)), on)
    return now.state is StandingState.SUSPENDED


def test_a_planned_suspension_does_not_keep_one_from_beginning_today(site: Participant) -> None:
    suspend(site, ON + 30 * DAY, ON + 40 * DAY, "later")
    assert not is_suspended(site, ON)
    suspend(site, ON, ON + 2 * DAY, "at once")
    assert is_suspended(site, ON) and is_suspended(site, ON + 35 * DAY)
    assert list(suspensions_to_lift(site, ON).values_list("reason", flat=True)) == [
        *("at once", "later"),
    ]
    # Once the first is over, the recheck leaves what is to come.
    later = AT + 4 * DAY
    [drifted] = recheck_standings(version(), 0, on=ON + 4 * DAY).drifted
    actions.refresh_standing(drifted, version(), by=PLATFORM, at=later)
    assert again(site).suspended_from == ON + 30 * DAY and not is_suspended(site, ON + 4 * DAY)
    assert recheck_standings(version(), 0, on=ON + 4 * DAY).drifted == ()


def test_one_is_lifted_and_the_other_stays(site: Participant) -> None:
    suspend(site, ON, None, "open")
    suspend(site, ON + 10 * DAY, ON + 20 * DAY, "short")
    first = suspensions_to_lift(site, ON).first()
    assert first is not None
    actions.lift_suspension(site, reason="done", which=first.pk, by=PLATFORM, at=AT)
    assert not is_suspended(site, ON) and is_suspended(site, ON + 10 * DAY)
    actions.lift_suspension(site, reason="all", by=PLATFORM, at=AT)
    assert again(site).suspended_from is None
    assert set(Suspension.objects.values_list("lifted_because", flat=True)) == {"done", "all"}
    before = AuditEntry.objects.count()
    actions.lift_suspension(site, reason="nothing left", by=PLATFORM, at=AT)
    assert AuditEntry.objects.count() == before


def test_a_suspension_brought_over_is_not_lost_beside_another(site: Participant) -> None:
    Participant.objects.filter(pk=site.pk).update(suspended_from=ON - DAY)
    suspend(site, ON + 5 * DAY, ON + 6 * DAY)
    assert is_suspended(site, ON) and is_suspended(site, ON + 60 * DAY)
    assert Suspension.objects.count() == 2


def test_days_nobody_can_be_stopped_on(site: Participant) -> None:
    with pytest.raises(DayNotPossible):
        suspend(site, SINCE - DAY)
    suspend(site, SINCE)
    for on in (ON - DAY, ON + 91 * DAY):
        with pytest.raises(DayNotPossible):
            reactions.participant_decertified(site, on=on, reason="r", by=PLATFORM, at=AT)
    assert again(site).decertified_on is None


def test_a_certification_to_be_taken_away_can_be_kept_until_the_day(site: Participant) -> None:
    for on in (ON + 90 * DAY, ON + 30 * DAY):
        reactions.participant_decertified(site, on=on, reason="r", by=PLATFORM, at=AT)
        assert again(site).decertified_on == on
    actions.take_back_decertification(site, reason="appeal", by=PLATFORM, at=AT)
    assert again(site).decertified_on is None
    entry = AuditEntry.objects.get(verb="participant.decertification_taken_back")
    assert entry.detail["reason"] == "appeal"
    reactions.participant_decertified(site, on=ON, reason="r", by=PLATFORM, at=AT)
    actions.take_back_decertification(site, reason="too late", by=PLATFORM, at=AT)
    assert again(site).decertified_on == ON


days = st.integers(0, 60).map(lambda n: date(2025, 1, 1) + n * DAY)
spans = st.builds(
    lambda since, length: Stopped(since, None if length is None else since + length * DAY),
    days,
    st.none() | st.integers(0, 30),
)


def covers(span: Stopped | None, day: date) -> bool:
    """Whether the gate would see a suspension that day."""
    return span is not None and span.since <= day and (span.until is None or day <= span.until)


@given(st.lists(spans, max_size=5), days, st.integers(0, 90))
def test_no_day_of_a_suspension_ever_reads_as_free(
    known: list[Stopped], on: date, ahead: int
) -> None:
    day = on + ahead * DAY
    found = covering(known, on)
    if any(covers(each, day) for each in known):
        assert covers(found, day)
    if found is None:
        assert not known
    else:
        assert found.until is None or found.since <= found.until
        # It never begins or ends on a day no suspension begins or ends on.
        assert found.since in {each.since for each in known}
        assert found.until in {each.until for each in known}


def test_a_span_that_forgot_one_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: only the newest suspension is read, as it was before."""
    monkeypatch.setattr(certification, "covering", lambda known, on: known[-1])
    early, late = Stopped(date(2025, 1, 1), date(2025, 1, 3)), Stopped(date(2025, 2, 1))
    on = date(2025, 1, 2)
    assert not covers(certification.covering([early, late], on), on)
    assert covers(covering([early, late], on), on)
