"""The machine and the database measured on, printed beside every figure."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg

SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "data_checksums",
    "shared_buffers",
    "max_connections",
    "max_wal_size",
    "checkpoint_timeout",
    "commit_delay",
    "wal_compression",
    "default_toast_compression",
)


def machine() -> dict[str, Any]:
    """Processors, memory, load and the versions of what answers."""
    return {
        "measure": "machine",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load": [round(each, 2) for each in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {
            name: version(name) for name in ("etasu", "django", "granian", "psycopg", "msgspec")
        },
    }


def database(url: str) -> dict[str, Any]:
    """The settings that decide how fast a database is, and how safe."""
    with psycopg.connect(url) as db:
        found = db.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)",
            (list(SETTINGS),),
        ).fetchall()
    return {"measure": "database", **{str(name): value for name, value in sorted(found)}}


def load() -> float:
    """How busy the machine is: runnable processes, averaged over a minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
