"""Homes of sites that tests run, made once in a test run and copied: making one takes long."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from etasu.site.embedded import EmbeddedServer
from tests.database.template import SHARED, alone

ROOT = Path(__file__).resolve().parents[2]


def environment_of(home: Path) -> dict[str, str]:
    """What a process of the site in this home finds in its environment."""
    unsaid = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "ETASU_DEBUG")
    known = {name: value for name, value in os.environ.items() if name not in unsaid}
    return {**known, "ETASU_HOME": str(home)}


def run(environment: dict[str, str], *arguments: str) -> str:
    """What a Python process prints; fails with what it said when it fails."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def new_home(prefix: str) -> Path:
    """An empty folder that the database's own account may enter, with a short path."""
    home = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    home.chmod(0o755)
    return home


def initialized_home(prefix: str) -> Path:
    """A home as `etasu init` leaves it."""
    return copied_home(prefix, _initialized)


def copied_home(prefix: str, make: Callable[[], Path]) -> Path:
    """A home of one's own like the one that `make` makes, once in a run for all who ask for it."""
    kept = SHARED / f"{make.__module__}.{make.__name__}"
    with alone(kept.name):
        if not kept.exists():
            made = make()
            EmbeddedServer(made).stop()
            made.rename(kept)
    home = new_home(prefix)
    # With owners, as the database belongs to an account of its own.
    subprocess.run(["cp", "-a", f"{kept}/.", str(home)], check=True)
    return home


def _initialized() -> Path:
    home = new_home("etasu-home-")
    run(environment_of(home), "-m", "etasu.site.cli", "init")
    return home
