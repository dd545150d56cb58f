"""The unit a code goes without saying, and messages by the day they came."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0008_what_people_enter_and_keep")]

    operations = [
        migrations.AddField(
            model_name="codemapping",
            name="unit",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="labmessagerow",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True,
                fields=["received_at"],
                name="messages_by_day",
                pages_per_range=32,
            ),
        ),
    ]
