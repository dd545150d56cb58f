"""Two notices may be about the same day: each is a reminder of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0005_calendars_of_care_partners"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="reminder",
            name="a_reminder_goes_once_by_each_channel",
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("person", "code", "due_on", "offset_days", "channel"),
                name="a_reminder_goes_once_by_each_channel",
            ),
        ),
    ]
