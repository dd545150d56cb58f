"""`etasu demo` as a visitor runs it: from nothing to a site with people, and the same again."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from etasu.site.cli.demo import demo
from etasu.site.cli.seed import doors
from etasu.site.embedded import EmbeddedServer
from etasu.site.mail import site_address
from etasu.site.seed import DemoKey, SignIn


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="etasu-demo-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    EmbeddedServer(made).stop()
    shutil.rmtree(made)


@contextmanager
def demonstrated(home: Path) -> Iterator[dict[str, Any]]:
    """What a started demo says, while it runs."""
    environment = {**os.environ, "ETASU_HOME": str(home)}
    unsaid = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "ETASU_SITE_URL", "ETASU_PORT")
    for name in (*unsaid, "ETASU_DEBUG", "ETASU_SECOND_STEP"):
        environment.pop(name, None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "etasu.site.cli", "demo", "--json", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--workers", "1"],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield json.loads(line)
    finally:
        process.terminate()
        process.communicate()


def page_after_signing_in(told: dict[str, Any], role: str) -> str:
    """Where somebody in the role arrives who signs in as the demo says."""
    (person,) = [one for one in told["sign_ins"] if one["role"] == role]
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(f"{told['address']}sign-in/", timeout=10) as page:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert token is not None
    sent = {"csrfmiddlewaretoken": token[1]} | {k: person[k] for k in ("email", "password")}
    body = urlencode(sent).encode()
    with browser.open(f"{told['address']}sign-in/", body, timeout=10) as page:
        return str(page.url)


def test_a_demo_is_there_with_one_command_and_there_again_the_next_time(home: Path) -> None:
    with demonstrated(home) as first:
        with urllib.request.urlopen(first["address"], timeout=10) as page:
            assert page.status == 200
        # The password shown is enough to look around.
        assert page_after_signing_in(first, "pharmacist").endswith("/pharmacy/")
    with demonstrated(home) as again:
        pass
    assert first["sign_ins"] == again["sign_ins"]
    assert first["keys"] == again["keys"]
    assert {"amara@example.org", "ines@example.org", "paul@example.org"} <= {
        one["email"] for one in first["sign_ins"]
    }


def test_links_in_messages_lead_to_the_port_it_is_served_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Set first, so that what the command sets is taken back after the test.
    for name in ("ETASU_SITE_URL", "ETASU_SECOND_STEP", "ETASU_PORT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    class Enough(Exception):
        pass

    def no_further() -> None:
        raise Enough

    monkeypatch.setattr(sys.modules[demo.__module__], "initialize", no_further)
    for port in (8123, 8124):
        with pytest.raises(Enough):
            demo(port=port)
    # The first one holds, as whatever an operator says would.
    assert site_address() == "http://127.0.0.1:8123"


def test_the_sign_ins_are_told_as_a_table() -> None:
    people = [
        SignIn("infusion_nurse", "Ines", "ines@example.org", "the-password", "Ask."),
        SignIn("auditor", "Sam", "sam@example.org", "the-password", "Read."),
    ]
    lines = doors(people, [DemoKey("pharmacist", "cedar-system@example.org", "the-key")])
    assert lines == [
        "",
        "Everybody is invented. They all sign in with: the-password",
        "",
        "  E-mail            Role            To try",
        "  ines@example.org  infusion nurse  Ask.",
        "  sam@example.org   auditor         Read.",
        "",
        "  System of a  API key",
        "  pharmacist   the-key",
    ]
    assert doors([], []) == []
