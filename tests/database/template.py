"""A database with every table and no row, made once in a test run; the others are copies of it.

Every process of the run needs one, and so do simulations: all migrations take ten seconds.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

RUN = os.environ["ETASU_TEST_RUN"]
NAME = f"test_etasu_{RUN}_template"
# What this run made once for all its processes, beside the template.
SHARED = Path(f"/tmp/test_etasu_{RUN}_shared")


def template() -> str:
    """Its name; whoever asks first makes it, by all migrations, from nothing."""
    with alone("template"):
        if not on_server(sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(NAME)):
            _make()
    return NAME


def drop(name: str) -> sql.Composed:
    """What takes a database away, whoever still uses it."""
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))


def on_server(*statements: sql.Composed) -> list[Any]:
    """Do it from a connection to no database of ours; what the last one answers."""
    place = settings.DATABASES["default"]
    named = {"host": place["HOST"], "user": place["USER"], "password": place["PASSWORD"]}
    with psycopg.connect(
        **{key: value for key, value in named.items() if value},
        port=place["PORT"] or None,
        dbname="postgres",
        autocommit=True,
    ) as db:
        for statement in statements:
            done = db.execute(statement)
        return done.fetchall() if done.description else []


@contextmanager
def alone(what: str) -> Iterator[None]:
    """While the block runs, no other process of this run is in one of that name."""
    SHARED.mkdir(mode=0o711, exist_ok=True)
    with (SHARED / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make() -> None:
    """Under another name until it is whole, so that an interruption leaves nothing half made."""
    half = f"{NAME}_new"
    on_server(drop(half), sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half)))
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = half
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
    on_server(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(NAME))
    )
