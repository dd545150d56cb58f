"""The day's work: what is over expires, what drifted is put right, and only once."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection

from etasu.clock import nightly
from etasu.clock.worker import attempt, jobs_of
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry, AuditSeal
from etasu.registry.audit.sealing import seal_batch
from etasu.registry.authorizations.models import Authorization
from etasu.registry.compliance.models import ComplianceEvent
from etasu.registry.participants.actions import record_representative_left, register_participant
from etasu.registry.participants.facts import certification_facts
from etasu.registry.participants.models import Participant
from etasu.registry.participants.recheck import recheck_standings
from etasu.registry.reactions import product_dispensed
from etasu.safe_use.certification import certified_period
from tests.clock.conftest import Open
from tests.factories.teaching import AT, ON, PROGRAM, certified, version

# May 1, 2025 ends in American Samoa at 11:00 UTC on May 2.
DAY_IS_OVER = datetime(2025, 5, 2, 11, 0, tzinfo=UTC)


def always() -> bool:
    """Nobody asks to stop."""
    return True


def states() -> dict[str, str]:
    """What became of each authorization."""
    return dict(Authorization.objects.values_list("gate", "state"))


PARTS = {
    "authorizations": "expire_lapsed_authorizations",
    "reminders": "remind_all",
    "monitoring": "keep_up",
    "lab_appointments": "look_after_appointments",
    "patients": "tell_patients",
    "links": "tell_expired",
    "reports": "find_what_was_missed",
    "nurses": "look_after_line",
    "community": "look_after_community",
    "posts": "find_missed_posts",
    "standings": "recheck_all_standings",
    "certificates": "issue_certificates",
    "audit": "check_trail",
}


@pytest.mark.django_db
class TestOneNight:
    """The parts of the day's work, of which none waits for another to be possible."""

    def test_all_parts_are_known_here(self) -> None:
        assert nightly.run(AT).keys() - {"day", "finished"} == PARTS.keys()

    @pytest.mark.parametrize("part", PARTS)
    def test_a_part_that_fails_keeps_no_other_from_being_done(
        self, part: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        done: list[str] = []

        def fail(*_: object, **__: object) -> None:
            raise ValueError("Mara Lindqvist")

        def noting(name: str) -> Callable[..., None]:
            return lambda *_, **__: done.append(name)

        for name, function in PARTS.items():
            monkeypatch.setattr(nightly, function, fail if name == part else noting(name))
        with pytest.raises(nightly.NotAllDone, match=f"^{part}$"):
            nightly.run(AT)
        assert done == [each for each in PARTS if each != part]
        assert part in caplog.text and "Lindqvist" not in caplog.text

    def test_what_is_done_of_a_day_is_not_done_again_for_what_is_not(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done, works = Counter[str](), False

        def noting(name: str) -> Callable[..., None]:
            def note(*_: object, **__: object) -> None:
                done[name] += 1
                if name == "links" and not works:
                    raise ValueError

            return note

        for name, function in PARTS.items():
            monkeypatch.setattr(nightly, function, noting(name))
        job = next(each for each in jobs_of(threading.Event()) if each.code == "nightly")
        for minute in range(3):
            assert attempt(job, AT + timedelta(minutes=minute)) == {"failed": "NotAllDone"}
        assert done == Counter(PARTS.keys()) + Counter({"links": 2})
        works = True
        assert (attempt(job, AT + timedelta(minutes=4)) or {}).keys() >= PARTS.keys()
        assert attempt(job, AT + timedelta(minutes=5)) is None, "it is done for the day"
        attempt(job, AT + timedelta(days=1))
        assert done == Counter({**dict.fromkeys(PARTS, 2), "links": 5})

    def test_without_a_database_nothing_else_is_tried(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried: list[str] = []

        def noting(name: str) -> Callable[..., None]:
            def note(*_: object, **__: object) -> None:
                tried.append(name)
                if name == "monitoring":
                    raise OperationalError("deadlock detected")
                if name == "links":
                    monkeypatch.setattr(connection, "is_usable", lambda: False)
                    raise OperationalError("server closed the connection")

            return note

        for name, function in PARTS.items():
            monkeypatch.setattr(nightly, function, noting(name))
        with pytest.raises(nightly.NotAllDone, match="^monitoring, links$"):
            nightly.run(AT)
        assert tried == list(PARTS)[: list(PARTS).index("links") + 1]


@pytest.mark.django_db
class TestExpiry:
    """Authorizations past their last day."""

    def test_a_day_expires_when_it_is_over_everywhere_and_not_before(self, opened: Open) -> None:
        before = DAY_IS_OVER - timedelta(microseconds=1)
        assert nightly.expire_lapsed_authorizations(before, always)["expired"] == 0
        done = nightly.expire_lapsed_authorizations(DAY_IS_OVER, always)
        assert done == {"expired": 1, "failed": 0, "left": 0}
        assert states() == {"authorize": "live", "infuse": "expired"}
        closed = Authorization.objects.get(number=opened.day)
        assert (closed.closed_at, closed.closed_by) == (DAY_IS_OVER, "platform")
        # An infusion day nobody accounted for stays spent.
        assert closed.holds_slot

    def test_doing_it_again_changes_nothing(self, opened: Open) -> None:
        for _ in range(3):
            nightly.expire_lapsed_authorizations(DAY_IS_OVER, always)
        assert AuditEntry.objects.filter(verb="authorization.expired").count() == 1

    def test_after_an_outage_of_days_everything_expires_at_once(self, opened: Open) -> None:
        later = DAY_IS_OVER + timedelta(days=400)
        assert nightly.expire_lapsed_authorizations(later, always)["expired"] == 2
        assert set(states().values()) == {"expired"}

    def test_one_patient_who_cannot_be_changed_does_not_keep_others_open(
        self, opened: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = nightly.expire_past
        poisoned = 10**9

        def fails(patients: list[int], **named: object) -> int:
            if poisoned in patients:
                raise RuntimeError("poisoned")
            return real(patients, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(nightly, "expire_past", fails)
        waiting = [poisoned, opened.world.mara.pk]
        monkeypatch.setattr(nightly, "patients_with_lapsed", lambda on: waiting)
        done = nightly.expire_lapsed_authorizations(DAY_IS_OVER, always)
        assert (done["expired"], done["failed"]) == (1, 1)
        assert states()["infuse"] == "expired"

    def test_when_told_to_stop_no_further_batch_is_begun(self, opened: Open) -> None:
        done = nightly.expire_lapsed_authorizations(DAY_IS_OVER, lambda: False)
        assert done == {"expired": 0, "failed": 0, "left": 1}

    def test_a_dispense_written_down_late_is_no_compliance_event(self, opened: Open) -> None:
        Authorization.objects.filter(number=opened.course).update(state="live")
        later = DAY_IS_OVER + timedelta(days=400)
        nightly.expire_lapsed_authorizations(later, always)
        product_dispensed(
            opened.world.mara, units=1, dispensed_on=ON, pharmacy=None,
            authorization_number=opened.course, by=PLATFORM, at=later,
        )  # fmt: skip
        course = Authorization.objects.get(number=opened.course)
        assert (course.state, course.holds_slot) == ("used", True)
        assert not ComplianceEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_patient_somebody_is_changing_is_left_for_later_without_waiting(opened: Open) -> None:
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT 1 FROM patients_patient FOR UPDATE")
        done = nightly.expire_lapsed_authorizations(DAY_IS_OVER, always)
        assert done == {"expired": 0, "failed": 0, "left": 1}
        other.rollback()
    assert nightly.expire_lapsed_authorizations(DAY_IS_OVER, always)["expired"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_expire_each_authorization_once(opened: Open) -> None:
    def work() -> None:
        try:
            nightly.expire_lapsed_authorizations(DAY_IS_OVER, always)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEntry.objects.filter(verb="authorization.expired").count() == 1


@pytest.mark.django_db
class TestStandings:
    """Stored certification periods."""

    def test_standings_as_computed_are_left_alone(self, opened: Open) -> None:
        entries = AuditEntry.objects.count()
        done = nightly.recheck_all_standings(AT, always)
        assert done == {"checked": 3, "drifted": [], "failed": 0}
        assert AuditEntry.objects.count() == entries

    @pytest.mark.parametrize(
        "drift",
        [
            {"certified_until": date(2099, 1, 1)},
            {"certified_from": date(2020, 1, 1)},
            {"certified_from": None, "certified_until": None},
        ],
    )
    def test_a_standing_that_drifted_is_put_right_and_told(
        self, opened: Open, drift: dict[str, date | None]
    ) -> None:
        riverside = Participant.objects.get(pk=opened.world.riverside.pk)
        right = (riverside.certified_from, riverside.certified_until)
        Participant.objects.filter(pk=riverside.pk).update(**drift)
        done = nightly.recheck_all_standings(AT, always)
        assert done["drifted"] == [riverside.number]
        riverside.refresh_from_db()
        assert (riverside.certified_from, riverside.certified_until) == right
        found = AuditEntry.objects.filter(verb="participant.standing_computed")
        assert found.filter(actor="platform", subject=riverside.number).exists()
        assert nightly.recheck_all_standings(AT, always)["drifted"] == []

    def test_one_participant_that_fails_does_not_keep_others_wrong(
        self, opened: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Participant.objects.update(certified_until=date(2099, 1, 1))
        real = nightly.refresh_standing

        def fails(participant: Participant, *given: object, **named: object) -> Participant:
            if participant.pk == opened.world.amara.pk:
                raise RuntimeError("poisoned")
            return real(participant, *given, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(nightly, "refresh_standing", fails)
        done = nightly.recheck_all_standings(AT, always)
        assert (len(done["drifted"]), done["failed"]) == (2, 1)

    def test_the_recheck_in_bulk_computes_what_one_by_one_computes(self, opened: Open) -> None:
        certified("facility", "Twice", date(2021, 5, 1), setting="hospital")
        left = certified("facility", "Left", date(2024, 5, 1), setting="hospital")
        record_representative_left(left, version(), on=date(2024, 9, 1), by=PLATFORM, at=AT)
        register_participant(PROGRAM, "prescriber", "New", npi="", by=PLATFORM, at=AT)
        # As stored they are right; with every period moved, each is found wrong if it has one.
        assert recheck_standings(version(), 0, on=AT.date()).drifted == ()
        Participant.objects.update(certified_from=date(2000, 1, 1), certified_until=None)
        assert len(recheck_standings(version(), 0, on=AT.date()).drifted) == 6
        for each in Participant.objects.all():
            period = certified_period(version().parties[each.kind], certification_facts(each))
            each.certified_from, each.certified_until = period
            each.save()
        assert recheck_standings(version(), 0, on=AT.date()).drifted == ()

    def test_batches_cover_everybody_once(self, opened: Open) -> None:
        seen, after = 0, 0
        while (found := recheck_standings(version(), after, on=AT.date(), limit=2)).count:
            seen, after = seen + found.count, found.last_id
        assert seen == Participant.objects.count()


@pytest.mark.django_db
class TestTrail:
    """The nightly look at the audit trail, and the heads kept outside."""

    @pytest.fixture
    def sealed(self, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
        """A trail sealed within the test's own transaction."""
        monkeypatch.setattr("etasu.registry.audit.sealing.SETTLED", "")
        seal_batch(at=AT)

    def test_each_day_a_head_is_kept_outside(self, sealed: None, tmp_path: Path) -> None:
        heads = tmp_path / "heads"
        assert nightly.check_trail(AT, heads)["problems"] == 0
        kept = json.loads((heads / "2025-05-01.json").read_text())
        assert kept["sequence"] == 1
        assert nightly.newest_kept_head(heads).as_dict() == kept  # type: ignore[union-attr]

    def test_a_trail_cut_off_since_is_seen_and_no_new_head_is_kept(
        self, sealed: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        nightly.check_trail(AT, tmp_path)
        with connection.cursor() as db:
            db.execute("ALTER TABLE audit_seal DISABLE TRIGGER USER")
        AuditSeal.objects.all().delete()
        assert nightly.check_trail(AT + timedelta(days=1), tmp_path)["problems"] == 1
        assert [path.name for path in tmp_path.iterdir()] == ["2025-05-01.json"]

    def test_a_head_that_cannot_be_read_is_passed_over(self, sealed: None, tmp_path: Path) -> None:
        nightly.check_trail(AT, tmp_path)
        (tmp_path / "2025-05-02.json").write_text("{")
        known = nightly.newest_kept_head(tmp_path)
        assert known is not None and known.sequence == 1
