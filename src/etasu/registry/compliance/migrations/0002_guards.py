"""The database itself keeps what was recorded."""

from django.db import migrations

GUARDS = """
CALL keep_all_but('compliance_event', 'closed_at', 'closed_by', 'closed_reason');
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
