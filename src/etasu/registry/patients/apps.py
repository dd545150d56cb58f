"""The patients room as Django knows it."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.patients"
    label = "patients"
    default_auto_field = "django.db.models.BigAutoField"
