"""The backend Django loads for tests: everything but emptying is PostgreSQL's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg import sql

# What migrations write and no test may find gone.
KEPT = ("django_content_type", "auth_permission", "django_migrations")


class DatabaseOperations(operations.DatabaseOperations):
    """Rows are deleted where there are any.

    Truncating makes new files of every table and index there is, which took longer than most
    tests that need it. Guards stand aside for that one transaction, so that append-only tables
    are emptied too.
    """

    def sql_flush(
        self,
        style: Any,
        tables: Sequence[str],
        *,
        reset_sequences: bool = False,
        allow_cascade: bool = False,
    ) -> list[str]:
        """What empties the tables."""
        full = [self.quote_name(table) for table in tables_with_rows(self.connection, tables)]
        return [
            *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in full),
            *(f"DELETE FROM {table}" for table in full),
            "SET CONSTRAINTS ALL IMMEDIATE",
            *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in full),
            *(self._from_one(style, tables) if reset_sequences else ()),
        ]

    def _from_one(self, style: Any, tables: Sequence[str]) -> list[str]:
        """What has numbers count from one again, as in a database that was just made."""
        known = self.connection.introspection.sequence_list()
        own = [each for each in known if each["table"] in tables and each["table"] not in KEPT]
        found: list[str] = self.sequence_reset_by_name_sql(style, own)
        return found


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, emptied so."""

    ops_class = DatabaseOperations


def tables_with_rows(connection: Any, tables: Sequence[str] | None = None) -> list[str]:
    """Which of them, or of all, hold anything beside what migrations wrote."""
    named = connection.introspection.table_names() if tables is None else tables
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
            sql.Literal(table), sql.Identifier(table)
        )
        for table in named
        if table not in KEPT
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [name for (name,) in cursor.fetchall()]
