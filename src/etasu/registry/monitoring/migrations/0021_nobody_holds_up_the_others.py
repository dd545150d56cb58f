"""A patient who cannot be derived is set aside, no extension is for life, no first result is missed.

An extension that was made before stays as it was written down, whatever day it names; it counts no
longer than one may now.
"""

from datetime import timedelta

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# Of whom nothing is watched yet, everything is derived: their first watches may be in the making,
# by somebody who does not see the result that is being written here.
_RESULTS = """
CREATE OR REPLACE FUNCTION monitoring_touch_results() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitoring_touch (patient_id, test, collected_on)
    SELECT watch.patient_id, changed.test, changed.collected_on
    FROM changed
    JOIN patients_patient patient ON patient.id = changed.patient_id
    JOIN monitoring_watch watch
        ON watch.patient_id = coalesce(patient.merged_into_id, patient.id)
        AND watch.subject = changed.test AND NOT watch.is_form
    WHERE changed.replaced_at IS NULL
    UNION ALL
    SELECT DISTINCT coalesce(patient.merged_into_id, patient.id), NULL::text, NULL::date
    FROM (SELECT DISTINCT patient_id FROM changed WHERE replaced_at IS NULL) one
    JOIN patients_patient patient ON patient.id = one.patient_id
    WHERE NOT EXISTS (SELECT FROM monitoring_watch watch
        WHERE watch.patient_id = coalesce(patient.merged_into_id, patient.id));
    RETURN NULL;
END $$;
"""
_RESULTS_BEFORE = """
CREATE OR REPLACE FUNCTION monitoring_touch_results() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitoring_touch (patient_id, test, collected_on)
    SELECT watch.patient_id, changed.test, changed.collected_on
    FROM changed
    JOIN patients_patient patient ON patient.id = changed.patient_id
    JOIN monitoring_watch watch
        ON watch.patient_id = coalesce(patient.merged_into_id, patient.id)
        AND watch.subject = changed.test AND NOT watch.is_form
    WHERE changed.replaced_at IS NULL;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0020_a_signal_may_become_surer")]
    operations = [
        migrations.AddField("touch", "again_on", models.DateField(null=True)),
        migrations.AddIndex(
            "touch",
            models.Index(
                name="touches_set_aside",
                fields=["again_on"],
                condition=models.Q(again_on__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "touch",
            models.CheckConstraint(
                name="only_a_whole_look_is_set_aside",
                condition=models.Q(again_on__isnull=True) | models.Q(test__isnull=True),
            ),
        ),
        AddConstraintNotValid(
            "extension",
            models.CheckConstraint(
                name="an_extension_ends_within_fifty_years",
                condition=models.Q(
                    through__lte=models.F("decided_on") + timedelta(days=50 * 365 + 13)
                ),
            ),
        ),
        migrations.RunSQL(_RESULTS, _RESULTS_BEFORE),
    ]
