"""A calendar may be read by somebody who helps the patient, each by an address of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_private_calendars")]
    operations = [
        migrations.AddField(
            model_name="calendarfeed",
            name="holder",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.RemoveConstraint(model_name="calendarfeed", name="a_person_has_one_calendar"),
        migrations.AddConstraint(
            model_name="calendarfeed",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("person", "holder"),
                name="a_person_has_one_calendar_for_each_reader",
            ),
        ),
    ]
