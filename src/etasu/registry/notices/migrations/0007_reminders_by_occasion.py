"""What happens twice on a day is told twice: the occasion says which time it is."""

from django.db import migrations, models

NAME = "a_reminder_goes_once_by_each_channel"


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_reminders_by_notice")]
    operations = [
        migrations.AddField("reminder", "occasion", models.TextField(blank=True, default="")),
        migrations.RemoveConstraint("reminder", NAME),
        migrations.AddConstraint(
            "reminder",
            models.UniqueConstraint(
                name=NAME,
                fields=["person", "code", "due_on", "offset_days", "occasion", "channel"],
            ),
        ),
    ]
