"""Reminders: each once, in order, after any outage; and what the trail says is passed on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from etasu.clock import nightly, renewals
from etasu.registry.accounts.models import User
from etasu.registry.audit import sealing
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.announcing import announce
from etasu.registry.notices.models import Notice
from etasu.registry.participants import actions, certificates, reminders
from etasu.registry.participants.models import Certification, Participant
from etasu.registry.reactions import enrollment_ended, hold_opened
from tests.clock.conftest import Open
from tests.factories.teaching import AT, ON, PROGRAM, certified, version

FIRST, LAST = date(2023, 6, 1), date(2025, 5, 31)
BEFORE = {days: LAST - timedelta(days=days) for days in (90, 60, 30)}


def nightly_of(day: date) -> datetime:
    """A moment after that day has begun everywhere in the United States."""
    return datetime(day.year, day.month, day.day, 11, 30, tzinfo=UTC)


def member(participant: Participant, name: str, role: str = "facility_representative") -> User:
    """Somebody who acts for the participant."""
    known = User.objects.filter(email=f"{name}@example.org").first()
    user = known or User.objects.create_user(f"{name}@example.org", full_name=name.title())
    actions.add_member(user, participant, role, program=PROGRAM, by=PLATFORM, at=AT)
    return user


def remind(day: date) -> dict[str, int]:
    """The day's reminders."""
    return renewals.remind_all(nightly_of(day), lambda: True)


def told(state: str = "queued") -> list[tuple[str, int]]:
    """Which reminders are in a state, with their offset, in the order queued."""
    found = Notice.objects.filter(state=state, event__startswith="certification_")
    return [(each.code, each.facts.get("offset", 0)) for each in found.order_by("id")]


@pytest.fixture
def site(db: None) -> Participant:
    """Riverside, certified through May 31, 2025, and Ben who represents it."""
    found = certified("facility", "Riverside", FIRST)
    Participant.objects.update(next_reminder_on=None)
    reminders.set_up_reminders(version(), date(2024, 6, 1))
    member(found, "ben")
    return Participant.objects.get(pk=found.pk)


