"""The database itself keeps what was recorded."""

from django.db import migrations

GUARDS = """
CALL make_append_only('submissions_signed_form');
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
