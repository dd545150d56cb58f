"""The database itself keeps what was said, claimed and granted."""

from django.db import migrations

GUARDS = """
CALL keep_all_but('patient_support_copay_enrollment', 'ended_at', 'ended_by');
CALL keep_all_but('patient_support_copay_claim',
    'taken_back_at', 'taken_back_by', 'taken_back_reason');
"""


class Migration(migrations.Migration):
    dependencies = [("patient_support", "0001_help_with_costs"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
