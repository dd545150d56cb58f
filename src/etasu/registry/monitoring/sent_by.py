"""What came from whom: as a condition, for what came before its sender was registered as well."""

from __future__ import annotations

from django.db.models import Q

from etasu.registry.monitoring.lab_models import LabConnection, LabSender


def sent_under(name: str, message: str = "report__message__") -> Q:
    """The condition that an item came under this name, or one that begins with it."""
    return Q(**{f"{message}sender": name}) | Q(**{f"{message}sender__startswith": f"{name}|"})


def sent_by(
    program: str, connection: LabConnection | None, message: str = "report__message__"
) -> Q:
    """The condition that an item came from the connection, or without one, to the program at all.

    What came before somebody registered its sender is known by the name it came under. `message`
    is the way to the message from what is asked.
    """
    mine = Q(**{f"{message}connection__program": program})
    senders = LabSender.objects.filter(connection__program=program, ended_at__isnull=True)
    if connection is not None:
        mine = Q(**{f"{message}connection": connection})
        senders = senders.filter(connection=connection)
    for name in senders.values_list("name", flat=True):
        mine |= Q(**{f"{message}connection__isnull": True}) & sent_under(name, message)
    return mine
