"""`etasu program`: look at program definitions."""

from pathlib import Path
from typing import Annotated, Any

import typer

from etasu.site.cli.answers import AsJson, Exit, Trouble, answer, end

program = typer.Typer(help="Look at program definitions.", no_args_is_help=True)


@program.command("check")
def check_program(
    folder: Annotated[Path, typer.Argument(help="The folder that holds program.yaml.")],
    as_json: AsJson = False,
) -> None:
    """Check one program folder: its files, and every worked case in it."""
    if not (folder / "program.yaml").is_file():
        raise Trouble(
            f"{folder} holds no program.yaml.",
            "Name the folder of one program, such as programs/teaching.",
            code=Exit.USAGE,
        )
    found = examine(folder)
    closing = f"{found['program']}: {found['cases']} cases, {len(found['problems'])} problems."
    late = [f"{found['program']}: {each}, which is over" for each in found["reviews_overdue"]]
    answer(as_json, found, *found["problems"], *late, closing)
    end(Exit.FAILED if found["problems"] else Exit.DONE)


@program.command("list")
def list_programs(as_json: AsJson = False) -> None:
    """List the programs this site knows, with their versions."""
    from etasu.site.cli.preparation import prepare

    prepare()
    from django.conf import settings

    from etasu.programs.library import load_library

    loaded = load_library(settings.ETASU_PROGRAM_FOLDERS).programs
    versions = {code: [v.label for v in one.versions] for code, one in sorted(loaded.items())}
    lines = [f"{code}  {', '.join(labels)}" for code, labels in versions.items()]
    answer(as_json, {"programs": versions}, *lines)


def examine(folder: Path) -> dict[str, Any]:
    """What checking one program folder found, ready to print."""
    from etasu.clock.time import today_in
    from etasu.programs.check import check_folder, overdue_reviews

    report = check_folder(folder)
    today = today_in("America/New_York")
    late = overdue_reviews(report.loaded, today) if report.loaded else ()
    return {
        "program": folder.name,
        "cases": report.cases,
        "problems": [f"{folder.name}: {problem}" for problem in report.problems],
        "unverified": list(report.unverified),
        "reviews_overdue": list(late),
    }
