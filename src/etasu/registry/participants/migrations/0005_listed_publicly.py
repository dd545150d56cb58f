"""Who agreed to be found by the public, and the ways the public finds a site: ZIP and state."""

from django.db import migrations, models
from django.db.models.functions import Left


class Migration(migrations.Migration):
    dependencies = [("participants", "0004_organization_guards")]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="listed",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index("program", Left("zip_code", 5), name="participants_by_zip"),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(fields=["program", "state"], name="participants_by_state"),
        ),
    ]
