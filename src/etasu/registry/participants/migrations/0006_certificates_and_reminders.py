"""Certificates by number, unbroken certification, and the next day to remind on."""

import django.db.models.deletion
from django.db import migrations, models

import etasu.registry.audit.numbers


class Migration(migrations.Migration):
    dependencies = [("participants", "0005_listed_publicly"), ("audit", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="certification",
            name="unbroken_since",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="participant",
            name="next_reminder_on",
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(next_reminder_on__isnull=False),
                fields=["next_reminder_on"],
                name="participants_to_remind",
            ),
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.TextField(default=etasu.registry.audit.numbers.new_number, unique=True),
                ),
                (
                    "certification",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificate",
                        to="participants.certification",
                    ),
                ),
                ("issued_at", models.DateTimeField()),
                ("issued_by", models.TextField()),
            ],
            options={"db_table": "participants_certificate"},
        ),
        migrations.RunSQL(
            "CALL make_append_only('participants_certificate');", migrations.RunSQL.noop
        ),
    ]
