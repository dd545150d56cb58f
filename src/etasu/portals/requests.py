"""A request as the pages of a portal get it, once the middleware has seen to it."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from etasu.registry.participants.facts import Acting, Asker


class PortalRequest(HttpRequest):
    """A request of somebody who acts in a role. `at` is its one moment, `id` its number."""

    asker: Asker
    acting: Acting
    at: datetime
    id: str
