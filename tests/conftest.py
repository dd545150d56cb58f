"""What every test run shares: one embedded server, a database for each worker, no silent skips."""

import os
import re
from collections.abc import Iterator

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

_RUN = re.compile(r"test_etasu_(\d+)(_gw\d+)?")


def pytest_configure(config: pytest.Config) -> None:
    """Remove the databases of test runs that were killed."""
    if not hasattr(config, "workerinput") and config.pluginmanager.hasplugin("django"):
        _drop_left_over_databases()


def _drop_left_over_databases() -> None:
    place = settings.DATABASES["default"]
    names = {"host": place["HOST"], "user": place["USER"], "password": place["PASSWORD"]}
    with psycopg.connect(
        **{key: value for key, value in names.items() if value},
        port=place["PORT"] or None,
        dbname=place["NAME"],
        autocommit=True,
    ) as db:
        for (name,) in db.execute("SELECT datname FROM pg_database").fetchall():
            run = _RUN.fullmatch(name)
            if run and not psutil.pid_exists(int(run[1])):
                db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of this worker; a thread's connection not yet collected may not keep it."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """A test that was collected and then skipped proves nothing: the run says so and fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and (os.environ.get("CI") or os.environ.get("ETASU_NO_SKIPS")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a run without a failed test still failed."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and (os.environ.get("CI") or os.environ.get("ETASU_NO_SKIPS")):
        terminalreporter.write_line(f"{len(skipped)} skipped: not allowed in this run.")
