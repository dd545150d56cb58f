"""Corrections that nobody has read yet, and what is judged again since a code means another thing."""

import django.db.models.deletion
from django.db import migrations, models

GUARDS = """
CALL make_append_only('monitoring_awaited_correction');
CALL keep_all_but('monitoring_retaking', 'through', 'changed', 'done_at', 'done_by');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0012_watches_are_changed_in_place"),
        ("audit", "0001_initial"),
    ]
    operations = [
        migrations.AddIndex(
            model_name="itemresolution",
            index=models.Index(
                condition=models.Q(("outcome", "quarantined"), ("revises", True)),
                fields=["item"],
                name="items_that_wait_again",
            ),
        ),
        migrations.CreateModel(
            name="AwaitedCorrection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("began_by", models.TextField()),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takes_away",
                        to="monitoring.labitemrow",
                    ),
                ),
                (
                    "result",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="awaited",
                        to="monitoring.result",
                    ),
                ),
            ],
            options={"db_table": "monitoring_awaited_correction"},
        ),
        migrations.CreateModel(
            name="Retaking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("through", models.BigIntegerField(db_default=0, default=0)),
                ("changed", models.IntegerField(db_default=0, default=0)),
                ("begun_at", models.DateTimeField()),
                ("begun_by", models.TextField()),
                ("done_at", models.DateTimeField(null=True)),
                ("done_by", models.TextField(null=True)),
                (
                    "mapping",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retaking",
                        to="monitoring.codemapping",
                    ),
                ),
            ],
            options={
                "db_table": "monitoring_retaking",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["begun_at"],
                        name="retakings_under_way",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                            models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_retaking_that_is_done_says_by_whom",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
