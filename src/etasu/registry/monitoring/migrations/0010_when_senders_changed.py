"""A token that changes with whatever messages are judged by, so that it can be kept in memory.

It is drawn anew, not counted: a count that is taken back would come again with another meaning.
"""

from django.db import migrations, models

MAKE = """
CREATE FUNCTION monitoring_senders_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitoring_senders_token (id, token) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET token = excluded.token;
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
GONE = "DROP FUNCTION monitoring_senders_changed();"


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0009_units_and_days_of_messages")]
    operations = [
        migrations.CreateModel(
            name="SendersToken",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("token", models.UUIDField()),
            ],
            options={
                "db_table": "monitoring_senders_token",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(id=1), name="there_is_one_token_of_the_senders"
                    )
                ],
            },
        ),
        migrations.RunSQL(MAKE, GONE),
        migrations.RunSQL(WATCH, UNDO),
    ]
