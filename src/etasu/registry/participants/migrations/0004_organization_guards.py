"""The database itself keeps invitations, requests and rosters as they were written."""

from django.db import migrations

GUARDS = """
CALL keep_all_but('participants_invitation',
    'accepted_at', 'accepted_by', 'revoked_at', 'revoked_by');
CALL keep_all_but('participants_delegate_request', 'answered_at', 'answered_by', 'is_accepted');
CALL make_append_only('participants_roster_file');
CALL keep_all_but('participants_roster_entry', 'removed_at', 'removed_by');
"""


class Migration(migrations.Migration):
    dependencies = [("participants", "0003_organizations"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
