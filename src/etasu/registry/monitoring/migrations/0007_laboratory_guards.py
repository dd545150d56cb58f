"""What came in is never changed; what somebody decides about it has columns of its own."""

from django.db import migrations

GUARDS = """
CALL make_append_only('monitoring_message');
CALL make_append_only('monitoring_report');
CALL make_append_only('monitoring_item');
CALL make_append_only('monitoring_item_resolution');
CALL keep_all_but('monitoring_connection', 'name', 'time_zone', 'character_set', 'authorities',
    'closed_at', 'closed_by');
CALL keep_all_but('monitoring_sender', 'ended_at', 'ended_by');
CALL keep_all_but('monitoring_code_mapping', 'ended_at', 'ended_by');
CALL keep_all_but('monitoring_reconciliation', 'decided_at', 'decided_by', 'patient_id', 'reason');
CALL keep_all_but('monitoring_signal', 'escalated_at', 'escalated_by', 'acknowledged_at',
    'acknowledged_by', 'done', 'result_replaced_at', 'result_replaced_by');
DROP TRIGGER keeps_what_was_recorded ON monitoring_result;
DROP TRIGGER never_deleted ON monitoring_result;
DROP TRIGGER never_emptied ON monitoring_result;
CALL keep_all_but('monitoring_result', 'replaced_at', 'replaced_by', 'reviewed_at', 'reviewed_by');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0006_results_from_laboratories"),
        ("audit", "0001_initial"),
    ]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
