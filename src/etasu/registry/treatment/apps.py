"""The treatment room as Django knows it."""

from django.apps import AppConfig


class TreatmentConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.treatment"
    label = "treatment"
    default_auto_field = "django.db.models.BigAutoField"
