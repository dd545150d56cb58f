"""A result finds the watches it is for by patient and test; the open period is an expression.

An index of patients alone led to every watch of the patient, and the one of patients and rules
serves whoever asks for those.
"""

import django.db.models.deletion
from django.db import migrations, models

# Written as one expression, it becomes part of the statement it is used in.
_EXPRESSION = """
CREATE OR REPLACE FUNCTION monitoring_open_period(met varbit, waived varbit, last int) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN length(rtrim($1::text, '0')) >= $3 THEN NULL
        WHEN bit_count($2) = 0 THEN length(rtrim($1::text, '0')) + 1
        ELSE length(rtrim($1::text, '0'))
            + nullif(strpos(substr($2::text, length(rtrim($1::text, '0')) + 1), '0'), 0)
    END
$$;
"""
_AS_BEFORE = """
CREATE OR REPLACE FUNCTION monitoring_open_period(met varbit, waived varbit, last int) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    period int := length(rtrim(met::text, '0')) + 1;
    left_open int;
BEGIN
    IF period > last THEN
        RETURN NULL;
    ELSIF bit_count(waived) = 0 THEN
        RETURN period;
    END IF;
    left_open := strpos(substr(waived::text, period), '0');
    RETURN CASE WHEN left_open > 0 THEN period + left_open - 1 END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0014_rows_are_looked_up_by_key")]
    operations = [
        migrations.RunSQL(_EXPRESSION, _AS_BEFORE),
        migrations.AddIndex(
            "watch", models.Index(name="watches_of_a_test", fields=["patient", "subject"])
        ),
        migrations.AlterField(
            "watch",
            "patient",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="watches",
                to="patients.patient",
            ),
        ),
    ]
