"""A token that changes with whatever messages are judged by, so that it can be kept in memory.

It is drawn anew, not counted: a count that is taken back would come again with another meaning.
"""

from django.db import migrations

MAKE = """
CREATE TABLE monitoring_senders_token (token uuid NOT NULL);
INSERT INTO monitoring_senders_token VALUES (gen_random_uuid());
CREATE FUNCTION monitoring_senders_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE monitoring_senders_token SET token = gen_random_uuid();
    RETURN NULL;
END $$;
"""
_WATCHED = ("monitoring_connection", "monitoring_sender", "monitoring_code_mapping")
WATCH = "".join(
    f"""
CREATE TRIGGER messages_are_judged_by_it AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_senders_changed();
"""
    for table in _WATCHED
)
UNDO = "".join(f"DROP TRIGGER messages_are_judged_by_it ON {table};" for table in _WATCHED)
GONE = "DROP FUNCTION monitoring_senders_changed(); DROP TABLE monitoring_senders_token;"


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0009_units_and_days_of_messages")]
    operations = [migrations.RunSQL(MAKE, GONE), migrations.RunSQL(WATCH, UNDO)]
