"""An appointment whose day is over is not ahead: it stays as it is, in the way of no other."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import migrations
from django.db.models import Func, Q, Value

NAME = "a_patient_has_one_lab_appointment_ahead"
ASKED_ON = Func("requested_at", template="(%(expressions)s AT TIME ZONE INTERVAL '14:00')::date")
FIRST = Func(ASKED_ON, "day", function="LEAST")


class Migration(migrations.Migration):
    dependencies = [("patient_support", "0008_self_checks_of_one_day")]
    operations = [
        migrations.RemoveConstraint("labappointment", NAME),
        migrations.AddConstraint(
            "labappointment",
            ExclusionConstraint(
                name=NAME,
                expressions=[
                    (Func("patient", "patient", Value("[]"), function="int8range"), "&&"),
                    (Func(FIRST, "day", Value("[]"), function="daterange"), "&&"),
                ],
                condition=Q(done_at__isnull=True, missed_at__isnull=True)
                & Q(canceled_at__isnull=True, settled_at__isnull=True),
            ),
        ),
    ]
