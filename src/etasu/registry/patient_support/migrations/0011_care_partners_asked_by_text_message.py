"""Somebody is asked to help by text message as well, and gives an address of their own."""

from django.db import migrations, models
from django.db.models import Q

ONCE = "somebody_helps_a_patient_once"


class Migration(migrations.Migration):
    dependencies = [("patient_support", "0010_two_people_at_one_address")]
    operations = [
        migrations.AddField("carepartner", "telephone", models.TextField(blank=True, default="")),
        migrations.RemoveConstraint("carepartner", ONCE),
        migrations.AddConstraint(
            "carepartner",
            models.UniqueConstraint(
                name=ONCE,
                fields=["patient", "email", "telephone"],
                condition=Q(ended_at__isnull=True),
            ),
        ),
        migrations.AddConstraint(
            "carepartner",
            models.CheckConstraint(
                name="a_care_partner_is_asked_in_one_way_and_accepts_with_an_address",
                condition=Q(telephone="") & ~Q(email="")
                | ~Q(telephone="") & Q(email="", user__isnull=True),
            ),
        ),
    ]
