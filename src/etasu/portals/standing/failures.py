"""Why an e-mail was given up, in words: what the mail server did, and what helps."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Text = str | Promise


class Failure(NamedTuple):
    """What happened, and what to do before sending once more."""

    said: Text
    helps: Text


_NO_ANSWER = Failure(
    gettext_lazy("The mail server did not answer"),
    gettext_lazy("Ask whoever runs the mail server whether it works, then send once more."),
)
_REFUSED = Failure(
    gettext_lazy("The mail server refused the message"),
    gettext_lazy("Ask whoever runs the mail server why, then send once more."),
)
FAILURES: dict[str, Failure] = {
    "SMTPRecipientsRefused": Failure(
        gettext_lazy("The address takes no mail"),
        gettext_lazy("Ask the person for their present address; they change it in their account."),
    ),
    "SMTPDataError": _REFUSED,
    "SMTPSenderRefused": _REFUSED,
    "SMTPAuthenticationError": Failure(
        gettext_lazy("The mail server does not know this site"),
        gettext_lazy("Put the mail server's name and password in the settings right."),
    ),
    "SMTPServerDisconnected": _NO_ANSWER,
    "SMTPConnectError": _NO_ANSWER,
    "ConnectionRefusedError": _NO_ANSWER,
    "ConnectionResetError": _NO_ANSWER,
    "TimeoutError": _NO_ANSWER,
    "gaierror": _NO_ANSWER,
}
_OTHER = Failure(gettext_lazy("The message could not be handed over"), _NO_ANSWER.helps)


def failure_of(error: str) -> Failure:
    """The words for what was noted of a failed attempt: a kind, and codes behind it."""
    return FAILURES.get(error.partition(" ")[0], _OTHER)
