"""Newcomers to look at before they can be certified, and every suspension by itself."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0008_carried_over_steps"),
    ]

    operations = [
        migrations.CreateModel(
            name="NewcomerReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("must_wait", models.BooleanField()),
                ("shared", models.JSONField(default=list)),
                ("came_at", models.DateTimeField()),
                ("came_by", models.TextField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.TextField(null=True)),
                ("is_accepted", models.BooleanField(null=True)),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "db_table": "participants_newcomer_review",
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("suspended_at", models.DateTimeField()),
                ("suspended_by", models.TextField()),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lifted_by", models.TextField(null=True)),
                ("lifted_because", models.TextField(null=True)),
            ],
            options={
                "db_table": "participants_suspension",
            },
        ),
        migrations.RemoveConstraint(
            model_name="participant",
            name="a_prescriber_is_in_a_program_once",
        ),
        migrations.AddField(
            model_name="participant",
            name="in_review",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="participant",
            name="reviewed_on",
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("in_review", False),
                    ("kind", "prescriber"),
                    models.Q(("npi", ""), _negated=True),
                ),
                fields=("program", "kind", "npi"),
                name="a_prescriber_is_in_a_program_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("in_review", False), ("certified_from__isnull", True), _connector="OR"
                ),
                name="nobody_is_certified_while_in_review",
            ),
        ),
        migrations.AddField(
            model_name="newcomerreview",
            name="participant",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="review",
                to="participants.participant",
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="participant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="suspensions",
                to="participants.participant",
            ),
        ),
        migrations.AddIndex(
            model_name="newcomerreview",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", True)),
                fields=["came_at"],
                name="newcomers_to_look_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="newcomerreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("is_accepted__isnull", True),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("is_accepted__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_newcomer_looked_at_says_by_whom_and_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="newcomerreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("must_wait", False),
                    ("decided_at__isnull", True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_newcomer_who_waited_is_decided_with_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)),
                fields=["participant"],
                name="suspensions_that_count",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="a_suspension_begins_before_it_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("lifted_at__isnull", True),
                        ("lifted_because__isnull", True),
                        ("lifted_by__isnull", True),
                    ),
                    models.Q(
                        ("lifted_at__isnull", False),
                        ("lifted_because__isnull", False),
                        ("lifted_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_lifted_suspension_says_by_whom_and_why",
            ),
        ),
    ]
