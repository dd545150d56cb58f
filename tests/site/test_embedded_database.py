"""The database Etasu runs itself: durable, private, shared by processes, and up again after a kill.

Each test has a home of its own with a real server in it.
"""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from etasu.site.embedded import EmbeddedServer
from etasu.site.server_account import data_folder
from etasu.site.server_memory import memory, shared_buffers

TELL_AND_WAIT = """
import sys
from etasu.site import database
database.database_url()
print(database.postmaster_pid(), flush=True)
sys.stdin.readline()
"""


@contextmanager
def a_home() -> Iterator[Path]:
    """A home that root's helper account can enter, with a path of ordinary length."""
    folder = Path(tempfile.mkdtemp(prefix="etasu-test-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        EmbeddedServer(folder).stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """One home for all these tests: making the data takes longer than any of them."""
    with a_home() as folder:
        yield folder


@pytest.fixture
def server(shared: Path) -> Iterator[EmbeddedServer]:
    """A server with data, which does not run yet, and of which we are no user afterwards."""
    server = EmbeddedServer(shared)
    yield server
    server.stop()


@pytest.fixture
def empty_home() -> Iterator[Path]:
    """A home with nothing in it yet."""
    with a_home() as folder:
        yield folder


def connect(server: EmbeddedServer) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(server.process.url("etasu"), autocommit=True)


def pid_of(server: EmbeddedServer) -> int:
    running = server.process.postmaster()
    assert running is not None
    return running.pid


def a_process_using(home: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "ETASU_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-c", TELL_AND_WAIT]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes)


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)
    assert process.returncode == 0


def wait_until_dead(process: psutil.Process) -> None:
    """Gone, or ended and waiting to be collected by its parent, which here may never happen."""
    for _ in range(500):
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.01)
    raise AssertionError("The killed process still runs.")


def said_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_the_server_keeps_what_it_acknowledged_and_counts_in_utc(server: EmbeddedServer) -> None:
    server.ensure_running()
    with connect(server) as db:
        for name, wanted in (
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("max_connections", "200"),
            ("TimeZone", "UTC"),
            ("data_checksums", "on"),
            ("listen_addresses", ""),
        ):
            assert db.execute(f"SHOW {name}").fetchone() == (wanted,), name


def test_the_server_keeps_a_share_of_the_memory_at_hand(server: EmbeddedServer) -> None:
    server.ensure_running()
    with connect(server) as db:
        row = db.execute(
            "SELECT pg_size_bytes(current_setting('shared_buffers')) / 1048576"
        ).fetchone()
    assert row == (shared_buffers(memory()),)


@pytest.mark.parametrize(
    ("gibibytes", "mebibytes"), [(1, 128), (2, 128), (4, 256), (16, 1024), (24, 1536), (512, 1536)]
)
def test_a_server_of_more_memory_keeps_more_of_it_but_not_without_end(
    gibibytes: int, mebibytes: int
) -> None:
    assert shared_buffers(gibibytes * 2**30) == mebibytes


def test_what_a_container_may_use_counts_as_its_memory(tmp_path: Path) -> None:
    limited, unlimited = tmp_path / "limited", tmp_path / "unlimited"
    limited.write_text(f"{2**29}\n")
    unlimited.write_text("max\n")
    missing = tmp_path / "missing"
    assert memory([str(limited), str(unlimited), str(missing)]) == 2**29
    assert memory([str(unlimited), str(missing)]) == psutil.virtual_memory().total


def test_nobody_else_on_the_machine_can_reach_the_server(server: EmbeddedServer) -> None:
    server.ensure_running()
    assert stat.S_IMODE(server.process.data.stat().st_mode) == 0o700
    process = psutil.Process(pid_of(server))
    assert {one.family for one in process.net_connections()} <= {socket.AF_UNIX}
    assert process.uids().real != 0


def test_the_application_is_no_superuser(server: EmbeddedServer) -> None:
    server.ensure_running()
    with connect(server) as db:
        found = db.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert found.fetchone() == (False,)


def test_a_killed_server_is_started_again_with_every_acknowledged_row(
    server: EmbeddedServer,
) -> None:
    server.ensure_running()
    with connect(server) as db:
        db.execute("CREATE TABLE numbers (n int)")
        db.execute("INSERT INTO numbers SELECT generate_series(1, 1000)")
        killed = psutil.Process(pid_of(server))
        killed.kill()
        wait_until_dead(killed)
    server.ensure_running()
    assert pid_of(server) != killed.pid
    with connect(server) as db:
        assert db.execute("SELECT count(*) FROM numbers").fetchone() == (1000,)


def test_a_note_that_names_a_process_of_another_program_does_not_stop_a_start(
    server: EmbeddedServer,
) -> None:
    server.ensure_running()
    note = server.process.data / "postmaster.pid"
    lines = note.read_text().splitlines()
    server.stop()
    note.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    server.ensure_running()
    assert pid_of(server) != os.getpid()


def test_an_interrupted_first_start_leaves_nothing_in_the_way(empty_home: Path) -> None:
    half = empty_home / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedServer(empty_home)
    server.ensure_running()
    assert server.process.answers()
    assert not half.exists()


def test_restarting_gives_another_server_with_the_same_data(server: EmbeddedServer) -> None:
    server.ensure_running()
    first = pid_of(server)
    with connect(server) as db:
        db.execute("CREATE TABLE kept (n int)")
    server.restart()
    assert pid_of(server) != first
    with connect(server) as db:
        assert db.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_two_processes_that_start_at_once_share_one_server(empty_home: Path) -> None:
    both = [a_process_using(empty_home), a_process_using(empty_home)]
    pids = {said_pid(process) for process in both}
    for process in both:
        end(process)
    assert len(pids) == 1


def test_the_server_stops_with_its_last_user_and_not_before(shared: Path) -> None:
    first, second = a_process_using(shared), a_process_using(shared)
    pid = said_pid(first)
    assert said_pid(second) == pid
    end(first)
    assert EmbeddedServer(shared).process.answers()
    end(second)
    assert not EmbeddedServer(shared).process.answers()


def test_a_killed_user_is_not_counted(shared: Path) -> None:
    killed, last = a_process_using(shared), a_process_using(shared)
    said_pid(killed), said_pid(last)
    killed.kill()
    killed.communicate()
    end(last)
    assert not EmbeddedServer(shared).process.answers()


def test_a_home_whose_path_is_too_long_for_a_socket_still_works(empty_home: Path) -> None:
    server = EmbeddedServer(empty_home / ("a-long-name-" * 8))
    server.home.mkdir()
    server.ensure_running()
    running = server.process.postmaster()
    assert running is not None
    assert running.socket_folder.parent == Path("/tmp")
    assert stat.S_IMODE(running.socket_folder.stat().st_mode) == 0o700
    with connect(server) as db:
        assert db.execute("SELECT 1").fetchone() == (1,)
    server.stop()
    shutil.rmtree(running.socket_folder)


def test_a_home_closed_to_the_helper_account_keeps_its_permissions(empty_home: Path) -> None:
    closed = empty_home / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedServer(closed / "home")
    server.ensure_running()
    assert server.process.answers()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    server.stop()
    elsewhere = data_folder(server.home)
    assert elsewhere.is_relative_to(empty_home) == (os.geteuid() != 0)
    if not elsewhere.is_relative_to(empty_home):
        shutil.rmtree(elsewhere.parent)


def test_stopping_what_does_not_run_is_quiet(shared: Path) -> None:
    started = time.monotonic()
    EmbeddedServer(shared).stop()
    EmbeddedServer(shared / "missing").stop()
    assert time.monotonic() - started < 1
