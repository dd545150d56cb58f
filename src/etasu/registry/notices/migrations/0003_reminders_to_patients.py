"""Reminders to patients, how they want them, and where nothing is sent any more."""

import django.db.models.deletion
from django.db import migrations, models

import etasu.registry.audit.numbers

GUARDS = """
CALL keep_all_but('notices_reminder', 'state', 'attempts', 'next_try', 'reason', 'language',
    'address', 'sms_day', 'provider', 'provider_number', 'handed_over_at', 'handed_over_by',
    'delivered_at', 'delivered_by', 'closed_at', 'closed_by');
CALL keep_all_but('notices_stopped_address', 'ended_at', 'ended_by');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0002_guards_and_bookmarks"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReminderWish",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.TextField(unique=True)),
                ("channels", models.JSONField(default=list)),
                ("language", models.TextField(blank=True)),
                ("quiet_from", models.TimeField()),
                ("quiet_until", models.TimeField()),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.TextField()),
            ],
            options={
                "db_table": "notices_reminder_wish",
            },
        ),
        migrations.CreateModel(
            name="StoppedAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.TextField()),
                ("address", models.TextField()),
                ("why", models.TextField(choices=[("opted_out", "Opted Out"), ("wrong", "Wrong")])),
                ("how", models.TextField()),
                ("stopped_at", models.DateTimeField()),
                ("stopped_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(null=True)),
            ],
            options={
                "db_table": "notices_stopped_address",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("channel", "address", "why"),
                        name="an_address_is_stopped_once_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("why__in", ["opted_out", "wrong"])),
                        name="an_address_is_stopped_for_a_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="an_address_in_use_again_says_by_whom",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
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
                ("program_version", models.TextField()),
                ("code", models.TextField()),
                ("person", models.TextField()),
                ("due_on", models.DateField()),
                ("offset_days", models.IntegerField()),
                ("covers", models.JSONField(default=list)),
                ("channel", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Sending"),
                            ("handed_over", "Handed Over"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                        ],
                        default="waiting",
                    ),
                ),
                ("attempts", models.IntegerField(default=0)),
                ("next_try", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("language", models.TextField(blank=True)),
                ("address", models.TextField(blank=True)),
                ("sms_day", models.DateField(null=True)),
                ("provider", models.TextField(blank=True)),
                ("provider_number", models.TextField(blank=True)),
                ("queued_at", models.DateTimeField()),
                ("queued_by", models.TextField()),
                ("handed_over_at", models.DateTimeField(null=True)),
                ("handed_over_by", models.TextField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("delivered_by", models.TextField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(null=True)),
                (
                    "instead_of",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.reminder",
                    ),
                ),
            ],
            options={
                "db_table": "notices_reminder",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "sending"])),
                        fields=["next_try"],
                        name="reminders_to_send",
                    ),
                    models.Index(
                        condition=models.Q(("state", "failed")),
                        fields=["program"],
                        name="reminders_failed",
                    ),
                    models.Index(
                        condition=models.Q(("provider_number", ""), _negated=True),
                        fields=["provider", "provider_number"],
                        name="reminders_at_a_provider",
                    ),
                    models.Index(
                        condition=models.Q(("address", ""), _negated=True),
                        fields=["address"],
                        name="reminders_at_an_address",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "due_on", "offset_days", "channel"),
                        name="a_reminder_goes_once_by_each_channel",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("sms_day__isnull", False)),
                        fields=("person", "sms_day"),
                        name="a_person_gets_one_text_message_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["sms", "email"])),
                        name="a_reminder_goes_by_a_known_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting",
                                    "sending",
                                    "handed_over",
                                    "delivered",
                                    "failed",
                                    "canceled",
                                ],
                            )
                        ),
                        name="a_reminder_has_a_known_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("handed_over_at__isnull", True),
                                ("handed_over_by__isnull", True),
                                models.Q(
                                    ("state__in", ["handed_over", "delivered"]), _negated=True
                                ),
                            ),
                            models.Q(
                                ("handed_over_at__isnull", False),
                                ("handed_over_by__isnull", False),
                                models.Q(("address", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_reminder_handed_over_says_when_by_whom_and_where",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("delivered_at__isnull", False),
                                ("state", "delivered"),
                                ("delivered_by__isnull", False),
                            ),
                            models.Q(
                                models.Q(("state", "delivered"), _negated=True),
                                ("delivered_at__isnull", True),
                                ("delivered_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="a_delivered_reminder_says_when_and_by_whom",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ["failed", "canceled"]),
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state__in", ["failed", "canceled"]), _negated=True),
                                ("closed_at__isnull", True),
                                ("closed_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="a_reminder_that_ended_says_when_by_whom_and_why",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
