"""The examples of the reference page, pasted into a shell as they stand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import Client

from etasu.clock.time import now_utc
from etasu.interfaces.api import lane, receive
from etasu.registry.authorizations.connections import close_of_this_thread
from tests.factories.teaching import World
from tests.interfaces.conftest import ASK
from tests.interfaces.form_world import sign_on_one_page


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The lane, and the pages beside it; no connection outlives the call."""
    is_question = environ["PATH_INFO"].startswith(ASK)
    try:
        return (lane.application if is_question else WSGIHandler())(environ, start_response)
    finally:
        close_of_this_thread()
        connections.close_all()


@pytest.fixture
def address(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A plain server in front of the lane, in real time."""
    monkeypatch.setattr(receive, "now_utc", now_utc)
    with make_server("127.0.0.1", 0, application, WSGIServer, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def commands() -> list[str]:
    """The examples in their order: what to set first, asking, reading."""
    text = Client().get("/api/v1/").content.decode()
    found = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", text, re.DOTALL)
    return [unescape(each) for each in found]


def pasted(command: str, folder: Path, **set_first: str) -> Any:
    """What the command prints, read as JSON; None when it prints nothing."""
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**os.environ, **set_first, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout) if done.stdout else None


def test_the_examples_work_as_they_stand(world: World, address: str, tmp_path: Path) -> None:
    first, ask, read, list_forms, read_form, print_form, report, reports = commands()
    signed = sign_on_one_page(world)
    names = {
        "ETASU": address,
        "ETASU_KEY": world.keys["prescriber"],
        "PROGRAM": "teaching",
        "GATE": "authorize",
        "PATIENT": world.mara.number,
        "FACILITY": world.riverside.number,
    }
    assert re.findall(r"^export (\w+)=", first, re.MULTILINE) == list(names)
    said = pasted(ask, tmp_path, **names)
    assert said["outcome"] in ("authorized", "not_authorized"), said
    found = pasted(read, tmp_path, **names, NUMBER=said["number"])
    assert found["number"] == said["number"]
    (form,) = pasted(list_forms, tmp_path, **names)["forms"]
    assert form["number"] == signed.number
    assert pasted(read_form, tmp_path, **names, FORM=signed.number)["valid"] is True
    assert pasted(print_form, tmp_path, **names, FORM=signed.number) is None
    kept = pasted(report, tmp_path, **names)
    (listed,) = pasted(reports, tmp_path, **names)["reports"]
    assert listed["number"] == kept["number"] and kept["patient"] == world.mara.number
    assert (tmp_path / "form.pdf").read_bytes().startswith(b"%PDF")
