"""Sealing: everything once, in order, nothing skipped, whatever happens meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from etasu.registry.audit import sealing
from etasu.registry.audit.actions import record
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.chain import START, Seal, entry_text, head_of, leaf_of, root_of
from etasu.registry.audit.facts import newest_head, oldest_unsealed_at, verify
from etasu.registry.audit.models import AuditEntry, AuditSeal
from etasu.registry.audit.trail import newest_seal, seals
from tests.factories.teaching import AT
from tests.registry.trails import sql, write_entry

# A writing transaction of any other test on the same server holds sealing up.
LONGEST_WAIT = 120


def note(subject: str) -> None:
    """One entry, in a transaction of its own unless one is open."""
    record("test.noted", subject=("test", subject), by=PLATFORM, at=AT)


@contextmanager
def another_connection() -> Iterator[psycopg.Connection[Any]]:
    """A second connection to the test's database, in a transaction."""
    with psycopg.connect(**connection.get_connection_params()) as db:
        yield db


NOTE = """INSERT INTO audit_entry (at, actor, role, verb, subject_kind, subject, detail)
    VALUES (now(), 'late', 'system', 'test.noted', 'test', %s, '{}')"""


def seal_until(entries: int, batch: int = sealing.BATCH) -> list[Seal]:
    """Seal until so many entries are sealed; the seals there are then."""
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        sealing.seal_waiting(at=AT, batch=batch)
        found = list(read_seals())
        if sum(seal.entries for seal in found) >= entries:
            return found
        time.sleep(0.05)
    raise AssertionError("nothing more could be sealed")


def read_seals() -> list[Seal]:
    """Every seal."""
    with transaction.atomic():
        return list(seals())


@pytest.mark.django_db(transaction=True)
class TestSealing:
    """With real commits."""

    def test_nothing_is_sealed_when_nothing_waits(self) -> None:
        assert sealing.seal_waiting(at=AT) == (0, 0, None)
        assert newest_head().sequence == 0

    def test_every_entry_is_sealed_once_in_batches_that_follow_each_other(self) -> None:
        for number in range(23):
            note(str(number))
        found = seal_until(23, batch=10)
        assert sealing.seal_waiting(at=AT).entries == 0
        assert sum(seal.entries for seal in found) == 23
        assert max(seal.entries for seal in found) <= 10
        previous = START
        for number, seal in enumerate(found, 1):
            assert seal.sequence == number
            assert seal.head == head_of(previous, seal)
            assert seal.root == root_of(seal.leaf_list())
            previous = seal.head
        assert verify().is_clean

    def test_entries_committed_late_by_a_long_transaction_are_not_skipped(self) -> None:
        note("before")
        seal_until(1)
        with another_connection() as late:
            late.execute(NOTE, ("late",))
            note("after")
            # The late one began first, so nothing after it is sealed while it is open.
            assert sealing.seal_waiting(at=AT).entries == 0
            late.commit()
        found = seal_until(3)
        assert verify().is_clean
        order = sql("SELECT subject, id FROM audit_entry ORDER BY audit_entry.xid, id")
        assert [text for text, _ in order] == ["before", "late", "after"]
        assert found[-1].last.id == order[-1][1]

    def test_a_cursor_on_the_id_alone_would_have_skipped_it(self) -> None:
        with another_connection() as late:
            late.execute(NOTE, ("late",))
            note("after")
            (highest_seen,) = sql("SELECT max(id) FROM audit_entry")[0]
            late.commit()
        (late_id,) = sql("SELECT id FROM audit_entry WHERE subject = 'late'")[0]
        assert late_id < highest_seen

    def test_a_transaction_rolled_back_leaves_a_gap_and_no_alarm(self) -> None:
        note("one")
        with another_connection() as other:
            other.execute(NOTE, ("never",))
            other.rollback()
        note("two")
        seal_until(2)
        assert verify().is_clean

    def test_two_sealers_at_once_make_one_chain(self) -> None:
        for number in range(60):
            note(str(number))

        def work() -> None:
            try:
                for _ in range(30):
                    sealing.seal_batch(at=AT, batch=3)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = seal_until(60, batch=3)
        assert [seal.sequence for seal in found] == list(range(1, len(found) + 1))
        assert sum(seal.entries for seal in found) == 60
        assert verify().is_clean

    def test_while_one_seals_another_does_nothing(self) -> None:
        note("one")
        with another_connection() as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", (sealing.SEALER_LOCK,))
            assert sealing.seal_waiting(at=AT) == (0, 0, None)
        seal_until(1)

    def test_a_crash_while_sealing_leaves_no_half_seal(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        note("one")
        keep = sealing._keep

        def crash(seal: Seal, at: Any) -> None:
            keep(seal, at)
            raise SystemExit("power off")

        monkeypatch.setattr(sealing, "_keep", crash)
        until = time.monotonic() + LONGEST_WAIT
        with pytest.raises(SystemExit):
            while time.monotonic() < until:
                sealing.seal_batch(at=AT)
        assert AuditSeal.objects.count() == 0
        monkeypatch.undo()
        seal_until(1)
        assert verify().is_clean

    def test_sealing_goes_on_while_many_write(self) -> None:
        def work(name: str) -> None:
            try:
                for number in range(40):
                    with transaction.atomic():
                        note(f"{name}-{number}")
                        note(f"{name}-{number}-again")
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(str(n),)) for n in range(6)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            sealing.seal_waiting(at=AT, batch=25)
        for thread in threads:
            thread.join()
        found = seal_until(480)
        assert verify().is_clean
        assert AuditEntry.objects.count() == sum(seal.entries for seal in found) == 480


