"""A database of its own for a simulation: made, used, dropped. No other one is ever written to."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from etasu.registry.authorizations.connections import close_of_this_thread

PREFIX = "etasu_sim_"


class NotScratch(RuntimeError):
    """This database is not one a simulation made for itself."""


class _Copied:
    """The scratch database that new ones of this process are copied from, if there is one."""

    source: str | None = None


@contextmanager
def scratch_database(tables_of: str | None = None) -> Iterator[str]:
    """A new empty database that this thread uses while the block runs; its name.

    Its tables are copied from the database `tables_of`, if there is one that has them.
    """
    own = connection.settings_dict["NAME"]
    _use(own)
    name = f"{PREFIX}{os.getpid()}_{secrets.token_hex(4)}"
    _on_server(*_left_over(), _create(name, _Copied.source or tables_of), _fast(name))
    try:
        _use(name)
        if _Copied.source is None:
            _make_tables()
        yield name
    finally:
        _use(own)
        _on_server(_drop(name))


@contextmanager
def made_only_once(prepare: Callable[[], None], tables_of: str | None = None) -> Iterator[None]:
    """While the block runs, scratch databases of this process are copies of one prepared now."""
    own = connection.settings_dict["NAME"]
    before, _Copied.source = _Copied.source, None
    try:
        with scratch_database(tables_of) as name:
            prepare()
            _use(own)
            _Copied.source = name
            yield
    finally:
        _Copied.source = before


def _make_tables() -> None:
    """Every table that is not there yet, and what notes their changes."""
    call_command("migrate", interactive=False, verbosity=0)
    with connection.cursor() as db:
        db.execute(CHANGES)


def refuse_unless_scratch() -> None:
    """Raise NotScratch unless this thread's database was made by `scratch_database`."""
    with connection.cursor() as db:
        db.execute("SELECT current_database(), to_regclass('sim.change') IS NOT NULL")
        name, has_changes = db.fetchone()
    if not name.startswith(PREFIX) or not has_changes:
        raise NotScratch(f"{name} holds a site's own data, and is left alone")


def _use(name: str) -> None:
    close_of_this_thread()
    connection.close()
    connection.settings_dict["NAME"] = name


def _drop(name: str) -> sql.Composed:
    # Nobody is connected any more but, at times, the server's own cleaning, which makes way for
    # this. FORCE would be refused then: who may not end another's process may not force it.
    return sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))


def _left_over() -> list[sql.Composed]:
    """What drops those of simulations on this machine that were killed."""
    found = _on_server(sql.SQL(_UNUSED).format(sql.Literal(f"{PREFIX}%")))
    names = [name for (name,) in found]
    return [_drop(name) for name in names if not psutil.pid_exists(int(name.split("_")[2]))]


def _create(name: str, copied_from: str | None) -> sql.Composed:
    made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if copied_from is None:
        return made
    return made + sql.SQL(" TEMPLATE {}").format(sql.Identifier(copied_from))


def _fast(name: str) -> sql.Composed:
    """Nobody misses a scratch database, so nobody waits for the disk."""
    return sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name))


_UNUSED = """
SELECT datname FROM pg_database WHERE datname LIKE {}
    AND NOT EXISTS (SELECT FROM pg_stat_activity used WHERE used.datname = pg_database.datname)
"""


def _on_server(*statements: sql.Composed) -> list[tuple[str]]:
    """Do it from a connection to no database of ours; what the last one answers."""
    parameters = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in ("host", "port", "user", "password")
    }
    with psycopg.connect(**parameters, dbname="postgres", autocommit=True) as db:
        for statement in statements:
            done = db.execute(statement)
        return done.fetchall() if done.description else []


# Columns kept for speed or for sending: a change of nothing else is none of the record.
BESIDE_THE_RECORD = {
    "notices_notice": ("attempts", "last_error", "next_try", "state"),
    "notices_reminder": (
        *("address", "attempts", "first_try", "language", "next_try", "provider", "reason"),
        *("sms_day", "state"),
    ),
    "participants_participant": ("next_reminder_on", "revision", "standing_as_of"),
    "patients_patient": ("revision",),
}
# Every change of a row is noted with its transaction, whoever makes it: the judge of the trail
# must not ask those it judges.
CHANGES = f"""
CREATE SCHEMA sim;
CREATE UNLOGGED TABLE sim.change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, xid xid8, relation text, op text);
CREATE FUNCTION sim.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO sim.change (xid, relation, op)
        VALUES (pg_current_xact_id(), TG_TABLE_NAME, TG_OP);
    ELSIF EXISTS (SELECT FROM changed) THEN
        INSERT INTO sim.change (xid, relation, op)
        VALUES (pg_current_xact_id(), TG_TABLE_NAME, TG_OP);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION sim.note_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT to_jsonb(changed) - TG_ARGV::text[] FROM changed
        EXCEPT SELECT to_jsonb(former) - TG_ARGV::text[] FROM former)
    THEN
        INSERT INTO sim.change (xid, relation, op)
        VALUES (pg_current_xact_id(), TG_TABLE_NAME, TG_OP);
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE
    named text;
    beside jsonb := '{json.dumps(BESIDE_THE_RECORD)}';
BEGIN
    FOR named IN SELECT table_name FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
    LOOP
        EXECUTE format('CREATE TRIGGER sim_inserted AFTER INSERT ON public.%I
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION sim.note()', named);
        EXECUTE format('CREATE TRIGGER sim_deleted AFTER DELETE ON public.%I
            REFERENCING OLD TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION sim.note()', named);
        EXECUTE format('CREATE TRIGGER sim_emptied AFTER TRUNCATE ON public.%I
            FOR EACH STATEMENT EXECUTE FUNCTION sim.note()', named);
        EXECUTE format('CREATE TRIGGER sim_updated AFTER UPDATE ON public.%I
            REFERENCING OLD TABLE AS former NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION sim.%s', named,
            CASE WHEN beside ? named THEN (SELECT format('note_update(%s)',
                string_agg(quote_literal(name), ', '))
                FROM jsonb_array_elements_text(beside->named) name)
            ELSE 'note()' END);
    END LOOP;
END $$;
"""
