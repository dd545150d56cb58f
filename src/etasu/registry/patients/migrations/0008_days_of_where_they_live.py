"""Patients enrolled by a form had their prescriber's time zone; they get that of their ZIP code.

Only those are changed who have the zone of a prescriber of theirs while their ZIP code says another
one. Each change is in the trail.
"""

from collections import defaultdict

from django.db import migrations

THEIR_PRESCRIBERS = """
SELECT p.id, left(btrim(p.zip_code), 5), p.time_zone FROM patients_patient p
WHERE btrim(p.zip_code) <> '' AND EXISTS (
    SELECT FROM participants_participant o
    WHERE o.time_zone = p.time_zone AND (o.id = p.prescriber_id OR o.id IN (
        SELECT t.former_id FROM patients_transfer t WHERE t.patient_id = p.id)))
"""
CHANGED = """
WITH changed AS (
    UPDATE patients_patient SET time_zone = %s WHERE id = ANY(%s) RETURNING number
)
INSERT INTO audit_entry (at, actor, role, verb, subject_kind, subject, detail)
SELECT now(), 'platform', 'system', 'patient.contact_changed', 'patient', number,
    '{"kinds": ["time_zone"], "how": "zip"}'::jsonb
FROM changed ORDER BY number
"""


def live_where_they_live(apps, schema_editor):
    with schema_editor.connection.cursor() as db:
        db.execute(THEIR_PRESCRIBERS)
        known = db.fetchall()
        if not known:
            return
        from etasu.registry.participants.zones import zone_of_zip

        moved = defaultdict(list)
        for patient, zip_code, zone in known:
            right = zone_of_zip(zip_code, zone)
            if right != zone:
                moved[right].append(patient)
        for zone, patients in sorted(moved.items()):
            db.execute(CHANGED, [zone, sorted(patients)])


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0007_programs_of_patients"),
        ("participants", "0010_review_guards"),
        ("audit", "0004_nobody_empties"),
    ]
    operations = [migrations.RunPython(live_where_they_live, migrations.RunPython.noop)]
