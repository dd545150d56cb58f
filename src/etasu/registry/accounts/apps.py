"""The accounts room as Django knows it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Settings of the room."""

    name = "etasu.registry.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
