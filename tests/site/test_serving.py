"""The whole server as an operator runs it: started, asked, hurt, and stopped."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from etasu.site.embedded import EmbeddedServer
from tests.factories.homes import environment_of, initialized_home


class Served(NamedTuple):
    """A running `etasu serve` with a home of its own."""

    process: subprocess.Popen[str]
    home: Path
    port: int
    environment: dict[str, str]

    def ask(self, path: str) -> tuple[int, bytes]:
        """Status and body of one page; status 0 when nobody answers."""
        address = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(address, timeout=5) as found:
                return found.status, found.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()
        except OSError:
            return 0, b""

    def postmaster(self) -> int:
        """The process number of its database server; 0 when there is none."""
        running = EmbeddedServer(self.home).process.postmaster()
        return running.pid if running and running.is_alive() else 0


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "etasu.site.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    home = initialized_home("etasu-test-")
    environment = {**environment_of(home), "PYTHONWARNINGS": "default"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "etasu.site.cli", "serve", "--json", "--no-worker"]
    command += ["--port", str(port), "--workers", "2", "--threads", "2"]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, text=True, **quiet)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["address"] == f"http://127.0.0.1:{port}/"
        yield Served(process, home, port, environment)
    finally:
        process.terminate()
        process.communicate()
        EmbeddedServer(home).stop()
        shutil.rmtree(home)


def test_it_is_ready_when_it_says_where_it_is(served: Served) -> None:
    status, body = served.ask("/readyz")
    assert (status, json.loads(body)["checks"]["migrations"]) == (200, "applied")


def test_style_sheets_come_named_by_their_content(served: Served) -> None:
    listed = json.loads((served.home / "static" / "staticfiles.json").read_text())["paths"]
    name = listed["vendor/uswds/3.14.0/css/uswds.min.css"]
    status, body = served.ask(f"/static/{name}")
    assert (status, len(body) > 400_000) == (200, True)


def test_a_second_server_on_the_same_port_is_refused_in_words(served: Served) -> None:
    again = run(served.environment, "serve", "--no-worker", "--port", str(served.port))
    assert again.returncode == 1
    assert "already in use" in again.stderr
    assert "Traceback" not in again.stderr


def test_another_command_leaves_the_server_its_database(served: Served) -> None:
    before = served.postmaster()
    assert run(served.environment, "doctor").returncode == 0
    assert served.postmaster() == before


def test_a_killed_database_is_back_within_seconds(served: Served) -> None:
    killed = served.postmaster()
    os.kill(killed, signal.SIGKILL)
    back = _wait_for(lambda: served.postmaster() not in (0, killed) and served.ask("/readyz"))
    assert back[0] == 200


def test_a_killed_web_process_is_replaced(served: Served) -> None:
    family = psutil.Process(served.process.pid).children(recursive=True)
    worker = next(one for one in family if "worker-1" in " ".join(one.cmdline()))
    worker.kill()
    assert _wait_for(lambda: served.ask("/livez"))[0] == 200


def test_a_stop_leaves_no_process_behind(served: Served) -> None:
    """Last in this file: the others need the server."""
    family = psutil.Process(served.process.pid).children(recursive=True)
    postmaster = served.postmaster()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(20) == 0
    assert [one for one in family if _lives(one)] == []
    assert postmaster and served.postmaster() == 0


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_for(look: Any) -> Any:
    """What `look` finds first with status 200, within fifteen seconds."""
    found: Any = (0, b"")
    latest = time.monotonic() + 15
    while time.monotonic() < latest:
        found = look() or (0, b"")
        if found[0] == 200:
            break
        time.sleep(0.05)
    return found
