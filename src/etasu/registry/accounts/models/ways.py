"""Tables of the ways to sign in, of what is sent by e-mail for it, and of open sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from etasu.registry.accounts.models.people import User, together
from etasu.registry.audit.numbers import new_number


class MailedLink(models.Model):
    """A link, and often a code, sent to an address: good once, and only for a while.

    Only hashes are kept. A registration also holds the hashed password until it is confirmed.
    """

    class Kind(models.TextChoices):
        """What the link is for."""

        REGISTRATION = "registration"
        NEW_PASSWORD = "new_password"
        NEW_ADDRESS = "new_address"
        KEEP_ADDRESS = "keep_address"
        LOST_FACTOR = "lost_factor"
        LOST_FACTOR_END = "lost_factor_end"
        STOP_LOST_FACTOR = "stop_lost_factor"

    number = models.TextField(unique=True, default=new_number)
    kind = models.TextField(choices=Kind)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    address = models.EmailField()
    secret_hash = models.BinaryField(unique=True)
    code_hash = models.BinaryField(null=True)
    tries = models.IntegerField(default=0)
    password = models.TextField(blank=True)
    language = models.TextField(blank=True)
    good_until = models.DateTimeField()
    mailed_at = models.DateTimeField()
    mailed_by = models.TextField()
    used_at = models.DateTimeField(null=True)
    used_by = models.TextField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_mailed_link"
        indexes: ClassVar = [
            models.Index(
                name="links_still_open",
                fields=["address", "kind"],
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
            ),
            models.Index(name="links_by_their_end", fields=["good_until"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_used_link_says_by_whom", condition=together("used_at", "used_by")
            ),
            models.CheckConstraint(
                name="a_withdrawn_link_says_by_whom",
                condition=together("withdrawn_at", "withdrawn_by"),
            ),
            models.CheckConstraint(
                name="a_link_is_not_both_used_and_withdrawn",
                condition=Q(used_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_finished_registration_keeps_no_password",
                condition=Q(password="") | Q(used_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Passkey(models.Model):
    """A key that a person's device or password manager keeps; we hold its public half."""

    number = models.TextField(unique=True, default=new_number)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="passkeys")
    name = models.TextField()
    credential_id = models.BinaryField(unique=True)
    credential = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    is_synced = models.BooleanField(default=False)
    last_used = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    added_by = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_passkey"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_removed_passkey_says_by_whom",
                condition=together("removed_at", "removed_by"),
            )
        ]

    def __str__(self) -> str:
        return f"passkey {self.number}"


class AuthenticatorApp(models.Model):
    """An app that shows a new code every half minute. `secret` is kept encrypted.

    `last_step` is the half minute of the newest code taken: no code counts twice.
    """

    number = models.TextField(unique=True, default=new_number)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="authenticator_apps")
    secret = models.BinaryField()
    last_step = models.BigIntegerField()
    last_used = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    added_by = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_authenticator_app"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_person_has_one_authenticator_app",
                fields=["user"],
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_removed_app_says_by_whom_and_keeps_no_secret",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False, secret=b""),
            ),
        ]

    def __str__(self) -> str:
        return f"authenticator app {self.number}"


class RecoveryCode(models.Model):
    """A code to sign in with once when the second step is lost. Only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recovery_codes")
    code_hash = models.BinaryField()
    made_at = models.DateTimeField()
    made_by = models.TextField()
    used_at = models.DateTimeField(null=True)
    used_by = models.TextField(null=True)
    replaced_at = models.DateTimeField(null=True)
    replaced_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_recovery_code"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_used_code_says_by_whom", condition=together("used_at", "used_by")
            ),
            models.CheckConstraint(
                name="a_replaced_code_says_by_whom",
                condition=together("replaced_at", "replaced_by"),
            ),
        ]

    def __str__(self) -> str:
        return "recovery code"


class FactorRecovery(models.Model):
    """Somebody with the password who lost the second step, on the way to sign in without it.

    Possible from `not_before` to `good_until`; whoever still has the second step stops it.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="factor_recoveries")
    not_before = models.DateTimeField()
    good_until = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.TextField(null=True)
    finished_at = models.DateTimeField(null=True)
    finished_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_factor_recovery"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_person_recovers_once_at_a_time",
                fields=["user"],
                condition=Q(stopped_at__isnull=True, finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_stopped_recovery_says_by_whom",
                condition=together("stopped_at", "stopped_by"),
            ),
            models.CheckConstraint(
                name="a_finished_recovery_says_by_whom",
                condition=together("finished_at", "finished_by"),
            ),
            models.CheckConstraint(
                name="a_recovery_is_not_both_stopped_and_finished",
                condition=Q(stopped_at__isnull=True) | Q(finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_recovery_waits_a_day",
                condition=Q(not_before__gte=models.F("asked_at") + timedelta(days=1)),
            ),
        ]

    def __str__(self) -> str:
        return f"recovery of {self.user_id}"


class OutsideIdentity(models.Model):
    """Who a person is at their organization's own sign-in: its issuer, and their name for them."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="outside_identities")
    issuer = models.TextField()
    subject = models.TextField()
    last_used = models.DateTimeField(null=True)
    connected_at = models.DateTimeField()
    connected_by = models.TextField()

    class Meta:
        db_table = "accounts_outside_identity"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_outside_identity_is_one_person", fields=["issuer", "subject"]
            )
        ]

    def __str__(self) -> str:
        return f"identity {self.pk}"


class OpenSession(models.Model):
    """A browser somebody is signed in with, and by which ways they signed in."""

    number = models.TextField(unique=True, default=new_number)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="open_sessions")
    session_key = models.TextField(unique=True)
    browser = models.TextField(blank=True)
    ways = models.TextField()
    last_seen = models.DateTimeField()
    began_at = models.DateTimeField()
    began_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_open_session"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_ended_session_says_by_whom", condition=together("ended_at", "ended_by")
            )
        ]

    def __str__(self) -> str:
        return f"session {self.number}"


class IntendedRole(models.Model):
    """What somebody who registered wants to take part as. It gives no rights."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="intended_roles")
    program = models.TextField()
    role = models.TextField()
    said_at = models.DateTimeField()
    said_by = models.TextField()

    class Meta:
        db_table = "accounts_intended_role"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_role_is_intended_once", fields=["user", "program", "role"]
            )
        ]

    def __str__(self) -> str:
        return self.role