def test_everybody_brought_in_is_given_a_day(
    site: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page; whoever has nothing to come is passed over, and passed."""
    monkeypatch.setattr(reminders, "_AT_ONCE", 2)
    others = [certified("facility", f"Clinic {place}", FIRST) for place in range(4)]
    Participant.objects.update(next_reminder_on=None)
    monkeypatch.setattr(
        reminders,
        "next_reminder_on",
        lambda each, version, on: None if each.pk == others[0].pk else LAST,
    )
    assert reminders.set_up_reminders(version(), date(2024, 6, 1)) == 4
    left = Participant.objects.get(next_reminder_on=None)
    assert left == others[0]


class TestReminders:
    """What the day's work says about certifications that end."""

    def test_each_is_said_on_its_day_and_never_again(self, site: Participant) -> None:
        assert site.next_reminder_on == BEFORE[90]
        day, said = BEFORE[90] - timedelta(days=2), {}
        while day <= LAST + timedelta(days=3):
            for _ in range(2):
                if count := remind(day)["told"]:
                    said[day] = count
            day += timedelta(days=1)
        assert said == dict.fromkeys([*BEFORE.values(), LAST + timedelta(days=1)], 1)
        assert told() == [
            ("facility-renewal", -90),
            ("facility-renewal", -60),
            ("facility-renewal", -30),
            ("facility-lapsed", 0),
        ]
        assert Participant.objects.get().next_reminder_on is None

    def test_after_an_outage_the_newest_is_sent_and_the_missed_ones_are_on_record(
        self, site: Participant
    ) -> None:
        assert remind(BEFORE[30] + timedelta(days=1)) == {"told": 1, "failed": 0}
        assert told() == [("facility-renewal", -30)]
        assert told("canceled") == [("facility-renewal", -90), ("facility-renewal", -60)]
        assert remind(BEFORE[30] + timedelta(days=2))["told"] == 0

    def test_after_an_outage_past_the_end_it_says_that_it_ended(self, site: Participant) -> None:
        remind(LAST + timedelta(days=40))
        assert told() == [("facility-lapsed", 0)]
        assert len(told("canceled")) == 3

    def test_a_crash_before_the_end_says_nothing_and_nothing_is_said_twice(
        self, site: Participant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def dies(*given: object) -> date:
            assert Notice.objects.count() == 1
            raise KeyboardInterrupt

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(reminders, "_first_after", dies)
            remind(BEFORE[90])
        assert told() == []
        assert [remind(BEFORE[90])["told"] for _ in range(2)] == [1, 0]

    def test_what_waits_longest_is_said_first(self, site: Participant) -> None:
        later = certified("facility", "Hillview", FIRST + timedelta(days=5))
        Participant.objects.filter(pk=later.pk).update(
            next_reminder_on=BEFORE[90] + timedelta(days=5)
        )
        member(later, "hana")
        remind(BEFORE[90] + timedelta(days=10))
        people = Notice.objects.filter(code="facility-renewal").order_by("id")
        emails = [each.recipient.email for each in people]
        assert emails == ["ben@example.org", "hana@example.org"]

    def test_a_renewal_takes_back_what_was_still_to_be_said(self, site: Participant) -> None:
        remind(BEFORE[30])
        on = BEFORE[30] + timedelta(days=3)
        for step in version().parties["facility"].steps:
            actions.record_step(site, version(), step.code, on=on, by=PLATFORM, at=nightly_of(on))
        assert told("queued") == [("facility-certified", 0)]
        assert len(told("canceled")) == 3
        assert Participant.objects.get().next_reminder_on == date(2027, 2, 2)
        assert remind(LAST + timedelta(days=1))["told"] == 0

    def test_a_representative_who_left_is_told_of_at_once_and_again_by_the_clock(
        self, site: Participant
    ) -> None:
        member(site, "ana")
        left = date(2025, 1, 10)
        actions.record_representative_left(
            site, version(), on=left, by=PLATFORM, at=nightly_of(left)
        )

        def said() -> list[int]:
            found = Notice.objects.filter(code="facility-representative-left")
            return [each.facts.get("offset", 0) for each in found.order_by("id")]

        assert said() == [0, 0]
        for days in (0, 1, 6, 7, 8):
            remind(left + timedelta(days=days))
        assert said() == [0, 0, 7, 7]

    def test_one_that_cannot_be_told_stops_no_other(
        self, site: Participant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = certified("facility", "Hillview", FIRST)
        Participant.objects.filter(pk=other.pk).update(next_reminder_on=BEFORE[90])
        member(other, "hana")
        real = reminders.remind

        def fails(participant: int, *given: object, **named: object) -> int:
            if participant == site.pk:
                raise RuntimeError("poisoned")
            return real(participant, *given, **named)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(reminders, "remind", fails)
            assert remind(BEFORE[90]) == {"told": 1, "failed": 1}
        assert remind(BEFORE[90] + timedelta(days=1)) == {"told": 1, "failed": 0}

    def test_the_clock_looks_only_at_those_it_has_something_to_say_to(
        self, site: Participant
    ) -> None:
        certified("prescriber", "Dr. Amara", FIRST)
        assert reminders.participants_to_remind(PROGRAM, BEFORE[90]) == [site.pk]
        with connection.cursor() as db:
            db.execute("SET LOCAL enable_seqscan = off")
        found = Participant.objects.filter(next_reminder_on__lte=BEFORE[90])
        assert "participants_to_remind" in found.explain()

    def test_who_was_decertified_hears_nothing_of_renewing(self, site: Participant) -> None:
        actions.decertify_participant(site, on=BEFORE[60], reason="r", by=PLATFORM, at=AT)
        remind(BEFORE[30])
        assert told() == []

    def test_those_brought_in_get_their_day_and_their_paper(self, site: Participant) -> None:
        brought = Certification.objects.create(
            participant=site,
            certified_from=FIRST + timedelta(days=10),
            certified_until=LAST + timedelta(days=10),
            program_version=version().label,
            recorded_at=AT,
            recorded_by="import",
        )
        Participant.objects.update(next_reminder_on=None, certified_until=brought.certified_until)
        at = nightly_of(BEFORE[90] - timedelta(days=1))
        assert nightly.run(at)["certificates"] == {"issued": 1, "failed": 0}
        assert nightly.run(at)["certificates"] == {"issued": 0, "failed": 0}
        expected = BEFORE[90] + timedelta(days=10)
        assert Participant.objects.get().next_reminder_on == expected
        paper = certificates.certificate_of(site)
        assert paper is not None and paper.certification == brought


@pytest.mark.django_db
class TestAnnounced:
    """What happened to patients, passed on to those who treat them."""

    @pytest.fixture(autouse=True)
    def sealed_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The test's own transaction is still open; its entries are sealed all the same."""
        monkeypatch.setattr(sealing, "SETTLED", "")

    def follow(self) -> int:
        """Seal what waits, and pass it on."""
        sealing.seal_waiting(at=AT)
        return announce(at=AT)

    def test_a_course_authorized_is_told_to_the_facility_and_not_to_who_asked(
        self, site_people: None, opened: Open
    ) -> None:
        for person, where in (("ben", opened.world.riverside), ("hana", opened.world.hillview)):
            member(where, person)
        assert self.follow() == 1
        notice = Notice.objects.get(event="authorization_granted")
        assert notice.recipient.email == "ben@example.org"
        assert notice.subject == opened.world.mara.number
        assert notice.facts["authorization"] == opened.course
        # The infusion day is asked for by whoever uses it, and is news to nobody.
        assert self.follow() == 0

    @pytest.fixture
    def site_people(self, db: None) -> None:
        """The follower began before anything happened."""
        announce(at=AT)

    def test_nothing_from_before_it_began_is_told(self, opened: Open) -> None:
        member(opened.world.riverside, "ben")
        sealing.seal_waiting(at=AT)
        assert announce(at=AT) == 0

    def test_what_happened_is_not_told_when_telling_fails_and_is_told_later(
        self, site_people: None, opened: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from etasu.registry.authorizations import announcing

        member(opened.world.riverside, "ben")
        sealing.seal_waiting(at=AT)

        def fails(*given: object) -> int:
            raise RuntimeError("down")

        with monkeypatch.context() as patched, pytest.raises(RuntimeError):
            patched.setattr(announcing, "_tell", fails)
            announce(at=AT)
        assert announce(at=AT) == 1

    def test_a_hold_and_an_enrollment_that_ended_are_told_where_something_was_authorized(
        self, opened: Open
    ) -> None:
        member(opened.world.riverside, "ben")
        member(opened.world.hillview, "hana")
        mara = opened.world.mara
        hold_opened(mara, "low-count", reason="count", on=ON, by=PLATFORM, at=AT)
        enrollment_ended(mara, on=ON, reason="moved", by=PLATFORM, at=AT)
        told = Notice.objects.filter(subject=mara.number).order_by("id")
        assert [(each.code, each.recipient.email) for each in told] == [
            ("hold-opened", "ben@example.org"),
            ("enrollment-ended", "ben@example.org"),
        ]
