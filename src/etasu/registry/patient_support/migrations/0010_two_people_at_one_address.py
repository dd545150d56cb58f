"""Two people with one e-mail address both come to an event; the same person comes once."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Lower

NAME = "somebody_registers_for_a_live_event_once"


class Migration(migrations.Migration):
    dependencies = [("patient_support", "0009_appointments_truly_ahead")]
    operations = [
        migrations.RemoveConstraint("eventregistration", NAME),
        migrations.AddConstraint(
            "eventregistration",
            models.UniqueConstraint(
                "event",
                "email",
                Lower("full_name"),
                name=NAME,
                condition=Q(canceled_at__isnull=True),
            ),
        ),
    ]
