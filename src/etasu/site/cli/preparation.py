"""What several commands do first: settings, database, Django."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured

from etasu.site.cli.answers import Exit, Trouble
from etasu.site.loading import for_good


@contextmanager
def _explained() -> Iterator[None]:
    from etasu.site.database import DatabaseUnavailable
    from etasu.site.secret import SecretMissing

    try:
        yield
    except DatabaseUnavailable as trouble:
        raise Trouble(str(trouble), "`etasu doctor` looks at every part.") from trouble
    except SecretMissing as trouble:
        raise Trouble(str(trouble), "Set ETASU_SECRET_KEY or mend the file.") from trouble
    except PermissionError as trouble:
        place = trouble.filename or "a file"
        raise Trouble(f"{place} may not be used by this account.", "Set ETASU_HOME.") from trouble


def prepare() -> None:
    """Read the settings, start the database when it is ours, and set Django up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "etasu.site.settings")
    with _explained():
        import django
        from django.apps import apps

        if not apps.ready:
            with for_good():
                django.setup()


def prepare_current() -> None:
    """The same, and refuse to go on behind in migrations or without all programs."""
    prepare()
    from etasu.programs.yaml_files import BadProgram
    from etasu.site.readiness import migrations_missing
    from etasu.site.stocking import stock_programs

    if missing := migrations_missing():
        raise Trouble(
            f"The database is {len(missing)} migrations behind this software.",
            "Run `etasu migrate` first.",
        )
    try:
        stock_programs()
    except BadProgram as bad:
        first = str(bad).splitlines()[0]
        raise Trouble(f"A program cannot be used: {first}", "Run `etasu check`.") from bad


def refuse_if_broken() -> None:
    """Load the web application once here, before several processes fail at it one by one."""
    try:
        import_module("etasu.site.wsgi")
    except (ImportError, ImproperlyConfigured) as trouble:
        raise Trouble(f"A part cannot be loaded: {trouble}", "Run `etasu check`.") from trouble


def program_named(code: str | None) -> str:
    """The program of that code; without one, the only one here that is not invented."""
    from etasu.programs import library

    programs = library.current().programs
    real = [each for each, loaded in programs.items() if not loaded.program.invented]
    if code is None and len(real) == 1:
        return real[0]
    if code is None or code not in programs:
        known = ", ".join(sorted(programs))
        what = f"there is no program {code}." if code else "which program is it?"
        raise Trouble(f"--program: {what}", f"Programs here: {known}.", code=Exit.USAGE)
    return code
