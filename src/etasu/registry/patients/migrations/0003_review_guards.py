"""The database itself keeps what was compared, and only one level of merging."""

from django.db import migrations

GUARDS = """
CALL keep_all_but('patients_duplicate_review', 'decided_at', 'decided_by', 'verdict', 'reason',
    'survivor_id', 'undone_at', 'undone_by', 'undone_reason');
CREATE TRIGGER closed_for_good BEFORE UPDATE ON patients_duplicate_review FOR EACH ROW
    WHEN (OLD.undone_at IS NOT NULL OR OLD.verdict = 'different')
    EXECUTE FUNCTION refuse_reopening();

-- A record others were merged into is not merged itself, or its facts would be read from nowhere.
CREATE FUNCTION refuse_chained_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM patients_patient WHERE merged_into_id = NEW.id)
        OR EXISTS (SELECT FROM patients_patient
            WHERE id = NEW.merged_into_id AND merged_into_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a record is merged into one that is answered for itself'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER merged_once BEFORE UPDATE OF merged_into_id ON patients_patient FOR EACH ROW
    WHEN (NEW.merged_into_id IS NOT NULL)
    EXECUTE FUNCTION refuse_chained_records();
"""
UNDO = """
DROP FUNCTION refuse_chained_records() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0002_duplicates_and_merged_records"),
        ("submissions", "0004_draft_guards"),
        ("audit", "0001_initial"),
    ]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
