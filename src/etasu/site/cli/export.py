"""`etasu export`: every record into files that others can read."""

from pathlib import Path
from typing import Annotated

import typer

from etasu.clock.time import now_utc
from etasu.site.cli.answers import AsJson, Exit, Trouble, answer, progress
from etasu.site.cli.preparation import prepare_current


def export(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one to be made.")],
    with_secrets: Annotated[
        bool,
        typer.Option("--with-secrets", help="Also what opens doors: hashes of passwords and keys."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write every record, as it stands now, to one file for each table.

    Run `etasu worker --once` before, so that the whole audit trail is sealed.
    """
    prepare_current()
    from etasu.interfaces.carry_over.export import CannotExport, export_records
    from etasu.registry.authorizations.operators import OPERATOR

    try:
        with progress(as_json) as steps:
            manifest = export_records(
                folder, with_secrets=with_secrets, by=OPERATOR, at=now_utc(), progress=steps
            )
    except CannotExport as refused:
        raise Trouble(refused.what, refused.remedy, code=Exit.USAGE) from refused
    lines = [f"{kept.rows:>12,}  {kept.table}" for kept in manifest.tables if kept.rows]
    lines.append(f"{manifest.rows:,} rows of {len(manifest.tables)} tables in {folder}.")
    if not with_secrets:
        lines.append("Without passwords and keys; --with-secrets takes their hashes along.")
    if manifest.audit.unsealed:
        waiting = manifest.audit.unsealed
        lines.append(f"{waiting:,} audit entries are not sealed yet: run `etasu worker --once`.")
    body = {
        "folder": str(folder),
        "rows": {kept.table: kept.rows for kept in manifest.tables},
        "with_secrets": with_secrets,
        "audit": {
            "sequence": manifest.audit.sequence,
            "head": manifest.audit.head,
            "unsealed": manifest.audit.unsealed,
        },
    }
    answer(as_json, body, *lines)
