"""The running server against its own OpenAPI document, with every check Schemathesis has."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from etasu.clock.time import now_utc
from tests.crash.test_kill import Site, kill_all, site  # noqa: F401

pytestmark = pytest.mark.long
SECONDS = 60
# A question that fits the schema may still name nobody: that is 422, and the schema cannot say so.
# Without names of what is there, nothing would ever be found: most calls take them from here.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "404", "409", "422"]
"""
NAMED = """
[dictionaries."{name}"]
values = ["{value}"]
"""
# For each route a line of the log, with the status of a call that found something.
FOUND = {
    **{"api:authorizations": 201, "api:authorization": 200, "api:form": 200, "form-file": 200},
    **{"api:patient-forms": 200, "api:participant-forms": 200},
}


def configuration(site: Site, decision: str) -> str:  # noqa: F811
    """How to test, with the names of what is there."""
    asked = question(site)
    names = {"path.patient": asked["patient"], "path.participant": site.world["prescriber"]}
    names |= {"path.form": site.world["form"], "path.number": decision}
    names |= {f"body.{name}": value for name, value in asked.items()}
    told = [NAMED.format(name=name, value=value) for name, value in names.items()]
    bound = [f'"{name}" = {{ dictionary = "{name}", probability = 0.7 }}\n' for name in names]
    return "".join([CONFIGURATION, *told, "[parameters]\n", *bound])


def question(site: Site) -> dict[str, Any]:  # noqa: F811
    """A question that can be asked."""
    on = (now_utc() + timedelta(days=1)).date()
    return {
        **{"program": "teaching", "gate": "authorize", "patient": site.world["patients"][0]},
        **{"facility": site.world["facility"], "planned_on": str(on)},
    }


def decided(site: Site, address: str) -> str:  # noqa: F811
    """The number of a decision."""
    headers = {"Authorization": f"Bearer {site.world['key']}", "Content-Type": "application/json"}
    body = json.dumps(question(site)).encode()
    asked = urllib.request.Request(f"{address}/api/v1/authorizations", body, headers)
    with urllib.request.urlopen(asked, timeout=10) as found:
        return str(json.load(found)["number"])


def answered(site: Site) -> set[tuple[str, int]]:  # noqa: F811
    """Each route with each status it answered with, as the log has them."""
    lines = (site.home / "serve.log").read_text().splitlines()
    told = [json.loads(line) for line in lines if line.startswith('{"method"')]
    return {(each["route"], each["status"]) for each in told}


def test_the_server_keeps_to_its_document(site: Site, tmp_path: Path) -> None:  # noqa: F811
    server = site.serve()
    address = f"http://127.0.0.1:{site.port}"
    wait_until_ready(address)
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(configuration(site, decided(site, address)))
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), f"--config-file={settings}"),
        *("run", f"{address}/api/v1/openapi.json", "--checks=all", "--continue-on-failure"),
        *("--header", f"Authorization: Bearer {site.world['key']}", f"--max-time={SECONDS}"),
        *("--warnings=off", "--no-color"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    kill_all(server)
    assert done.returncode == 0, done.stdout[-5000:]
    assert "No issues found" in done.stdout, done.stdout[-2000:]
    missed = set(FOUND.items()) - answered(site)
    assert missed == set(), "these routes never found anything"


def wait_until_ready(address: str) -> None:
    """Wait until the server says it can do its work."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as found:
                if found.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")
