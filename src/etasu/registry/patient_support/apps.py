"""The patient support room as Django knows it."""

from django.apps import AppConfig


class PatientSupportConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.patient_support"
    label = "patient_support"
    default_auto_field = "django.db.models.BigAutoField"