@pytest.mark.django_db
class TestMovedDatabases:
    """A logical copy on a server that counts transactions from lower numbers."""

    @pytest.fixture
    def moved(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Sealed and waiting entries with numbers this server has not reached."""
        with monkeypatch.context() as patched:
            patched.setattr(sealing, "SETTLED", "")
            for number in range(1, 8):
                write_entry(10**12 + number, number)
            assert sealing.seal_batch(at=AT, batch=5) is not None
        sql("SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), 50)")

    def seal_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Seal the entries of the test's own open transaction too."""
        sealing.seal_waiting(at=AT)
        monkeypatch.setattr(sealing, "SETTLED", "")
        sealing.seal_batch(at=AT)

    def test_sealing_finishes_the_old_numbers_and_begins_anew(
        self, moved: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert verify().ahead == 2
        note("new here")
        self.seal_all(monkeypatch)
        counts = [seal.entries for seal in seals()]
        assert counts == [5, 2, 0, 1]
        found = verify()
        assert found.is_clean, found.problems
        assert (found.entries, found.unsealed, found.ahead) == (8, 0, 0)

    def test_tampering_before_and_after_the_move_is_located(
        self, moved: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        note("new here")
        note("and another")
        self.seal_all(monkeypatch)
        sql("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        for entry_id, sequence in ((2, 1), (7, 2), (52, 4)):
            with transaction.atomic():
                sql("UPDATE audit_entry SET role = 'x' WHERE id = %s", entry_id)
                (problem,) = verify().problems
                transaction.set_rollback(True)
            assert (problem.kind, problem.sequence) == ("edited", sequence)
        write_entry(10**13, 0)
        write_entry(10**13, 60)
        found = verify()
        assert [(p.kind, p.cursor) for p in found.problems] == [("inserted", (10**13, 0))]
        assert found.ahead == 1


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_the_root_is_the_tree_of_rfc_9162(leaves: list[bytes]) -> None:
    from hashlib import sha256

    def tree(part: list[bytes]) -> bytes:
        if len(part) < 2:
            return part[0] if part else sha256(b"").digest()
        split = 1 << (len(part) - 1).bit_length() - 1
        return sha256(b"\x01" + tree(part[:split]) + tree(part[split:])).digest()

    assert root_of(leaves) == tree(leaves)


@given(st.lists(st.text(), min_size=9, max_size=9), st.lists(st.text(), min_size=9, max_size=9))
def test_entries_that_differ_have_texts_that_differ(one: list[str], other: list[str]) -> None:
    try:
        texts = entry_text(one), entry_text(other)
    except (TypeError, ValueError):  # lone surrogates, which PostgreSQL cannot hold
        return
    assert (texts[0] == texts[1]) == (one == other)
    assert (leaf_of(texts[0]) == leaf_of(texts[1])) == (one == other)


@pytest.mark.django_db(transaction=True)
def test_the_newest_head_counts_what_is_sealed_and_what_waits() -> None:
    assert oldest_unsealed_at() is None
    note("one")
    note("two")
    seal_until(2)
    assert oldest_unsealed_at() is None
    note("three")
    head, seal = newest_head(), newest_seal()
    assert oldest_unsealed_at() == AT
    assert seal is not None
    assert (head.entries, head.unsealed, head.last) == (2, 1, seal.last)
    assert head.sealed_at == "2025-05-01T15:00:00.000000Z"
