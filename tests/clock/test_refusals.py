"""Which refusals of a mail server say that nobody is at an address."""

from __future__ import annotations

from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest

from etasu.clock.refusals import is_no_address


@pytest.mark.parametrize(
    ("code", "said", "is_wrong"),
    [
        (550, b"5.1.1 <ana@example.org>: Recipient address rejected: User unknown", True),
        (550, b"5.1.1 The account does not exist.\n5.1.1 See 203.0.113.7", True),
        (550, b"#5.1.0 Address rejected", True),
        (556, b"5.1.10 Recipient address has a null MX", True),
        (550, b"no such user", True),
        (551, b"User not local", True),
        (553, b"mailbox name not allowed", True),
        (550, "no such user", True),
        (550, b"5.7.1 relaying denied", False),
        (550, b"relay not permitted", False),
        (553, b"sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", False),
        (550, b"5.1.8 Sender address rejected: Domain not found", False),
        (552, b"5.2.2 mailbox full", False),
        (552, b"mailbox full", False),
        (550, b"5.4.1 access to the route refused", False),
        (550, b"rejected because 5.1.1.1 is blocked", False),
        (554, b"no", False),
        (450, b"4.1.1 unverified address", False),
    ],
)
def test_only_a_word_about_the_address_itself_says_so(
    code: int, said: bytes, is_wrong: bool
) -> None:
    refused = SMTPRecipientsRefused({"ana@example.org": (code, said)})
    assert is_no_address(refused) is is_wrong


def test_a_message_refused_for_what_it_says_is_no_word_about_the_address() -> None:
    assert not is_no_address(SMTPDataError(550, b"5.1.1 no"))
    assert not is_no_address(SMTPRecipientsRefused({}))
