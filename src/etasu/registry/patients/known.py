"""What the registry knows of a patient, by the program's `known_as`."""

from __future__ import annotations

from etasu.registry.participants.known import known_of_prescriber
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.known import known_from_forms
from etasu.safe_use.names import told_or_parted


def known_of_patient(patient: Patient) -> dict[str, object]:
    """What a form about the patient can be filled in with; what is not known is left out."""
    told = known_from_forms("patient", patient.pk)
    first, last = told_or_parted(
        patient.full_name,
        str(told.pop("patient_first_name", "")),
        str(told.pop("patient_last_name", "")),
    )
    own: dict[str, object] = {
        "patient_number": patient.number,
        "patient_name": patient.full_name,
        "patient_birth_date": patient.birth_date.isoformat() if patient.birth_date else "",
        "patient_first_name": first,
        "patient_last_name": last,
        "patient_sex": patient.attributes.get("sex", ""),
        "patient_city": patient.city,
        "patient_state": patient.state,
        "patient_zip": patient.zip_code,
        "patient_phone": patient.telephone,
        "patient_email": patient.email,
    }
    if patient.prescriber is not None:
        own |= known_of_prescriber(patient.prescriber)
    return {**told, **{key: value for key, value in own.items() if value}}
