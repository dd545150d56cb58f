"""The education room as Django knows it."""

from django.apps import AppConfig


class EducationConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.education"
    label = "education"
    default_auto_field = "django.db.models.BigAutoField"
