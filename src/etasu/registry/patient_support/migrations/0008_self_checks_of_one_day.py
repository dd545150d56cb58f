"""A self-check is about one day; what is told again after it was looked after is told anew."""

from django.db import migrations, models
from django.db.models import Q

REMADE = """
DROP TRIGGER keeps_what_was_recorded ON patient_support_self_check;
DROP TRIGGER never_deleted ON patient_support_self_check;
DROP TRIGGER never_emptied ON patient_support_self_check;
"""
GUARDS = f"""
{REMADE}
CALL keep_all_but('patient_support_self_check', 'finished_at', 'finished_by', 'left_at', 'left_by');
"""
UNDO = f"""
{REMADE}
CALL keep_all_but('patient_support_self_check', 'finished_at', 'finished_by');
"""


class Migration(migrations.Migration):
    dependencies = [("patient_support", "0007_self_checks_and_medicines")]
    operations = [
        migrations.AddField("selfcheck", "left_at", models.DateTimeField(null=True)),
        migrations.AddField("selfcheck", "left_by", models.TextField(null=True)),
        migrations.RemoveConstraint("selfcheck", "a_patient_is_in_one_self_check_at_a_time"),
        migrations.AddConstraint(
            "selfcheck",
            models.UniqueConstraint(
                name="a_patient_is_in_one_self_check_at_a_time",
                fields=["patient"],
                condition=Q(finished_at__isnull=True, left_at__isnull=True),
            ),
        ),
        migrations.AddConstraint(
            "selfcheck",
            models.CheckConstraint(
                name="a_self_check_left_unfinished_says_by_whom",
                condition=Q(left_at__isnull=True, left_by__isnull=True)
                | Q(left_at__isnull=False, left_by__isnull=False, finished_at__isnull=True),
            ),
        ),
        migrations.RemoveConstraint("toldsymptom", "a_symptom_is_told_once_in_a_self_check"),
        migrations.AddConstraint(
            "toldsymptom",
            models.UniqueConstraint(
                name="a_symptom_waits_once_in_a_self_check",
                fields=["check_of", "code"],
                condition=Q(acknowledged_at__isnull=True),
            ),
        ),
        migrations.RunSQL(GUARDS, UNDO),
    ]
