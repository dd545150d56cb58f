"""What is told of something the worker could not do, and never a word of whom it was about."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import structlog
from django.db import connection

_log = structlog.get_logger("etasu.worker")


def note_failure(event: str, error: Exception, **said: Any) -> None:
    """Log it and let a broken connection go, so that what is done next has one that works.

    The way through the code, never the message: a database's message may quote a row.
    """
    frames = traceback.extract_tb(error.__traceback__)
    way = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    _log.error(event, **said, kind=type(error).__name__, way=way)
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
