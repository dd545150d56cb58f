"""The database itself keeps what was recorded."""

from django.db import migrations

GUARDS = """
CALL make_append_only('education_review');
CALL make_append_only('education_grade');
CALL make_append_only('education_graded_answer');
CALL keep_all_but('education_attempt', 'answers');
"""


class Migration(migrations.Migration):
    dependencies = [("education", "0001_training"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
