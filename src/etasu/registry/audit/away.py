"""What says that the database is away, or broke off: nothing of the transaction was kept."""

from django.db import InterfaceError, OperationalError

AWAY = (OperationalError, InterfaceError)
