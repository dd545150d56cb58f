"""Who can sign in, and with what."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from etasu.registry.audit.numbers import new_number


class UserManager(BaseUserManager["User"]):
    """Makes users; e-mail addresses are kept lower-case so that each is used once."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The user of an e-mail address, however it was typed."""
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who signs in with the address; without a password, not by password."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, or a system that acts through API keys."""

    number = models.TextField(unique=True, default=new_number)
    email = models.EmailField(unique=True)
    full_name = models.TextField()
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)
    time_zone = models.TextField(default="America/New_York")

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        db_table = "accounts_user"

    def __str__(self) -> str:
        return self.number


class ApiKey(models.Model):
    """A secret a system signs its requests with. Only its SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    name = models.TextField()
    key_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    created_by = models.TextField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_api_key"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_revoked_key_says_by_whom",
                condition=models.Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name


class SignInDelay(models.Model):
    """How long one place must wait before it tries one account again; never a lock.

    `subject` is a keyed hash of the account tried and the place it was tried from.
    """

    subject = models.BinaryField(unique=True)
    tries = models.IntegerField(default=0)
    not_before = models.DateTimeField()
    forget_after = models.DateTimeField()

    class Meta:
        db_table = "accounts_sign_in_delay"

    def __str__(self) -> str:
        return "sign-in delay"


class FormReceipt(models.Model):
    """A form somebody sent, and where it led; sent again, it leads to the same place."""

    token = models.TextField()
    led_to = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    sent_by = models.TextField()

    class Meta:
        db_table = "accounts_form_receipt"
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_form_is_received_once", fields=["sent_by", "token"])
        ]

    def __str__(self) -> str:
        return "form receipt"
