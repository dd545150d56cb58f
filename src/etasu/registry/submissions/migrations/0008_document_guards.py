"""The database itself keeps every document as it came in, and the two readings apart."""

from django.db import migrations

GUARDS = """
CALL keep_all_but('submissions_incoming_document', 'draft_id', 'signatures',
    'claimed_at', 'claimed_by', 'keyed_at', 'keyed_by', 'returned_at', 'returned_by',
    'returned_reason', 'checked_at', 'checked_by', 'set_aside_at', 'set_aside_by',
    'set_aside_reason');

CREATE TRIGGER closed_for_good BEFORE UPDATE ON submissions_incoming_document FOR EACH ROW
    WHEN (OLD.checked_at IS NOT NULL)
    EXECUTE FUNCTION refuse_reopening();

-- Whoever typed any answer does not check, also when somebody else handed the document on.
CREATE FUNCTION refuse_own_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM submissions_draft_answer WHERE draft_id = NEW.draft_id
            AND saved_by = NEW.checked_by AND NOT is_known) THEN
        RAISE EXCEPTION 'whoever typed any of it does not check it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER read_by_two BEFORE UPDATE ON submissions_incoming_document FOR EACH ROW
    WHEN (OLD.checked_at IS NULL AND NEW.checked_at IS NOT NULL)
    EXECUTE FUNCTION refuse_own_check();
"""
UNDO = """
DROP FUNCTION refuse_own_check() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0007_incoming_documents")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
