"""The settings an operator gets, in a process of their own for each environment."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from etasu.site.secret import SecretMissing, secret_key
from etasu.site.variables import VARIABLES

SOURCE = Path(__file__).resolve().parents[2] / "src" / "etasu"
NAMES = "DEBUG SESSION_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_NAME PASSWORD_HASHERS".split()
TELL = f"""
import json
from etasu.site import settings
print(json.dumps({{name: getattr(settings, name, None) for name in {NAMES}}}))
"""


def settings_with(**environment: str) -> dict[str, Any]:
    given = {"DATABASE_URL": "postgresql:///none", "ETASU_SECRET_KEY": "s" * 50, **environment}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ETASU_")}
    command = [sys.executable, "-c", TELL]
    done = subprocess.run(
        command, env={**kept, **given}, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def test_without_being_told_the_site_is_careful() -> None:
    found = settings_with()
    assert found["DEBUG"] is False
    assert "Argon2" in found["PASSWORD_HASHERS"][0]


def test_behind_https_cookies_are_bound_to_the_host() -> None:
    found = settings_with(ETASU_HTTPS="1")
    assert found["SESSION_COOKIE_NAME"] == "__Host-session"
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert found["SESSION_COOKIE_SECURE"] is True


def test_a_secret_is_made_once_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETASU_HOME", str(tmp_path / "home"))
    made = secret_key()
    assert len(made) >= 50
    assert secret_key() == made
    assert stat.S_IMODE((tmp_path / "home" / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret-key"]


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "secret"
    given.write_text("x" * 40 + "\n")
    monkeypatch.setenv("ETASU_SECRET_KEY_FILE", str(given))
    assert secret_key() == "x" * 40


@pytest.mark.parametrize("content", [None, "short"])
def test_a_secret_file_that_cannot_serve_is_refused(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "secret"
    if content is not None:
        given.write_text(content)
    monkeypatch.setenv("ETASU_SECRET_KEY_FILE", str(given))
    with pytest.raises(SecretMissing, match=str(given)):
        secret_key()


def test_every_variable_that_is_read_is_in_the_table_and_the_other_way_round() -> None:
    text = "\n".join(
        path.read_text() for path in SOURCE.rglob("*.py") if path.name != "variables.py"
    )
    read = set(re.findall(r'"((?:ETASU|DATABASE)_[A-Z0-9_]+)"', text)) - {"ETASU_"}
    assert read == {one.name for one in VARIABLES}


def test_the_environment_is_read_by_the_site_alone() -> None:
    readers = {
        path.relative_to(SOURCE).parts[0]
        for path in SOURCE.rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text())
    }
    assert readers == {"site"}
