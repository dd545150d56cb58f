"""The participants room as Django knows it."""

from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.participants"
    label = "participants"
    default_auto_field = "django.db.models.BigAutoField"
