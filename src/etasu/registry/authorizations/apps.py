"""The authorizations room as Django knows it."""

from django.apps import AppConfig


class AuthorizationsConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.authorizations"
    label = "authorizations"
    default_auto_field = "django.db.models.BigAutoField"
