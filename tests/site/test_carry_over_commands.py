"""`etasu import` and `etasu export` as an operator meets them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from etasu.programs import library
from etasu.registry.audit.models import AuditEntry, CarryOver
from etasu.registry.participants.models import Participant
from etasu.site import cli
from etasu.site.cli.answers import Exit
from tests.interfaces.test_carry_over import PEOPLE, SITES, write

FROM = ["--from", "Former Administrator", "--program", "lemtrada"]


@pytest.fixture(scope="module")
def programs() -> library.ProgramLibrary:
    return library.load_library()


@pytest.fixture(autouse=True)
def stocked(programs: library.ProgramLibrary, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands find their programs on the shelf, so that they are read once."""
    monkeypatch.setattr("etasu.site.stocking.stock_programs", lambda: None)
    library.use(programs)
    yield
    library.use(None)


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "delivery"
    folder.mkdir()
    return write(folder, participants=SITES, patients=PEOPLE)


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.django_db
def test_a_clean_delivery_ends_with_zero(
    delivery: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["import", str(delivery), *FROM, "--reference", "TA-1"]) == Exit.DONE
    out = capsys.readouterr().out
    assert "3 rows = 3 imported + 0 already there + 0 explained" in out
    assert CarryOver.objects.get().reference == "TA-1"
    assert cli.run(["import", str(delivery), *FROM, "--json"]) == Exit.DONE
    assert said(capsys)["reconciled"] is True


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_rows_left_over_end_with_three_and_are_all_in_the_report(
    kind: str, delivery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(delivery, patients=PEOPLE.replace("1990-06-01", "1990-06-31").replace("Mara", "=Mara"))
    report = tmp_path / f"report.{kind}"
    assert cli.run(["import", str(delivery), *FROM, "--report", str(report)]) == Exit.EXPLAINED == 3
    out = capsys.readouterr().out
    assert "patients.csv row 2 birth_date" in out and "There is no such day." in out
    if kind == "json":
        rows = json.loads(report.read_text())["explained"]
    else:
        rows = list(csv.DictReader(report.read_text().splitlines()))
    codes = {(row["file"], str(row["row"]), row["column"], row["code"]) for row in rows}
    assert codes == {
        ("patients.csv", "2", "name", "formula"),
        ("patients.csv", "2", "birth_date", "date-not-in-calendar"),
    }
    assert "Mara" not in out + report.read_text() and "1990" not in out + report.read_text()


@pytest.mark.django_db
def test_a_dry_run_keeps_nothing(delivery: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["import", str(delivery), *FROM, "--dry-run"]) == Exit.DONE
    assert "Nothing was kept" in capsys.readouterr().out
    assert not Participant.objects.exists() and not AuditEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--program", "lemtrada"], "--from"),
        (["--from", "  ", "--program", "lemtrada"], "--from"),
        (["--from", "x" * 200, "--program", "lemtrada"], "--from"),
        (["--from", "Former", "--program", "no-such"], "there is no program no-such"),
        (["--from", "Former"], "which program is it?"),
        ([*FROM, "--report", "report.xlsx"], "neither .json nor .csv"),
        ([*FROM, "--dates", "european"], ""),
    ],
)
def test_wrong_usage_ends_with_two_and_changes_nothing(
    arguments: list[str], what: str, delivery: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["import", str(delivery), *arguments]) == Exit.USAGE
    assert what in capsys.readouterr().err
    assert not Participant.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("make", ["nothing", "a file", "an empty folder", "a wrong header"])
def test_a_folder_that_cannot_be_used_is_said_to_be_so(
    make: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "delivery"
    if make == "a file":
        folder.write_text("x")
    elif make != "nothing":
        folder.mkdir()
    if make == "a wrong header":
        (folder / "patients.csv").write_text("Mara,1990-06-01\n")
    assert cli.run(["import", str(folder), *FROM, "--json"]) == Exit.USAGE
    body = said(capsys)
    assert body["error"] and body["remedy"] and "Mara" not in str(body)


@pytest.mark.django_db
def test_a_report_that_cannot_be_written_is_one_line(
    delivery: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = delivery / "no" / "such" / "folder.json"
    assert cli.run(["import", str(delivery), *FROM, "--report", str(report)]) == Exit.FAILED
    error = capsys.readouterr().err
    assert "--report" in error and "Traceback" not in error


@pytest.mark.django_db(transaction=True)
def test_an_export_goes_out_and_comes_back(
    delivery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    cli.run(["import", str(delivery), *FROM])
    capsys.readouterr()
    assert cli.run(["export", str(out), "--json"]) == Exit.DONE
    body = said(capsys)
    assert body["rows"]["patients_patient"] == 1  # type: ignore[index]
    assert cli.run(["import", str(out)]) == Exit.FAILED
    assert "not empty" in capsys.readouterr().err
    call_command("flush", interactive=False, verbosity=0)
    assert cli.run(["import", str(out), "--json"]) == Exit.DONE
    body = said(capsys)
    assert body["restored"]["patients_patient"] == 1 and body["audit_clean"]  # type: ignore[index]
    assert Participant.objects.count() == 3
    assert cli.run(["verify-audit", "--json"]) == Exit.DONE
    assert said(capsys)["problems"] == []


@pytest.mark.django_db(transaction=True)
def test_an_export_is_never_written_over_something(
    delivery: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["export", str(delivery)]) == Exit.USAGE
    assert "not empty" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_an_export_says_what_is_not_sealed_and_what_is_withheld(
    delivery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["import", str(delivery), *FROM])
    capsys.readouterr()
    assert cli.run(["export", str(tmp_path / "out")]) == Exit.DONE
    out = capsys.readouterr().out
    assert "are not sealed yet" in out and "--with-secrets" in out
    assert cli.run(["export", str(tmp_path / "more"), "--with-secrets"]) == Exit.DONE
    assert "Without passwords" not in capsys.readouterr().out
