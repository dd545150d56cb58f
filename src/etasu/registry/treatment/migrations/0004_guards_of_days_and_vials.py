"""The database itself keeps what was noted; a slip is struck, and stays readable."""

from django.db import migrations

GUARDS = """
CALL keep_all_but('treatment_day_entry', 'confirmed_at', 'confirmed_by', 'struck_at', 'struck_by', 'struck_reason');
CALL keep_all_but('treatment_vial_entry', 'struck_at', 'struck_by', 'struck_reason');
CALL keep_all_but('treatment_course_end', 'struck_at', 'struck_by', 'struck_reason');
"""


class Migration(migrations.Migration):
    dependencies = [("treatment", "0003_infusion_days_and_vials"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
