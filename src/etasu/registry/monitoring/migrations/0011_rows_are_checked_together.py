"""What results, items and reports point at is checked once a statement, not once a row.

A foreign key asks the other table for every row, and again for the next one: half of the time a
message took. Nothing they point at can be deleted or emptied, so whatever was there when the row
was written is there for good, and to look once for all rows of a statement is as strict. They are looked up by their key, however many
there are: the tables they are in only grow.
"""

import django.db.models.deletion
from django.db import migrations, models

_POINTS = {
    "monitoring_report": {"message_id": "monitoring_message", "patient_id": "patients_patient"},
    "monitoring_result": {"patient_id": "patients_patient", "report_id": "monitoring_report"},
    "monitoring_item": {"report_id": "monitoring_report", "result_id": "monitoring_result"},
}


def _made(table: str, points: dict[str, str]) -> str:
    checks = "".join(
        f"""
    SELECT min(added.{column}) INTO missing FROM added
    WHERE NOT EXISTS (SELECT FROM {to} WHERE {to}.id = added.{column});
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '{table}.{column} points at no row of {to}: %', missing
            USING ERRCODE = 'foreign_key_violation', TABLE = '{table}',
                CONSTRAINT = '{table}_points_at_{to}';
    END IF;"""
        for column, to in points.items()
    )
    return f"""
CREATE FUNCTION {table}_points() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE missing bigint;
BEGIN{checks}
    RETURN NULL;
END $$;
CREATE TRIGGER points_at_rows_that_are_there AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_points();
"""


def _undone(table: str) -> str:
    return f"DROP FUNCTION {table}_points() CASCADE;"


def _unchecked(model: str, name: str, to: str, **options: object) -> migrations.AlterField:
    return migrations.AlterField(
        model_name=model,
        name=name,
        field=models.ForeignKey(
            db_constraint=False,
            on_delete=django.db.models.deletion.PROTECT,
            to=to,
            **options,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0010_when_senders_changed")]
    operations = [
        migrations.RunSQL(
            "".join(_made(*each) for each in _POINTS.items()),
            "".join(map(_undone, _POINTS)),
        ),
        _unchecked("labreportrow", "message", "monitoring.labmessagerow", related_name="reports"),
        _unchecked(
            "labreportrow", "patient", "patients.patient", null=True, related_name="lab_reports"
        ),
        _unchecked("result", "patient", "patients.patient", related_name="results"),
        _unchecked(
            "result",
            "report",
            "monitoring.labreportrow",
            db_index=False,
            null=True,
            related_name="results",
        ),
        _unchecked("labitemrow", "report", "monitoring.labreportrow", related_name="items"),
        _unchecked(
            "labitemrow",
            "result",
            "monitoring.result",
            db_index=False,
            null=True,
            related_name="+",
        ),
    ]
