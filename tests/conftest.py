"""What every test run shares: one embedded server, a database for each worker, no silent skips."""

import gc
import os
import re
import shutil
from collections.abc import Iterator

import psutil
import pytest
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, settings
from psycopg import sql
from pytest_django import DjangoDbBlocker

_RUN = re.compile(r"test_etasu_(\d+)(_gw\d+|_template(_new)?|_shared)?")
# Nothing may fail because the machine is busy.
settings.register_profile("whenever", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("whenever")
# So many objects are made before the interpreter looks for what is left over in circles.
OBJECTS_BETWEEN = 10_000
MOST_SAID_AT_ONCE = 1500


def pytest_configure(config: pytest.Config) -> None:
    """Remove what test runs left that were killed."""
    if _is_first(config):
        from tests.database.template import SHARED, drop, on_server

        _remove_what_is_shared()
        for (name,) in on_server(sql.SQL("SELECT datname FROM pg_database").format()):
            if _is_of_a_run_that_ended(name):
                on_server(drop(name))
        for folder in SHARED.parent.glob("test_etasu_*"):
            if _is_of_a_run_that_ended(folder.name):
                shutil.rmtree(folder, ignore_errors=True)


def _is_of_a_run_that_ended(name: str) -> bool:
    run = _RUN.fullmatch(name)
    return run is not None and not psutil.pid_exists(int(run[1]))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the processes of this run shared."""
    if _is_first(config):
        _remove_what_is_shared()


def _remove_what_is_shared() -> None:
    from tests.database.template import NAME, SHARED, drop, on_server

    on_server(drop(NAME))
    shutil.rmtree(SHARED, ignore_errors=True)


def _is_first(config: pytest.Config) -> bool:
    """Whether this process began the run and may use its database."""
    return not hasattr(config, "workerinput") and config.pluginmanager.hasplugin("django")


def pytest_collection_finish() -> None:
    """Modules and tests are there to stay: nobody looks through them for leftovers again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN, *gc.get_threshold()[1:])


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_keepdb: bool,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """The database of this worker is a copy of the one that was made for all of them."""
    if not django_db_keepdb:
        from tests.database.template import template

        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = template()


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


class _SaysAtOnce:
    """Names each test that fails when it does: a run that is cut off never comes to its end."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._reporter.write_line(f"\nFAILED {report.nodeid} ({report.when})", red=True)
            self._reporter.write_line(report.longreprtext.strip()[-MOST_SAID_AT_ONCE:])


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Where tests are told of, and not where they run beside others."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _is_first(session.config):
        session.config.pluginmanager.register(_SaysAtOnce(reporter))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a run without a failed test still failed."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and (os.environ.get("CI") or os.environ.get("ETASU_NO_SKIPS")):
        terminalreporter.write_line(f"{len(skipped)} skipped: not allowed in this run.")


@pytest.fixture(autouse=True)
def nobody_speaks_for_the_next() -> Iterator[None]:
    """No test goes on in the language another chose."""
    yield
    translation.deactivate()
