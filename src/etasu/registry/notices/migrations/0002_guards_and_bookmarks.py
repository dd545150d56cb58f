"""What was told to whom is kept by the database itself; and how far the trail was followed."""

from django.db import migrations, models

GUARDS = """
CALL keep_all_but('notices_notice', 'state', 'attempts', 'next_try', 'last_error', 'sent_at',
    'sent_by', 'closed_at', 'closed_by', 'read_at', 'read_by');
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_a_message_for_one_person"), ("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Bookmark",
            fields=[
                ("follower", models.TextField(primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField()),
            ],
            options={"db_table": "notices_bookmark"},
        ),
    ]
