"""Indexes that let the state of a watch change where it is, and room on each page for that.

A row whose indexed column changes gets a new entry in every index of its table, which was most of
the work of a day. An index of blocks does not ask for that; a day then reads the table once, which
is quick beside what it changes.
"""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0011_rows_are_checked_together")]
    operations = [
        migrations.RemoveIndex(model_name="watch", name="watches_of_a_test"),
        migrations.RemoveIndex(model_name="watch", name="watches_to_look_at"),
        migrations.RemoveIndex(model_name="watch", name="watches_by_due_day"),
        migrations.AddIndex(
            model_name="watch",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True,
                fields=["next_change_on", "open_due_on"],
                name="watches_to_look_at",
                pages_per_range=32,
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE monitoring_watch SET (fillfactor = 70)",
            "ALTER TABLE monitoring_watch RESET (fillfactor)",
        ),
    ]
