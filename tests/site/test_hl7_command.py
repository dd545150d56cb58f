"""`etasu hl7 listen`: what it refuses before it listens, and that its messages reach the record."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import socket
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue

import pytest
from django.db import connections

from etasu.interfaces.hl7v2.listener import Listener
from etasu.programs import library
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.site import cli
from etasu.site.cli.answers import Exit
from tests.interfaces.hl7_line import Line
from tests.interfaces.hl7_messages import OBR, WBC, obx, oru

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_process() -> Iterator[None]:
    """Commands set up their process for themselves; the tests after these want it as it was."""
    before = gc.get_threshold(), sys.getswitchinterval()
    yield
    library.use(None)
    gc.set_threshold(*before[0])
    sys.setswitchinterval(before[1])


class Heard(io.TextIOBase):
    """What a thread prints, to be waited for: what pytest captures may be lost while it is read."""

    def __init__(self) -> None:
        self.pieces: SimpleQueue[str] = SimpleQueue()

    def write(self, text: str) -> int:
        self.pieces.put(text)
        return len(text)

    def line(self) -> str:
        """The next line; raises queue.Empty where none comes in a minute."""
        said = ""
        while "\n" not in said:
            said += self.pieces.get(timeout=60)
        return said


def test_tls_needs_files_that_can_be_used(tmp_path: Path, capsys: Capture) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    for options, code in (
        (["--tls-cert", str(nonsense)], Exit.USAGE),
        (["--client-ca", str(nonsense)], Exit.USAGE),
        (["--tls-cert", str(nonsense), "--tls-key", str(nonsense)], Exit.FAILED),
        (["--tls-cert", "nowhere.pem", "--tls-key", "nowhere.key"], Exit.FAILED),
    ):
        assert cli.run(["hl7", "listen", *options]) == code
        assert "TLS" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_port_that_is_taken_is_said(capsys: Capture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert cli.run(["hl7", "listen", "--port", port]) == Exit.FAILED
    told = capsys.readouterr().err
    assert f"127.0.0.1:{port} cannot be listened on" in told and "Choose another --port" in told


@pytest.mark.django_db(transaction=True)
def test_what_it_takes_is_in_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command as a whole, in a thread; a signal's handler is what stops it."""
    made: list[tuple[Listener, asyncio.AbstractEventLoop]] = []

    def keep(listener: Listener) -> None:
        made.append((listener, asyncio.get_running_loop()))

    # The package has a command of the module's name.
    monkeypatch.setattr(import_module("etasu.site.cli.hl7"), "_stop_on_signal", keep)
    monkeypatch.setattr(sys, "stdout", heard := Heard())
    ended: list[int] = []

    def listen() -> None:
        ended.append(cli.run(["hl7", "listen", "--port", "0", "--processes", "1", "--json"]))
        connections.close_all()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    port = int(json.loads(heard.line())["address"].rpartition(":")[2])
    with Line(port) as line:
        text = oru(OBR, obx(1, "NM", WBC, "5")).replace("\n", "\r")
        assert b"MSA|AA|M1" in line.ask(text.encode())
    listener, loop = made[0]
    loop.call_soon_threadsafe(listener.stop)
    thread.join(20)
    assert ended == [Exit.DONE]
    (row,) = LabMessageRow.objects.all()
    assert (row.control_id, row.items, row.quarantined) == ("M1", 1, 1)
