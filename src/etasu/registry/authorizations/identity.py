"""Whether it is in question who a patient is: an open review of two records that may be one.

The newer record gets no yes while its review is open. The older one is believed, so that nobody's
running treatment stops for a namesake who enrolls, unless facts of one person may already be spread
over both records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    # The text below is read without Django as well, by whoever measures the database alone.
    from etasu.registry.patients.models import Patient

# One text for both paths to an answer; `{records}` stands for the ids of the patient's records.
IN_QUESTION = """EXISTS (
    SELECT FROM patients_duplicate_review r
    WHERE r.decided_at IS NULL AND (r.newer_id = ANY({records})
        OR r.older_id = ANY({records}) AND (r.blocks_both OR EXISTS (
            SELECT FROM patients_patient m
            WHERE (m.id = r.newer_id OR m.merged_into_id = r.newer_id) AND (
                EXISTS (SELECT FROM treatment_infusion i
                    WHERE i.patient_id = m.id AND i.struck_at IS NULL)
                OR EXISTS (SELECT FROM treatment_dispense x WHERE x.patient_id = m.id)
                OR EXISTS (SELECT FROM authorizations_authorization y
                    WHERE y.patient_id = m.id AND y.holds_slot)
                OR EXISTS (SELECT FROM patients_hold n
                    WHERE n.patient_id = m.id AND n.closed_at IS NULL))))))"""

_BEHIND = "ARRAY(SELECT id FROM patients_patient WHERE id = %(it)s OR merged_into_id = %(it)s)"
_ASKED = f"SELECT {IN_QUESTION.format(records=_BEHIND)}"


def is_in_question(patient: Patient) -> bool:
    """Whether no gate can decide about the patient until two records are compared."""
    with connection.cursor() as db:
        db.execute(_ASKED, {"it": patient.pk})
        (found,) = db.fetchone()
    return bool(found)
