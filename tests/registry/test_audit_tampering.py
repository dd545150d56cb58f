"""Whatever is changed behind the trail's back is found, and said where; nothing else is."""

from __future__ import annotations

from random import Random

import pytest
from django.db import transaction

from etasu.registry.audit import verification
from etasu.registry.audit.chain import Cursor
from etasu.registry.audit.facts import ExportedHead, newest_head, verify
from tests.registry.trails import (
    COLUMNS,
    SEAL_EDITS,
    TAMPERINGS,
    Planted,
    Tampering,
    Trail,
    build_trail,
    delete,
    edit_column,
    edit_one_seal,
    misses,
    move,
    rewrite,
    sql,
    strays,
    write_entry,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch) -> Trail:
    """Six seals over 42 entries, and three entries that wait."""
    built = build_trail(monkeypatch)
    for number in (900, 901, 902):
        write_entry(500, number)
    return built


def missed_or_strayed(planted: Planted, head: ExportedHead) -> str:
    """What verification got wrong about one planted fault, in words; empty when nothing."""
    found = verify([head] if planted.needs_head else ())
    lost, wrong = misses(planted, found.problems), strays(planted, found.problems)
    return f"{planted.story}: missed {lost}, strayed {wrong}" if lost or wrong else ""


def try_all(trail: Trail, seeds: range, kinds: tuple[Tampering, ...] = TAMPERINGS) -> list[str]:
    """Plant one fault for each seed, look, and take it back."""
    head, failures = newest_head(), []
    for seed in seeds:
        with transaction.atomic():
            planted = kinds[seed % len(kinds)](trail, Random(seed))
            failures.append(missed_or_strayed(planted, head))
            transaction.set_rollback(True)
    return [text for text in failures if text]


def test_a_trail_nobody_touched_is_clean(trail: Trail) -> None:
    found = verify([newest_head()])
    assert found.is_clean, found.problems
    assert (found.entries, found.seals, found.unsealed, found.ahead) == (42, 6, 3, 0)


@pytest.mark.parametrize("column", COLUMNS)
def test_an_edited_column_is_located(trail: Trail, column: str) -> None:
    for cursor in (min(trail.places), list(trail.places)[17], max(trail.places)):
        with transaction.atomic():
            planted = edit_column(trail, cursor, column)
            (problem,) = verify().problems
            transaction.set_rollback(True)
        assert problem.kind == "edited"
        assert problem.cursor == cursor
        assert not misses(planted, [problem])


def test_a_deleted_first_middle_and_last_entry_of_a_batch_is_located(trail: Trail) -> None:
    for position in (1, 4, 7):
        (cursor,) = [c for c, place in trail.places.items() if place == (3, position)]
        with transaction.atomic():
            planted = delete(trail, [cursor])
            (problem,) = verify().problems
            transaction.set_rollback(True)
        assert (problem.kind, problem.sequence, problem.position) == ("deleted", 3, position)
        assert not misses(planted, [problem])
        # The seal itself names the places of its first and last entry.
        assert problem.cursor == (cursor if position in (1, 7) else None)


@pytest.mark.parametrize("story", SEAL_EDITS)
def test_an_edited_seal_is_located_and_its_entries_are_not_blamed(trail: Trail, story: str) -> None:
    for seal in trail.seals:
        with transaction.atomic():
            planted = edit_one_seal(seal, story, Random(seal.sequence))
            problems = verify().problems
            transaction.set_rollback(True)
        assert not misses(planted, problems) and not strays(planted, problems), problems


@pytest.mark.parametrize("kind", TAMPERINGS, ids=lambda kind: kind.__name__)
def test_every_kind_of_tampering_is_found_and_located(trail: Trail, kind: Tampering) -> None:
    assert try_all(trail, range(100), (kind,)) == []


def test_exchanged_entries_are_called_reordered(trail: Trail) -> None:
    one, other = [c for c, place in trail.places.items() if place[0] == 2][2:4]
    spare = Cursor(1, 1)
    for source, target in ((one, spare), (other, one), (spare, other)):
        move(source, target)
    assert {(p.kind, p.cursor) for p in verify().problems} == {
        ("reordered", one),
        ("reordered", other),
    }


def test_exchanged_seals_are_called_reordered(trail: Trail) -> None:
    for source, target in ((2, 0), (5, 2), (0, 5)):
        sql("UPDATE audit_seal SET sequence = %s WHERE sequence = %s", target, source)
    kinds = {(p.sequence, p.kind) for p in verify().problems}
    assert {(2, "reordered"), (5, "reordered")} <= kinds
    assert {kind for number, kind in kinds if number not in (2, 5)} <= {"unconfirmed"}


def test_two_faults_at_once_do_not_hide_each_other(trail: Trail) -> None:
    head = newest_head()
    for seed in range(150):
        random = Random(seed)
        with transaction.atomic():
            for kind in random.sample(TAMPERINGS[:6], 2):
                kind(trail, random)
            assert not verify([head]).is_clean
            transaction.set_rollback(True)


def test_an_entry_whose_moment_is_not_a_moment_is_located(trail: Trail) -> None:
    cursor = list(trail.places)[20]
    sql(
        "UPDATE audit_entry SET at = 'infinity' WHERE xid = %s::text::xid8 AND id = %s",
        str(cursor.xid),
        cursor.id,
    )
    assert [p.cursor for p in verify().problems] == [cursor]


def test_only_a_head_kept_elsewhere_gives_a_rewritten_trail_away(trail: Trail) -> None:
    head = newest_head()
    rewrite(trail, Random(7))
    assert verify().is_clean
    assert [p.kind for p in verify([head]).problems] == ["replaced"]


def test_the_check_itself_would_fail_a_verification_that_sees_less(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "differences", lambda sealed, found: [])
    assert len(try_all(trail, range(24))) > 8


def test_a_trail_full_of_problems_lists_the_first_and_counts_the_rest(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MOST_PROBLEMS", 10)
    sql("UPDATE audit_entry SET role = 'x'")
    found = verify()
    assert (len(found.problems), found.more) == (10, 32)


def test_a_thousand_random_tamperings_are_all_found_and_located(trail: Trail) -> None:
    assert try_all(trail, range(1000, 2200)) == []


@pytest.mark.long
def test_ten_thousand_random_tamperings_are_all_found_and_located(trail: Trail) -> None:
    assert try_all(trail, range(10_000, 20_000)) == []
