"""The submissions room as Django knows it."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.submissions"
    label = "submissions"
    default_auto_field = "django.db.models.BigAutoField"
