"""What new rows of a table point at is looked for in one query, not in one for each column.

To begin and to end a query takes longer than to find a dozen rows by their keys, and every message
from a laboratory had six of them. Which row is missing is only asked where one is.
"""

from django.db import migrations

_POINTS = {
    "monitoring_report": {"message_id": "monitoring_message", "patient_id": "patients_patient"},
    "monitoring_result": {"patient_id": "patients_patient", "report_id": "monitoring_report"},
    "monitoring_item": {"report_id": "monitoring_report", "result_id": "monitoring_result"},
}
# What many new rows point at together is looked up once.
_POINTED_AT = {
    "monitoring_report": ["SELECT * FROM added"],
    "monitoring_result": ["SELECT DISTINCT patient_id, report_id FROM added"],
    "monitoring_item": ["SELECT DISTINCT report_id FROM added", "SELECT result_id FROM added"],
}


def _one_look(table: str) -> str:
    looks = []
    for pointed_at in _POINTED_AT[table]:
        missing = [
            f"({column} IS NOT NULL AND (SELECT id FROM {to} WHERE id = {column}) IS NULL)"
            for column, to in _POINTS[table].items()
            if column in pointed_at or "*" in pointed_at
        ]
        looks.append(f"SELECT FROM ({pointed_at}) pointed_at WHERE {' OR '.join(missing)}")
    return f"""
    IF NOT EXISTS ({" UNION ALL ".join(looks)}) THEN
        RETURN NULL;
    END IF;"""


def _made(table: str, before: str) -> str:
    checks = "".join(
        f"""
    SELECT min(pointed.at) INTO missing
    FROM (SELECT DISTINCT {column} AS at FROM added WHERE {column} IS NOT NULL) pointed
    WHERE (SELECT id FROM {to} WHERE id = pointed.at) IS NULL;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '{table}.{column} points at no row of {to}: %', missing
            USING ERRCODE = 'foreign_key_violation', TABLE = '{table}',
                CONSTRAINT = '{table}_points_at_{to}';
    END IF;"""
        for column, to in _POINTS[table].items()
    )
    return f"""
CREATE OR REPLACE FUNCTION {table}_points() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE missing bigint;
BEGIN{before}{checks}
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0018_the_day_a_watch_changes_is_at_hand")]
    operations = [
        migrations.RunSQL(
            "".join(_made(table, _one_look(table)) for table in _POINTS),
            "".join(_made(table, "") for table in _POINTS),
        ),
    ]
