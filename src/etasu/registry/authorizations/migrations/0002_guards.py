"""The database itself keeps what was recorded."""

from django.db import migrations

GUARDS = """
CALL make_append_only('authorizations_decision');
CALL make_append_only('authorizations_idempotency_key');
CALL keep_all_but('authorizations_authorization',
    'state', 'holds_slot', 'closed_at', 'closed_by', 'closed_reason');
"""


class Migration(migrations.Migration):
    dependencies = [("authorizations", "0001_initial"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
