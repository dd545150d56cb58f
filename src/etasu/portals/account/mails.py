"""What the messages of the account pages say: one table. No name, no drug, no address in them."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Mail(NamedTuple):
    """A message: its subject, which the site's name goes before, and what stands above the link."""

    subject: Promise
    lines: tuple[Promise, ...]


_NOT_YOU = _("If it was not you, somebody typed your address by mistake. You need not do anything.")
_ACT = _("If it was not you: choose a new password at once, and look at Your account.")

MAILS: dict[str, Mail] = {
    "confirm-address": Mail(
        _("Confirm your e-mail address"),
        (
            _("You are registering at %(site)s. Open the link, or type the code."),
            _("Both work for 24 hours, and once."),
            _NOT_YOU,
        ),
    ),
    "has-account": Mail(
        _("You have an account already"),
        (
            _("Somebody registered at %(site)s with this address, which has an account already."),
            _("Sign in with the link. If you forgot your password, choose a new one there."),
            _NOT_YOU,
        ),
    ),
    "new-password": Mail(
        _("Choose a new password"),
        (
            _("Open the link to choose a new password for %(site)s."),
            _("It works for one hour, and once. Until then the old password stays."),
            _NOT_YOU,
        ),
    ),
    "appointed": Mail(
        _("You administer a program"),
        (
            _("You are now an administrator at %(site)s. Open the link to choose your password."),
            _("It works for one hour, and once. Then sign in, and add a passkey."),
            _("If you know nothing of this, you need not do anything."),
        ),
    ),
    "no-account": Mail(
        _("No account with this address"),
        (
            _("Somebody asked for a new password at %(site)s, but this address has no account."),
            _("Perhaps you registered with another address. With the link you can register."),
            _NOT_YOU,
        ),
    ),
    "lost-factor": Mail(
        _("Signing in without your second step"),
        (
            _("Somebody gave the password of your account and says the second step is lost."),
            _("If it was you, open the link: the waiting time begins then. It works for one hour."),
            _ACT,
        ),
    ),
    "lost-factor-begun": Mail(
        _("Your second step will be removed"),
        (
            _("You can sign in without the second step from %(when)s."),
            _("Come back then, sign in with your password, and ask for the last code."),
            _("If it was not you, open the link to stop this, and choose a new password at once."),
        ),
    ),
    "lost-factor-end": Mail(
        _("Code to sign in without your second step"),
        (
            _("Type the code on the page that asks for it. It works for one hour, and once."),
            _ACT,
        ),
    ),
    "lost-factor-done": Mail(
        _("Your second step was removed"),
        (
            _("You signed in without the second step, and all ways of it were removed."),
            _("Add a new one under Your account."),
            _ACT,
        ),
    ),
    "new-address": Mail(
        _("Confirm your new e-mail address"),
        (
            _("Open the link to use this address for your account at %(site)s."),
            _("It works for 24 hours, and once."),
            _NOT_YOU,
        ),
    ),
    "keep-address": Mail(
        _("Your e-mail address is being changed"),
        (
            _("Somebody signed in to your account is moving it to another address."),
            _("If it was you, you need not do anything here: the new address was sent a link."),
            _("If it was not you, open this link within 7 days. The account stays with this "
              "address, and everybody is signed out."),
        ),
    ),
    "address-taken": Mail(
        _("This address has an account already"),
        (
            _("Somebody wanted to use this address for another account at %(site)s."),
            _("It belongs to an account already, so nothing was changed."),
            _NOT_YOU,
        ),
    ),
    "address-changed": Mail(
        _("Your e-mail address was changed"),
        (_("You now sign in with this address."), _ACT),
    ),
    "security": Mail(
        _("A change to how you sign in"),
        (_("%(what)s"), _ACT),
    ),
}  # fmt: skip
