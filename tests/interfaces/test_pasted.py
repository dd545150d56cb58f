"""The examples of the reference page, pasted into a shell as they stand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.test import Client

from etasu.clock.time import now_utc
from etasu.interfaces.api import lane, receive
from etasu.registry.authorizations.connections import close_of_this_thread
from tests.factories.teaching import World


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The lane; its connection does not outlive the call."""
    try:
        return lane.application(environ, start_response)
    finally:
        close_of_this_thread()


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


def pasted(command: str, **set_first: str) -> Any:
    """What the command prints, read as JSON."""
    done = subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, **set_first, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_examples_work_as_they_stand(world: World, address: str) -> None:
    first, ask, read = commands()
    names = {
        "ETASU": address,
        "ETASU_KEY": world.keys["prescriber"],
        "PROGRAM": "teaching",
        "GATE": "authorize",
        "PATIENT": world.mara.number,
        "FACILITY": world.riverside.number,
    }
    assert re.findall(r"^export (\w+)=", first, re.MULTILINE) == list(names)
    said = pasted(ask, **names)
    assert said["outcome"] in ("authorized", "not_authorized"), said
    assert pasted(read, **names, NUMBER=said["number"])["number"] == said["number"]
