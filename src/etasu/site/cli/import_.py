"""`etasu import`: another administrator's records, or an export of Etasu's own."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from etasu.clock.time import now_utc
from etasu.site.cli.answers import AsJson, Exit, Trouble, answer, end, progress
from etasu.site.cli.preparation import prepare_current, program_named

if TYPE_CHECKING:
    from etasu.interfaces.carry_over.manifest import Manifest
    from etasu.interfaces.carry_over.report import Reconciliation

MOST_LINES = 40


class Dates(StrEnum):
    """How dates are written in the files."""

    ISO = "iso"
    US = "us"


def import_(
    folder: Annotated[Path, typer.Argument(help="The folder with the files.")],
    source: Annotated[
        str | None, typer.Option("--from", help="The former administrator's name; always the same.")
    ] = None,
    program: Annotated[str | None, typer.Option(help="The program of rows that name none.")] = None,
    reference: Annotated[
        str, typer.Option(help="The paper in which the former administrator vouches for them.")
    ] = "",
    dates: Annotated[Dates, typer.Option(help="us: 3/31/2025 is read as well.")] = Dates.ISO,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do all of it, then take it back.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write the whole reconciliation there, .json or .csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Carry over another administrator's participants and patients with the standing they have.

    Every row is brought in, there already, or explained. Running it again is safe. Exit 3 when rows
    are left to be explained. A folder written by `etasu export` is restored into an empty database.
    docs/reference/carry-over-columns.md says which files and columns are read.
    """
    prepare_current()
    _refuse_unusable(folder, report)
    from etasu.interfaces.carry_over.restore import is_export

    if is_export(folder):
        _restore(folder, as_json)
        return
    _carry_over(folder, _name(source), program, reference, dates, dry_run, report, as_json)


def _refuse_unusable(folder: Path, report: Path | None) -> None:
    if not folder.is_dir():
        raise Trouble(f"{folder} is not a folder.", "Name the folder.", code=Exit.USAGE)
    if report is not None and report.suffix not in (".json", ".csv"):
        raise Trouble(f"--report: {report} is neither .json nor .csv.", code=Exit.USAGE)


def _name(source: str | None) -> str:
    name = " ".join((source or "").split())
    if not name or len(name) > 100 or not name.isprintable():
        raise Trouble(
            "--from: the former administrator's name is missing or unusable.",
            'Add --from "Its name", and use the same name every time.',
            code=Exit.USAGE,
        )
    return name


def _restore(folder: Path, as_json: bool) -> None:
    from etasu.interfaces.carry_over.restore import CannotRestore, restore_records

    try:
        with progress(as_json) as steps:
            manifest = restore_records(folder, progress=steps)
    except CannotRestore as refused:
        raise Trouble(refused.what, refused.remedy) from refused
    from etasu.registry.audit.facts import verify

    found = verify()
    body = {
        "restored": {kept.table: kept.rows for kept in manifest.tables},
        "with_secrets": manifest.with_secrets,
        "audit_clean": found.is_clean,
    }
    answer(as_json, body, *_restored(manifest, found.is_clean))
    end(Exit.DONE if found.is_clean else Exit.FAILED)


def _restored(manifest: "Manifest", is_clean: bool) -> list[str]:
    lines = [f"{manifest.rows:,} rows of {len(manifest.tables)} tables restored."]
    if not manifest.with_secrets:
        lines.append("The export had no passwords or keys: everybody chooses a new password.")
    lines.append(
        "The audit trail is as it was sealed."
        if is_clean
        else "The audit trail is NOT as it was sealed; run `etasu verify-audit`."
    )
    return [*lines, "Run `etasu worker --once` before anybody writes."]


def _carry_over(
    folder: Path,
    source: str,
    program: str | None,
    reference: str,
    dates: Dates,
    dry_run: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    from etasu.interfaces.carry_over.delivery import CannotImport, Delivery, import_delivery
    from etasu.interfaces.carry_over.lines import UnreadableFile
    from etasu.programs import library
    from etasu.registry.audit.origins import Source
    from etasu.registry.authorizations.operators import OPERATOR

    delivery = Delivery(
        folder, Source(source, reference), program_named(program), dates is Dates.US
    )
    try:
        with progress(as_json) as steps:
            done = import_delivery(
                delivery,
                library.current(),
                is_dry_run=dry_run,
                by=OPERATOR,
                at=now_utc(),
                progress=steps,
            )
    except (CannotImport, UnreadableFile) as refused:
        raise Trouble(refused.what, refused.remedy, code=Exit.USAGE) from refused
    if report is not None:
        _write(report, done)
    answer(as_json, done.as_dict(), *_lines(done, report))
    if not done.is_reconciled:
        end(Exit.FAILED)
    end(Exit.EXPLAINED if done.explained else Exit.DONE)


def _write(path: Path, done: "Reconciliation") -> None:
    text = done.as_csv() if path.suffix == ".csv" else json.dumps(done.as_dict(), indent=1) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as trouble:
        raise Trouble(f"--report: {path} cannot be written: {trouble.strerror}.") from trouble


def _lines(done: "Reconciliation", report: Path | None) -> list[str]:
    said = done.as_dict()
    lines = ["Resuming an import that was interrupted."] if done.is_resumed else []
    for name, counts in said["files"].items():
        lines.append(
            f"{name:<20} {counts['rows']:>9,} rows = {counts['imported']:,} imported"
            f" + {counts['already_there']:,} already there + {counts['explained']:,} explained"
        )
        lines += [f"{number:>12,}  {code}" for code, number in counts["reasons"].items()]
        lines += [f"{number:>12,}  {code} (remark)" for code, number in counts["remarks"].items()]
    lines += [_line(each) for each in said["explained"][:MOST_LINES]]
    if len(said["explained"]) > MOST_LINES:
        more = len(said["explained"]) - MOST_LINES
        where = f"all are in {report}" if report else "--report FILE lists all"
        lines.append(f"And {more:,} more; {where}.")
    if not done.is_reconciled:
        lines.append("NOT every row is accounted for: tell the developers.")
    return [*lines, "Nothing was kept: this was a dry run."] if done.is_dry_run else lines


def _line(fault: dict[str, Any]) -> str:
    place = f"{fault['file']} row {fault['row']}"
    column = f" {fault['column']}" if fault["column"] else ""
    value = f" ({fault['value']})" if fault["value"] else ""
    other = f" See row {fault['see_row']}." if fault["see_row"] else ""
    return f"{place}{column}{value}: {fault['meaning']} {fault['remedy']}{other}"
