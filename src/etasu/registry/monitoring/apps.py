"""The monitoring room as Django knows it."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.monitoring"
    label = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"
