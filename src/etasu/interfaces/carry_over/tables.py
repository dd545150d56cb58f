"""Which tables an export holds: every one of the database, but for those left out with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from typing import NamedTuple

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model

# Tables no export holds. A table that is neither here nor exported cannot be: all others are.
LEFT_OUT: Mapping[str, str] = {
    "auth.Permission": "made by `etasu migrate`; nothing uses it, for roles are memberships",
    "auth.Group": "nothing uses it, for roles are memberships",
    "auth.Group_permissions": "nothing uses it, for roles are memberships",
    "contenttypes.ContentType": "made by `etasu migrate`; nothing of the record points at it",
    "sessions.Session": "whoever is signed in signs in again",
    "accounts.OpenSession": "whoever is signed in signs in again",
    "accounts.SignInDelay": "how long somebody who mistyped must wait: seconds",
    "audit.Heartbeat": "signs of life of the worker of one server",
    "education.SearchCorpus": "made anew from the program's files by the first search",
    "education.SearchText": "made anew from the program's files by the first search",
    "monitoring.Watch": "follows from infusions, results, forms and decisions; derived anew",
    "monitoring.SendersToken": "drawn anew with every change of who sends results",
    "monitoring.Touch": "what the worker has yet to look at; restored rows leave their own",
}
_WITHHELD = "convert_to('withheld ' || id, 'UTF8')"
# Columns that open doors, each with what stands in its place unless secrets are asked for. A
# password of `!` lets nobody in; a hash of another length than SHA-256 has is that of no secret.
SECRETS: Mapping[str, str] = {
    "accounts_user.password": "'!'",
    "accounts_api_key.key_hash": _WITHHELD,
    "participants_invitation.token_hash": _WITHHELD,
    "submissions_signing_link.token_hash": _WITHHELD,
    "submissions_consent_link.token_hash": _WITHHELD,
    "notices_calendar_feed.token_hash": _WITHHELD,
    "patient_support_care_partner.token_hash": _WITHHELD,
}
# Tables whose rows are secrets through and through, exported only when secrets are asked for.
SECRET_TABLES: Mapping[str, str] = {
    "accounts.AuthenticatorApp": "a secret: whoever had an app sets it up again",
    "accounts.RecoveryCode": "secrets: whoever had codes makes new ones",
    "accounts.MailedLink": "secrets, good for hours: whoever waits for a mail asks again",
}

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
# By the primary key; text by its bytes, which sorts the same on every server.
_ORDER = """
SELECT quote_ident(attname) || CASE WHEN attcollation = 0 THEN '' ELSE ' COLLATE "C"' END
FROM pg_index
CROSS JOIN unnest(indkey) WITH ORDINALITY AS key (number, place)
JOIN pg_attribute ON attrelid = indrelid AND attnum = number
WHERE indrelid = %s::regclass AND indisprimary ORDER BY place
"""
_COUNTED = """
SELECT attname, pg_get_serial_sequence(%s::text, attname) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname
"""


class Table(NamedTuple):
    """One table as exported: its columns, what its rows are ordered by, and what counts them.

    `sequences` names, for each column that numbers itself, the sequence it takes numbers from.
    """

    label: str
    name: str
    columns: tuple[str, ...]
    order: tuple[str, ...]
    sequences: Mapping[str, str]

    @property
    def file(self) -> str:
        """The file that holds its rows."""
        return f"{self.name}.csv"

    def selection(self, with_secrets: bool) -> str:
        """The statement that gives its rows, in their order."""
        wanted = [self._expression(column, with_secrets) for column in self.columns]
        return f'SELECT {", ".join(wanted)} FROM "{self.name}" ORDER BY {", ".join(self.order)}'

    def _expression(self, column: str, with_secrets: bool) -> str:
        secret = SECRETS.get(f"{self.name}.{column}")
        quoted = f'"{column}"'
        return quoted if with_secrets or secret is None else f"{secret} AS {quoted}"


def kept_models(with_secrets: bool = True) -> list[type[Model]]:
    """Every model whose rows are exported, what is pointed at before what points at it.

    The order is the same for the same models.
    """
    models = {
        model._meta.label: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    secret = () if with_secrets else SECRET_TABLES
    wanted = {k: model for k, model in models.items() if k not in LEFT_OUT and k not in secret}
    sorter = TopologicalSorter(
        {label: _pointed_at(model) & wanted.keys() for label, model in wanted.items()}
    )
    return [wanted[label] for label in _steadily(sorter)]


def kept_tables(with_secrets: bool) -> list[Table]:
    """The tables of those models as the database has them, in the same order."""
    return [_table(model) for model in kept_models(with_secrets)]


def _steadily(sorter: TopologicalSorter[str]) -> Iterable[str]:
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)


def _pointed_at(model: type[Model]) -> set[str]:
    """The models its keys point at, itself left out: a table is copied in one statement."""
    targets = {
        field.related_model._meta.label
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and not isinstance(field.related_model, str)
    }
    return targets - {model._meta.label}


def _table(model: type[Model]) -> Table:
    name = model._meta.db_table
    with connection.cursor() as db:
        db.execute(_COLUMNS, [f'"{name}"'])
        there = {row[0] for row in db.fetchall()}
        db.execute(_ORDER, [f'"{name}"'])
        order = tuple(row[0] for row in db.fetchall())
        db.execute(_COUNTED, [f'"{name}"', f'"{name}"'])
        sequences = {column: sequence for column, sequence in db.fetchall() if sequence}
    known = [field.column for field in model._meta.concrete_fields if field.column in there]
    # A column the database keeps by itself, such as an entry's transaction, is a column as well.
    columns = (*known, *sorted(there.difference(known)))
    return Table(model._meta.label, name, columns, order, sequences)
