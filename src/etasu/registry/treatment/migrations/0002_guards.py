"""The database itself keeps what was recorded."""

from django.db import migrations

GUARDS = """
CALL make_append_only('treatment_dispense');
CALL keep_all_but('treatment_infusion', 'struck_at', 'struck_by', 'struck_reason');
"""


class Migration(migrations.Migration):
    dependencies = [("treatment", "0001_initial"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
