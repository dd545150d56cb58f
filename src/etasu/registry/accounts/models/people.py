"""Who can sign in, and with what."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from etasu.registry.audit.numbers import new_number


def together(*fields: str) -> models.Q:
    """The condition that all of these columns are filled, or none."""
    filled = models.Q(**{f"{field}__isnull": False for field in fields})
    return filled | models.Q(**{f"{field}__isnull": True for field in fields})


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
    email_confirmed_at = models.DateTimeField(null=True)
    email_confirmed_by = models.TextField(null=True)
    full_name = models.TextField()
    telephone = models.TextField(blank=True, db_default="")
    language = models.TextField(blank=True, db_default="")
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)
    time_zone = models.TextField(default="America/New_York")
    # Counted up to end every session there is, whether or not we know of it.
    sign_outs = models.IntegerField(default=0, db_default=0)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        db_table = "accounts_user"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_confirmed_address_says_by_whom",
                condition=together("email_confirmed_at", "email_confirmed_by"),
            )
        ]

    def __str__(self) -> str:
        return self.number

    def set_password(self, raw_password: str | None) -> None:
        """Keep a password; the same letters count the same on every keyboard."""
        super().set_password(composed(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password."""
        return super().check_password(composed(raw_password))

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        kept = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return f"{kept}.{self.sign_outs}" if self.sign_outs else str(kept)


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


def composed(password: str | None) -> str | None:
    """The password with accents written one way, however a keyboard sends them."""
    return None if password is None else unicodedata.normalize("NFKC", password)
