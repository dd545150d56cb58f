"""`etasu check`: are the settings and the program definitions right?"""

from typing import Any

from etasu.site.cli.answers import AsJson, Exit, answer, end
from etasu.site.cli.preparation import prepare


def check(as_json: AsJson = False) -> None:
    """Check the settings, the database's version and every program definition."""
    prepare()
    troubles = [*_settings(), *_database()]
    programs = _programs()
    troubles += [problem for one in programs for problem in one["problems"]]
    lines = [f"{one['program']}: {one['cases']} cases" for one in programs if not one["problems"]]
    closing = f"{len(troubles)} problems." if troubles else "No problems."
    answer(as_json, {"problems": troubles, "programs": programs}, *lines, *troubles, closing)
    end(Exit.FAILED if troubles else Exit.DONE)


def _settings() -> list[str]:
    from django.core.checks import WARNING, run_checks

    return [f"{found.id}: {found.msg}" for found in run_checks() if found.level >= WARNING]


def _database() -> list[str]:
    from etasu.site import database

    found = database.describe()
    if found.is_supported:
        return []
    oldest = database.OLDEST_POSTGRES
    return [f"PostgreSQL {found.version} is too old: Etasu needs {oldest} or newer."]


def _programs() -> list[dict[str, Any]]:
    from django.conf import settings

    from etasu.programs.library import own_folder, program_folders
    from etasu.site.cli.program import examine

    roots = [own_folder(), *settings.ETASU_PROGRAM_FOLDERS]
    return [examine(folder) for folder in program_folders(roots)]
