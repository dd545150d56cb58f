"""The compliance room as Django knows it."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.compliance"
    label = "compliance"
    default_auto_field = "django.db.models.BigAutoField"
