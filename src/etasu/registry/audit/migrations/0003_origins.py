"""Where records came from that another administrator kept before."""

from django.db import migrations, models

import etasu.registry.audit.numbers

GUARDS = """
CALL make_append_only('audit_origin');
CALL keep_all_but('audit_carry_over', 'files', 'counts', 'ended_at', 'ended_by');
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_heartbeats")]
    operations = [
        migrations.CreateModel(
            name="CarryOver",
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
                ("administrator", models.TextField()),
                ("reference", models.TextField(blank=True)),
                ("files", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("began_at", models.DateTimeField()),
                ("began_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(null=True)),
            ],
            options={"db_table": "audit_carry_over"},
        ),
        migrations.CreateModel(
            name="Origin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("administrator", models.TextField()),
                ("program", models.TextField()),
                ("kind", models.TextField()),
                ("legacy_id", models.TextField()),
                ("number", models.TextField()),
                ("fingerprint", models.BinaryField()),
                ("carry_over", models.TextField()),
                ("carried_at", models.DateTimeField()),
                ("carried_by", models.TextField()),
            ],
            options={"db_table": "audit_origin"},
        ),
        migrations.AddIndex(
            model_name="origin",
            index=models.Index(fields=["number"], name="origins_of_a_record"),
        ),
        migrations.AddConstraint(
            model_name="carryover",
            constraint=models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="an_ended_carry_over_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="carryover",
            constraint=models.UniqueConstraint(
                condition=models.Q(ended_at__isnull=True),
                fields=("administrator",),
                name="one_carry_over_at_a_time_from_an_administrator",
            ),
        ),
        migrations.AddConstraint(
            model_name="origin",
            constraint=models.UniqueConstraint(
                fields=("administrator", "kind", "legacy_id", "program"),
                name="a_legacy_record_is_carried_over_once",
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
