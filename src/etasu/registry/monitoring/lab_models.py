"""Who sends results, and what their codes and identifiers mean."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.audit.numbers import new_number

# The authority of numbers the program itself gave to patients.
OWN_NUMBERS = "program"


class LabConnection(models.Model):
    """A laboratory, clinic or system that sends results to one program.

    `authorities` says whose identifiers of patients count: the authority as sent, or authority and
    kind with a bar between, to the name they are kept under; `program` is for the program's own
    numbers. What is not there counts for nobody.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    name = models.TextField()
    wire = models.TextField(default="hl7v2")
    time_zone = models.TextField(default="America/New_York")
    character_set = models.TextField(default="utf-8")
    authorities = models.JSONField(default=dict)
    registered_at = models.DateTimeField()
    registered_by = models.TextField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_connection"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_connection_has_its_own_name",
                fields=["program", "name"],
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_closed_connection_says_by_whom",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"connection {self.number}"


class LabSender(models.Model):
    """A name messages of a connection come under: sending application and facility, or a client."""

    connection = models.ForeignKey(LabConnection, on_delete=models.PROTECT, related_name="senders")
    name = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_sender"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_sender_is_known_once", fields=["name"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="an_ended_sender_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"sender {self.pk}"


class CodeMapping(models.Model):
    """What a sender's code means: a test of the program or, without one, nothing that counts.

    Without a connection it holds for every sender. One that was changed ends and stays readable.
    `unit` is the one meant when the sender gives none.
    """

    program = models.TextField()
    connection = models.ForeignKey(LabConnection, on_delete=models.PROTECT, null=True)
    system = models.TextField()
    code = models.TextField()
    test = models.TextField(null=True)
    unit = models.TextField(blank=True, default="", db_default="")
    said = models.TextField(blank=True)
    began_at = models.DateTimeField()
    began_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "monitoring_code_mapping"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_code_means_one_thing",
                fields=["program", "connection", "system", "code"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="an_ended_mapping_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code}"

    def is_for(self, connection: LabConnection) -> bool:
        """Whether it says what codes of this connection mean."""
        return self.connection_id in (None, connection.pk)


class SendersToken(models.Model):
    """One row, drawn anew by the database whenever connections, senders or mappings change."""

    id = models.IntegerField(primary_key=True)
    token = models.UUIDField()

    class Meta:
        db_table = "monitoring_senders_token"
        constraints: ClassVar = [
            models.CheckConstraint(name="there_is_one_token_of_the_senders", condition=Q(id=1))
        ]

    def __str__(self) -> str:
        return str(self.token)
