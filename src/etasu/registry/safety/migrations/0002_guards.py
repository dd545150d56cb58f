"""The database itself keeps what was reported, and every step taken with it."""

from django.db import migrations

GUARDS = """
CALL make_append_only('safety_case');
CALL make_append_only('safety_information');
CALL make_append_only('safety_question');
CALL make_append_only('safety_assessment');
CALL make_append_only('safety_assessment_read');
CALL make_append_only('safety_handed_case');
CALL make_append_only('safety_handed_case_told');
CALL keep_all_but('safety_duplicate_link', 'unlinked_at', 'unlinked_by', 'unlinked_reason');
CALL keep_all_but('safety_hand_over', 'acknowledged_at', 'acknowledged_by', 'acknowledgment');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("safety", "0001_cases_and_what_becomes_of_them"),
        ("audit", "0001_initial"),
    ]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
