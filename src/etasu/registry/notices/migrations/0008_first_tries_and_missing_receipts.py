"""When a reminder was first tried, and text messages of which no receipt came."""

from django.db import migrations, models

DROP = """
DROP TRIGGER keeps_what_was_recorded ON notices_reminder;
DROP TRIGGER never_deleted ON notices_reminder;
DROP TRIGGER never_emptied ON notices_reminder;
"""
AFTER = """
CALL keep_all_but('notices_reminder', 'state', 'attempts', 'next_try', 'reason', 'language',
    'address', 'sms_day', 'provider', 'provider_number', 'handed_over_at', 'handed_over_by',
    'delivered_at', 'delivered_by', 'closed_at', 'closed_by', 'first_try');
"""
BEFORE = """
CALL keep_all_but('notices_reminder', 'state', 'attempts', 'next_try', 'reason', 'language',
    'address', 'sms_day', 'provider', 'provider_number', 'handed_over_at', 'handed_over_by',
    'delivered_at', 'delivered_by', 'closed_at', 'closed_by');
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0007_reminders_by_occasion")]
    operations = [
        migrations.AddField("reminder", "first_try", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "reminder",
            models.Index(
                name="texts_without_a_receipt",
                fields=["program", "handed_over_at"],
                condition=models.Q(state="handed_over", channel="sms"),
            ),
        ),
        migrations.RunSQL(DROP + AFTER, DROP + BEFORE),
    ]
