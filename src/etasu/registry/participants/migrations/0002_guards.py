"""The database itself keeps what was recorded."""

from django.db import migrations

GUARDS = """
CALL make_append_only('participants_step_done');
CALL make_append_only('participants_certification');
"""


class Migration(migrations.Migration):
    dependencies = [("participants", "0001_initial"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
