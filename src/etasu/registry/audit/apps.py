"""The audit room as Django knows it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
