"""Where tests are taken, appointments and orders for them, and live events."""

import django.db.models.deletion
from django.db import migrations, models

import etasu.registry.audit.numbers

GUARDS = """
CALL make_append_only('patient_support_draw_site_file');
CALL keep_all_but('patient_support_draw_site', 'removed_at', 'removed_by');
CALL keep_all_but('patient_support_lab_appointment',
    'day', 'begins', 'ends', 'confirmed_at', 'confirmed_by', 'changes',
    'done_on', 'done_at', 'done_by', 'missed_at', 'missed_by',
    'canceled_at', 'canceled_by', 'canceled_because',
    'settled_at', 'settled_by', 'settled_note');
CALL keep_all_but('patient_support_lab_order', 'ended_at', 'ended_by');
CALL keep_all_but('patient_support_live_event',
    'capacity', 'canceled_at', 'canceled_by', 'canceled_because');
CALL keep_all_but('patient_support_event_registration',
    'seated_at', 'seated_by', 'attended_at', 'attended_by', 'canceled_at', 'canceled_by');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("participants", "0010_review_guards"),
        ("patient_support", "0005_care_partners"),
        ("patients", "0006_identifier_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="DrawSiteFile",
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
                ("way", models.TextField()),
                ("digest", models.TextField()),
                ("rows", models.IntegerField()),
                ("added", models.IntegerField()),
                ("changed", models.IntegerField()),
                ("removed", models.IntegerField()),
                ("unchanged", models.IntegerField()),
                ("refused", models.JSONField(default=list)),
                ("received_at", models.DateTimeField()),
                ("received_by", models.TextField()),
            ],
            options={
                "db_table": "patient_support_draw_site_file",
            },
        ),
        migrations.CreateModel(
            name="EventRegistration",
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
                ("full_name", models.TextField()),
                ("email", models.TextField()),
                ("language", models.TextField()),
                ("wants_reminder", models.BooleanField()),
                ("registered_at", models.DateTimeField()),
                ("registered_by", models.TextField()),
                ("seated_at", models.DateTimeField(null=True)),
                ("seated_by", models.TextField(null=True)),
                ("attended_at", models.DateTimeField(null=True)),
                ("attended_by", models.TextField(null=True)),
                ("canceled_at", models.DateTimeField(null=True)),
                ("canceled_by", models.TextField(null=True)),
            ],
            options={
                "db_table": "patient_support_event_registration",
            },
        ),
        migrations.CreateModel(
            name="DrawSite",
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
                ("way", models.TextField()),
                ("key", models.TextField()),
                ("name", models.TextField()),
                ("street", models.TextField()),
                ("city", models.TextField()),
                ("state", models.TextField()),
                ("zip_code", models.TextField()),
                ("telephone", models.TextField(blank=True)),
                ("hours", models.TextField(blank=True)),
                ("listed_at", models.DateTimeField()),
                ("listed_by", models.TextField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("removed_by", models.TextField(null=True)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sites",
                        to="patient_support.drawsitefile",
                    ),
                ),
            ],
            options={
                "db_table": "patient_support_draw_site",
            },
        ),
        migrations.CreateModel(
            name="EventMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("seat", "Seat"),
                            ("waiting", "Waiting"),
                            ("moved_up", "Moved Up"),
                            ("reminder", "Reminder"),
                            ("called_off", "Called Off"),
                        ]
                    ),
                ),
                ("attempts", models.IntegerField(default=0)),
                ("next_try", models.DateTimeField()),
                ("last_error", models.TextField(blank=True)),
                ("queued_at", models.DateTimeField()),
                ("queued_by", models.TextField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("sent_by", models.TextField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(null=True)),
                (
                    "registration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to="patient_support.eventregistration",
                    ),
                ),
            ],
            options={
                "db_table": "patient_support_event_mail",
            },
        ),
        migrations.CreateModel(
            name="LabAppointment",
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
                ("way", models.TextField()),
                ("street", models.TextField(blank=True)),
                ("city", models.TextField(blank=True)),
                ("state", models.TextField(blank=True)),
                ("zip_code", models.TextField(blank=True)),
                ("telephone", models.TextField()),
                ("tests", models.JSONField(default=list)),
                ("wished_on", models.DateField()),
                (
                    "wished_part",
                    models.TextField(
                        choices=[
                            ("morning", "MORNING"),
                            ("midday", "MIDDAY"),
                            ("afternoon", "AFTERNOON"),
                        ]
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("requested_by", models.TextField()),
                ("day", models.DateField(null=True)),
                ("begins", models.TimeField(null=True)),
                ("ends", models.TimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_by", models.TextField(null=True)),
                ("changes", models.IntegerField(default=0)),
                ("done_on", models.DateField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("done_by", models.TextField(null=True)),
                ("missed_at", models.DateTimeField(null=True)),
                ("missed_by", models.TextField(null=True)),
                ("canceled_at", models.DateTimeField(null=True)),
                ("canceled_by", models.TextField(null=True)),
                ("canceled_because", models.TextField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.TextField(null=True)),
                ("settled_note", models.TextField(null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lab_appointments",
                        to="patients.patient",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="patient_support.drawsite",
                    ),
                ),
            ],
            options={
                "db_table": "patient_support_lab_appointment",
            },
        ),
        migrations.CreateModel(
            name="LabOrder",
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
                ("tests", models.JSONField(default=list)),
                ("is_standing", models.BooleanField()),
                ("through", models.DateField()),
                ("ordered_at", models.DateTimeField()),
                ("ordered_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lab_orders",
                        to="patients.patient",
                    ),
                ),
                (
                    "prescriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lab_orders",
                        to="participants.participant",
                    ),
                ),
            ],
            options={
                "db_table": "patient_support_lab_order",
            },
        ),
        migrations.CreateModel(
            name="LiveEvent",
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
                ("words", models.JSONField(default=dict)),
                ("begins", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("time_zone", models.TextField()),
                ("capacity", models.IntegerField()),
                ("added_at", models.DateTimeField()),
                ("added_by", models.TextField()),
                ("canceled_at", models.DateTimeField(null=True)),
                ("canceled_by", models.TextField(null=True)),
                ("canceled_because", models.TextField(null=True)),
            ],
            options={
                "db_table": "patient_support_live_event",
                "indexes": [
                    models.Index(fields=["program", "begins"], name="live_events_of_a_program")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("begins"))),
                        name="a_live_event_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capacity__gte", 1)),
                        name="a_live_event_has_a_seat_at_least",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("canceled_at__isnull", True),
                                ("canceled_because__isnull", True),
                                ("canceled_by__isnull", True),
                            ),
                            models.Q(
                                ("canceled_at__isnull", False),
                                ("canceled_because__isnull", False),
                                ("canceled_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_canceled_live_event_says_by_whom_and_why",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="eventregistration",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="registrations",
                to="patient_support.liveevent",
            ),
        ),
        migrations.AddIndex(
            model_name="drawsite",
            index=models.Index(
                condition=models.Q(("removed_at__isnull", True)),
                fields=["program", "way", "zip_code"],
                name="draw_sites_by_zip_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawsite",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)),
                fields=("program", "way", "key"),
                name="a_draw_site_is_listed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawsite",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("removed_at__isnull", True), ("removed_by__isnull", True)),
                    models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_draw_site_taken_off_says_by_whom",
            ),
        ),
        migrations.AddIndex(
            model_name="eventmail",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True), ("sent_at__isnull", True)),
                fields=["next_try"],
                name="event_mails_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventmail",
            constraint=models.UniqueConstraint(
                fields=("registration", "kind"), name="a_message_about_a_live_event_goes_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="eventmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["seat", "waiting", "moved_up", "reminder", "called_off"])
                ),
                name="a_message_about_a_live_event_is_of_a_known_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", True), ("sent_by__isnull", True)),
                    models.Q(("sent_at__isnull", False), ("sent_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_message_sent_about_a_live_event_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_message_given_up_about_a_live_event_says_by_whom",
            ),
        ),
        migrations.AddIndex(
            model_name="labappointment",
            index=models.Index(
                fields=["patient", "-requested_at"], name="lab_appointments_of_a_patient"
            ),
        ),
        migrations.AddIndex(
            model_name="labappointment",
            index=models.Index(
                condition=models.Q(("canceled_at__isnull", True), ("settled_at__isnull", True)),
                fields=["requested_at"],
                name="lab_appointments_not_settled",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("done_at__isnull", True),
                    ("missed_at__isnull", True),
                    ("canceled_at__isnull", True),
                    ("settled_at__isnull", True),
                ),
                fields=("patient",),
                name="a_patient_has_one_lab_appointment_ahead",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("wished_part__in", ["morning", "midday", "afternoon"])),
                name="a_lab_appointment_is_wished_for_a_known_part_of_the_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("site__isnull", True), ("street", ""), _connector="OR"),
                name="a_lab_appointment_is_at_a_site_or_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("begins__isnull", True),
                        ("confirmed_at__isnull", True),
                        ("confirmed_by__isnull", True),
                        ("day__isnull", True),
                        ("ends__isnull", True),
                    ),
                    models.Q(
                        ("begins__isnull", False),
                        ("confirmed_at__isnull", False),
                        ("confirmed_by__isnull", False),
                        ("day__isnull", False),
                        ("ends__gt", models.F("begins")),
                    ),
                    _connector="OR",
                ),
                name="a_confirmed_lab_appointment_says_when_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("done_at__isnull", True),
                        ("done_by__isnull", True),
                        ("done_on__isnull", True),
                    ),
                    models.Q(
                        ("done_at__isnull", False),
                        ("done_by__isnull", False),
                        ("done_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_lab_appointment_kept_says_on_which_day_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("missed_at__isnull", True), ("missed_by__isnull", True)),
                    models.Q(
                        ("day__isnull", False),
                        ("missed_at__isnull", False),
                        ("missed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_missed_lab_appointment_was_confirmed_and_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("canceled_at__isnull", True),
                        ("canceled_because__isnull", True),
                        ("canceled_by__isnull", True),
                    ),
                    models.Q(
                        ("canceled_at__isnull", False),
                        ("canceled_because__isnull", False),
                        ("canceled_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_canceled_lab_appointment_says_by_whom_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", True), ("missed_at__isnull", True)),
                    models.Q(("canceled_at__isnull", True), ("done_at__isnull", True)),
                    models.Q(("canceled_at__isnull", True), ("missed_at__isnull", True)),
                    _connector="OR",
                ),
                name="a_lab_appointment_ends_in_one_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="labappointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("settled_at__isnull", True),
                        ("settled_by__isnull", True),
                        ("settled_note__isnull", True),
                    ),
                    models.Q(
                        ("settled_at__isnull", False),
                        ("settled_by__isnull", False),
                        ("settled_note__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_settled_lab_appointment_says_by_whom_and_what_was_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="laborder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("patient",),
                name="a_patient_has_one_lab_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="laborder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="an_ended_lab_order_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventregistration",
            constraint=models.UniqueConstraint(
                condition=models.Q(("canceled_at__isnull", True)),
                fields=("event", "email"),
                name="somebody_registers_for_a_live_event_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("seated_at__isnull", True), ("seated_by__isnull", True)),
                    models.Q(("seated_at__isnull", False), ("seated_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_seat_says_since_when_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attended_at__isnull", True), ("attended_by__isnull", True)),
                    models.Q(("attended_at__isnull", False), ("attended_by__isnull", False)),
                    _connector="OR",
                ),
                name="attendance_says_when_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("canceled_at__isnull", True), ("canceled_by__isnull", True)),
                    models.Q(("canceled_at__isnull", False), ("canceled_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_canceled_registration_says_by_whom",
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
