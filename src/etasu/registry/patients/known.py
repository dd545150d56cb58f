"""What the registry knows of a patient, by the program's `known_as`."""

from __future__ import annotations

from etasu.registry.participants.known import known_of_prescriber
from etasu.registry.patients.enrollment import LANGUAGES
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.known import known_from_forms
from etasu.safe_use.names import told_or_parted

_SPOKEN = {code: name for name, code in LANGUAGES.items()}


def known_of_patient(patient: Patient) -> dict[str, object]:
    """What a form about the patient can be filled in with; what is not known is left out."""
    told = known_from_forms("patient", patient.pk)
    if any(now and told.get(name, now) != now for name, now in _place_of(patient).items()):
        # The street a form told of is one they moved away from.
        told.pop("patient_street", None)
    language = told.get("patient_language")
    if language and LANGUAGES.get(language, "en") != patient.language:
        told["patient_language"] = _SPOKEN.get(patient.language, "")
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
        **_place_of(patient),
        "patient_phone": patient.telephone,
        "patient_email": patient.email,
    }
    if patient.prescriber is not None:
        own |= known_of_prescriber(patient.prescriber)
    return {**told, **{key: value for key, value in own.items() if value}}


def _place_of(patient: Patient) -> dict[str, str]:
    return {
        "patient_city": patient.city,
        "patient_state": patient.state,
        "patient_zip": patient.zip_code,
    }
