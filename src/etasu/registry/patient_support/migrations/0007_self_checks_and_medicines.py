"""How patients are, and what they take."""

import django.db.models.deletion
from django.db import migrations, models

import etasu.registry.audit.numbers

GUARDS = """
CALL make_append_only('patient_support_region_answer');
CALL keep_all_but('patient_support_self_check', 'finished_at', 'finished_by');
CALL keep_all_but('patient_support_told_symptom', 'taken_back_at', 'taken_back_by',
    'escalated_at', 'escalated_by', 'acknowledged_at', 'acknowledged_by', 'done');
CALL keep_all_but('patient_support_listed_medicine', 'stopped_on', 'stopped_at', 'stopped_by',
    'removed_at', 'removed_by');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("participants", "0010_review_guards"),
        ("patient_support", "0006_lab_program_and_live_events"),
        ("patients", "0006_identifier_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="SelfCheck",
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
                ("program_version", models.TextField()),
                ("begun_on", models.DateField()),
                ("begun_at", models.DateTimeField()),
                ("begun_by", models.TextField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("finished_by", models.TextField(null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="self_checks",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "db_table": "patient_support_self_check",
            },
        ),
        migrations.CreateModel(
            name="RegionAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.TextField()),
                ("noticed", models.JSONField(default=list)),
                ("is_unsure", models.BooleanField()),
                ("answered_at", models.DateTimeField()),
                ("answered_by", models.TextField()),
                (
                    "check_of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="patient_support.selfcheck",
                    ),
                ),
            ],
            options={
                "db_table": "patient_support_region_answer",
            },
        ),
        migrations.CreateModel(
            name="ToldSymptom",
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
                ("code", models.TextField()),
                ("is_unsure", models.BooleanField()),
                (
                    "urgency",
                    models.TextField(
                        choices=[
                            ("information", "information"),
                            ("routine", "routine"),
                            ("urgent", "urgent"),
                            ("emergency", "emergency"),
                        ]
                    ),
                ),
                ("told_at", models.DateTimeField()),
                ("told_by", models.TextField()),
                ("answer_until", models.DateTimeField(null=True)),
                ("taken_back_at", models.DateTimeField(null=True)),
                ("taken_back_by", models.TextField(null=True)),
                ("escalated_at", models.DateTimeField(null=True)),
                ("escalated_by", models.TextField(null=True)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("acknowledged_by", models.TextField(null=True)),
                ("done", models.TextField(null=True)),
                (
                    "check_of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="told",
                        to="patient_support.selfcheck",
                    ),
                ),
                (
                    "owner",
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
                        related_name="told_symptoms",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "db_table": "patient_support_told_symptom",
            },
        ),
        migrations.CreateModel(
            name="ListedMedicine",
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
                ("name", models.TextField()),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("prescription", "prescription"),
                            ("over_the_counter", "over_the_counter"),
                            ("vitamin", "vitamin"),
                            ("herbal", "herbal"),
                            ("vaccine", "vaccine"),
                        ]
                    ),
                ),
                ("how_taken", models.TextField(blank=True)),
                ("started_on", models.DateField(null=True)),
                ("listed_at", models.DateTimeField()),
                ("listed_by", models.TextField()),
                ("stopped_on", models.DateField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("stopped_by", models.TextField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                ("removed_by", models.TextField(null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="listed_medicines",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "db_table": "patient_support_listed_medicine",
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=["patient"],
                        name="listed_medicines_of_a_patient",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            (
                                "kind__in",
                                [
                                    "prescription",
                                    "over_the_counter",
                                    "vitamin",
                                    "herbal",
                                    "vaccine",
                                ],
                            ),
                        ),
                        name="a_listed_medicine_has_a_name_and_a_known_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("stopped_at__isnull", True),
                                ("stopped_by__isnull", True),
                                ("stopped_on__isnull", True),
                            ),
                            models.Q(
                                ("stopped_at__isnull", False),
                                ("stopped_by__isnull", False),
                                ("stopped_on__isnull", False),
                                models.Q(
                                    ("started_on__isnull", True),
                                    ("stopped_on__gte", models.F("started_on")),
                                    _connector="OR",
                                ),
                                models.Q(("kind", "vaccine"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_stopped_medicine_says_when_and_by_whom",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("removed_at__isnull", True), ("removed_by__isnull", True)),
                            models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_medicine_taken_off_the_list_says_by_whom",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="selfcheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at__isnull", True)),
                fields=("patient",),
                name="a_patient_is_in_one_self_check_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="selfcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("finished_by__isnull", True)),
                    models.Q(("finished_at__isnull", False), ("finished_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_finished_self_check_says_by_whom",
            ),
        ),
        migrations.AddIndex(
            model_name="toldsymptom",
            index=models.Index(
                condition=models.Q(("acknowledged_at__isnull", True)),
                fields=["patient"],
                name="open_symptoms_of_a_patient",
            ),
        ),
        migrations.AddIndex(
            model_name="toldsymptom",
            index=models.Index(
                condition=models.Q(
                    ("acknowledged_at__isnull", True), ("escalated_at__isnull", True)
                ),
                fields=["answer_until"],
                name="symptoms_to_escalate",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldsymptom",
            constraint=models.UniqueConstraint(
                fields=("check_of", "code"), name="a_symptom_is_told_once_in_a_self_check"
            ),
        ),
        migrations.AddConstraint(
            model_name="toldsymptom",
            constraint=models.CheckConstraint(
                condition=models.Q(("urgency__in", ["emergency", "urgent", "routine"])),
                name="a_symptom_is_as_urgent_as_can_be_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldsymptom",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("taken_back_at__isnull", True), ("taken_back_by__isnull", True)),
                    models.Q(("taken_back_at__isnull", False), ("taken_back_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_symptom_taken_back_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldsymptom",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("escalated_at__isnull", True), ("escalated_by__isnull", True)),
                    models.Q(("escalated_at__isnull", False), ("escalated_by__isnull", False)),
                    _connector="OR",
                ),
                name="an_escalated_symptom_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldsymptom",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("acknowledged_at__isnull", True),
                        ("acknowledged_by__isnull", True),
                        ("done__isnull", True),
                    ),
                    models.Q(
                        ("acknowledged_at__gte", models.F("told_at")),
                        ("acknowledged_by__isnull", False),
                        models.Q(("done", ""), _negated=True),
                        ("done__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="an_acknowledged_symptom_says_by_whom_and_what_was_done",
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
