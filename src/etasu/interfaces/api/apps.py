"""Where Django finds the templates of this wire."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Asking a gate over HTTP with JSON; here for its pages' templates."""

    name = "etasu.interfaces.api"
    label = "api"
