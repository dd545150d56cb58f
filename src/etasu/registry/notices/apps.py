"""The notices room as Django knows it."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
