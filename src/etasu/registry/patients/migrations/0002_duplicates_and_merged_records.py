"""Records that may be one person, and records merged into another."""

import django.db.models.deletion
from django.db import migrations, models

import etasu.registry.audit.numbers


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0007_carried_over_certifications"),
        ("patients", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DuplicateReview",
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
                ("program", models.TextField()),
                ("shared", models.JSONField(default=list)),
                ("blocks_both", models.BooleanField(default=False)),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.TextField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.TextField(null=True)),
                (
                    "verdict",
                    models.TextField(
                        choices=[("different", "Different"), ("same", "Same")], null=True
                    ),
                ),
                ("reason", models.TextField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.TextField(null=True)),
                ("undone_reason", models.TextField(null=True)),
            ],
            options={
                "db_table": "patients_duplicate_review",
            },
        ),
        migrations.AddField(
            model_name="patient",
            name="merged_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="patient",
            name="merged_by",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="patient",
            name="merged_into",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="records",
                to="patients.patient",
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("merged_at__isnull", True),
                        ("merged_by__isnull", True),
                        ("merged_into__isnull", True),
                    ),
                    models.Q(
                        ("merged_at__isnull", False),
                        ("merged_by__isnull", False),
                        ("merged_into__isnull", False),
                        models.Q(("merged_into", models.F("id")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_merged_record_says_by_whom_and_into_another",
            ),
        ),
        migrations.AddField(
            model_name="duplicatereview",
            name="newer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
            ),
        ),
        migrations.AddField(
            model_name="duplicatereview",
            name="older",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
            ),
        ),
        migrations.AddField(
            model_name="duplicatereview",
            name="survivor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="patients.patient",
            ),
        ),
        migrations.AddIndex(
            model_name="duplicatereview",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", True)),
                fields=["program", "opened_at"],
                name="open_duplicate_reviews",
            ),
        ),
        migrations.AddConstraint(
            model_name="duplicatereview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)),
                fields=("older", "newer"),
                name="two_records_are_compared_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="duplicatereview",
            constraint=models.CheckConstraint(
                condition=models.Q(("older__lt", models.F("newer"))),
                name="the_older_record_comes_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="duplicatereview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("reason__isnull", True),
                        ("survivor__isnull", True),
                        ("verdict__isnull", True),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("reason__isnull", False),
                        ("verdict__in", ["different", "same"]),
                    ),
                    _connector="OR",
                ),
                name="a_decided_review_says_by_whom_what_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="duplicatereview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("verdict", "same"),
                        models.Q(
                            ("survivor", models.F("older")),
                            ("survivor", models.F("newer")),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        ("survivor__isnull", True),
                        models.Q(
                            ("verdict__isnull", True),
                            models.Q(("verdict", "same"), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="one_of_two_merged_records_is_answered_for",
            ),
        ),
        migrations.AddConstraint(
            model_name="duplicatereview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("undone_at__isnull", True),
                        ("undone_by__isnull", True),
                        ("undone_reason__isnull", True),
                    ),
                    models.Q(
                        ("undone_at__isnull", False),
                        ("undone_by__isnull", False),
                        ("undone_reason__isnull", False),
                        ("verdict", "same"),
                    ),
                    _connector="OR",
                ),
                name="an_undone_merge_says_by_whom_and_why",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["program", "birth_date"], name="patients_by_birth_date"),
        ),
    ]
