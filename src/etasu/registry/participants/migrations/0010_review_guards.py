"""The database itself keeps reviews of newcomers and suspensions as they were written."""

from django.db import migrations

GUARDS = """
CALL keep_all_but('participants_newcomer_review',
    'decided_at', 'decided_by', 'is_accepted', 'reason');
CALL keep_all_but('participants_suspension', 'lifted_at', 'lifted_by', 'lifted_because');
"""


class Migration(migrations.Migration):
    dependencies = [("participants", "0009_reviews_and_suspensions"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
