"""Heads and dumps: what is kept outside, and what somebody without Etasu makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from django.db import transaction

from etasu.programs import library
from etasu.registry.audit.dump import write_dump
from etasu.registry.audit.facts import newest_head, verify
from etasu.registry.audit.heads import UnreadableHead, read_head
from etasu.registry.audit.sealing import seal_batch
from etasu.site import cli
from etasu.site.cli.answers import Exit
from tests.factories.teaching import AT
from tests.registry.trails import (
    TAMPERINGS,
    Tampering,
    Trail,
    build_trail,
    cut_off,
    delete_entries,
    sql,
    write_entry,
)
from tests.repository.places import ROOT

pytestmark = pytest.mark.django_db
SCRIPT = ROOT / "tools" / "verify_audit_export.py"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch) -> Trail:
    """Six seals over 42 entries, and one entry that waits."""
    built = build_trail(monkeypatch)
    write_entry(500, 900)
    return built


@pytest.fixture(autouse=True)
def kept_heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Heads are kept in a folder of the test's own."""
    monkeypatch.setenv("ETASU_AUDIT_HEADS", str(tmp_path / "heads"))
    yield tmp_path / "heads"
    library.use(None)


def verified_elsewhere(folder: Path, *heads: Path) -> tuple[int, str]:
    """How the stand-alone script ends, and what it says; it sees nothing of Etasu."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, folder, *heads],
        capture_output=True, text=True, timeout=60, check=False, cwd=folder,
    )  # fmt: skip
    assert not done.stderr
    return done.returncode, done.stdout


def test_the_script_is_short_and_needs_nothing_but_python() -> None:
    lines = SCRIPT.read_text().splitlines()
    assert len(lines) <= 100
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names


def test_a_dump_of_a_clean_trail_is_verified_elsewhere(trail: Trail, tmp_path: Path) -> None:
    assert write_dump(tmp_path / "dump") == 43
    assert verified_elsewhere(tmp_path / "dump") == (0, "The audit trail is as it was sealed.\n")
    waiting = (tmp_path / "dump" / "unsealed.jsonl").read_text().splitlines()
    assert [json.loads(line)[:2] for line in waiting] == [["500", "900"]]


def test_a_dump_tells_epochs_apart(trail: Trail, tmp_path: Path) -> None:
    write_entry(10**12, 1000)
    seal_batch(at=AT)
    seal_batch(at=AT)
    write_entry(7, 1001)
    seal_batch(at=AT)
    assert verify().is_clean
    write_dump(tmp_path)
    assert verified_elsewhere(tmp_path) == (0, "The audit trail is as it was sealed.\n")
    sql("UPDATE audit_entry SET role = 'x' WHERE id = 1001")
    write_dump(tmp_path)
    code, said = verified_elsewhere(tmp_path)
    assert code == 1
    assert "[7, 1001]" in said


@pytest.mark.parametrize("kind", TAMPERINGS, ids=lambda kind: kind.__name__)
def test_the_script_and_etasu_find_the_same_trails_tampered_with(
    trail: Trail, tmp_path: Path, kind: Tampering
) -> None:
    head = tmp_path / "head.json"
    head.write_text(json.dumps(newest_head().as_dict()))
    for seed in range(4):
        with transaction.atomic():
            planted = kind(trail, Random(seed))
            write_dump(tmp_path / "dump")
            code, said = verified_elsewhere(tmp_path / "dump", head)
            transaction.set_rollback(True)
        assert code == 1, planted.story
        for place in planted.places:
            if place.part != "trail" and place.sequence:
                numbers = (place.sequence, place.sequence + 1)
                assert any(f"seal {number}:" in said for number in numbers), planted.story


def test_a_head_file_is_read_back_as_written(trail: Trail) -> None:
    head = newest_head()
    assert read_head(json.dumps(head.as_dict())) == head


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sequence": "x"}', "null"])
def test_a_file_that_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(UnreadableHead):
        read_head(text)


class TestCommand:
    """`etasu verify-audit`."""

    def run(self, *options: str) -> int:
        """The command, and how it ends."""
        return cli.run(["verify-audit", *options])

    def test_a_clean_trail_ends_with_zero(self, trail: Trail, capsys: Capture) -> None:
        assert self.run() == Exit.DONE
        said = capsys.readouterr().out
        assert "42 entries under 6 seals, 1 not yet sealed" in said
        assert said.splitlines()[-1] == "As sealed."

    def test_a_tampered_trail_ends_with_one_and_says_where(
        self, trail: Trail, capsys: Capture
    ) -> None:
        cursor = list(trail.places)[10]
        sql("UPDATE audit_entry SET actor = 'x' WHERE id = %s", cursor.id)
        assert self.run("--json") == Exit.FAILED
        body = json.loads(capsys.readouterr().out)
        (problem,) = body["problems"]
        assert body["clean"] is False
        assert (problem["part"], problem["kind"]) == ("entry", "edited")
        assert (problem["xid"], problem["id"]) == cursor
        assert (problem["sequence"], problem["position"]) == trail.places[cursor]
        assert self.run() == Exit.FAILED
        said = capsys.readouterr().out.splitlines()
        assert said[0] == f"Entry {cursor}, number 4 of seal 2, was edited."
        assert said[-1] == "NOT as sealed."

    def test_an_exported_head_tells_of_a_trail_cut_off(
        self, trail: Trail, capsys: Capture, tmp_path: Path
    ) -> None:
        kept = tmp_path / "kept.json"
        assert self.run("--export-head", str(kept)) == Exit.DONE
        cut_off(trail, Random(1))
        capsys.readouterr()
        assert self.run() == Exit.DONE
        assert self.run("--head", str(kept)) == Exit.FAILED
        assert "but the head of seal 6 was exported" in capsys.readouterr().out

    def test_heads_the_worker_kept_are_compared_with_by_themselves(
        self, trail: Trail, kept_heads: Path, capsys: Capture
    ) -> None:
        assert cli.run(["worker", "--once"]) == Exit.DONE
        assert len(list(kept_heads.rglob("*.json"))) == 1
        assert self.run() == Exit.DONE
        assert "compared with 1 heads" in capsys.readouterr().out
        cut_off(trail, Random(1))
        assert self.run() == Exit.FAILED

    def test_the_head_is_printed_alone(self, trail: Trail, capsys: Capture) -> None:
        assert self.run("--export-head", "-") == Exit.DONE
        assert read_head(capsys.readouterr().out) == newest_head()

    def test_no_head_is_exported_from_a_trail_tampered_with(
        self, trail: Trail, tmp_path: Path
    ) -> None:
        delete_entries(trail, Random(1))
        assert self.run("--export-head", str(tmp_path / "head.json")) == Exit.FAILED
        assert not (tmp_path / "head.json").exists()

    def test_a_dump_is_written_of_a_tampered_trail_too(
        self, trail: Trail, tmp_path: Path, capsys: Capture
    ) -> None:
        delete_entries(trail, Random(1))
        assert self.run("--dump", str(tmp_path / "dump")) == Exit.FAILED
        assert verified_elsewhere(tmp_path / "dump")[0] == 1

    @pytest.mark.parametrize("text", [None, "{"])
    def test_a_head_that_cannot_be_read_is_wrong_usage(
        self, trail: Trail, tmp_path: Path, text: str | None, capsys: Capture
    ) -> None:
        if text:
            (tmp_path / "h.json").write_text(text)
        assert self.run("--head", str(tmp_path / "h.json")) == Exit.USAGE
        assert "--head:" in capsys.readouterr().err
