"""A certification step says with which administrator it was done, if not here."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participants", "0007_carried_over_certifications")]
    operations = [
        migrations.AddField(
            model_name="stepdone",
            name="carried_over_from",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
