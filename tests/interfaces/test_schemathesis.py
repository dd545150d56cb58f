"""The running server against its own OpenAPI document, with every check Schemathesis has."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.crash.test_kill import Site, kill_all, site  # noqa: F401

pytestmark = pytest.mark.long
SECONDS = 60
# A question that fits the schema may still name nobody: that is 422, and the schema cannot say so.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "404", "409", "422"]

[parameters]
"number" = ["{number}", "7QK2M-X0B4T-N", "none"]
"""


def test_the_server_keeps_to_its_document(site: Site, tmp_path: Path) -> None:  # noqa: F811
    server = site.serve()
    address = f"http://127.0.0.1:{site.port}"
    wait_until_ready(address)
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION.format(number=site.world["patients"][0]))
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), f"--config-file={configuration}"),
        *("run", f"{address}/api/v1/openapi.json", "--checks=all", "--continue-on-failure"),
        *("--header", f"Authorization: Bearer {site.world['key']}", f"--max-time={SECONDS}"),
        *("--warnings=off", "--no-color"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    kill_all(server)
    assert done.returncode == 0, done.stdout[-5000:]
    assert "No issues found" in done.stdout, done.stdout[-2000:]


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
