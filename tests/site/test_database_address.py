"""A database named by its address instead of the embedded one."""

from pathlib import Path

import pytest

from etasu.site import database
from etasu.site.database import DatabaseUnavailable, connection_settings


def test_every_part_of_an_address_reaches_django() -> None:
    found = connection_settings(
        "postgresql://me:p%40ss@db.example.org:6432/reg?sslmode=verify-full"
    )
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.org", "6432", "reg")
    assert (found["USER"], found["PASSWORD"]) == ("me", "p@ss")
    assert found["OPTIONS"]["sslmode"] == "verify-full"


def test_connections_last_and_statements_are_prepared() -> None:
    found = connection_settings("postgresql:///reg")
    assert found["CONN_MAX_AGE"] is None
    assert found["OPTIONS"] == {"prepare_threshold": 1, "server_side_binding": True}
    assert found["ATOMIC_REQUESTS"] is False


def test_a_socket_folder_may_be_the_host() -> None:
    assert connection_settings("postgresql://me@/reg?host=%2Frun%2Fpg")["HOST"] == "/run/pg"


@pytest.mark.parametrize("address", ["mysql://x/y", "sqlite:///x", "reg"])
def test_another_kind_of_database_is_refused_in_words(address: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="PostgreSQL only"):
        connection_settings(address)


def test_the_password_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "password"
    secret.write_text("a/b:c@d\n")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db:5432/reg")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(secret))
    found = connection_settings(database.database_url())
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("me", "a/b:c@d", "db")


def test_a_password_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db/reg")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", "/nowhere/password")
    with pytest.raises(DatabaseUnavailable, match="/nowhere/password"):
        database.database_url()


def test_a_database_of_somebody_else_is_never_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db/reg")
    database.stop()
    database.restart()
    assert database.postmaster_pid() is None
    assert not database.is_embedded()


def test_a_silent_database_is_said_to_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/reg")
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        database.describe()


def test_the_database_of_these_tests_describes_itself() -> None:
    found = database.describe()
    assert found.is_supported
    assert set(found.durability.values()) == {"on"}
