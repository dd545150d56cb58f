"""Patients on the way to another prescriber; what was asked and answered is kept."""

import django.db.models.deletion
from django.db import migrations, models

import etasu.registry.audit.numbers

GUARDS = """
CALL keep_all_but('patients_transfer', 'offered_to_id', 'offered_at', 'offered_by',
    'closed_at', 'closed_by', 'outcome', 'reason');
CREATE TRIGGER closed_for_good BEFORE UPDATE ON patients_transfer FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_reopening();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0007_carried_over_certifications"),
        ("patients", "0003_review_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transfer",
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
                ("form", models.TextField()),
                ("effective_on", models.DateField()),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.TextField()),
                ("offered_at", models.DateTimeField(null=True)),
                ("offered_by", models.TextField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(null=True)),
                ("outcome", models.TextField(null=True)),
                ("reason", models.TextField(null=True)),
                (
                    "former",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="participants.participant",
                    ),
                ),
                (
                    "offered_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="participants.participant",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "db_table": "patients_transfer",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("patient",),
                        name="a_patient_has_one_open_transfer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("offered_at__isnull", True),
                                ("offered_by__isnull", True),
                                ("offered_to__isnull", True),
                            ),
                            models.Q(
                                ("offered_at__isnull", False),
                                ("offered_by__isnull", False),
                                ("offered_to__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="an_offered_transfer_says_by_whom_and_to_whom",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True),
                                ("closed_by__isnull", True),
                                ("outcome__isnull", True),
                            ),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                ("offered_to__isnull", False),
                                ("outcome__in", ["accepted", "declined"]),
                            ),
                            _connector="OR",
                        ),
                        name="a_closed_transfer_says_by_whom_and_how",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
