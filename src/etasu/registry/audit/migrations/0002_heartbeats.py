"""Heartbeats of the clock, and seals that know the highest id below them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="auditseal",
            name="highest_id",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="auditseal",
            index=models.Index(
                condition=models.Q(entries=0), fields=["sequence"], name="epochs_of_the_trail"
            ),
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("job", models.TextField(primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
                ("beat_by", models.TextField()),
                ("seconds_allowed", models.IntegerField()),
                ("said", models.JSONField(default=dict)),
            ],
            options={"db_table": "audit_heartbeat"},
        ),
    ]
