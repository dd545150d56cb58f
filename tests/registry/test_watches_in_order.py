"""The table of watches is made anew with its columns in another order: nothing of it is lost."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from etasu.registry.monitoring.models import Watch
from etasu.registry.monitoring.watches import look_again
from tests.registry import labs

pytestmark = pytest.mark.django_db
REBUILT = import_module(
    "etasu.registry.monitoring.migrations.0018_the_day_a_watch_changes_is_at_hand"
)
KNOWN_BY_NAME = """
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE tablename = 'monitoring_watch'
UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'monitoring_watch'::regclass AND contype <> 'n'
UNION ALL SELECT 'column', attname,
    concat(format_type(atttypid, atttypmod), attnotnull, attidentity) FROM pg_attribute
    WHERE attrelid = 'monitoring_watch'::regclass AND attnum > 0
UNION ALL SELECT 'numbers', pg_get_serial_sequence('monitoring_watch', 'id'), ''
UNION ALL SELECT 'room', relname, array_to_string(reloptions, ' ') FROM pg_class
    WHERE oid = 'monitoring_watch'::regclass
ORDER BY 1, 2
"""


def known_by_name() -> list[tuple[Any, ...]]:
    """What the table has, whatever the order of its columns."""
    with connection.cursor() as db:
        db.execute(KNOWN_BY_NAME)
        return list(db.fetchall())


def test_every_watch_and_every_rule_of_the_table_is_there_afterwards(
    teaching_program: None,
) -> None:
    labs.use_lemtrada()
    mara = labs.patient()
    labs.treat(mara, date(2024, 6, 3), date(2024, 6, 4))
    look_again(labs.AT.date())
    before, schema = list(Watch.objects.order_by("pk").values()), known_by_name()
    assert len(before) > 5
    with connection.cursor() as db:
        db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in (REBUILT._MADE, REBUILT._MOVED, REBUILT._NAMED):
            db.execute(statement)
        db.execute("SELECT max(id) FROM monitoring_watch")
        assert db.fetchone() == (before[-1]["id"],)
    assert list(Watch.objects.order_by("pk").values()) == before
    assert known_by_name() == schema
    first = before[0] | {"code": "another", "id": None}
    assert Watch.objects.create(**first).pk > before[-1]["id"]
