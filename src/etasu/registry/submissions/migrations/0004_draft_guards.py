"""The database itself keeps what was typed and what was signed."""

from django.db import migrations

GUARDS = """
CALL make_append_only('submissions_draft_answer');
CALL make_append_only('submissions_signature');
CALL keep_all_but('submissions_draft', 'program_version', 'subject_id', 'subject_number',
    'revision', 'signing_round', 'updated_at', 'updated_by', 'finished_at', 'finished_by',
    'abandoned_at', 'abandoned_by', 'abandoned_reason');
CALL keep_all_but('submissions_signing_link', 'used_at', 'used_by', 'revoked_at', 'revoked_by');
CALL keep_all_but('submissions_consent', 'revoked_at', 'revoked_by', 'revoked_how');

-- What is closed stays closed: no other state of these columns follows.
CREATE FUNCTION refuse_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is closed for good', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER closed_for_good BEFORE UPDATE ON submissions_draft FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL OR OLD.abandoned_at IS NOT NULL)
    EXECUTE FUNCTION refuse_reopening();
CREATE TRIGGER closed_for_good BEFORE UPDATE ON submissions_signing_link FOR EACH ROW
    WHEN (OLD.used_at IS NOT NULL OR OLD.revoked_at IS NOT NULL)
    EXECUTE FUNCTION refuse_reopening();
CREATE TRIGGER closed_for_good BEFORE UPDATE ON submissions_consent FOR EACH ROW
    WHEN (OLD.revoked_at IS NOT NULL)
    EXECUTE FUNCTION refuse_reopening();
"""
UNDO = """
DROP FUNCTION refuse_reopening() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0003_drafts_and_signatures"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
