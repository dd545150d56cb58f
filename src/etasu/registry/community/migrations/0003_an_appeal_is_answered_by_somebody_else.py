"""Whoever hid a post does not answer the appeal against it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("community", "0002_guards")]
    operations = [
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(answered_by__isnull=True)
                | ~models.Q(answered_by=models.F("decided_by")),
                name="an_appeal_is_answered_by_somebody_else",
            ),
        )
    ]
