"""`etasu verify-audit`: is the audit trail as it was sealed?"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from etasu.site.cli.answers import AsJson, Exit, Trouble, answer, end
from etasu.site.cli.preparation import prepare_current
from etasu.site.cli.worker import heads_folder

if TYPE_CHECKING:
    from etasu.registry.audit.facts import Verification
    from etasu.registry.audit.heads import ExportedHead

Head = Annotated[
    list[Path] | None,
    typer.Option("--head", help="A head kept outside, or a folder of them; default: those here."),
]
ExportHead = Annotated[
    Path | None,
    typer.Option("--export-head", help="Write the newest head to this file; - prints it."),
]
Dump = Annotated[Path | None, typer.Option(help="Also write the trail here, for others to verify.")]
STANDARD_OUTPUT = Path("-")
MOST_LINES = 100


def verify_audit(
    head: Head = None, export_head: ExportHead = None, dump: Dump = None, as_json: AsJson = False
) -> None:
    """Compute every seal again. Exit 1 when an entry was changed, added, moved or removed."""
    prepare_current()
    from etasu.registry.audit.dump import write_dump
    from etasu.registry.audit.facts import newest_head, verify

    known = [each for path in head or [heads_folder()] for each in _read(path)]
    found = verify(known)
    newest = newest_head()
    body: dict[str, Any] = {
        "clean": found.is_clean,
        **found._asdict(),
        "problems": [each.as_dict() for each in found.problems],
        "heads": len(known),
        "newest": newest.as_dict(),
    }
    lines = _lines(found, len(known))
    if dump is not None:
        body["dumped"] = _written(dump, "--dump", lambda: write_dump(dump))
        lines.append(f"{body['dumped']} entries written to {dump}.")
    prints_head = export_head == STANDARD_OUTPUT and not as_json
    if export_head is not None and found.is_clean:
        _export(newest, export_head, prints_head)
    if not (prints_head and found.is_clean):
        answer(as_json, body, *lines)
    end(Exit.DONE if found.is_clean else Exit.FAILED)


def _read(path: Path) -> "list[ExportedHead]":
    from etasu.registry.audit.heads import UnreadableHead, read_head

    if path == heads_folder() and not path.exists():
        return []
    try:
        paths = sorted(path.glob("*.json")) if path.is_dir() else [path]
        return [read_head(each.read_text(encoding="utf-8")) for each in paths]
    except (OSError, UnreadableHead) as trouble:
        raise Trouble(f"--head: {path} is no audit head: {trouble}", code=Exit.USAGE) from trouble


def _export(newest: "ExportedHead", path: Path, prints: bool) -> None:
    text = json.dumps(newest.as_dict(), indent=1) + "\n"
    if prints:
        sys.stdout.write(text)
    elif path != STANDARD_OUTPUT:
        _written(path, "--export-head", lambda: path.write_text(text, encoding="utf-8"))


def _written(path: Path, option: str, write: Callable[[], int]) -> int:
    try:
        return write()
    except OSError as trouble:
        raise Trouble(f"{option}: {path} cannot be written: {trouble}") from trouble


def _lines(found: "Verification", heads: int) -> list[str]:
    lines = [each.said for each in found.problems[:MOST_LINES]]
    if more := len(found.problems) + found.more - len(lines):
        lines.append(f"And {more} more; --json lists the first {len(found.problems)}.")
    counted = f"{found.entries} entries under {found.seals} seals, {found.unsealed} not yet sealed"
    lines.append(f"{counted}; compared with {heads} heads kept outside the database.")
    if found.ahead:
        lines.append(
            f"{found.ahead} of those not sealed name transactions this server has not had: the "
            "database was moved here before all was sealed, or they are forged."
        )
    return [*lines, "As sealed." if found.is_clean else "NOT as sealed."]
