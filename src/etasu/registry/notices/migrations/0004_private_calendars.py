"""Calendars that patients' devices read."""

from django.db import migrations, models

import etasu.registry.audit.numbers

GUARDS = """
CALL keep_all_but('notices_calendar_feed', 'title', 'published', 'ended_at', 'ended_by');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_reminders_to_patients"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
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
                ("person", models.TextField()),
                ("token_hash", models.TextField(unique=True)),
                ("title", models.TextField(blank=True)),
                ("language", models.TextField()),
                ("published", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(null=True)),
            ],
            options={
                "db_table": "notices_calendar_feed",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("person",),
                        name="a_person_has_one_calendar",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="an_ended_calendar_says_by_whom",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
