"""A certification says by which channel it came, and from which administrator if not here."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participants", "0006_certificates_and_reminders")]
    operations = [
        migrations.AddField(
            model_name="certification",
            name="channel",
            field=models.TextField(db_default="web", default="web"),
        ),
        migrations.AddField(
            model_name="certification",
            name="carried_over_from",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
