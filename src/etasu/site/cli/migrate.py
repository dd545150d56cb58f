"""`etasu migrate`: bring the database up to date with the software."""

from typing import Annotated

import typer

from etasu.site.cli.answers import AsJson, Exit, answer, end
from etasu.site.cli.preparation import prepare


def migrate(
    check: Annotated[bool, typer.Option(help="Only say what is missing; exit 1 if any.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the database up to date with this version of the software."""
    prepare()
    from etasu.site.readiness import migrations_missing

    missing = migrations_missing()
    if not check:
        bring_up_to_date()
    body = {"missing" if check else "applied": missing}
    what = "missing" if check else "applied"
    first = f"{len(missing)} migrations {what}." if missing else "The database is up to date."
    answer(as_json, body, first, *(f"  {name}" for name in missing))
    end(Exit.FAILED if check and missing else Exit.DONE)


def bring_up_to_date() -> None:
    """Apply every migration not yet applied, quietly."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
