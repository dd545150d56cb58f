"""A patient's results are found by one index, and what points at a patient is checked once.

Every result was entered in two indexes that begin with its patient. And a touch comes from a
trigger of a row whose patient the database has just looked up: it looked once more for each.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0015_watches_of_a_test")]
    operations = [
        migrations.AddIndex(
            "result",
            models.Index(name="results_of_a_patient", fields=["patient", "test", "-collected_on"]),
        ),
        migrations.RemoveIndex("result", "current_results_of_a_patient"),
        migrations.AlterField(
            "result",
            "patient",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="results",
                to="patients.patient",
            ),
        ),
        migrations.AlterField(
            "touch",
            "patient",
            models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="patients.patient",
            ),
        ),
    ]
