"""The database itself keeps what was recorded."""

from django.db import migrations

GUARDS = """
CALL keep_all_but('monitoring_result', 'replaced_at', 'replaced_by');
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
