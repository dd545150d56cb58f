"""The safety room as Django knows it."""

from django.apps import AppConfig


class SafetyConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.safety"
    label = "safety"
    default_auto_field = "django.db.models.BigAutoField"
