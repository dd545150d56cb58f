"""The portals as Django knows them."""

from django.apps import AppConfig
from django.core import checks


class PortalsConfig(AppConfig):
    """Settings of the portals."""

    name = "etasu.portals"
    label = "portals"

    def ready(self) -> None:
        """No start without an access policy for every route."""
        from etasu.portals.access import every_route_has_a_policy

        checks.register(every_route_has_a_policy, checks.Tags.security)
