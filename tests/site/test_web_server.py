"""The application is loaded once and shared by the processes that answer requests."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

from etasu.site.loading import for_good


def said_by(code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "etasu.site.settings"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )


def test_nothing_is_open_that_several_processes_may_not_share() -> None:
    done = said_by(
        "import threading; from django.db import connection;"
        "from etasu.site.cli.preparation import refuse_if_broken; refuse_if_broken();"
        "print(connection.connection, threading.active_count())"
    )
    assert done.stdout == "None 1\n", done.stderr[-2000:]


def test_a_part_that_cannot_be_loaded_is_named_before_anybody_asks() -> None:
    done = said_by(
        "import sys; sys.modules['etasu.site.whole_body'] = None;"
        "from etasu.site.web_server import main; main()"
    )
    assert done.returncode == 1
    assert "etasu: A part cannot be loaded: import of etasu.site.whole_body" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_loaded_for_good_is_left_alone() -> None:
    before = gc.get_freeze_count()
    with for_good():
        assert not gc.isenabled()
        loaded: list[object] = [[] for _ in range(10)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(loaded)
