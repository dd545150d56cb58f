"""Every row that can change what a patient owes leaves a touch, whoever wrote it and however."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION monitoring_touch_patients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitoring_touch (patient_id)
    SELECT DISTINCT coalesce(patient.merged_into_id, patient.id)
    FROM changed JOIN patients_patient patient ON patient.id = changed.patient_id;
    RETURN NULL;
END $$;

CREATE FUNCTION monitoring_touch_results() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitoring_touch (patient_id, test, collected_on)
    SELECT watch.patient_id, changed.test, changed.collected_on
    FROM changed
    JOIN patients_patient patient ON patient.id = changed.patient_id
    JOIN monitoring_watch watch
        ON watch.patient_id = coalesce(patient.merged_into_id, patient.id)
        AND watch.subject = changed.test AND NOT watch.is_form
    WHERE changed.replaced_at IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION monitoring_touch_forms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitoring_touch (patient_id)
    SELECT DISTINCT coalesce(patient.merged_into_id, patient.id)
    FROM changed JOIN patients_patient patient ON patient.id = changed.subject_id
    WHERE changed.subject_kind = 'patient';
    RETURN NULL;
END $$;

CREATE FUNCTION monitoring_touch_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO monitoring_touch (patient_id)
    SELECT DISTINCT each FROM unnest(ARRAY[NEW.id, NEW.merged_into_id, OLD.merged_into_id]) each
    WHERE each IS NOT NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER an_infusion_is_looked_at AFTER INSERT ON treatment_infusion
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_touch_patients();
CREATE TRIGGER a_struck_infusion_is_looked_at AFTER UPDATE ON treatment_infusion
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_touch_patients();
CREATE TRIGGER a_result_is_looked_at AFTER INSERT ON monitoring_result
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_touch_results();
CREATE TRIGGER a_replaced_result_is_looked_at AFTER UPDATE ON monitoring_result
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_touch_patients();
CREATE TRIGGER a_signed_form_is_looked_at AFTER INSERT ON submissions_signed_form
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_touch_forms();
CREATE TRIGGER an_extension_is_looked_at AFTER INSERT ON monitoring_extension
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_touch_patients();
CREATE TRIGGER a_waiver_is_looked_at AFTER INSERT ON monitoring_waiver
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_touch_patients();
CREATE TRIGGER an_ended_waiver_is_looked_at AFTER UPDATE ON monitoring_waiver
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_touch_patients();
CREATE TRIGGER a_changed_record_is_looked_at
    AFTER UPDATE OF merged_into_id, attributes ON patients_patient
    FOR EACH ROW WHEN (
        OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id
        OR OLD.attributes IS DISTINCT FROM NEW.attributes
    ) EXECUTE FUNCTION monitoring_touch_records();
"""

GONE = """
DROP TRIGGER a_changed_record_is_looked_at ON patients_patient;
DROP TRIGGER an_ended_waiver_is_looked_at ON monitoring_waiver;
DROP TRIGGER a_waiver_is_looked_at ON monitoring_waiver;
DROP TRIGGER an_extension_is_looked_at ON monitoring_extension;
DROP TRIGGER a_signed_form_is_looked_at ON submissions_signed_form;
DROP TRIGGER a_replaced_result_is_looked_at ON monitoring_result;
DROP TRIGGER a_result_is_looked_at ON monitoring_result;
DROP TRIGGER a_struck_infusion_is_looked_at ON treatment_infusion;
DROP TRIGGER an_infusion_is_looked_at ON treatment_infusion;
DROP FUNCTION monitoring_touch_records();
DROP FUNCTION monitoring_touch_forms();
DROP FUNCTION monitoring_touch_results();
DROP FUNCTION monitoring_touch_patients();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0004_watch_functions"),
        ("treatment", "0001_initial"),
        ("submissions", "0001_initial"),
        ("patients", "0002_duplicates_and_merged_records"),
    ]
    operations = [migrations.RunSQL(TRIGGERS, GONE)]
