"""Documents as they come in, and how far they have got."""

import django.db.models.deletion
from django.db import migrations, models

import etasu.registry.audit.numbers


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0006_link_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="IncomingDocument",
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
                (
                    "channel",
                    models.TextField(
                        choices=[("paper", "paper"), ("fax", "fax"), ("phone", "phone")]
                    ),
                ),
                ("media_type", models.TextField(blank=True)),
                ("content", models.BinaryField(null=True)),
                ("size", models.IntegerField(default=0)),
                ("pages", models.IntegerField(null=True)),
                ("digest", models.TextField(blank=True)),
                ("caller_name", models.TextField(blank=True)),
                ("call_back", models.TextField(blank=True)),
                ("reached_on", models.DateField()),
                ("received_at", models.DateTimeField()),
                ("received_by", models.TextField()),
                ("signatures", models.JSONField(default=dict)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("claimed_by", models.TextField(null=True)),
                ("keyed_at", models.DateTimeField(null=True)),
                ("keyed_by", models.TextField(null=True)),
                ("returned_at", models.DateTimeField(null=True)),
                ("returned_by", models.TextField(null=True)),
                ("returned_reason", models.TextField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("checked_by", models.TextField(null=True)),
                ("set_aside_at", models.DateTimeField(null=True)),
                ("set_aside_by", models.TextField(null=True)),
                ("set_aside_reason", models.TextField(null=True)),
                (
                    "draft",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="document",
                        to="submissions.draft",
                    ),
                ),
            ],
            options={
                "db_table": "submissions_incoming_document",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("checked_at__isnull", True), ("set_aside_at__isnull", True)
                        ),
                        fields=["program", "received_at"],
                        name="documents_under_way",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("digest", ""), _negated=True),
                        fields=("program", "digest"),
                        name="a_document_is_taken_in_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("channel", "phone"),
                                ("content__isnull", True),
                                models.Q(("caller_name", ""), _negated=True),
                                models.Q(("call_back", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("channel", "phone"), _negated=True),
                                ("content__isnull", False),
                                models.Q(("digest", ""), ("media_type", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_call_has_a_caller_and_a_document_its_image",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claimed_at__isnull", True), ("claimed_by__isnull", True)),
                            models.Q(("claimed_at__isnull", False), ("claimed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_claimed_document_says_by_whom",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("keyed_at__isnull", True), ("keyed_by__isnull", True)),
                            models.Q(
                                ("draft__isnull", False),
                                ("keyed_at__isnull", False),
                                ("keyed_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_keyed_document_says_by_whom_and_into_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("returned_at__isnull", True),
                                ("returned_by__isnull", True),
                                ("returned_reason__isnull", True),
                            ),
                            models.Q(
                                ("returned_at__isnull", False),
                                ("returned_by__isnull", False),
                                ("returned_reason__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_returned_document_says_by_whom_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("checked_at__isnull", True), ("checked_by__isnull", True)),
                            models.Q(
                                ("checked_at__isnull", False),
                                ("checked_by__isnull", False),
                                ("keyed_at__isnull", False),
                                models.Q(("checked_by", models.F("keyed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="whoever_keys_a_document_in_does_not_check_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("set_aside_at__isnull", True),
                                ("set_aside_by__isnull", True),
                                ("set_aside_reason__isnull", True),
                            ),
                            models.Q(
                                ("checked_at__isnull", True),
                                ("set_aside_at__isnull", False),
                                ("set_aside_by__isnull", False),
                                ("set_aside_reason__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_document_set_aside_says_by_whom_and_why",
                    ),
                ],
            },
        ),
    ]
