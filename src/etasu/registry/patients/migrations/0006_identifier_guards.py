"""An identifier is given and ended, and never rewritten."""

from django.db import migrations

GUARDS = "CALL keep_all_but('patients_identifier', 'ended_at', 'ended_by');"


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_identifiers_of_others"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
