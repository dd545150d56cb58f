"""The hashed requirement files fit pyproject.toml and install from whichever index a site uses."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [ROOT / "requirements" / "base.txt", ROOT / "requirements" / "dev.txt"]

_spec = importlib.util.spec_from_file_location("lock", ROOT / "tools" / "lock.py")
assert _spec is not None and _spec.loader is not None
lock = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(lock)


def test_everything_asked_for_is_locked() -> None:
    assert lock.troubles() == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_lock_file_holds_pins_and_hashes_and_nothing_else(path: Path) -> None:
    for line in path.read_text().splitlines():
        pin = re.fullmatch(r"[a-z0-9-]+==[0-9][\w.+]*( ; [\w\s.'\"=<>!*]+)? \\", line)
        has_hash = re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        assert pin or has_hash or line.startswith("# Made by `make lock`"), line


def test_the_server_needs_no_developer_tool() -> None:
    assert not {"pytest", "ruff", "mypy", "playwright", "uv"} & set(lock.pins("base"))


@pytest.mark.parametrize("line", ["--find-links x", "--index-url x", "a @ https://x/y.whl", "-e ."])
def test_a_named_place_is_found(line: str) -> None:
    assert list(lock._foreign(f"a==1 \\\n    --hash=sha256:{'0' * 64}\n{line}\n"))
