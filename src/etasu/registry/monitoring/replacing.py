"""Locking the records of patients, and noting that results of theirs no longer stand."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from etasu.registry.audit.actors import Actor


def lock_people(ids: set[int]) -> None:
    """Lock these records against every other change, always in the same order."""
    if ids:
        with connection.cursor() as db:
            db.execute(
                "SELECT id FROM patients_patient WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                [sorted(ids)],
            )


class Overtaken(Exception):
    """Somebody else replaced a result meanwhile, or it is another's now; it is planned again."""


def replace_results(ids: set[int], *, by: Actor, at: datetime) -> None:
    """Note that these results no longer stand; raises Overtaken when one did not any more."""
    with connection.cursor() as db:
        db.execute(
            "UPDATE monitoring_result SET replaced_at = %s, replaced_by = %s"
            " WHERE id = ANY(%s) AND replaced_at IS NULL",
            [at, by.number, sorted(ids)],
        )
        if db.rowcount != len(ids):
            raise Overtaken
