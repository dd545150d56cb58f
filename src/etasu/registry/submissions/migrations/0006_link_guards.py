"""What was sent and what was asked for stays on record."""

from django.db import migrations

REMADE = """
DROP TRIGGER keeps_what_was_recorded ON submissions_signing_link;
DROP TRIGGER never_deleted ON submissions_signing_link;
DROP TRIGGER never_emptied ON submissions_signing_link;
"""
GUARDS = f"""
{REMADE}
CALL keep_all_but('submissions_signing_link', 'sent_at', 'sent_by', 'used_at', 'used_by',
    'revoked_at', 'revoked_by');
CALL make_append_only('submissions_link_request');
CALL make_append_only('submissions_consent_link');
"""
UNDO = f"""
{REMADE}
CALL keep_all_but('submissions_signing_link', 'used_at', 'used_by', 'revoked_at', 'revoked_by');
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0005_links_that_are_sent")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
