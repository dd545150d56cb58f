"""The database itself keeps what members wrote, whatever became of it."""

from django.db import migrations

GUARDS = """
CALL make_append_only('community_topic');
CALL make_append_only('community_post_text');
CALL keep_all_but('community_member', 'told_at', 'told_by', 'left_at', 'left_by');
CALL keep_all_but('community_post', 'held_for', 'shown_at', 'shown_by', 'hidden_at', 'hidden_by',
    'deleted_at', 'deleted_by');
CALL keep_all_but('community_nod', 'ended_at', 'ended_by');
CALL keep_all_but('community_follow', 'seen_at', 'seen_by', 'ended_at', 'ended_by');
CALL keep_all_but('community_block', 'ended_at', 'ended_by');
CALL keep_all_but('community_post_report', 'settled_at', 'settled_by');
CALL keep_all_but('community_ruling', 'seen_at', 'seen_by', 'appeal', 'appealed_at', 'appealed_by',
    'is_upheld', 'answer', 'answered_at', 'answered_by');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0001_members_and_what_they_write"),
        ("audit", "0001_initial"),
    ]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
