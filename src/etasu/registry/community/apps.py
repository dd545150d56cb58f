"""The community room as Django knows it."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.community"
    label = "community"
    default_auto_field = "django.db.models.BigAutoField"
