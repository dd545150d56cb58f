"""The commands: what they print, how they end, and that nobody ever sees a traceback."""

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import OperationalError

from etasu.programs import library
from etasu.site import cli, database
from etasu.site.cli.answers import Exit
from tests.programs.folders import teaching_copy

COMMANDS = (
    [
        *"init administrator serve worker migrate check doctor seed demo".split(),
        *"verify-audit import export".split(),
    ],
    ["program check", "program list", "gate decide", "gate ask", "hl7 listen"],
)


@pytest.fixture(autouse=True)
def own_programs() -> Iterator[None]:
    """Commands stock the programs of the settings; the tests after these want their own."""
    yield
    library.use(None)


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("command", [name for group in COMMANDS for name in group])
def test_every_command_explains_itself_and_can_answer_in_json(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([*command.split(), "--help"]) == Exit.DONE
    assert "--json" in capsys.readouterr().out


def test_wrong_usage_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["no-such-command"]) == Exit.USAGE
    assert cli.run(["serve", "--port", "many"]) == Exit.USAGE


def test_an_unexpected_exception_is_one_line_with_a_remedy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ETASU_DEBUG", raising=False)
    with patch("etasu.site.cli.doctor.examine", side_effect=RuntimeError("odd\nand more")):
        assert cli.run(["doctor"]) == Exit.FAILED
    error = capsys.readouterr().err
    assert "RuntimeError: odd" in error
    assert "Traceback" not in error
    assert "ETASU_DEBUG=1" in error


def test_an_exception_in_json_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    with patch("etasu.site.cli.doctor.examine", side_effect=RuntimeError("odd")):
        assert cli.run(["doctor", "--json"]) == Exit.FAILED
    assert said(capsys)["error"] == "RuntimeError: odd"


def test_a_silent_database_is_said_to_be_silent(capsys: pytest.CaptureFixture[str]) -> None:
    trouble = OperationalError("connection refused")
    with patch("etasu.site.readiness.migrations_missing", side_effect=trouble):
        assert cli.run(["migrate"]) == Exit.FAILED
    assert "The database does not answer" in capsys.readouterr().err


def test_details_are_shown_to_who_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETASU_DEBUG", "1")
    with patch("etasu.site.cli.doctor.examine", side_effect=RuntimeError("odd")):
        with pytest.raises(RuntimeError):
            cli.run(["doctor"])


@pytest.mark.django_db
def test_a_database_up_to_date_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["migrate", "--check", "--json"]) == Exit.DONE
    assert said(capsys) == {"missing": []}


@pytest.mark.django_db
def test_missing_migrations_are_listed_and_fail_the_check(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with patch("etasu.site.readiness.migrations_missing", return_value=["audit.0009_more"]):
        assert cli.run(["migrate", "--check"]) == Exit.FAILED
    assert "audit.0009_more" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["serve", "worker", "seed", "verify-audit"])
def test_no_command_works_on_a_database_behind_the_software(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with patch("etasu.site.readiness.migrations_missing", return_value=["audit.0009_more"]):
        assert cli.run([command]) == Exit.FAILED
    assert "Run `etasu migrate` first." in capsys.readouterr().err


@pytest.mark.django_db
def test_the_doctor_looks_at_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.run(["doctor", "--json"])
    parts = {line["part"]: line for line in said(capsys)["parts"]}  # type: ignore[attr-defined]
    assert {"python", "home", "disk", "database", "durability", "clock", "migrations"} <= set(parts)
    assert code == Exit.DONE
    assert all(line["remedy"] for line in parts.values() if line["state"] != "OK")


@pytest.mark.django_db
def test_the_doctor_refuses_a_database_that_may_forget(capsys: pytest.CaptureFixture[str]) -> None:
    found = database.describe()
    careless = database.Description(**{**found.as_dict(), "durability": {"fsync": "off"}})
    with patch("etasu.site.database.describe", return_value=careless):
        assert cli.run(["doctor"]) == Exit.FAILED
    assert "FAIL  durability" in capsys.readouterr().out


@pytest.mark.django_db
def test_an_old_postgresql_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    found = database.describe()
    old = database.Description(**{**found.as_dict(), "version": "14.9", "is_supported": False})
    with patch("etasu.site.database.describe", return_value=old):
        assert cli.run(["doctor"]) == Exit.FAILED
        assert cli.run(["check"]) == Exit.FAILED
    assert "14.9 is too old" in capsys.readouterr().out


def test_a_review_that_is_over_is_told_and_refuses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = teaching_copy(tmp_path)
    (folder / "2024-01-01" / "answers").mkdir()
    (folder / "2024-01-01" / "answers" / "when.en.md").write_text(
        "---\ncode: when\nkind: question\naudience: patients\norder: 1\nquestion: When?\n"
        'version: 1\nreviewed_on: "2024-01-01"\nnext_review: "2025-01-01"\nsource: invented\n'
        "---\n\nOn Monday.\n"
    )
    assert cli.run(["program", "check", str(folder)]) == Exit.DONE
    assert "2024-01-01/answers/when: next review 2025-01-01" in capsys.readouterr().out


def test_a_program_is_checked_with_its_cases(capsys: pytest.CaptureFixture[str]) -> None:
    folder = library.own_folder() / "teaching"
    assert cli.run(["program", "check", str(folder), "--json"]) == Exit.DONE
    assert said(capsys)["problems"] == []


def test_a_folder_without_a_program_is_wrong_usage(tmp_path: Path) -> None:
    assert cli.run(["program", "check", str(tmp_path)]) == Exit.USAGE


def test_a_broken_program_fails_with_the_file_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "program.yaml").write_text("code: [")
    assert cli.run(["program", "check", str(tmp_path)]) == Exit.FAILED
    assert "program.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("gate", "facts", "code", "outcome"),
    [
        ("authorize", '{"on": "2025-05-06"}', Exit.NOT_AUTHORIZED, "not_authorized"),
        ("no-such-gate", '{"on": "2025-05-06"}', Exit.CANNOT_DECIDE, "cannot_decide"),
    ],
)
def test_a_gate_answers_with_its_exit_code(
    gate: str,
    facts: str,
    code: Exit,
    outcome: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    record = tmp_path / "facts.json"
    record.write_text(facts)
    assert cli.run(["gate", "decide", "teaching", gate, str(record), "--json"]) == code
    assert said(capsys)["outcome"] == outcome


@pytest.mark.parametrize("facts", ["", "[]", "{", '{"on": "yesterday"}', '{"on": 1}'])
def test_facts_that_cannot_be_read_never_authorize(facts: str, tmp_path: Path) -> None:
    record = tmp_path / "facts.json"
    record.write_text(facts)
    assert cli.run(["gate", "decide", "teaching", "authorize", str(record)]) in (1, 2)


def test_a_program_not_in_force_is_wrong_usage(tmp_path: Path) -> None:
    record = tmp_path / "facts.json"
    record.write_text('{"on": "1999-01-01"}')
    assert cli.run(["gate", "decide", "teaching", "authorize", str(record)]) == Exit.USAGE


@pytest.mark.django_db
def test_asking_about_an_unknown_patient_stores_and_opens_nothing() -> None:
    assert cli.run(["gate", "ask", "teaching", "authorize", "TEA-0000"]) == Exit.USAGE
