"""What a new row points at is looked up by its key, whatever is believed of the tables' sizes.

A database that has just been set up believes that its tables are empty, and reads the whole of one
where it should look for a few keys; a subquery for one value leaves it no choice. Two indexes that
others make unnecessary go: every message had to be entered in them.
"""

import django.db.models.deletion
from django.db import migrations, models

from etasu.registry.audit.numbers import new_number

_POINTS = {
    "monitoring_report": {"message_id": "monitoring_message", "patient_id": "patients_patient"},
    "monitoring_result": {"patient_id": "patients_patient", "report_id": "monitoring_report"},
    "monitoring_item": {"report_id": "monitoring_report", "result_id": "monitoring_result"},
}
_LOOKED_UP = "(SELECT id FROM {to} WHERE id = pointed.at) IS NULL"
_AS_BEFORE = "NOT EXISTS (SELECT FROM {to} WHERE id = pointed.at)"
_SWITCHED_OFF = "SET enable_hashjoin = off SET enable_mergejoin = off "


def _made(table: str, is_missing: str, switched_off: str = "") -> str:
    checks = "".join(
        f"""
    SELECT min(pointed.at) INTO missing
    FROM (SELECT DISTINCT {column} AS at FROM added WHERE {column} IS NOT NULL) pointed
    WHERE {is_missing.format(to=to)};
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '{table}.{column} points at no row of {to}: %', missing
            USING ERRCODE = 'foreign_key_violation', TABLE = '{table}',
                CONSTRAINT = '{table}_points_at_{to}';
    END IF;"""
        for column, to in _POINTS[table].items()
    )
    return f"""
CREATE OR REPLACE FUNCTION {table}_points() RETURNS trigger LANGUAGE plpgsql {switched_off}AS $$
DECLARE missing bigint;
BEGIN{checks}
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0013_what_was_said_wrongly")]
    operations = [
        migrations.RunSQL(
            "".join(_made(table, _LOOKED_UP) for table in _POINTS),
            "".join(_made(table, _AS_BEFORE, _SWITCHED_OFF) for table in _POINTS),
        ),
        migrations.AlterField(
            "labmessagerow",
            "number",
            models.TextField(default=new_number),
        ),
        migrations.AddConstraint(
            "labmessagerow",
            models.UniqueConstraint(name="a_message_has_its_own_number", fields=["number"]),
        ),
        migrations.AlterField(
            "labmessagerow",
            "connection",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="monitoring.labconnection",
            ),
        ),
    ]
