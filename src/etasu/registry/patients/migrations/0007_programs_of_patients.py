"""Whoever goes through many patients' rules finds their program without reading their record."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_identifier_guards")]
    operations = [
        migrations.AddIndex(
            "patient",
            models.Index(
                name="programs_of_patients", fields=["id"], include=["program", "ended_on"]
            ),
        ),
    ]
