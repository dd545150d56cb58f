"""The tables of the room: people, the ways they sign in, and their open sessions."""

from etasu.registry.accounts.models.people import (
    ApiKey,
    FormReceipt,
    SignInDelay,
    User,
    UserManager,
)
from etasu.registry.accounts.models.ways import (
    AuthenticatorApp,
    FactorRecovery,
    IntendedRole,
    MailedLink,
    OpenSession,
    OutsideIdentity,
    Passkey,
    RecoveryCode,
)

__all__ = [
    "ApiKey",
    "AuthenticatorApp",
    "FactorRecovery",
    "FormReceipt",
    "IntendedRole",
    "MailedLink",
    "OpenSession",
    "OutsideIdentity",
    "Passkey",
    "RecoveryCode",
    "SignInDelay",
    "User",
    "UserManager",
]
